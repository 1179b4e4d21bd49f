// Two ways to a picture: the page's own generator, or the server. Whichever was quicker lately is taken.

/**
 * Chooses among ways to do the same. ways: { name: async (wish) => result }, those that are there so far. The time of a
 * way is the median of its last answers; now and then another one is tried, so that a change is noticed.
 */
export class Quickest {
  constructor(ways = {}) {
    this.ways = ways;
    this.times = {}; // name → the last few, in ms
    this.since = 0; // answers since the last trial
  }

  /** A way more, or another one under its name; its times are forgotten. */
  add(name, way) {
    this.ways[name] = way;
    delete this.times[name];
  }

  remove(name) {
    delete this.ways[name];
    delete this.times[name];
  }

  time(name) {
    const sorted = [...(this.times[name] ?? [])].sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? null;
  }

  /** The name of the way that comes next: one without enough times first, else the quickest. */
  next() {
    const names = Object.keys(this.ways);
    const unknown = names.find((name) => (this.times[name]?.length ?? 0) < Quickest.TRIALS);
    if (unknown) return unknown;
    const best = names.reduce((a, b) => (this.time(b) < this.time(a) ? b : a));
    const others = names.filter((name) => name !== best && this.time(name) < Quickest.HOPELESS * this.time(best));
    if (others.length && this.since >= Quickest.RETRY_AFTER) return others[0];
    return best;
  }

  /** { name, result, ms } of a wish. A way that fails is left out from then on, while there is another. */
  async do(wish) {
    const name = this.next();
    const begun = performance.now();
    try {
      const result = await this.ways[name](wish);
      const ms = performance.now() - begun;
      this.since =
        (this.times[name]?.length ?? 0) < Quickest.TRIALS || this.since >= Quickest.RETRY_AFTER ? 0 : this.since + 1;
      this.times[name] = [...(this.times[name] ?? []), ms].slice(-Quickest.REMEMBERED);
      return { name, result, ms };
    } catch (error) {
      if (Object.keys(this.ways).length < 2) throw error;
      this.remove(name);
      return this.do(wish);
    }
  }
}
Quickest.TRIALS = 3;
Quickest.REMEMBERED = 9;
Quickest.RETRY_AFTER = 120; // two seconds of dragging
Quickest.HOPELESS = 4; // a way this many times slower is not tried again
