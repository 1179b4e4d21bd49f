// The pad: an endless map of seeds, to be dragged under a cross-hair that shows where the large picture is.

import { el, setAttribute } from "../base/dom.js";
import { NewestWins } from "../base/newest.js";
import { seedAt } from "./plane.js";

const ACROSS = 3; // seeds from edge to edge
const SMALL_STEP = 0.05; // of the arrow keys
const THUMBNAILS_KEPT = 400;
const REST_MS = 120; // then missing thumbnails are drawn

export class Pad {
  /** moved(x, y) while it is dragged, let_go() when it rests; thumbnails(places) → their pictures. */
  constructor({ moved, letGo, thumbnails }) {
    Object.assign(this, { moved, letGo, thumbnails, x: 0, y: 0, drawn: new Map() });
    this.canvas = el("canvas", {
      class: "ganlab-pad",
      tabindex: 0,
      role: "application",
      "aria-label": "Plane of seeds: drag it, or move with the arrow keys (Shift: a whole seed)",
      onpointerdown: (event) => this.grab(event),
      onpointermove: (event) => this.drag(event),
      onpointerup: (event) => this.release(event),
      onpointercancel: (event) => this.release(event),
      onkeydown: (event) => this.press(event),
      ondblclick: (event) => this.jump(event),
    });
    this.root = el("div", { class: "ganlab-pad-frame" }, this.canvas);
    this.missing = new NewestWins(() => this.fetch());
    this.resized = new ResizeObserver(() => this.paint());
    this.resized.observe(this.root);
  }

  go(x, y) {
    [this.x, this.y] = [x, y];
    this.paint();
  }

  /** Thumbnails are of another generator now, of another class or moved elsewhere; the old ones stay until these come. */
  forget() {
    this.generation = (this.generation ?? 0) + 1;
    if (this.drawn.size) this.old = this.drawn;
    this.drawn = new Map();
    this.paint();
  }

  get cell() {
    return this.root.clientWidth / ACROSS;
  }

  grab(event) {
    if (event.button) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.held = { pointer: event.pointerId, px: event.clientX, py: event.clientY, x: this.x, y: this.y };
    setAttribute(this.canvas, "data-held", "true");
  }

  drag(event) {
    if (this.held?.pointer !== event.pointerId) return;
    const { px, py, x, y } = this.held;
    // Thousandths of a seed: what is shown, linked and drawn are the same place.
    const round = (place) => Math.round(place * 1000) / 1000;
    this.set(round(x - (event.clientX - px) / this.cell), round(y - (event.clientY - py) / this.cell));
  }

  release(event) {
    if (this.held?.pointer !== event.pointerId) return;
    this.held = null;
    setAttribute(this.canvas, "data-held", null);
    this.letGo();
  }

  press(event) {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!way && event.key !== "Home" && event.key !== "Enter") return;
    event.preventDefault();
    const step = event.shiftKey ? 1 : SMALL_STEP;
    const round = (place) => Math.round(place * 1000) / 1000;
    if (way) this.set(round(this.x + step * way[0]), round(this.y + step * way[1]));
    else if (event.key === "Home") this.set(0, 0);
    else this.set(Math.round(this.x), Math.round(this.y));
    this.letGo();
  }

  /** To the seed that was clicked twice. */
  jump(event) {
    const box = this.canvas.getBoundingClientRect();
    const place = (at, from) => (at - from - box.width / 2) / this.cell;
    this.set(Math.round(this.x + place(event.clientX, box.left)), Math.round(this.y + place(event.clientY, box.top)));
    this.letGo();
  }

  set(x, y) {
    this.go(x, y);
    this.moved(x, y);
  }

  /** Whole places on the pad, those in its middle first. */
  places() {
    const half = ACROSS / 2 + 0.5;
    const places = [];
    for (let y = Math.ceil(this.y - half); y <= this.y + half; y++)
      for (let x = Math.ceil(this.x - half); x <= this.x + half; x++) places.push([x, y]);
    return places;
  }

  paint() {
    const side = this.root.clientWidth;
    if (!side) return;
    const sharp = Math.min(2, window.devicePixelRatio || 1);
    if (this.canvas.width !== Math.round(side * sharp))
      this.canvas.width = this.canvas.height = Math.round(side * sharp);
    const pen = this.canvas.getContext("2d");
    const style = getComputedStyle(this.root);
    pen.setTransform(sharp, 0, 0, sharp, 0, 0);
    pen.clearRect(0, 0, side, side);
    pen.imageSmoothingEnabled = false;
    pen.textAlign = "center";
    pen.font = `11px ${style.fontFamily}`;
    let lacking = false;
    for (const [x, y] of this.places()) {
      const [left, top] = [(x - this.x) * this.cell + side / 2, (y - this.y) * this.cell + side / 2];
      const size = this.cell * 0.62;
      const here = `${x},${y}`;
      lacking ||= !this.drawn.has(here);
      const picture = this.drawn.get(here) ?? this.old?.get(here);
      pen.globalAlpha = 0.8;
      if (picture) pen.drawImage(picture, left - size / 2, top - size / 2, size, size);
      pen.globalAlpha = 0.75;
      pen.fillStyle = style.color;
      pen.fillText(String(seedAt(x, y)), left, top + size / 2 + 13);
    }
    this.paintCross(pen, side, style.getPropertyValue("--accent"));
    if (lacking) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.missing.ask(), this.drawn.size ? REST_MS : 0);
    }
  }

  paintCross(pen, side, colour) {
    const [middle, arm] = [side / 2, 9];
    pen.globalAlpha = 1;
    for (const [width, stroke] of [
      [4, "rgb(255 255 255 / 0.85)"],
      [2, colour],
    ]) {
      Object.assign(pen, { lineWidth: width, strokeStyle: stroke });
      pen.beginPath();
      pen.arc(middle, middle, arm, 0, 2 * Math.PI);
      for (const [dx, dy] of [
        [1, 0],
        [-1, 0],
        [0, 1],
        [0, -1],
      ]) {
        pen.moveTo(middle + dx * arm * 0.55, middle + dy * arm * 0.55);
        pen.lineTo(middle + dx * arm * 1.6, middle + dy * arm * 1.6);
      }
      pen.stroke();
    }
  }

  async fetch() {
    const generation = this.generation;
    const places = this.places().filter(([x, y]) => !this.drawn.has(`${x},${y}`));
    if (!places.length || this.gone) return;
    const images = await this.thumbnails(places).catch(() => []);
    if (generation !== this.generation || this.gone || images.length !== places.length) return;
    if (this.drawn.size > THUMBNAILS_KEPT) this.drawn.clear();
    images.forEach((image, n) => {
      const small = new OffscreenCanvas(image.width, image.height);
      small.getContext("2d").putImageData(image, 0, 0);
      this.drawn.set(String(places[n]), small);
    });
    this.paint();
  }

  destroy() {
    this.gone = true;
    clearTimeout(this.timer);
    this.resized.disconnect();
  }
}
