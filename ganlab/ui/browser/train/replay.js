// A finished run played in some seconds: its samples form while its curve draws.

import { mount, NO_ANSWER, Refused, request } from "../base/app.js";
import { button, paintRange } from "../base/controls.js";
import { el, icon, setAttribute, setText } from "../base/dom.js";
import { decodedImage } from "../base/images.js";
import { asNumber, clampTo, inShort, whole } from "../base/numbers.js";
import { PALETTE } from "../base/theme.js";
import { Curves, smoothed, valueAt } from "./curves.js";
import { storyOf } from "./scales.js";

const FRAME_MS = 160;
const MOST_FRAMES = 72;
const SMOOTHING = 0.8;
const [WIDTH, HEIGHT] = [1000, 400]; // of the drawing, in its own units
const SVG = "http://www.w3.org/2000/svg";

/** Grids to show, from [first, last, every] ranges: more of the early ones, since they change most. */
export function framesOf(ranges, most = MOST_FRAMES) {
  const steps = ranges.flatMap(([first, last, every]) =>
    Array.from({ length: Math.floor((last - first) / every) + 1 }, (_, n) => first + n * every),
  );
  if (steps.length <= most) return steps;
  const place = (n) => Math.round((steps.length - 1) * (n / (most - 1)) ** 1.5);
  return [...new Set(Array.from({ length: most }, (_, n) => steps[place(n)]))];
}

function svg(tag, attributes) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

class Replay {
  constructor(component) {
    this.component = component;
    this.stop = new AbortController();
    this.pictures = [];
    this.frame = 0;
    this.stage = el("div", { class: "ganlab-stage" }, el("p", { class: "ganlab-empty" }, "Loading…"));
    this.told = el("span", { class: "ganlab-replay-step" });
    this.value = el("strong", {});
    this.play = button("pause", "Pause", () => this.toggle(), { more: "ganlab-small" });
    this.slider = el("input", {
      type: "range",
      min: 0,
      max: 0,
      value: 0,
      class: "ganlab-range",
      "aria-label": "Step of the replay",
      oninput: () => (this.halt(), this.show(Number(this.slider.value))),
    });
    const colour = PALETTE[0];
    this.past = svg("path", { fill: "none", stroke: colour, "stroke-width": 3, "vector-effect": "non-scaling-stroke" });
    this.all = svg("path", {
      fill: "none",
      stroke: colour,
      "stroke-width": 1.5,
      opacity: 0.22,
      "vector-effect": "non-scaling-stroke",
    });
    this.here = svg("line", {
      y1: 0,
      y2: HEIGHT,
      stroke: "currentColor",
      opacity: 0.4,
      "vector-effect": "non-scaling-stroke",
    });
    this.drawing = svg("svg", {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      preserveAspectRatio: "none",
      role: "img",
      class: "ganlab-replay-curve",
    });
    this.drawing.append(this.all, this.past, this.here);
    this.top = el("span", {});
    this.foot = el("span", {});
    this.last = el("span", {});
    this.root = el(
      "div",
      { class: "ganlab ganlab-replay" },
      el("div", { class: "ganlab-card ganlab-replay-samples" }, this.stage),
      el(
        "div",
        { class: "ganlab-card ganlab-replay-story" },
        el("div", { class: "ganlab-row" }, el("h3", { class: "ganlab-title" }, component.data.label), this.value),
        el("div", { class: "ganlab-replay-frame" }, this.top, this.drawing, this.foot),
        el("div", { class: "ganlab-row ganlab-muted" }, el("span", {}, "step 0"), this.last),
        this.slider,
        el("div", { class: "ganlab-row" }, this.told, this.play),
      ),
    );
    component.parentElement.append(this.root);
    this.load();
  }

  update(component) {
    this.component = component;
  }

  async ask(path) {
    return request(`ganlab/runs/${encodeURIComponent(this.component.data.run_id)}${path}`, {
      signal: this.stop.signal,
    });
  }

