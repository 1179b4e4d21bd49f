// The large picture and the grid of others around it, always of the newest place.

import { NO_ANSWER, Refused } from "../base/app.js";
import { button, Segments } from "../base/controls.js";
import { el, setAttribute, setHidden, setText } from "../base/dom.js";
import { saveAs } from "../base/images.js";
import { NewestWins } from "../base/newest.js";
import { whole } from "../base/numbers.js";
import { POINTS_AT_ONCE } from "./drawers.js";
import { draggable, Frame } from "./frames.js";
import { COUNTS } from "./place.js";
import { seedAt } from "./plane.js";

export const LIVE_MS = 2000; // weights in training move
const RETRY_MS = 2000; // nobody answered
const PATIENCE_MS = 25; // a slower grid waits until the hand rests
const REST_GRID_MS = 150;
const DOWNLOAD_PX = 512;

export class PicturesPanel {
  constructor(view) {
    this.view = view;
    this.queue = new NewestWins(() => this.drawLarge());
    this.gridQueue = new NewestWins(() => this.drawGrid());
    this.gridMs = 0;
    this.walk = null; // the tool whose walk is shown in place of the picture
    this.large = new Frame("Sample");
    this.large.canvas.classList.add("ganlab-grip");
    draggable(this.large.canvas, {
      grab: () => view.panel.grab(),
      pull: (right, down) => view.panel.pull(right, down),
      drop: () => view.panel.drop(),
    });
    this.grid = new Frame("Others, moved by the same sliders: click one to go there", {
      picked: (n) => this.goToCell(n),
    });
    this.facts = el("span", { class: "ganlab-muted" });
    this.counts = new Segments({
      label: "Number of samples",
      value: view.place.count,
      chosen: (count) => this.setCount(count),
      choices: COUNTS.map((value) => ({ value, text: String(value) })),
    });
    const others = el(
      "figure",
      { class: "ganlab-others" },
      this.grid.root,
      el(
        "figcaption",
        {},
        el("span", { class: "ganlab-muted" }, "Other seeds, same sliders"),
        button("download", "PNG", () => this.download(this.grid, "grid"), {
          title: "Download the grid",
          more: "ganlab-quiet",
        }),
      ),
    );
    this.others = others;
    this.figures = el(
      "div",
      { class: "ganlab-figures" },
      el(
        "figure",
        {},
        this.large.root,
        el(
          "figcaption",
          {},
          this.facts,
          el(
            "span",
            { class: "ganlab-buttons" },
            button("key", "Add to walk", () => view.tools.keep(), {
              title: "Keep it for a walk (K)",
              more: "ganlab-quiet",
            }),
            button("download", "PNG", () => this.download(this.large, "picture"), {
              title: "Download the picture",
              more: "ganlab-quiet",
            }),
          ),
        ),
      ),
      others,
    );
    this.toolbar = el("div", { class: "ganlab-toolbar" }, el("span", {}, "Samples"), this.counts.root);
    this.root = el("div", { class: "ganlab-pictures" }, this.toolbar, this.figures);
  }

  /** As the place says. */
  fill() {
    const { count } = this.view.place;
    const alone = count === 1 || !this.view.makesImages;
    this.counts.set(count);
    setHidden(this.others, alone);
    setAttribute(this.figures, "data-alone", alone ? "true" : null);
    setHidden(this.toolbar, !this.view.makesImages);
  }

  setCount(count) {
    this.view.place.count = count;
    this.gridMs = 0; // not known for this size
    this.fill();
    this.view.changed();
    this.view.settled();
  }

  goToCell(n) {
    const { place } = this.view;
    const across = Math.round(Math.sqrt(place.count));
    if (n === 0) return;
    this.view.moveTo(place.x + (n % across), place.y + Math.floor(n / across));
    this.view.settled();
  }

  /** The picture of the place, which ends a walk. */
  ask() {
    this.walk?.halt();
    this.view.during(this.queue.ask());
  }

