// The samples of several runs at one step, under one slider.

import { paintRange } from "../base/controls.js";
import { el, setHidden, setText } from "../base/dom.js";
import { decodedImage } from "../base/images.js";
import { NewestWins } from "../base/newest.js";
import { whole } from "../base/numbers.js";
import { lastUpTo, stepsOf } from "./lines.js";

const KEPT = 16; // pictures of each run

export class Columns {
  /** load(id, step) → Promise<Blob>; moment(step): another step is looked at; first: the step to begin with, or null. */
  constructor(load, moment, first = null) {
    this.load = load;
    this.first = first;
    this.moment = moment;
    this.columns = new Map();
    this.steps = [];
    this.following = first === null;
    this.caption = el("span", { class: "ganlab-muted" });
    this.slider = el("input", {
      type: "range",
      min: 0,
      max: 0,
      step: 1,
      value: 0,
      class: "ganlab-range",
      "aria-label": "Step of all samples",
      oninput: () => this.choose(Number(this.slider.value)),
    });
    this.grid = el("div", { class: "ganlab-columns" });
    this.root = el(
      "section",
      { class: "ganlab-card", "aria-label": "Samples" },
      el("div", { class: "ganlab-row" }, el("h3", { class: "ganlab-title" }, "Samples at the same step"), this.caption),
      this.slider,
      this.grid,
    );
  }

  /** runs: [{id, words, colour, samples}] */
  update(runs) {
    for (const [id, column] of this.columns) if (!runs.some((run) => run.id === id)) this.drop(id, column);
    for (const run of runs) {
      const column = this.columns.get(run.id) ?? this.begin(run);
      column.steps = stepsOf(run.samples);
    }
    const steps = [...new Set([...this.columns.values()].flatMap((column) => column.steps))].sort((a, b) => a - b);
    const before = this.steps[Number(this.slider.value)] ?? this.first;
    this.steps = steps;
    this.slider.max = Math.max(0, steps.length - 1);
    setHidden(this.slider, steps.length < 2);
    const kept = this.following ? steps.length - 1 : steps.indexOf(lastUpTo(steps, before));
    if (steps.length) this.choose(kept);
  }

  begin({ id, words, colour }) {
    const place = el("div", { class: "ganlab-blank" });
    const dot = el("span", { class: "ganlab-dot", style: `--dot: ${colour}` });
    const step = el("span", { class: "ganlab-muted" });
    const root = el("figure", {}, place, el("figcaption", {}, dot, el("span", {}, words), step));
    const column = { root, place, step, steps: [], pictures: new Map() };
    column.queue = new NewestWins((wanted) => this.show(id, column, wanted));
    this.columns.set(id, column);
    this.grid.append(root);
    return column;
  }

  choose(index) {
    this.following = index === this.steps.length - 1;
    if (Number(this.slider.value) !== index) this.slider.value = index;
    paintRange(this.slider);
    const step = this.steps[index];
    setText(this.caption, `step ${whole.format(step)} · the same latents in runs of one seed`);
    this.slider.setAttribute("aria-valuetext", `step ${step}`);
    for (const column of this.columns.values()) {
      const wanted = lastUpTo(column.steps, step);
      if (wanted !== undefined && wanted !== column.shown) column.queue.ask(wanted);
    }
    this.moment(step);
  }

  async show(id, column, step) {
    let image = column.pictures.get(step);
    if (!image) {
      try {
        image = await decodedImage(await this.load(id, step), `Samples of ${id} at step ${step}`);
      } catch {
        return; // the next refresh asks again
      }
      if (this.gone || this.columns.get(id) !== column) return void URL.revokeObjectURL(image.src);
      column.pictures.set(step, image);
      for (const [old, { src }] of column.pictures) {
        if (column.pictures.size <= KEPT) break;
        URL.revokeObjectURL(src);
        column.pictures.delete(old);
      }
    }
    column.shown = step;
    column.place.replaceWith(image);
    column.place = image;
    setText(column.step, `step ${whole.format(step)}`);
  }

  drop(id, column) {
    for (const { src } of column.pictures.values()) URL.revokeObjectURL(src);
    column.root.remove();
    this.columns.delete(id);
  }

  destroy() {
    this.gone = true;
    for (const [id, column] of this.columns) this.drop(id, column);
  }
}
