// Walks: through key frames, at random, between four corners; played in the page, taken away as a film.

import { NO_ANSWER, Refused } from "../../base/app.js";
import { asBody } from "../../base/binary.js";
import { button, choice, Note, paintRange } from "../../base/controls.js";
import { el, icon, setHidden } from "../../base/dom.js";
import { NewestWins } from "../../base/newest.js";
import { clampTo } from "../../base/numbers.js";
import { Frame } from "../frames.js";
import { latentsOf } from "../latents.js";
import { mixOf } from "../place.js";
import { FilmButton } from "./film.js";
import { Keys, MOST_KEYS } from "./keys.js";

const FPS = 30;
const MOST_SECONDS = 60;
const CORNERS_SIDE = 8;
const WAYS = [
  ["spline", "smooth (spline)"],
  ["slerp", "great circles"],
  ["lerp", "straight lines"],
];

export class WalkTool {
  constructor(view) {
    this.view = view;
    this.keys = new Keys(view, () => this.changed());
    this.note = new Note();
    this.wayQueue = new NewestWins(() => this.fetchWay());
    this.frameQueue = new NewestWins((frame) => this.drawFrame(frame));
    this.how = choice("Path", WAYS, () => this.changed());
    this.loop = el("input", { type: "checkbox", onchange: () => this.changed() });
    this.seconds = el("input", {
      type: "number",
      class: "ganlab-number",
      min: 1,
      max: MOST_SECONDS,
      step: "any",
      value: 5,
      onchange: () => this.changed(),
    });
    this.playButton = button("play", "Play", () => this.play());
    this.scrub = el("input", {
      type: "range",
      class: "ganlab-range",
      min: 0,
      max: 0,
      value: 0,
      "aria-label": "Frame of the walk",
      oninput: () => this.seek(),
      onchange: () => this.playing || this.rest(),
    });
    this.film = new FilmButton("Save film", this.note, (as, signal) => {
      if (!this.way) throw new Refused("The way through the key frames is not here yet: try again in a moment.", 409);
      return this.view.gate.ask("film", { ...as, fps: FPS }, asBody(this.way.z, this.way.shares), signal);
    });
    this.player = el(
      "div",
      { class: "ganlab-player-side" },
      el(
        "div",
        { class: "ganlab-options" },
        this.playButton,
        this.how.root,
        el("label", {}, this.loop, "loop"),
        el("label", {}, this.seconds, "seconds"),
      ),
      this.scrub,
      this.film.root,
      this.makeCorners(),
    );
    this.empty = el(
      "p",
      { class: "ganlab-muted" },
      "A walk leads through key frames. Press “Add to walk” (or K) wherever you like the picture; two make a walk.",
    );
    this.root = el(
      "div",
      {},
      this.empty,
      this.keys.strip,
      el(
        "div",
        { class: "ganlab-options" },
        button("key", "Keep this picture", () => this.keep()),
        button("dice", "Random walk", () => this.wander(), { title: "Six key frames of a walk at random" }),
        button("reset", "Clear", () => this.keys.clear(), { more: "ganlab-quiet" }),
      ),
      this.note.root,
      this.player,
    );
    this.fill();
  }

  makeCorners() {
    this.cornersFrame = new Frame("The grid between the first four key frames", { picked: (n) => this.goToCorner(n) });
    this.corners = el(
      "details",
      { class: "ganlab-raw", ontoggle: () => this.corners.open && this.drawCorners() },
      el("summary", {}, "Grid between the first four key frames"),
      el("div", { class: "ganlab-square" }, this.cornersFrame.root),
    );
    return this.corners;
  }

  entered() {
    if (this.source !== this.view.source || this.zDim !== this.view.space.z_dim) {
      this.source = this.view.source;
      this.zDim = this.view.space.z_dim;
      this.keys.enter();
    } else this.keys.redraw.ask();
    this.changed();
  }

  keep() {
    if (!this.view.plane) return;
    const { z } = this.view.latents(1);
    this.remember(z, this.view.mix);
  }

  remember(z, mix) {
    const kept = this.keys.add(z, mix);
    this.view.note.say(
      kept
        ? `Kept as key frame ${this.keys.rows.length}; the Walk tool leads through them.`
        : `There is room for ${MOST_KEYS} key frames: remove some first.`,
      !kept,
    );
  }

