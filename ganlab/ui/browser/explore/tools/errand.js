// Work on the server that takes a while.

import { button, Note } from "../../base/controls.js";
import { el, setAttribute, setHidden } from "../../base/dom.js";
import { receive } from "../../base/stream.js";

/** Something that takes the server a while: how far it is, and a way to give it up. */
export class Errand {
  /** busy(on): called when it begins and when it ends. */
  constructor(view, busy) {
    Object.assign(this, { view, busy });
    this.note = new Note();
    this.meter = el("div");
    this.progress = el(
      "div",
      {
        class: "ganlab-meter",
        role: "progressbar",
        "aria-label": "How far it is",
        "aria-valuemin": 0,
        "aria-valuemax": 100,
      },
      this.meter,
    );
    this.way = el(
      "div",
      { class: "ganlab-errand", hidden: true },
      this.progress,
      button("stop", "Cancel", () => this.stop?.abort(), { more: "ganlab-quiet" }),
    );
    this.root = el("div", {}, this.note.root, this.way);
  }

  /** What the server's last line says; null where it was given up, or failed and the note says why. */
  async run(path, query, body) {
    this.stop?.abort();
    const stop = (this.stop = new AbortController());
    let last = null;
    this.show({ doing: "Asking", share: 0 });
    this.busy(true);
    try {
      const answer = await this.view.gate.ask(path, query, body, stop.signal);
      await receive(answer, { line: (told) => (told.doing ? this.show(told) : (last = told)) });
      this.note.say(null);
    } catch (error) {
      last = null;
      if (!this.view.gone) this.note.fail(error);
      if (!this.view.gone && error.name === "AbortError") this.note.say("Cancelled.");
    }
    setHidden(this.way, true);
    this.busy(false);
    return this.view.gone ? null : last;
  }

  show({ doing, share }) {
    this.note.say(`${doing}…${share ? ` ${Math.round(100 * share)} %` : ""}`);
    this.meter.style.width = `${100 * share}%`;
    setAttribute(this.progress, "aria-valuenow", Math.round(100 * share));
    setHidden(this.way, false);
  }

  destroy() {
    this.stop?.abort();
  }
}
