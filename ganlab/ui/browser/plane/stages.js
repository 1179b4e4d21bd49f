// The stages of one update, lit one after the other, each with its number in this very update.

import { el, setAttribute, setHidden, setText } from "../base/dom.js";
import { asNumber, whole } from "../base/numbers.js";

const LONGEST_MS = 700; // of a stage; shorter where updates come faster

/** A stage: title, and what happened there; null where the update has no such stage. */
const STAGES = [
  ["latents", ({ z }) => `drawn, ${whole.format(z)} numbers each`],
  ["G", ({ what }) => (what === "d" ? "makes points, and stays as it is" : "makes points")],
  ["samples", ({ what, moved }) => (what === "d" ? "stay where they are" : `moved by ${asNumber(moved, 3)} then`)],
  [
    "D",
    ({ score_real: [real], score_fake: [fake] }) =>
      `scores real ${asNumber(real, 3)}, generated ${asNumber(fake, 3)} on average`,
  ],
  ["loss", ({ values }) => named(values, "loss")],
  ["gradients", ({ values }) => named(values, "grad_norm", "length ")],
  [
    "weights",
    ({ score_real: real, score_fake: fake }) =>
      `updated: then real ${asNumber(real[1], 3)}, generated ${asNumber(fake[1], 3)}`,
  ],
];

/** 'D 0.1 · G 0.2' of what an update has of a series. */
function named(values, series, before = "") {
  const told = ["d", "g"]
    .filter((net) => values[`${series}_${net}`] !== undefined)
    .map((net) => `${net.toUpperCase()} ${before}${asNumber(values[`${series}_${net}`], 3)}`);
  return told.join(" · ");
}

export class Stages {
  constructor() {
    this.texts = STAGES.map(() => el("span", {}));
    this.items = STAGES.map(([title], n) => el("li", {}, el("strong", {}, title), this.texts[n]));
    this.root = el(
      "ol",
      { class: "ganlab-stages", "aria-label": "The last update, stage by stage", hidden: true },
      ...this.items,
    );
  }

  /** report: of the last update, null for none; z: numbers of a latent; beat: seconds between updates, 0 for by hand. */
  tell(report, { z, beat }) {
    setHidden(this.root, !report);
    const told = JSON.stringify(report);
    if (!report || told === this.told) return;
    this.told = told;
    STAGES.forEach(([, text], n) => setText(this.texts[n], text({ ...report, z })));
    clearTimeout(this.timer);
    const pause = Math.min(LONGEST_MS, beat ? (1000 * beat) / STAGES.length : LONGEST_MS);
    const light = (n) => {
      this.items.forEach((item, place) => setAttribute(item, "data-lit", place === n ? "true" : null));
      if (n < STAGES.length) this.timer = setTimeout(() => light(n + 1), pause);
    };
    light(0);
  }

  destroy() {
    clearTimeout(this.timer);
  }
}
