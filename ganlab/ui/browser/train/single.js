// Step by step: single updates by hand while the run is paused, slow motion, and what each has just done.

import { Refused } from "../base/app.js";
import { Fold, paintRange } from "../base/controls.js";
import { el, setAttribute, setHidden, setText } from "../base/dom.js";
import { asNumber, whole } from "../base/numbers.js";
import { LOOKS_TO_WAIT } from "./fields.js";

const LONGEST_BEAT_S = 5;
const WHAT = { d: "D", g: "G", both: "both" };

export class Single {
  /** order(action, particulars) → Promise, throws Refused; say(sentence): where a refusal is told. */
  constructor({ order, say }) {
    this.order = async (action, particulars) => {
      try {
        await order(action, particulars);
        say("");
      } catch (error) {
        say(error instanceof Refused ? error.message : "Connection lost: try again.");
      }
    };
    const by = (what, count, label, title) =>
      el(
        "button",
        {
          type: "button",
          class: "ganlab-button ganlab-small",
          title,
          onclick: () => this.paused && this.order("single", { what, count: count() }),
        },
        label,
      );
    this.count = el("input", {
      type: "number",
      class: "ganlab-input",
      min: 1,
      max: 1000,
      step: 1,
      value: 10,
      "aria-label": "Number of steps",
      oninput: () => this.nameMany(),
    });
    this.buttons = [
      by("d", () => 1, "Step D", "Update the discriminator (critic) alone, once"),
      by("g", () => 1, "Step G", "Update the generator alone, once"),
      by("both", () => 1, "Full step", "One whole step: D as often as the setting says, then G"),
    ];
    this.many = by("both", () => this.wanted, "", "So many full steps");
    this.nameMany();
    this.hint = el("span", { class: "ganlab-muted" });
    this.output = el("output", { class: "ganlab-value" });
    this.slider = el("input", {
      type: "range",
      class: "ganlab-range",
      min: 0,
      max: LONGEST_BEAT_S,
      step: 0.1,
      value: 0,
      oninput: () => this.paint(),
      onchange: () => {
        this.sent = Number(this.slider.value);
        this.looks = 0;
        this.order("slow", { seconds: this.sent });
      },
    });
    this.table = el("div", {
      class: "ganlab-reports",
      tabindex: 0,
      role: "region",
      "aria-label": "What the last updates did",
    });
    this.panel = el(
      "section",
      { class: "ganlab-card", "aria-label": "Step by step" },
      el(
        "div",
        { class: "ganlab-singles" },
        el(
          "div",
          { class: "ganlab-single-buttons", role: "group", "aria-label": "Single updates" },
          ...this.buttons,
          el("span", { class: "ganlab-many" }, this.count, this.many),
        ),
        el(
          "label",
          { class: "ganlab-smoothing", title: "Seconds between two steps, each with a report; 0 is full speed." },
          "Slow motion",
          this.slider,
          this.output,
        ),
        this.hint,
      ),
      this.table,
    );
    this.fold = new Fold("single", "Step by step", this.panel);
    this.paint();
  }

  get wanted() {
    return Math.round(this.count.valueAsNumber || 1);
  }

  nameMany() {
    setText(this.many, this.wanted === 1 ? "Run 1 step" : `Run ${whole.format(this.wanted)} steps`);
  }

  paint() {
    const seconds = Number(this.slider.value);
    setText(this.output, seconds ? `${seconds.toFixed(1)} s` : "off");
    setAttribute(this.slider, "aria-valuetext", seconds ? `${seconds.toFixed(1)} seconds between two steps` : "off");
    paintRange(this.slider);
  }

  update({ state, slow_s: beat, reports }) {
    this.paused = state === "paused";
    const here = ["queued", "loading", "training", "paused"].includes(state);
    setHidden(this.fold.button, !here);
    if (here) this.fold.suggest(this.paused || beat > 0);
    else setHidden(this.panel, true);
    for (const button of [...this.buttons, this.many])
      setAttribute(button, "aria-disabled", this.paused ? null : "true");
    setText(this.hint, this.paused ? "" : "Pause the run to update D or G by hand.");
    setText(this.fold.summary, beat ? `slow motion, ${beat.toFixed(1)} s a step` : "");
    // An answer from before the last move must not take it back.
    if (this.sent !== undefined && (beat === this.sent || ++this.looks > LOOKS_TO_WAIT)) this.sent = undefined;
    if (this.sent === undefined && !this.slider.matches(":active")) {
      this.slider.value = beat;
      this.paint();
    }
    this.tell(reports);
  }

  tell(reports) {
    const text = JSON.stringify(reports);
    if (text === this.told) return;
    this.told = text;
    setHidden(this.table, !reports.length);
    const change = ([before, after]) => `${asNumber(before, 3)} → ${asNumber(after, 3)}`;
    const norms = ({ values }) =>
      ["d", "g"]
        .filter((net) => values[`grad_norm_${net}`] !== undefined)
        .map((net) => `${net.toUpperCase()} ${asNumber(values[`grad_norm_${net}`], 3)}`)
        .join(" · ");
    const columns = [
      ["Step", "the run's step after it", (report) => whole.format(report.step)],
      ["Updated", "which network", (report) => WHAT[report.what] ?? report.what],
      ["Score real", "D's mean score of the same real images, before and after", (report) => change(report.score_real)],
      [
        "Score fake",
        "D's mean score of the same generated images, before and after",
        (report) => change(report.score_fake),
      ],
      [
        "Gap",
        "score real minus score fake",
        ({ score_real: real, score_fake: fake }) => change([real[0] - fake[0], real[1] - fake[1]]),
      ],
      ["Gradient", "length of the gradient over all weights", norms],
      [
        "Moved",
        "mean change of a pixel of the samples, as a share of its range",
        ({ moved }) => `${asNumber(50 * moved, 3)} %`,
      ],
    ];
    const rows = reports.toReversed();
    this.table.replaceChildren(
      el("p", { class: "ganlab-sentence", role: "status" }, rows[0]?.sentence ?? ""),
      el(
        "table",
        {},
        el(
          "thead",
          {},
          el("tr", {}, ...columns.map(([title, help]) => el("th", { scope: "col", title: help }, title))),
        ),
        el(
          "tbody",
          {},
          ...rows.map((report) =>
            el("tr", { title: report.sentence }, ...columns.map(([, , read]) => el("td", {}, read(report)))),
          ),
        ),
      ),
    );
  }
}
