// All charts of a run and what they share.

import { paintRange } from "../base/controls.js";
import { el, icon, setAttribute, setHidden, setText } from "../base/dom.js";
import { same, whole } from "../base/numbers.js";
import { session } from "../base/session.js";
import { Chart } from "./chart.js";
import { Curves } from "./curves.js";
import { changesInShort, marksOf } from "./marks.js";
import { AXES, RANGES } from "./plots.js";
import { runLink } from "./run_link.js";
import { Tiles } from "./tiles.js";

/** All charts of a run, and what they share: smoothing, range, hidden series, marks, branches, the cursor. */
export class Charts {
  /**
   * open(id): shows another run; download(): hands over the table of all steps; pick(step): a curve was clicked there;
   * pins: Pins, which stand under the first chart.
   */
  constructor({ open, download, pick, pins }) {
    this.pick = pick;
    this.pins = pins;
    this.open = open;
    this.curves = new Curves();
    this.hidden = new Set(session.get("hidden", []));
    this.logs = new Set(session.get("logs", []));
    this.helps = new Set(session.get("helps", []));
    this.earlies = new Set(session.get("earlies", []));
    this.smoothing = session.get("smoothing", 0.6);
    this.range = session.get("range", "all");
    this.over = session.get("over", "step"); // one of AXES
    this.epochs = null;
    this.clock = { steps: [0], seconds: [0] };
    this.theme = null;
    this.marks = [];
    this.branches = [];
    this.cursor = null; // a step; null: the newest
    this.lastStep = 0;
    this.cards = [];
    this.output = el("output", { class: "ganlab-value" });
    this.slider = el("input", {
      type: "range",
      min: 0,
      max: 0.99,
      step: 0.01,
      value: this.smoothing,
      class: "ganlab-range",
      oninput: () => this.smooth(),
    });
    this.ranges = Object.fromEntries(
      Object.entries(RANGES).map(([name, [label]]) => [
        name,
        el("button", { type: "button", class: "ganlab-toggle", onclick: () => this.choose(name) }, label),
      ]),
    );
    this.overs = Object.fromEntries(
      ["epoch", "minutes"].map((name) => [
        name,
        el(
          "button",
          { type: "button", class: "ganlab-toggle", hidden: name === "epoch", onclick: () => this.draw(name) },
          name === "epoch" ? "epochs" : name,
        ),
      ]),
    );
    setAttribute(this.overs.minutes, "title", "Draw over minutes of training instead of steps.");
    this.csv = el(
      "button",
      {
        type: "button",
        class: "ganlab-toggle",
        title: "All steps of all series as a table",
        "aria-label": "Download as CSV",
        onclick: download,
      },
      icon("download"),
      "CSV",
    );
    this.legend = el("div", {
      class: "ganlab-chips ganlab-branches",
      role: "group",
      "aria-label": "Forks of this run",
      hidden: true,
    });
    this.list = el("div", { class: "ganlab-list" });
    this.tiles = new Tiles((title) => this.goTo(title));
    this.root = el(
      "div",
      { class: "ganlab-charts" },
      el(
        "div",
        { class: "ganlab-toolbar" },
        el(
          "label",
          {
            class: "ganlab-smoothing",
            title:
              "Exponential moving average, counted in points of the chart (a point is the mean of one or more steps). 0 shows the points as they are; the faint line always does.",
          },
          "Smoothing",
          this.slider,
          this.output,
        ),
        el(
          "div",
          { class: "ganlab-toggles", role: "group", "aria-label": "Steps shown" },
          ...Object.values(this.ranges),
          ...Object.values(this.overs),
          this.csv,
        ),
      ),
      this.legend,
      this.list,
    );
    this.paintSlider();
    this.paintRanges();
    this.paintAxes();
  }

  /** The first step that is drawn. */
  get firstStep() {
    return RANGES[this.range][1](this.lastStep);
  }

  /** What the curves are drawn over. */
  get axis() {
    return AXES[this.over === "epoch" && !this.epochs ? "step" : this.over] ?? AXES.step;
  }

  /** Over what the button says; pressed once more, over steps. */
  draw(over) {
    this.over = this.over === over ? "step" : over;
    this.paintAxes();
    this.changed();
  }

  paintAxes() {
    for (const [name, button] of Object.entries(this.overs))
      setAttribute(button, "aria-pressed", String(name === this.over));
    setHidden(this.overs.epoch, !this.epochs);
    const { examples, rates } = this.epochs ?? { examples: 0, rates: [[0, 0]] };
    setAttribute(
      this.overs.epoch,
      "title",
      `Draw over epochs instead of steps: an epoch is one pass over the data, ${whole.format(examples)} real examples in D's batches, now ${whole.format(rates.at(-1)[1])} a step. Changes of batch size and of D's updates per step are counted, single updates are not.`,
    );
  }

