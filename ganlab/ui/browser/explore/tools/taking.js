// Take it away: the generator as a file that needs no ganlab, and its pictures.

import { button, choice, Note } from "../../base/controls.js";
import { el } from "../../base/dom.js";
import { saveAs } from "../../base/images.js";
import { seedAt } from "../plane.js";

const FILES = [
  [
    "html",
    "One page",
    "Generator, runtime and sliders in one HTML file: opens offline with a double-click, to mail to a friend.",
    ".html",
  ],
  ["onnx", "ONNX", "For onnxruntime and whatever else reads ONNX.", ".onnx"],
  ["safetensors", "Weights", "Safetensors with their config; this page opens them again.", ".safetensors"],
  ["script", "Python script", "Layers and weights in one file that needs PyTorch alone.", ".py"],
];
const SCALES = [1, 4, 8, 16, 32];

export class TakeTool {
  constructor(view) {
    this.view = view;
    this.note = new Note();
    this.scale = choice(
      "enlarged",
      SCALES.map((scale) => [scale, `${scale} ×`]),
    );
    this.scale.box.value = 8;
    this.root = el(
      "div",
      {},
      el(
        "div",
        { class: "ganlab-forms" },
        ...FILES.map((row) => this.makeForm(...row)),
        el(
          "div",
          { class: "ganlab-card ganlab-form" },
          el("h3", { class: "ganlab-title" }, "PNG"),
          el("p", {}, "The large picture or the grid as they are shown, each pixel a square."),
          el("div", { class: "ganlab-options" }, this.scale.root),
          el(
            "div",
            { class: "ganlab-options" },
            button("download", "Picture", () => this.png(view.pictures.large, "picture")),
            button("download", "Grid", () => this.png(view.pictures.grid, "grid")),
          ),
        ),
      ),
      this.note.root,
    );
  }

  makeForm(form, title, words, suffix) {
    const take = button("download", `Save ${suffix}`, () => this.take(form, suffix, take));
    return el(
      "div",
      { class: "ganlab-card ganlab-form" },
      el("h3", { class: "ganlab-title" }, title),
      el("p", {}, words),
      take,
    );
  }

  async take(form, suffix, pressed) {
    pressed.disabled = true;
    this.note.say("Writing the file…");
    try {
      const answer = await this.view.gate.ask("take", { form, ...(form === "html" ? this.shown() : {}) });
      const name = answer.headers.get("Content-Disposition")?.match(/filename="(.+)"/)?.[1] ?? `generator${suffix}`;
      saveAs(await answer.blob(), `${this.view.source.replace(":", "-")}-${name}`);
      this.note.say(null);
    } catch (error) {
      if (!this.view.gone) this.note.fail(error);
    }
    pressed.disabled = false;
  }

  /** What the page begins with: this seed, of these classes, and the kind of sliders that is shown. */
  shown() {
    const {
      mix,
      place: { x, y, kind },
    } = this.view;
    const label =
      mix &&
      Object.entries(mix)
        .map(([number, share]) => `${number}:${share}`)
        .join("+");
    return {
      seed: seedAt(Math.round(x), Math.round(y)),
      ...(label ? { label } : {}),
      ...(kind === "kept" ? {} : { directions: kind }),
    };
  }

  png(frame, called) {
    if (frame.empty) return this.note.say("There is no such picture now: show the grid first.", true);
    this.view.pictures.download(frame, called, Number(this.scale.box.value));
  }
}
