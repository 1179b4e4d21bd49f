// How D's scores are spread over real, generated and held-out examples at one look at the samples.

import { el, setHidden, setText } from "../base/dom.js";
import { NewestWins } from "../base/newest.js";
import { asNumber, whole } from "../base/numbers.js";
import { PALETTE } from "../base/theme.js";

const KEPT_SCORES = 64;
const SPREADS = [
  ["real", "real", 0],
  ["fake", "generated", 1],
  ["held_out", "held out", 2],
];
const [WIDE, HIGH] = [320, 96];

export class Scores {
  /** load(step) → Promise<histogram> */
  constructor(load) {
    this.load = load;
    this.known = new Map();
    this.queue = new NewestWins((step) => this.show(step));
    this.when = el("span", { class: "ganlab-unit" });
    this.legend = el("div", { class: "ganlab-legend" });
    this.picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    for (const [name, value] of Object.entries({
      viewBox: `0 0 ${WIDE} ${HIGH}`,
      preserveAspectRatio: "none",
      role: "img",
      class: "ganlab-histogram",
    }))
      this.picture.setAttribute(name, value);
    this.low = el("span", {});
    this.high = el("span", {});
    this.root = el(
      "section",
      { class: "ganlab-card ganlab-scores", "aria-label": "Scores of D", hidden: true },
      el(
        "h3",
        {
          class: "ganlab-title",
          title:
            "How often D gives which score, at the look at the samples shown above. The further the two lie apart, the surer D is.",
        },
        "Scores of D",
        this.when,
      ),
      this.legend,
      this.picture,
      el("div", { class: "ganlab-row ganlab-muted" }, this.low, this.high),
    );
  }

  /** The step whose samples are shown; undefined for none. */
  look(step) {
    this.wanted = step;
    if (step === undefined) {
      this.shown = undefined;
      setHidden(this.root, true);
    } else if (step !== this.shown) this.queue.ask(step);
  }

  async show(step) {
    if (step !== this.wanted) return;
    let scores = this.known.get(step);
    if (scores === undefined) {
      try {
        scores = await this.load(step);
      } catch {
        return; // the next look asks again
      }
      this.known.set(step, scores);
      if (this.known.size > KEPT_SCORES) this.known.delete(this.known.keys().next().value);
    }
    this.shown = step;
    this.draw(step, scores);
  }

  draw(step, scores) {
    setHidden(this.root, !scores.counts); // a run of an older version has none
    if (!scores.counts) return;
    const { low, high, counts } = scores;
    const spreads = SPREADS.filter(([kind]) => counts[kind]).map(([kind, label, colour]) => {
      const total = counts[kind].reduce((sum, count) => sum + count, 0) || 1;
      const shares = counts[kind].map((count) => count / total);
      const width = (high - low) / shares.length;
      const mean = shares.reduce((sum, share, bin) => sum + share * (low + (bin + 0.5) * width), 0);
      return { kind, label, colour: PALETTE[colour], shares, mean };
    });
    const highest = Math.max(...spreads.flatMap(({ shares }) => shares)) || 1;
    this.picture.replaceChildren(...spreads.map((spread) => outlineOf(spread, highest)));
    this.picture.setAttribute(
      "aria-label",
      `D's scores at step ${step}: ${spreads.map(({ label, mean }) => `${label} about ${asNumber(mean, 3)}`).join(", ")}`,
    );
    this.legend.replaceChildren(
      ...spreads.map(({ label, colour, mean }) =>
        el(
          "span",
          {},
          el("span", { class: "ganlab-dot", style: `--dot: ${colour}` }),
          label,
          el("span", { class: "ganlab-muted" }, ` mean ${asNumber(mean, 3)}`),
        ),
      ),
    );
    setText(this.when, `step ${whole.format(step)}`);
    setText(this.low, asNumber(low, 3));
    setText(this.high, asNumber(high, 3));
  }

  /** What was seen is no longer true: steps were taken back. */
  forget() {
    this.known.clear();
    this.shown = undefined;
    if (this.wanted !== undefined) this.queue.ask(this.wanted);
  }
}

/** One spread as steps over its bins: filled, or a line alone where it lies over the others. */
function outlineOf({ kind, colour, shares }, highest) {
  const wide = WIDE / shares.length;
  const y = (share) => (HIGH - 2 - (HIGH - 4) * (share / highest)).toFixed(1);
  const steps = shares
    .map((share, bin) => `L${(bin * wide).toFixed(1)} ${y(share)}L${((bin + 1) * wide).toFixed(1)} ${y(share)}`)
    .join("");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  const line = kind === "held_out";
  for (const [name, value] of Object.entries({
    d: `M0 ${HIGH}${steps}L${WIDE} ${HIGH}`,
    fill: line ? "none" : colour,
    "fill-opacity": 0.3,
    stroke: colour,
    "stroke-width": 1.4,
    "stroke-dasharray": line ? "3 2" : "none",
    "vector-effect": "non-scaling-stroke",
  }))
    path.setAttribute(name, value);
  return path;
}