  async wander() {
    try {
      const answer = await this.view.gate.ask("wander", { seed: Math.floor(Math.random() * 1e6), count: 6 });
      const { z } = await latentsOf(answer, this.view.space);
      this.keys.rows = [];
      this.keys.add(z, this.view.mix);
      this.note.say(null);
    } catch (error) {
      this.note.fail(error);
    }
  }

  changed() {
    this.fill();
    this.way = null;
    if (this.keys.rows.length >= 2) this.wayQueue.ask();
    else this.halt();
  }

  fill() {
    const { length } = this.keys.rows;
    setHidden(this.empty, length >= 2);
    setHidden(this.player, length < 2);
    setHidden(this.corners, length < 4);
    if (this.corners.open && length >= 4) this.drawCorners();
  }

  async fetchWay() {
    const seconds = clampTo(Number(this.seconds.value) || 5, 1, MOST_SECONDS);
    this.seconds.value = seconds;
    const { z, shares } = this.keys.latents();
    try {
      const query = { how: this.how.box.value, loop: this.loop.checked ? 1 : 0, frames: Math.round(seconds * FPS) };
      this.way = await latentsOf(await this.view.gate.ask("way", query, asBody(z, shares)), this.view.space);
      this.note.say(null);
      this.scrub.max = this.way.count - 1;
      paintRange(this.scrub);
    } catch (error) {
      if (!this.view.gone) this.note.fail(error);
    }
  }

  /** The walk takes the place of the large picture, until something else is asked for. */
  seek() {
    paintRange(this.scrub);
    this.view.pictures.walk = this;
    this.frameQueue.ask(Number(this.scrub.value));
  }

  /** Latent and shares of a frame. */
  frameAt(frame) {
    const { z_dim: zDim, class_count: classes } = this.view.space;
    const n = Math.min(frame, this.way.count - 1);
    return {
      z: this.way.z.slice(n * zDim, (n + 1) * zDim),
      shares: this.way.shares?.slice(n * classes, (n + 1) * classes) ?? null,
    };
  }

  async drawFrame(frame) {
    const { view } = this;
    if (!this.way || view.gone) return;
    const { z, shares } = this.frameAt(frame);
    try {
      const drawn = await view.drawers.draw(z, shares, { one: true });
      const words = `walk · ${(frame / FPS).toFixed(1)} of ${((this.way.count - 1) / FPS).toFixed(1)} s`;
      if (!view.gone && view.pictures.walk === this) view.pictures.showWalk(drawn.images, words);
    } catch (error) {
      if (!view.gone) this.note.fail(error);
    }
  }

  play() {
    if (this.playing) return this.rest();
    this.playing = { begun: performance.now() - ((Number(this.scrub.value) % Number(this.scrub.max)) / FPS) * 1000 };
    this.playButton.replaceChildren(icon("pause"), "Pause");
    const beat = () => {
      if (!this.playing || this.view.gone) return;
      const count = this.way?.count ?? 1;
      const frame = Math.floor(((performance.now() - this.playing.begun) / 1000) * FPS) % count;
      if (frame !== Number(this.scrub.value)) {
        this.scrub.value = frame;
        this.seek();
      }
      requestAnimationFrame(beat);
    };
    beat();
  }

  /** The walk ends here; what it has come to is under the hand. */
  rest() {
    this.halt();
    if (!this.way) return;
    const { z, shares } = this.frameAt(Number(this.scrub.value));
    this.view.goToLatent(z, mixOf(shares) ?? null);
  }

  left() {
    if (this.playing) this.rest();
  }

  halt() {
    this.playing = null;
    this.view.pictures.walk = null;
    this.playButton.replaceChildren(icon("play"), "Play");
  }

  async drawCorners() {
    const { z, shares } = this.keys.latents(this.keys.rows.slice(0, 4));
    try {
      this.square = await latentsOf(
        await this.view.gate.ask("corners", { side: CORNERS_SIDE }, asBody(z, shares)),
        this.view.space,
      );
      this.cornersFrame.show((await this.view.drawers.draw(this.square.z, this.square.shares)).images, CORNERS_SIDE);
    } catch (error) {
      if (!this.view.gone) this.cornersFrame.say(error instanceof Refused ? error.message : NO_ANSWER);
    }
  }

  goToCorner(n) {
    const { z_dim: zDim, class_count: classes } = this.view.space;
    this.view.goToLatent(
      this.square.z.slice(n * zDim, (n + 1) * zDim),
      mixOf(this.square.shares?.slice(n * classes, (n + 1) * classes)) ?? null,
    );
  }

  destroy() {
    this.playing = null;
    this.film.destroy();
  }
}
