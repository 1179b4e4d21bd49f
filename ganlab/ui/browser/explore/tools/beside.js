// Two snapshots, or two runs, side by side on the same z.

import { NO_ANSWER, Refused } from "../../base/app.js";
import { asBody, fromAnswer } from "../../base/binary.js";
import { choice } from "../../base/controls.js";
import { el, setText } from "../../base/dom.js";
import { NewestWins } from "../../base/newest.js";
import { whole } from "../../base/numbers.js";
import { POINTS_AT_ONCE } from "../drawers.js";
import { Frame } from "../frames.js";

const MOST_BESIDE = 16;

export class BesideTool {
  constructor(view) {
    this.view = view;
    this.queue = new NewestWins(() => this.draw());
    this.run = choice("Run", [], () => this.fillSteps());
    this.step = choice("Snapshot", [], () => this.queue.ask());
    this.weights = choice(
      "Weights",
      [
        ["average", "averaged"],
        ["generator", "as trained"],
      ],
      () => this.queue.ask(),
    );
    this.frames = [new Frame("This generator"), new Frame("The other generator")];
    this.names = [el("figcaption", { class: "ganlab-muted" }), el("figcaption", { class: "ganlab-muted" })];
    this.root = el(
      "div",
      {},
      el(
        "div",
        { class: "ganlab-options" },
        el("span", {}, "Beside this one:"),
        this.run.root,
        this.step.root,
        this.weights.root,
      ),
      el(
        "div",
        { class: "ganlab-pair" },
        ...this.frames.map((frame, n) => el("figure", {}, frame.root, this.names[n])),
      ),
    );
  }

  async entered() {
    try {
      this.runs = (await this.view.gate.json("others")).runs;
    } catch (error) {
      if (!this.view.gone) this.frames[1].say(error instanceof Refused ? error.message : NO_ANSWER);
      return;
    }
    if (this.view.gone) return;
    const before = this.run.box.value;
    this.run.box.replaceChildren(...this.runs.map(({ id, title }) => el("option", { value: id }, `${title} · ${id}`)));
    if (!this.runs.length) return this.frames[1].say("There is no run with as many numbers in z.", false);
    const wished = [before, this.view.source, this.runs[0].id];
    this.run.box.value = wished.find((id) => this.runs.some((run) => run.id === id));
    this.fillSteps();
  }

  fillSteps() {
    const { steps } = this.runs.find(({ id }) => id === this.run.box.value);
    const before = this.step.box.value;
    this.step.box.replaceChildren(...steps.map((step) => el("option", { value: step }, `step ${whole.format(step)}`)));
    this.step.box.value = steps.map(String).includes(before) ? before : steps[0];
    this.queue.ask();
  }

  moved() {
    if (this.runs?.length) this.queue.ask();
  }

  async draw() {
    const { view } = this;
    const count = view.space.shape.length === 3 ? Math.min(view.place.count, MOST_BESIDE) : POINTS_AT_ONCE;
    const { z, shares } = view.latents(count);
    try {
      const own = await view.drawers.draw(z, shares);
      if (view.gone) return;
      this.frames[0].show(own.images);
      setText(this.names[0], `${view.source} · step ${whole.format(own.step)}`);
      const query = {
        other: this.run.box.value,
        other_snapshot: this.step.box.value,
        other_weights: this.weights.box.value,
      };
      const answer = await view.gate.ask("beside", query, asBody(z, shares));
      const images = await fromAnswer(answer);
      if (view.gone) return;
      this.frames[1].show(images);
      setText(
        this.names[1],
        `${this.run.box.value} · step ${whole.format(Number(answer.headers.get("X-Ganlab-Step")))}`,
      );
    } catch (error) {
      if (view.gone || error.name === "AbortError") return;
      this.frames[1].say(error instanceof Refused ? error.message : NO_ANSWER);
      setText(this.names[1], "");
    }
  }
}
