// Jobs of which only the newest matters.

/** At most one job at a time; while it runs, only the newest of the further ones is remembered. */
export class NewestWins {
  constructor(job) {
    this.job = job;
    this.busy = false;
    this.pending = undefined;
  }

  async ask(wish) {
    this.pending = { wish };
    if (this.busy) return;
    this.busy = true;
    try {
      while (this.pending) {
        const next = this.pending;
        this.pending = undefined;
        await this.job(next.wish);
      }
    } finally {
      this.busy = false;
    }
  }
}
