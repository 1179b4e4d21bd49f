// A canvas on which a distribution is drawn by hand: a spray of points, with undo, mirrors and keys.

import { mount } from "../base/app.js";
import { button, Note, paintRange, Segments } from "../base/controls.js";
import { el, setAttribute, setText } from "../base/dom.js";
import { clampTo, whole } from "../base/numbers.js";
import { faded, readTheme } from "../base/theme.js";
import { add, asText, MOST, pointsIn, spray, undone } from "./strokes.js";

const SIDE = 560;
const REACH = 1.25; // the canvas shows −1.25 to 1.25
const STEP = 0.05; // of the keys' brush; a fifth of it with Shift
const DAB = 40; // points of one press of a key
const A_SECOND = 400; // points that flow while the brush is down, at the pressure of a mouse
const LATEST_MS = 50; // a browser that was busy makes no flood of them

class SketchView {
  constructor(component) {
    this.component = component;
    this.strokes = add([], pointsIn(component.data.points), "none").strokes;
    this.mirror = "none";
    this.place = [0, 0];
    this.canvas = el("canvas", {
      class: "ganlab-plane-picture ganlab-sketch",
      width: SIDE,
      height: SIDE,
      role: "img",
      tabindex: 0,
      onpointerdown: (event) => this.begin(event),
      onpointermove: (event) => this.move(event),
      onpointerup: () => this.end(),
      onpointercancel: () => this.end(),
      onkeydown: (event) => this.key(event),
      onfocus: () => this.draw(),
      onblur: () => this.draw(),
    });
    this.width = el("input", {
      type: "range",
      class: "ganlab-range",
      min: 0.01,
      max: 0.3,
      step: 0.01,
      value: 0.06,
      "aria-label": "Width of the brush",
      oninput: () => this.draw(),
    });
    const mirrors = new Segments({
      label: "Mirror",
      choices: [
        { value: "none", text: "no mirror" },
        { value: "across", text: "left and right" },
        { value: "both", text: "all four sides" },
      ],
      value: this.mirror,
      chosen: (mirror) => (this.mirror = mirror),
    });
    this.undo = button("rewind", "Undo", () => this.takeBack());
    this.clear = button("close", "Clear", () => this.change([]));
    this.train = button("play", "Train on this", () => this.go(), { more: "ganlab-primary" });
    this.count = el("p", { class: "ganlab-muted", role: "status" });
    this.note = new Note();
    this.root = el(
      "div",
      { class: "ganlab ganlab-plane" },
      el("section", { class: "ganlab-card", "aria-label": "Draw points" }, this.canvas),
      el(
        "section",
        { class: "ganlab-card ganlab-plane-side", "aria-label": "Brush" },
        el("label", { class: "ganlab-plane-field" }, "Width of the brush", this.width),
        mirrors.root,
        el("div", { class: "ganlab-toggles" }, this.undo, this.clear),
        this.count,
        el("div", {}, this.train),
        this.note.root,
        el(
          "p",
          { class: "ganlab-muted" },
          "Hold the pointer down: points flow, the more the slower it moves and the harder a pen presses. " +
            "By keys: arrows move the brush (finely with Shift), Space puts points, Backspace takes the last stroke back.",
        ),
      ),
    );
    component.parentElement.append(this.root);
    this.show();
  }

  update(component) {
    const pasted = component.data.points !== this.component.data.points;
    this.component = component;
    this.note.say(null);
    if (pasted) this.strokes = add([], pointsIn(component.data.points), "none").strokes;
    this.show();
  }

  change(strokes) {
    this.strokes = strokes;
    this.note.say(null);
    this.show();
  }

  takeBack() {
    this.change(undone(this.strokes));
  }

  /** Puts points of the brush on the canvas, into the stroke that was begun. */
  put(count) {
    const { strokes, full } = add(this.strokes, spray(this.place, Number(this.width.value), count), this.mirror);
    this.strokes = strokes;
    this.note.say(full ? `No more than ${whole.format(MOST)} points fit: undo some, or clear.` : null);
    this.show();
  }

