// What happens to a run while Explore looks at it: it gets snapshots, loses some, is paused, rewound and ends.

import { same, whole } from "../base/numbers.js";

const NEWS_MS = 2000;

export class News {
  constructor(view) {
    this.view = view;
  }

  /** Ask again a little later, as long as the run moves. */
  askSoon() {
    clearTimeout(this.timer);
    if (this.view.space.moves && !document.hidden && !this.view.gone)
      this.timer = setTimeout(() => this.ask(), NEWS_MS);
  }

  /** Returns whether other weights are shown than before. */
  async ask() {
    const { view } = this;
    clearTimeout(this.timer);
    if (view.isFile || view.gone || document.hidden) return false;
    let moved = false;
    try {
      const news = await view.gate.json("news");
      moved = !view.gone && view.plane !== undefined && this.learn(news);
    } catch {
      // whoever draws says what is wrong
    }
    this.askSoon();
    return moved;
  }

  /** What is shown stays as long as it is there; else the snapshot next to it is taken up. */
  learn(news) {
    const {
      view,
      view: { place, snapshot, shown, space },
    } = this;
    const other = Object.keys(news).filter((name) => !same(space[name], news[name]));
    if (!other.length) return false;
    view.space = { ...space, ...news };
    const { steps, live } = news;
    const there = snapshot === "live" ? live : steps.includes(Number(snapshot));
    if (there || !(live || steps.length)) {
      if (place.snapshot === "last") place.snapshot = snapshot;
      view.bar.fill();
      if (other.includes("steps")) view.tools.entered();
      return false;
    }
    if (!steps.length || snapshot === "live") place.snapshot = steps.length ? "last" : "live";
    else {
      place.snapshot = String(
        steps.reduce((best, each) => (Math.abs(each - snapshot) < Math.abs(best - snapshot) ? each : best)),
      );
      view.note.say(
        `The snapshot of step ${whole.format(Number(snapshot))} is no longer kept: this is step ${whole.format(Number(place.snapshot))}.`,
      );
    }
    view.keepDirections(shown);
    view.during(view.open());
    return true;
  }

  destroy() {
    clearTimeout(this.timer);
  }
}