  /** A frame of a walk, where the picture of the place was. */
  showWalk(images, words) {
    this.large.show(images);
    setText(this.facts, words);
  }

  /** The large picture; the grid beside it if it is quick, else once the hand rests. */
  async drawLarge() {
    const { view } = this;
    clearTimeout(this.timer);
    const together = view.drawers.at === "page" || this.gridMs <= PATIENCE_MS; // a page has other workers for the grid
    if (together) this.gridQueue.ask();
    let again = view.place.snapshot === "live" ? LIVE_MS : null;
    try {
      const { z, shares } = view.latents(view.makesImages ? 1 : POINTS_AT_ONCE);
      const drawn = await view.drawers.draw(z, shares, { one: true });
      if (view.gone || this.walk) return;
      this.show(drawn);
    } catch (error) {
      if (view.gone || (await view.moveOn(error))) return;
      again = this.fail(error) ?? again;
    }
    if (!together && !this.queue.pending) this.restGrid();
    if (again !== null && !document.hidden) this.timer = setTimeout(() => this.walk || this.ask(), again);
  }

  show(drawn) {
    this.large.show(drawn.images);
    this.current = drawn.images[0];
    this.view.bar.told(drawn);
    setText(this.facts, `${this.describe()} · step ${whole.format(drawn.step)}`);
    this.view.tools.moved();
    const grown = this.step !== undefined && this.step !== drawn.step;
    this.step = drawn.step;
    if (this.view.place.snapshot === "live" && grown) this.view.open(); // its thumbnails are others
  }

  describe() {
    const { x, y, base } = this.view.place;
    if (base) return "a latent of its own";
    return Number.isInteger(x) && Number.isInteger(y)
      ? `seed ${seedAt(x, y)}`
      : `near seed ${seedAt(Math.round(x), Math.round(y))}`;
  }

  restGrid() {
    clearTimeout(this.gridTimer);
    this.gridTimer = setTimeout(() => this.gridQueue.ask(), REST_GRID_MS);
  }

  async drawGrid() {
    const { view } = this;
    const { count } = view.place;
    if (count === 1 || !view.makesImages || view.gone) return;
    try {
      const { z, shares } = view.latents(count);
      const drawn = await view.drawers.draw(z, shares);
      if (view.gone) return;
      this.gridMs = drawn.ms;
      this.grid.show(drawn.images);
    } catch (error) {
      if (!view.gone) this.grid.say(error instanceof Refused ? error.message : NO_ANSWER);
    }
  }

  /** An error in the picture's place; returns when to try again (ms), null for never. */
  fail(error) {
    if (error.name === "AbortError") return null;
    this.large.say(error instanceof TypeError ? NO_ANSWER : error.message);
    setText(this.facts, "");
    return error instanceof TypeError ? RETRY_MS : null;
  }

  /** What is shown, enlarged without blur; by default to at least 512 pixels a side. called: in the file's name. */
  download({ canvas, empty, images }, called, scale = Math.max(1, Math.ceil(DOWNLOAD_PX / canvas.width))) {
    if (empty) return;
    const sheet = el("canvas", { width: canvas.width * scale, height: canvas.height * scale });
    const pen = sheet.getContext("2d");
    pen.imageSmoothingEnabled = false;
    pen.drawImage(canvas, 0, 0, sheet.width, sheet.height);
    const many = images.length > 1 ? `-of-${images.length}` : "";
    const { source, place } = this.view;
    const step = this.view.stepOf(place.snapshot) || "live";
    sheet.toBlob((blob) =>
      saveAs(
        blob,
        `${source.replace(":", "-")}-step${step}-${this.describe().replaceAll(" ", "-")}-${called}${many}.png`,
      ),
    );
  }

  wake() {
    if (document.hidden) clearTimeout(this.timer);
    else if (this.view.place.snapshot === "live" || this.large.empty) this.ask();
  }

  destroy() {
    clearTimeout(this.timer);
    clearTimeout(this.gridTimer);
  }
}
