// The card with the grid of samples and the slider over the steps that have one.

import { Refused } from "../base/app.js";
import { paintRange } from "../base/controls.js";
import { el, icon, setAttribute, setHidden, setText } from "../base/dom.js";
import { decodedImage } from "../base/images.js";
import { NewestWins } from "../base/newest.js";
import { whole } from "../base/numbers.js";
import { MOST_PINS } from "./pins.js";

const KEPT_PICTURES = 32;

export class Samples {
  /**
   * load(step) → Promise<Blob>; raw(step, following) → Promise<{blob, step}>, drawn by G itself at that step or the
   * nearest before it; moment(step, following): the step that is looked at has changed; explore({place, step,
   * following, raw}): a sample was clicked, or the whole grid where place is null. null: there is no such way. pins:
   * Pins, where a grid can be kept.
   */
  constructor({ load, raw, moment, explore, pins }) {
    this.explore = explore;
    this.pins = pins;
    this.load = load;
    this.loadRaw = raw;
    this.raw = false; // G's own weights are shown, not their average
    this.moment = moment;
    this.steps = [];
    this.following = true;
    this.shown = null; // step on screen
    this.pictures = new Map(); // step → decoded image, least recently seen first
    this.queue = new NewestWins((step) => this.show(step));
    this.empty = el("p", { class: "ganlab-empty" }, "The first grid comes with the first step.");
    this.stage = el("div", { class: "ganlab-stage" }, this.empty);
    this.pick = el("div", { class: "ganlab-pick", hidden: true });
    if (explore) {
      this.stage.addEventListener("pointermove", (event) => this.pointAt(this.placeUnder(event)));
      this.stage.addEventListener("pointerleave", () => this.pointAt(null));
      this.stage.addEventListener("click", (event) => {
        const place = this.placeUnder(event);
        if (place !== null) this.go(place);
      });
    }
    this.exploreButton = el(
      "button",
      { type: "button", class: "ganlab-button ganlab-small", hidden: true, onclick: () => this.go(null) },
      icon("explore"),
      "Explore",
    );
    this.pinButton = el(
      "button",
      {
        type: "button",
        class: "ganlab-button ganlab-small",
        onclick: () => this.pins.toggle(this.steps[Number(this.slider.value)]),
      },
      icon("pin"),
      "Pin",
    );
    this.caption = el("span", {});
    this.bestButton = el("button", {
      type: "button",
      class: "ganlab-link",
      hidden: true,
      onclick: () => this.choose(nearest(this.steps, this.best.step)),
    });
    this.follow = el("button", {
      type: "button",
      class: "ganlab-link",
      onclick: () => this.choose(this.steps.length - 1),
    });
    this.slider = el("input", {
      type: "range",
      min: 0,
      max: 0,
      step: 1,
      value: 0,
      class: "ganlab-range",
      "aria-label": "Step of the samples",
      oninput: () => this.choose(Number(this.slider.value)),
    });
    this.controls = el(
      "div",
      { class: "ganlab-samples-controls" },
      el("div", { class: "ganlab-row" }, this.caption, this.bestButton, this.follow),
      this.slider,
    );
    this.rawButton = el(
      "button",
      {
        type: "button",
        class: "ganlab-toggle",
        "aria-pressed": "false",
        onclick: () => this.toggleRaw(),
        title:
          "Off: by the moving average of G's weights, batch norm by its running statistics, which is what the run keeps. On: by G itself as it trains, batch norm by the statistics of the samples: drawn now for the newest grid, for others at the last snapshot before it.",
      },
      "as trained",
    );
    this.root = el(
      "section",
      { class: "ganlab-card ganlab-samples", "aria-label": "Samples" },
      el(
        "div",
        { class: "ganlab-row" },
        el("h3", { class: "ganlab-title" }, "Samples"),
        el("span", { class: "ganlab-samples-acts" }, this.rawButton, this.pinButton, this.exploreButton),
      ),
      this.stage,
      this.controls,
    );
    setHidden(this.controls, true);
    this.tellPin();
  }

  /** Whether the grid that is looked at is pinned, or may be. */
  tellPin() {
    const step = this.steps[Number(this.slider.value)];
    const pinned = this.pins.has(step);
    const full = !pinned && this.pins.full;
    setHidden(this.pinButton, step === undefined);
    setAttribute(this.pinButton, "aria-pressed", String(pinned));
    setAttribute(this.pinButton, "disabled", full);
    setAttribute(
      this.pinButton,
      "title",
      full
        ? `${MOST_PINS} grids are pinned: unpin one first`
        : "Keep this grid under the first chart, where its step is",
    );
  }

