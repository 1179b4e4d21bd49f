// Inversion: the latent of a real picture, found on the server while its answer is read.

import { bytesOf } from "../../../../export/browser/bytes.js";
import { fromAnswer } from "../../base/binary.js";
import { button, Note } from "../../base/controls.js";
import { el, setAttribute, setHidden, setText } from "../../base/dom.js";
import { thumbnail } from "../../base/images.js";
import { asNumber } from "../../base/numbers.js";
import { receive } from "../../base/stream.js";
import { Frame } from "../frames.js";
import { WalkTool } from "./walking.js";

/** A picture from base64 of its RGBA. */
function imageOf(base64, width, height) {
  return new ImageData(new Uint8ClampedArray(bytesOf(base64).buffer), width, height);
}

export class FindTool {
  constructor(view) {
    this.view = view;
    this.note = new Note();
    this.file = el("input", {
      type: "file",
      accept: "image/*",
      hidden: true,
      onchange: () => this.open(this.file.files[0]),
    });
    this.real = el("div", { class: "ganlab-strip" });
    this.cancel = button("stop", "Cancel", () => this.stop?.abort(), { hidden: true });
    this.target = new Frame("The picture looked for");
    this.found = new Frame("The nearest that the generator makes");
    this.curve = el("canvas", {
      class: "ganlab-curve",
      width: 384,
      height: 96,
      role: "img",
      "aria-label": "Loss of the search",
    });
    this.facts = el("span", { class: "ganlab-muted" });
    this.invert = el(
      "button",
      {
        type: "button",
        class: "ganlab-toggle",
        hidden: true,
        title: "Black on white as white on black; pressed by itself where the picture looks like a negative",
        onclick: () => this.turn(),
      },
      "Invert colours",
    );
    this.go = button(null, "Walk from here", () => this.view.goToLatent(this.best.z, this.mix), { hidden: true });
    this.key = button(
      "key",
      "Add to walk",
      () => this.view.tools.of(WalkTool).remember(Float32Array.from(this.best.z), this.mix),
      { hidden: true },
    );
    this.result = el(
      "div",
      { hidden: true, class: "ganlab-player-side" },
      el(
        "div",
        { class: "ganlab-pair" },
        el("figure", {}, this.target.root, el("figcaption", { class: "ganlab-muted" }, "Looked for")),
        el("figure", {}, this.found.root, el("figcaption", {}, this.facts)),
      ),
      this.curve,
      el("div", { class: "ganlab-options" }, this.cancel, this.go, this.key, this.invert),
    );
    this.root = el(
      "div",
      {
        ondragover: (event) => event.preventDefault(),
        ondrop: (event) => {
          event.preventDefault();
          this.open(event.dataTransfer.files[0]);
        },
      },
      el(
        "p",
        { class: "ganlab-muted" },
        "Find the latent whose picture comes nearest to a real one, by gradient descent from several starts; then walk from it. Choose a picture, drop one here, or pick one of the dataset.",
      ),
      el(
        "div",
        { class: "ganlab-options" },
        button("download", "Choose a picture", () => this.file.click()),
        this.file,
      ),
      this.note.root,
      this.result,
      this.real,
    );
  }

  async entered() {
    if (this.source === this.view.source) return;
    this.source = this.view.source;
    try {
      const images = await fromAnswer(await this.view.gate.ask("real"));
      this.real.replaceChildren(
        ...images.map((image, n) =>
          el(
            "button",
            {
              type: "button",
              class: "ganlab-cell",
              title: "Find its latent",
              "aria-label": `Real picture ${n + 1}`,
              onclick: () => this.search({ real: n }),
            },
            thumbnail(image, `Real picture ${n + 1}`),
          ),
        ),
      );
    } catch (error) {
      this.real.replaceChildren();
      if (!this.view.gone) this.note.fail(error);
    }
  }

  /** The class that it was found in. */
  get mix() {
    return this.best.label === null ? null : { [this.best.label]: 1 };
  }

  open(file) {
    if (!file) return;
    this.file.value = "";
    this.search({ name: file.name }, file);
  }

  /** The same picture once more, its colours the other way. */
  turn() {
    this.search({ name: this.picture.name, invert: this.inverted ? 0 : 1 }, this.picture);
  }

  async search(query, body = new Blob()) {
    this.stop?.abort();
    const stop = (this.stop = new AbortController());
    const { a } = this.view.place;
    this.picture = body;
    this.losses = [];
    this.note.say("Looking…");
    for (const [node, hidden] of [
      [this.result, false],
      [this.cancel, false],
      [this.go, true],
      [this.key, true],
    ])
      setHidden(node, hidden);
    try {
      const answer = await this.view.gate.ask(
        "find",
        { ...query, ...(a === null ? {} : { label: a }) },
        body,
        stop.signal,
      );
      await receive(answer, { line: (told) => stop === this.stop && this.told(told) });
      if (stop === this.stop) this.note.say(null);
    } catch (error) {
      if (stop !== this.stop || this.view.gone) return;
      this.note.fail(error);
      if (error.name === "AbortError") this.note.say("Cancelled; the best so far is kept.");
      if (!this.losses.length) setHidden(this.result, true);
    }
    if (stop === this.stop) setHidden(this.cancel, true);
  }

  async told(told) {
    if (told.target) {
      this.inverted = told.inverted;
      setHidden(this.invert, !this.picture.size);
      setAttribute(this.invert, "aria-pressed", String(told.inverted));
      return this.target.show([imageOf(told.target, told.width, told.height)]);
    }
    this.best = told;
    this.losses.push(...told.losses);
    setText(this.facts, `${told.psnr.toFixed(1)} dB · step ${told.step} of ${told.steps}`);
    this.note.say(told.step < told.steps ? `Looking… ${Math.round((100 * told.step) / told.steps)} %` : null);
    this.paintCurve();
    setHidden(this.go, false);
    setHidden(this.key, false);
    const { class_count: classes } = this.view.space;
    const shares = classes ? Float32Array.from({ length: classes }, (_, n) => Number(n === told.label)) : null;
    const { images } = await this.view.drawers.draw(Float32Array.from(told.z), shares);
    if (!this.view.gone && told === this.best) this.found.show(images);
  }

  /** The least loss of each step, on a logarithmic axis. */
  paintCurve() {
    const pen = this.curve.getContext("2d");
    const { width, height } = this.curve;
    const logs = this.losses.map((loss) => Math.log10(Math.max(loss, 1e-6)));
    const [low, high] = [Math.min(...logs), Math.max(...logs)];
    pen.clearRect(0, 0, width, height);
    pen.strokeStyle = getComputedStyle(this.view.root).getPropertyValue("--accent");
    pen.lineWidth = 2;
    pen.beginPath();
    logs.forEach((log, n) =>
      pen.lineTo((n / this.best.steps) * width, 6 + ((high - log) / (high - low || 1)) * (height - 12)),
    );
    pen.stroke();
    pen.fillStyle = getComputedStyle(this.curve).color;
    pen.font = `11px ${getComputedStyle(this.curve).fontFamily}`;
    pen.fillText(`loss ${asNumber(this.losses[0])} → ${asNumber(this.losses.at(-1))}`, 8, height - 8);
  }

  destroy() {
    this.stop?.abort();
  }
}