  paintSlider() {
    setText(this.output, this.smoothing.toFixed(2));
    paintRange(this.slider);
  }

  paintRanges() {
    for (const [name, button] of Object.entries(this.ranges))
      setAttribute(button, "aria-pressed", String(name === this.range));
  }

  smooth() {
    this.smoothing = Number(this.slider.value);
    this.paintSlider();
    this.changed();
  }

  choose(range) {
    this.range = range;
    this.paintRanges();
    for (const card of this.cards)
      if (card.drawn) window.Plotly.relayout(card.plot, { "xaxis.autorange": true, "yaxis.autorange": true });
    this.changed();
  }

  toggleLog(title) {
    if (!this.logs.delete(title)) this.logs.add(title);
    this.changed();
  }

  toggleEarly(title) {
    if (!this.earlies.delete(title)) this.earlies.add(title);
    session.set("earlies", [...this.earlies]);
    this.renewSoon();
  }

  toggleHelp(title) {
    if (!this.helps.delete(title)) this.helps.add(title);
    session.set("helps", [...this.helps]);
    for (const card of this.cards) card.showHelp();
  }

  /** A setting changed: remember it, draw with the next frame. */
  changed() {
    session.set("smoothing", this.smoothing);
    session.set("range", this.range);
    session.set("over", this.over);
    session.set("hidden", [...this.hidden]);
    session.set("logs", [...this.logs]);
    this.renewSoon();
  }

  renewSoon() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      for (const card of this.cards) card.renew();
      this.tiles.tell(this);
    });
  }

  update(run) {
    const { charts, curves, step, epochs, clock } = run;
    const shape = JSON.stringify(charts);
    if (shape !== this.shape) {
      this.shape = shape;
      const kept = new Map(this.cards.map((card) => [JSON.stringify(card.spec), card])); // their zoom stays
      const cards = charts.map((spec) => kept.get(JSON.stringify(spec)) ?? new Chart(spec, this));
      for (const card of this.cards) if (!cards.includes(card)) card.destroy();
      this.cards = cards;
      this.list.replaceChildren(...cards.map((card) => card.root));
      cards[0]?.root.append(this.pins.root);
      this.tiles.update(charts);
    }
    this.lastStep = step;
    const marks = marksOf(run);
    const marked = !same(marks, this.marks);
    this.marks = marks;
    const recounted = !same(epochs, this.epochs);
    this.epochs = epochs;
    this.clock = clock;
    if (recounted) this.paintAxes();
    const changed = this.curves.merge(curves);
    if (changed || marked || recounted) for (const card of this.cards) card.renew();
    if (changed) this.tiles.tell(this);
  }

  /** To the chart of that title. */
  goTo(title) {
    const { root } = this.cards.find(({ spec }) => spec.title === title);
    root.scrollIntoView({ block: "center" });
    root.focus({ preventScroll: true });
  }

  /** `at(step)`: px from the left of the first chart, or null off it. */
  placePins(at) {
    this.pins.place(at);
  }

  /** Where one chart is zoomed to or pointed at, the others follow. */
  zoom(origin, range) {
    for (const card of this.cards) if (card !== origin) card.zoom(range);
  }

  hover(origin, x) {
    for (const card of this.cards) if (card !== origin) card.hover(x);
  }

  /** The step that the page looks at; null for the newest. */
  look(step) {
    if (step === this.cursor) return;
    this.cursor = step;
    this.pointing ??= requestAnimationFrame(() => {
      this.pointing = undefined;
      for (const card of this.cards) card.point();
      this.tiles.tell(this);
    });
  }

  /** Forks of this run, drawn over it from where they left. */
  branch(children) {
    if (same(children, this.branches)) return;
    this.branches = children;
    setHidden(this.legend, !children.length);
    this.legend.replaceChildren(
      el("span", { class: "ganlab-muted" }, "Forks:"),
      ...children.map(({ id, step, changes }, number) =>
        runLink(
          id,
          this.open,
          icon("fork"),
          `${number + 1}: from step ${whole.format(step)}, ${changesInShort(changes) || id}`,
        ),
      ),
    );
    this.renewSoon();
  }

  /** Ask again for the library if it did not come. */
  retry() {
    for (const card of this.cards) if (card.seen && card.stale) card.draw();
  }

  setTheme(theme) {
    if (JSON.stringify(theme) === JSON.stringify(this.theme)) return;
    this.theme = theme;
    for (const card of this.cards) card.renew();
  }

  destroy() {
    if (this.frame !== undefined) cancelAnimationFrame(this.frame);
    if (this.pointing !== undefined) cancelAnimationFrame(this.pointing);
    for (const card of this.cards) card.destroy();
  }
}
