// How good is it? The scores of the generator that is shown, or of each snapshot of its run as a curve.

import { button, choice } from "../../base/controls.js";
import { el, setHidden, setText } from "../../base/dom.js";
import { asNumber, whole } from "../../base/numbers.js";
import { Errand } from "./errand.js";

const SVG = "http://www.w3.org/2000/svg";
const [WIDE, HIGH, LEFT, EDGE] = [380, 170, 52, 22];

const shown = (value, unit = "") => (value === null ? "–" : `${asNumber(value, 3)} ${unit}`.trim());

function mark(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

const cells = (tag, parts) => el("tr", {}, ...parts.map((part) => el(tag, {}, part)));

function table(head, rows) {
  return el(
    "div",
    { class: "ganlab-scroll" },
    el("table", { class: "ganlab-table" }, el("thead", {}, cells("th", head)), el("tbody", {}, ...rows)),
  );
}

export class JudgeTool {
  constructor(view) {
    this.view = view;
    this.errand = new Errand(view, (on) => {
      for (const each of this.buttons) each.disabled = on;
    });
    this.count = choice("samples", [
      ["500", "500"],
      ["2000", "2,000"],
      ["10000", "10,000"],
    ]);
    this.count.box.value = "2000";
    this.by = choice("seen by", [
      ["usual", "what is usual for the data"],
      ["classifier", "a classifier of the data"],
      ["inception", "the FID network"],
      ["none", "no network"],
    ]);
    this.buttons = [
      button(null, "Score this generator", () => this.judge()),
      button(null, "Score all snapshots", () => this.judgeAll(), { more: "ganlab-quiet" }),
    ];
    this.about = el("p", { class: "ganlab-muted", role: "status" });
    this.which = choice("curve of", [], () => this.paint());
    setHidden(this.which.root, true);
    this.results = el("div");
    this.root = el(
      "div",
      {},
      el(
        "p",
        { class: "ganlab-muted" },
        "Samples held against the data that the run was trained on. The FID network is slow without a GPU (2,000 samples take two minutes), and its weights, 96 MB, are downloaded the first time.",
      ),
      el("div", { class: "ganlab-options" }, ...this.buttons, this.count.root, this.by.root),
      this.errand.root,
      this.about,
      el("div", { class: "ganlab-options" }, this.which.root),
      this.results,
    );
  }

  entered() {
    setHidden(this.buttons[1], this.view.isFile || this.view.space.steps.length < 2);
  }

  async ask(path) {
    const told = await this.errand.run(path, { count: this.count.box.value, network: this.by.box.value });
    if (!told) return null;
    const seen = told.network ? `, seen by ${told.network}` : "";
    const floor = told.floor_count
      ? ` Held out: as many real images that training never saw${told.floor_count < told.count ? `, but only ${whole.format(told.floor_count)}, so that what depends on N cannot be compared` : ""}.`
      : "";
    setText(
      this.about,
      `${whole.format(told.count)} samples against ${told.reference}${seen}.${floor} ${told.more}`.trim(),
    );
    return told;
  }

  async judge() {
    const told = await this.ask("judged");
    if (!told) return;
    setHidden(this.which.root, true);
    const rows = told.rows.map((row) => {
      const range = row.low === null ? "" : `${asNumber(row.low, 3)} to ${asNumber(row.high, 3)}`;
      const line = cells("td", [row.title, shown(row.value, row.unit), range, shown(row.floor ?? null)]);
      line.title = row.about;
      return line;
    });
    this.results.replaceChildren(
      table([`Step ${whole.format(told.step)}`, "Value", "95 %", told.floor_count ? "Held out" : ""], rows),
    );
  }

  async judgeAll() {
    const told = await this.ask("judged-at-each");
    if (!told) return;
    this.told = told;
    if (told.left_out.length)
      this.errand.note.say(`Damaged and left out: step ${told.left_out.map((step) => whole.format(step)).join(", ")}.`);
    this.which.box.replaceChildren(...told.rows.map(({ name, title }) => el("option", { value: name }, title)));
    setHidden(this.which.root, false);
    this.paint();
  }

  paint() {
    const row = this.told.rows.find(({ name }) => name === this.which.box.value);
    const { steps } = this.told;
    const rows = steps.map((step, n) => {
      const go = button(null, whole.format(step), () => this.view.take({ snapshot: String(step) }), {
        title: "Show this snapshot",
        more: "ganlab-quiet",
      });
      return cells("td", [go, shown(row.values[n], row.unit), step === row.best ? "★ best" : ""]);
    });
    const about = el("p", { class: "ganlab-muted" }, row.about);
    this.results.replaceChildren(curve(steps, row), about, table(["Step", row.title, ""], rows));
  }

  destroy() {
    this.errand.destroy();
  }
}

/** A score over the steps, its floor dashed, the best one marked. */
function curve(steps, { title, values, floor, best }) {
  const known = values.filter((value) => value !== null);
  const all = floor === null ? known : [...known, floor];
  const [low, high] = all.length ? [Math.min(...all), Math.max(...all)] : [0, 1];
  const x = (step) => LEFT + ((step - steps[0]) / (steps.at(-1) - steps[0] || 1)) * (WIDE - LEFT - EDGE);
  const y = (value) => EDGE + ((high - value) / (high - low || 1)) * (HIGH - 2 * EDGE);
  const text = (words, place) => mark("text", { fill: "currentColor", "font-size": 11, ...place }, words);
  const points = steps.flatMap((step, n) => (values[n] === null ? [] : [[x(step), y(values[n]), step]]));
  const line = mark("polyline", {
    points: points.map(([across, down]) => `${across},${down}`).join(" "),
    fill: "none",
    stroke: "var(--accent)",
    "stroke-width": 2,
  });
  const dots = points.map(([cx, cy, step]) =>
    mark("circle", { cx, cy, r: step === best ? 5 : 3, fill: "var(--accent)" }),
  );
  const held =
    floor === null
      ? []
      : [
          mark("line", {
            x1: LEFT,
            x2: WIDE - EDGE,
            y1: y(floor),
            y2: y(floor),
            stroke: "currentColor",
            "stroke-dasharray": "4 4",
          }),
          text("held out", { x: WIDE - EDGE, y: y(floor) - 4, "text-anchor": "end" }),
        ];
  const words = `${title} over ${steps.length} snapshots, from ${shown(values[0])} to ${shown(values.at(-1))}`;
  return mark(
    "svg",
    { viewBox: `0 0 ${WIDE} ${HIGH}`, class: "ganlab-score-curve", role: "img", "aria-label": words },
    ...held,
    line,
    ...dots,
    text(asNumber(high, 3), { x: LEFT - 6, y: EDGE + 4, "text-anchor": "end" }),
    text(asNumber(low, 3), { x: LEFT - 6, y: HIGH - EDGE + 4, "text-anchor": "end" }),
    text(`step ${whole.format(steps[0])}`, { x: LEFT, y: HIGH - 4 }),
    text(whole.format(steps.at(-1)), { x: WIDE - EDGE, y: HIGH - 4, "text-anchor": "end" }),
  );
}