  /** samples: [first, last, every] ranges of steps that have a grid. */
  update({ samples: ranges, grid, explore_only: slimmed, best, snapshots, state }) {
    this.explorable = this.explore && (snapshots.length > 0 || ["training", "paused"].includes(state));
    setHidden(this.exploreButton, !this.explorable);
    this.grid = grid;
    setHidden(this.rawButton, slimmed); // such a run has the average alone
    this.best = best;
    setHidden(this.bestButton, !best);
    setText(this.bestButton, best ? `★ best: step ${whole.format(best.step)}` : "");
    setAttribute(this.bestButton, "title", best?.text ?? "");
    const samples = ranges.flatMap(([first, last, every]) =>
      Array.from({ length: (last - first) / every + 1 }, (_, index) => first + index * every),
    );
    const ratio = `${grid.columns} / ${grid.rows}`;
    if (this.ratio !== ratio) this.stage.style.aspectRatio = this.ratio = ratio;
    this.count = grid.columns * grid.rows;
    if (samples.length === this.steps.length && samples.at(-1) === this.steps.at(-1)) return;
    if ((samples.at(-1) ?? -1) < (this.steps.at(-1) ?? -1)) this.forgetAfter(samples.at(-1) ?? -1);
    const wanted = this.following ? samples.length - 1 : nearest(samples, this.steps[Number(this.slider.value)]);
    this.steps = samples;
    setHidden(this.controls, samples.length === 0);
    setHidden(this.slider, samples.length < 2);
    this.slider.max = Math.max(0, samples.length - 1);
    if (samples.length > 0) this.choose(wanted);
    else this.tellPin();
  }

  choose(index) {
    const step = this.steps[index];
    this.following = index === this.steps.length - 1;
    if (Number(this.slider.value) !== index) this.slider.value = index;
    paintRange(this.slider);
    setAttribute(this.slider, "aria-valuetext", `step ${step}`);
    setText(this.follow, this.following ? "following the newest" : "show the newest");
    setAttribute(this.follow, "disabled", this.following);
    if (step !== this.shown) this.queue.ask(step);
    this.moment(step, this.following);
    this.tellPin();
  }

  /** The grid nearest to a step. */
  goTo(step) {
    if (this.steps.length) this.choose(nearest(this.steps, step));
  }

  /** Of the sample under the pointer; null off the picture, and where there is one picture of all. */
  placeUnder({ clientX, clientY }) {
    const { columns, rows } = this.grid ?? { columns: 1, rows: 1 };
    if (!this.explorable || this.shown === null || columns * rows < 2) return null;
    const { left, top, width, height } = this.stage.getBoundingClientRect();
    const [column, row] = [((clientX - left) / width) * columns, ((clientY - top) / height) * rows].map(Math.floor);
    return column >= 0 && column < columns && row >= 0 && row < rows ? row * columns + column : null;
  }

  pointAt(place) {
    setHidden(this.pick, place === null);
    setAttribute(this.stage, "title", place === null ? null : "Explore this sample");
    if (place === null) return;
    const { columns, rows } = this.grid;
    const { style } = this.pick;
    [style.width, style.height] = [`${100 / columns}%`, `${100 / rows}%`];
    [style.left, style.top] = [
      `${(100 * (place % columns)) / columns}%`,
      `${(100 * Math.floor(place / columns)) / rows}%`,
    ];
  }

  /** To Explore: with the sample at a place, or with the run alone. */
  go(place) {
    const { shown, following, raw } = this;
    this.explore({ place, step: shown ?? 0, following, raw });
  }

  toggleRaw() {
    this.raw = !this.raw;
    setAttribute(this.rawButton, "aria-pressed", String(this.raw));
    this.forget();
    const step = this.steps[Number(this.slider.value)];
    if (step !== undefined) this.queue.ask(step);
  }

  async show(step) {
    const { raw } = this;
    let image = this.pictures.get(step);
    if (!image) {
      try {
        const found = raw ? await this.loadRaw(step, this.following) : { blob: await this.load(step), step };
        image = await decodedImage(
          found.blob,
          `${this.count} samples at step ${found.step}${raw ? ", as trained" : ""}`,
        );
        image.step = found.step;
      } catch (error) {
        if (raw && error instanceof Refused) setText(this.caption, error.message);
        return; // the next refresh or move asks again; a lost server is reported by the polling
      }
      if (this.gone || raw !== this.raw) return void URL.revokeObjectURL(image.src);
    }
    this.pictures.delete(step);
    this.pictures.set(step, image);
    this.shown = step;
    this.stage.replaceChildren(image, this.pick);
    setText(this.caption, `step ${whole.format(image.step)} · fixed latents${raw ? ", as trained" : ""}`);
    for (const old of this.pictures.keys()) {
      if (this.pictures.size <= KEPT_PICTURES) break;
      this.drop(old);
    }
  }

  /** Steps were taken back: what is kept may be of a past that is no longer the run's. The picture stays until the next comes. */
  forget() {
    for (const step of [...this.pictures.keys()]) this.drop(step);
    this.shown = null;
  }

  /** The run went back to an earlier step: what was drawn later is no longer true. */
  forgetAfter(last) {
    for (const step of [...this.pictures.keys()]) if (step > last) this.drop(step);
    if (this.shown > last) {
      this.shown = null;
      if (last < 0) this.stage.replaceChildren(this.empty);
    }
  }

  drop(step) {
    URL.revokeObjectURL(this.pictures.get(step).src);
    this.pictures.delete(step);
  }

  /** Ask again for a picture that did not come. */
  retry() {
    const step = this.steps[Number(this.slider.value)];
    if (step !== undefined && step !== this.shown && !this.queue.busy) this.queue.ask(step);
  }

  destroy() {
    this.gone = true;
    for (const step of [...this.pictures.keys()]) this.drop(step);
  }
}

/** Place of the number nearest to `wanted` in a rising list. */
function nearest(numbers, wanted) {
  let best = numbers.length - 1;
  numbers.forEach((number, place) => {
    if (Math.abs(number - wanted) < Math.abs(numbers[best] - wanted)) best = place;
  });
  return best;
}
