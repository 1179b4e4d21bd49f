// Frames for pictures that were drawn, and a sentence in their place.

import { el, ICONS, setAttribute, setHidden, setText } from "../base/dom.js";
import { clampTo } from "../base/numbers.js";

Object.assign(ICONS, {
  undo: '<path d="M3 7h6.5a3.5 3.5 0 0 1 0 7H7M3 7l3-3M3 7l3 3" stroke-width="1.5" stroke-linejoin="round"/>',
  redo: '<path d="M13 7H6.5a3.5 3.5 0 0 0 0 7H9M13 7l-3-3M13 7l-3 3" stroke-width="1.5" stroke-linejoin="round"/>',
  link: '<path d="M6.5 9.5l3-3M7 4.5l1-1a3.2 3.2 0 0 1 4.5 4.5l-1 1M9 11.5l-1 1A3.2 3.2 0 0 1 3.5 8l1-1" stroke-width="1.5"/>',
  key: '<path d="M8 2.5l5.5 5.5L8 13.5 2.5 8z" stroke-width="1.5" stroke-linejoin="round"/>',
  lock: '<rect x="3.5" y="7" width="9" height="6.5" rx="1.2" stroke-width="1.4"/><path d="M5.5 7V5.200a2.5 2.5 0 0 1 5 0V7" stroke-width="1.4"/>',
});

/** Lets a hand pull at a node. grab() → whether there is something to move; pull(right, down): shares of its size. */
export function draggable(node, { grab, pull, drop }) {
  let held = null;
  const release = ({ pointerId }) => {
    if (held?.pointerId !== pointerId) return;
    held = null;
    setAttribute(node, "data-held", null);
    drop();
  };
  node.addEventListener("pointerdown", ({ button, pointerId, clientX, clientY }) => {
    if (button || held || !grab()) return;
    node.setPointerCapture(pointerId);
    held = { pointerId, clientX, clientY };
    setAttribute(node, "data-held", "true");
  });
  node.addEventListener("pointermove", ({ pointerId, clientX, clientY }) => {
    if (held?.pointerId !== pointerId) return;
    pull((clientX - held.clientX) / node.clientWidth, (clientY - held.clientY) / node.clientHeight);
  });
  node.addEventListener("pointerup", release);
  node.addEventListener("pointercancel", release);
}

/** A frame of one picture, or of several in rows, each pixel a square. */
export class Frame {
  constructor(label, { picked = null } = {}) {
    this.canvas = el("canvas", { class: "ganlab-canvas", role: "img", "aria-label": label, hidden: true });
    this.message = el("p", { class: "ganlab-message", role: "status", hidden: true });
    this.root = el("div", { class: "ganlab-stage" }, this.canvas, this.message);
    if (picked) this.canvas.addEventListener("click", (event) => picked(this.cellAt(event)));
  }

  /** images: ImageData of one size; columns: of the nearly square sheet unless given. */
  show(images, columns = Math.ceil(Math.sqrt(images.length))) {
    const [{ width, height }] = images;
    const gap = images.length > 1 ? 1 : 0;
    const rows = Math.ceil(images.length / columns);
    Object.assign(this, { images, columns, rows });
    const [across, down] = [columns * (width + gap) - gap, rows * (height + gap) - gap];
    if (this.canvas.width !== across || this.canvas.height !== down)
      Object.assign(this.canvas, { width: across, height: down });
    const pen = this.canvas.getContext("2d");
    images.forEach((image, n) =>
      pen.putImageData(image, (n % columns) * (width + gap), Math.floor(n / columns) * (height + gap)),
    );
    setHidden(this.canvas, false);
    setHidden(this.message, true);
  }

  cellAt(event) {
    const box = this.canvas.getBoundingClientRect();
    // The canvas keeps its shape within the box.
    const scale = Math.min(box.width / this.canvas.width, box.height / this.canvas.height);
    const x = (event.clientX - box.left - (box.width - this.canvas.width * scale) / 2) / (this.canvas.width * scale);
    const y = (event.clientY - box.top - (box.height - this.canvas.height * scale) / 2) / (this.canvas.height * scale);
    const [column, row] = [
      clampTo(Math.floor(x * this.columns), 0, this.columns - 1),
      clampTo(Math.floor(y * this.rows), 0, this.rows - 1),
    ];
    return row * this.columns + column;
  }

  say(sentence, isError = true) {
    setHidden(this.canvas, true);
    setHidden(this.message, false);
    setText(this.message, sentence);
    setAttribute(this.message, "data-error", isError ? "true" : null);
  }

  get empty() {
    return this.canvas.hidden;
  }
}
