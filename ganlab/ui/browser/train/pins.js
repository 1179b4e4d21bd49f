// Grids of samples that are pinned under the curve, each where its step is.

import { el, icon, setHidden } from "../base/dom.js";
import { decodedImage } from "../base/images.js";
import { clampTo, whole } from "../base/numbers.js";
import { session } from "../base/session.js";

export const MOST_PINS = 8;
const SEEN = 3; // samples side by side
const APART = 4; // px

export class Pins {
  /** load(step) → Promise<Blob> of a grid; go(step): shows it; changed(): other steps are pinned. */
  constructor(run, { load, go, changed }) {
    this.load = load;
    this.go = go;
    this.changed = changed;
    this.key = `pins.${run}`;
    this.pins = new Map(); // step → its element
    this.root = el("div", { class: "ganlab-pins", role: "group", "aria-label": "Pinned samples", hidden: true });
    for (const step of session.get(this.key, [])) this.add(step);
  }

  /** The shape of the grids: of large ones a corner is shown, since all of it would be too small to see. */
  update({ columns }) {
    this.root.style.setProperty("--zoom", Math.max(1, columns / SEEN));
  }

  has(step) {
    return this.pins.has(step);
  }

  get full() {
    return this.pins.size >= MOST_PINS;
  }

  toggle(step) {
    if (this.has(step)) this.drop(step);
    else if (!this.full) this.add(step);
    this.keep();
  }

  /** Steps behind the last one were taken back, and what they had drawn. */
  forgetAfter(last) {
    const gone = [...this.pins.keys()].filter((step) => step > last);
    for (const step of gone) this.drop(step);
    if (gone.length) this.keep();
  }

  keep() {
    session.set(this.key, [...this.pins.keys()]);
    this.place();
    this.changed();
  }

  add(step) {
    const stage = el("button", {
      type: "button",
      class: "ganlab-pin-picture",
      title: `Samples at step ${whole.format(step)}`,
      "aria-label": `Show the samples at step ${whole.format(step)}`,
      onclick: () => this.go(step),
    });
    const pin = el(
      "div",
      { class: "ganlab-pin" },
      el("span", { class: "ganlab-pin-stem", "aria-hidden": "true" }),
      stage,
      el(
        "button",
        {
          type: "button",
          class: "ganlab-pin-off",
          "aria-label": `Unpin the samples at step ${whole.format(step)}`,
          title: "Unpin",
          onclick: () => this.toggle(step),
        },
        icon("close"),
      ),
    );
    this.pins = new Map([...this.pins, [step, pin]].sort(([one], [other]) => one - other));
    this.root.replaceChildren(...this.pins.values());
    this.fill(step, stage);
  }

  async fill(step, stage) {
    try {
      const image = await decodedImage(await this.load(step), "");
      stage.replaceChildren(image);
      URL.revokeObjectURL(image.src);
    } catch {
      if (!this.has(step)) return;
      this.drop(step); // its grid is gone
      this.keep();
    }
  }

  drop(step) {
    this.pins.get(step)?.remove();
    this.pins.delete(step);
  }

  /** Put each where its step is; `at(step)`: px from the left, or null off the chart. Neighbours make room. */
  place(at = this.at) {
    this.at = at;
    setHidden(this.root, !this.pins.size);
    if (!at || !this.pins.size) return;
    const wide = this.root.clientWidth;
    const seen = [...this.pins].map(([step, pin]) => [at(step), pin]);
    for (const [x, pin] of seen) setHidden(pin, x === null);
    const shown = seen.filter(([x]) => x !== null);
    const size = shown[0]?.[1].offsetWidth ?? 0;
    const lefts = spread(
      shown.map(([x]) => x - size / 2),
      size + APART,
      wide - size,
    );
    shown.forEach(([x, pin], n) => {
      pin.style.left = `${lefts[n]}px`;
      pin.style.setProperty("--stem", `${clampTo(x - lefts[n], 0, size)}px`);
    });
  }
}

/** Rising places moved so that no two are nearer than `apart`, from 0 to `most`, as little as a pass each way can. */
export function spread(places, apart, most) {
  const moved = places.map((place) => clampTo(place, 0, most));
  for (let n = 1; n < moved.length; n++) moved[n] = Math.max(moved[n], moved[n - 1] + apart);
  for (let n = moved.length - 1, least = most; n >= 0; n--, least = moved[n + 1] - apart)
    moved[n] = Math.min(moved[n], least);
  return moved;
}