  begin(event) {
    if (event.button) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.strokes = [...this.strokes, []];
    this.pressure = event.pressure;
    this.place = this.placeOf(event);
    this.down = true;
    this.put(2);
    this.last = performance.now();
    this.flow = requestAnimationFrame(() => this.pour());
  }

  move(event) {
    this.pressure = event.pressure;
    this.place = this.placeOf(event);
    if (!this.down) this.draw();
  }

  end() {
    this.down = false;
    cancelAnimationFrame(this.flow);
    if (this.strokes.at(-1)?.length === 0) this.strokes = this.strokes.slice(0, -1);
    this.show();
  }

  /** What flows by itself while the brush is down. A mouse has a pressure of a half. */
  pour() {
    if (!this.down) return;
    const now = performance.now();
    const share = (Math.min(LATEST_MS, now - this.last) / 1000) * 2 * (this.pressure || 0.5);
    this.last = now;
    const wished = A_SECOND * share;
    this.put(Math.floor(wished) + (Math.random() < wished % 1));
    this.flow = requestAnimationFrame(() => this.pour());
  }

  key(event) {
    const by = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    const undoes = event.key === "Backspace" || (event.key === "z" && (event.ctrlKey || event.metaKey));
    if (!by && event.key !== " " && !undoes) return;
    event.preventDefault();
    if (undoes) return this.takeBack();
    if (by) {
      const step = event.shiftKey ? STEP / 5 : STEP;
      this.place = this.place.map((part, n) => clampTo(part + by[n] * step, -REACH, REACH));
      return this.draw();
    }
    this.strokes = [...this.strokes, []];
    this.put(DAB);
  }

  /** An empty canvas and the like are refused by the server, in its sentence. */
  go() {
    this.component.setTriggerValue("train", asText(this.strokes));
  }

  placeOf({ clientX, clientY }) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    const scaled = [((clientX - left) / width) * 2 - 1, 1 - ((clientY - top) / height) * 2];
    return scaled.map((part) => clampTo(part * REACH, -REACH, REACH));
  }

  show() {
    const count = this.strokes.flat().length;
    setText(this.count, count === 1 ? "1 point" : `${whole.format(count)} points`);
    for (const each of [this.undo, this.clear]) setAttribute(each, "aria-disabled", count ? null : "true");
    setAttribute(
      this.canvas,
      "aria-label",
      `Canvas with ${whole.format(count)} points: draw with the pointer or by keys`,
    );
    this.draw();
  }

  draw() {
    const theme = readTheme(this.root);
    const context = this.canvas.getContext("2d");
    const to = ([x, y]) => [((x + REACH) / (2 * REACH)) * SIDE, ((REACH - y) / (2 * REACH)) * SIDE];
    context.fillStyle = theme.background;
    context.fillRect(0, 0, SIDE, SIDE);
    context.strokeStyle = faded(theme.text, 0.2);
    context.lineWidth = 1;
    const [low, high] = [to([-1, 1]), to([1, -1])];
    context.strokeRect(...low, high[0] - low[0], high[1] - low[1]);
    context.fillStyle = "#009e73"; // real points, as on the picture of the plane
    for (const point of this.strokes.flat()) {
      const [x, y] = to(point);
      context.fillRect(x - 1.6, y - 1.6, 3.2, 3.2);
    }
    context.strokeStyle = faded(theme.text, 0.7);
    context.beginPath();
    context.arc(...to(this.place), Math.max(3, (Number(this.width.value) / (2 * REACH)) * SIDE), 0, 2 * Math.PI);
    context.stroke();
    paintRange(this.width);
  }

  destroy() {
    cancelAnimationFrame(this.flow);
    this.root.remove();
  }
}

export default function (component) {
  return mount(component, "sketch", SketchView);
}
