// The same latent at every age of the run: watch one picture learn to be itself.

import { NO_ANSWER, Refused } from "../../base/app.js";
import { asBody } from "../../base/binary.js";
import { button, choice, Note, paintRange } from "../../base/controls.js";
import { el, icon, setAttribute, setHidden, setText } from "../../base/dom.js";
import { thumbnail } from "../../base/images.js";
import { NewestWins } from "../../base/newest.js";
import { whole } from "../../base/numbers.js";
import { POINTS_AT_ONCE } from "../drawers.js";
import { Frame } from "../frames.js";
import { FilmButton } from "./film.js";

const MOST_AGES = 32;
const AGES_PER_SECOND = 4;

export class AgesTool {
  constructor(view) {
    this.view = view;
    this.pictures = new Map(); // step → picture of the latent shown
    this.queue = new NewestWins(() => this.draw());
    this.frame = new Frame("The picture at one age");
    this.age = el("input", {
      type: "range",
      class: "ganlab-range",
      min: 0,
      max: 0,
      value: 0,
      "aria-label": "Age",
      oninput: () => this.turn(Number(this.age.value)),
    });
    this.output = el("span", { class: "ganlab-muted" });
    this.playButton = button("play", "Play", () => this.play());
    this.strip = el("div", { class: "ganlab-strip" });
    this.note = new Note();
    this.of = choice("of", [
      ["film-over-time", "this picture"],
      ["film-of-samples", "the grids kept while training"],
    ]);
    this.film = new FilmButton("Save film", this.note, (as, signal) => this.ask(as, signal));
    this.empty = el(
      "p",
      { class: "ganlab-muted", hidden: true },
      "One snapshot alone: a run with more of them (setting “Snapshot every”) shows how this picture came to be.",
    );
    this.player = el(
      "div",
      { class: "ganlab-player" },
      this.frame.root,
      el(
        "div",
        { class: "ganlab-player-side" },
        el(
          "div",
          { class: "ganlab-options" },
          this.playButton,
          this.output,
          button("download", "PNG strip", () => this.save(), { more: "ganlab-quiet" }),
        ),
        this.age,
        this.strip,
      ),
    );
    this.films = el("div", { class: "ganlab-options" }, this.film.root, this.of.root);
    this.root = el("div", {}, this.empty, this.player, this.films, this.note.root);
  }

  /** Steps to show, the first and the last among them. */
  get steps() {
    const { steps } = this.view.space;
    if (steps.length <= MOST_AGES) return steps;
    return Array.from({ length: MOST_AGES }, (_, n) => steps[Math.round((n * (steps.length - 1)) / (MOST_AGES - 1))]);
  }

  entered() {
    const { steps } = this;
    setHidden(this.empty, steps.length > 1);
    setHidden(this.player, steps.length < 2);
    setHidden(this.films, this.view.isFile);
    this.age.max = steps.length - 1;
    this.settled();
  }

  settled() {
    if (this.steps.length > 1) this.queue.ask();
  }

  /** Each snapshot in turn draws the latent that is shown; a newer latent wins. */
  async draw() {
    const points = this.view.space.shape.length !== 3;
    const { z, shares } = this.view.latents(points ? POINTS_AT_ONCE : 1);
    const drawn = new Map();
    for (const step of this.steps) {
      if (this.queue.pending || this.view.gone) return;
      try {
        drawn.set(step, (await this.view.drawers.server.draw(z, shares, { snapshot: step })).images[0]);
      } catch (error) {
        if (!this.view.gone) this.frame.say(error instanceof Refused ? error.message : NO_ANSWER);
        return;
      }
    }
    if (this.view.gone) return;
    this.pictures = drawn;
    this.fill();
    this.turn(Number(this.age.value));
  }

  fill() {
    this.strip.replaceChildren(
      ...[...this.pictures].map(([step, image], n) =>
        el(
          "button",
          {
            type: "button",
            class: "ganlab-cell",
            title: "Show this snapshot",
            onclick: () => this.take(n, step),
          },
          thumbnail(image, `Step ${step}`),
          whole.format(step),
        ),
      ),
    );
  }

  take(n, step) {
    this.turn(n);
    this.view.take({ snapshot: String(step) });
  }

  turn(n) {
    const [step, image] = [...this.pictures][n] ?? [];
    this.age.value = n;
    paintRange(this.age);
    if (!image) return;
    this.frame.show([image]);
    setText(this.output, `step ${whole.format(step)}`);
    [...this.strip.children].forEach((cell, each) => setAttribute(cell, "data-at", each === n ? "true" : null));
  }

  play() {
    if (this.beat) return this.pause();
    this.playButton.replaceChildren(icon("pause"), "Pause");
    this.beat = setInterval(() => this.turn((Number(this.age.value) + 1) % this.pictures.size), 1000 / AGES_PER_SECOND);
  }

  pause() {
    clearInterval(this.beat);
    this.beat = null;
    this.playButton.replaceChildren(icon("play"), "Play");
  }

  save() {
    if (!this.pictures.size) return;
    const sheet = new Frame("Ages");
    sheet.show([...this.pictures.values()], this.pictures.size);
    this.view.pictures.download(sheet, "ages");
  }

  /** The picture at each snapshot, or the grids that the run has kept, a few a second with their step below. */
  ask(as, signal) {
    const path = this.of.box.value;
    if (path === "film-of-samples") return this.view.gate.ask(path, as, undefined, signal);
    const { z, shares } = this.view.latents(this.view.space.shape.length === 3 ? 1 : POINTS_AT_ONCE);
    return this.view.gate.ask(path, as, asBody(z, shares), signal);
  }

  destroy() {
    clearInterval(this.beat);
    this.film.destroy();
  }
}