  async load() {
    try {
      const run = await (await this.ask("/live")).json();
      this.steps = framesOf(run.samples);
      const { columns, rows } = run.grid;
      this.stage.style.aspectRatio = `${columns} / ${rows}`;
      this.slider.max = Math.max(0, this.steps.length - 1);
      this.take(run);
      const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
      if (still) this.frame = this.steps.length - 1;
      if (still) this.halt();
      await this.fetchAll();
    } catch (error) {
      if (this.stop.signal.aborted) return;
      this.stage.replaceChildren(
        el("p", { class: "ganlab-empty" }, error instanceof Refused ? error.message : NO_ANSWER),
      );
    }
  }

  /** The curve: the first series of the first chart, in the range of what follows the first steps. */
  take(run) {
    const curves = new Curves();
    curves.merge(run.curves);
    const name = run.charts[0]?.series[0]?.name;
    this.curves = curves;
    this.values = smoothed(curves.series[name]?.mean ?? [], SMOOTHING);
    const known = this.values.filter((value) => value !== null);
    const [low, high] = storyOf([this.values]) ?? [Math.min(...known), Math.max(...known)];
    const end = run.step || 1;
    this.x = (step) => (WIDTH * step) / end;
    const y = (value) => clampTo(((high - value) / (high - low || 1)) * HEIGHT, -HEIGHT, 2 * HEIGHT);
    this.points = curves
      .steps()
      .flatMap((step, n) =>
        this.values[n] === null ? [] : [[step, `${this.x(step).toFixed(1)},${y(this.values[n]).toFixed(1)}`]],
      );
    setAttribute(this.all, "d", this.path(end));
    setText(this.top, inShort(Number(high.toPrecision(2))));
    setText(this.foot, inShort(Number(low.toPrecision(2))));
    setText(this.last, whole.format(end));
    setAttribute(
      this.drawing,
      "aria-label",
      `${this.component.data.label} from ${asNumber(known[0])} at the first step to ${asNumber(known.at(-1))} at the last`,
    );
  }

  path(step) {
    const seen = this.points.filter(([each]) => each <= step).map(([, point]) => point);
    return seen.length ? `M${seen.join("L")}` : "";
  }

  /** Pictures come one after the other, and play as far as they have come. */
  async fetchAll() {
    const order = this.steps.map((_, n) => n);
    if (this.frame) order.unshift(order.pop());
    for (const n of order) {
      const blob = await (await this.ask(`/samples/${this.steps[n]}`)).blob();
      this.pictures[n] = await decodedImage(blob, `Samples at step ${this.steps[n]}`);
      if (this.stop.signal.aborted) return;
      if (n === this.frame) this.show(n);
      if (n === 0 && !this.halted) this.timer = setInterval(() => this.next(), FRAME_MS);
    }
  }

  next() {
    if (document.hidden) return;
    if (this.frame === this.steps.length - 1) return this.halt();
    if (this.pictures[this.frame + 1]) this.show(this.frame + 1);
  }

  show(n) {
    this.frame = n;
    const step = this.steps[n];
    if (this.pictures[n]) this.stage.replaceChildren(this.pictures[n]);
    this.slider.value = n;
    setAttribute(this.slider, "aria-valuetext", `step ${step}`);
    paintRange(this.slider);
    setAttribute(this.past, "d", this.path(step));
    setAttribute(this.here, "x1", this.x(step));
    setAttribute(this.here, "x2", this.x(step));
    setText(this.told, `step ${whole.format(step)}`);
    setText(this.value, asNumber(valueAt(this.values, step ? this.curves.placeOf(step) : -1)));
  }

  halt() {
    this.halted = true;
    clearInterval(this.timer);
    this.play.replaceChildren(icon("play"), "Play");
  }

  toggle() {
    if (!this.halted) return this.halt();
    this.halted = false;
    if (this.frame === this.steps.length - 1) this.show(0);
    this.play.replaceChildren(icon("pause"), "Pause");
    this.timer = setInterval(() => this.next(), FRAME_MS);
  }

  destroy() {
    this.stop.abort();
    clearInterval(this.timer);
    for (const picture of this.pictures) if (picture) URL.revokeObjectURL(picture.src);
    this.root.remove();
  }
}

export default function (component) {
  return mount(component, component.data.run_id, Replay);
}
