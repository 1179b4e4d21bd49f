// Sliders of the walk: each moves the latents along one direction, zero is "as the seed gave it".

import { paintRange } from "../base/controls.js";
import { el, icon, setAttribute, setText } from "../base/dom.js";

/** A labelled slider with zero in the middle. Double-click, or the key 0, brings it back to zero. */
export class Slider {
  /** moved(value) while it is dragged, let_go() when it is released. zero: where it belongs; lock: { on, turn(on) }, if it can be locked. */
  constructor({ label, reach, value, moved, letGo, low = -reach, zero = 0, title = null, lock = null }) {
    this.moved = moved;
    this.letGo = letGo;
    this.home = zero;
    this.signed = low < 0;
    this.digits = reach < 1 ? 3 : 2; // a prior of ±0.2 needs one more
    this.output = el("output", { class: "ganlab-value" });
    this.input = el("input", {
      type: "range",
      class: "ganlab-range",
      min: low,
      max: reach,
      step: reach / 60,
      "aria-label": label,
      oninput: () => this.move(Number(this.input.value)),
      onchange: letGo,
      onkeydown: (event) => event.key === "0" && this.zero(),
    });
    const back = `Double-click or press 0 for ${zero}`;
    this.root = el(
      "div",
      { class: "ganlab-slider", title: title ? `${title} ${back}.` : back, ondblclick: () => this.zero() },
      el("span", { class: "ganlab-slider-label" }, label, ...(lock ? [this.makeLock(label, lock)] : [])),
      this.output,
      this.input,
    );
    this.set(value);
  }

  set(value) {
    this.input.value = value;
    this.value = Number(Number(value).toFixed(this.digits)); // the number shown is the one that is used
    const sign = this.signed && this.value > 0 ? "+" : this.value < 0 ? "−" : "";
    setText(this.output, sign + Math.abs(this.value).toFixed(this.digits));
    paintRange(this.input);
  }

  move(value) {
    this.set(value);
    this.moved(this.value);
  }

  makeLock(label, { on, turn }) {
    const button = el(
      "button",
      {
        type: "button",
        class: "ganlab-lock",
        "aria-pressed": String(on),
        "aria-label": `Lock ${label}`,
        title: "Locked: Random and Reset leave it as it is",
        onclick: () => {
          setAttribute(button, "aria-pressed", String(button.getAttribute("aria-pressed") === "false"));
          turn(button.getAttribute("aria-pressed") === "true");
        },
      },
      icon("lock"),
    );
    return button;
  }

  zero() {
    if (this.value === this.home) return;
    this.move(this.home);
    this.letGo();
  }
}

/** A list of sliders that writes into `target`, a map from place to value without the zeros. */
export function sliderList({ labels, reach, target, moved, letGo, lockOf = () => null }) {
  return labels.map(
    ({ place, label }) =>
      new Slider({
        label,
        reach,
        letGo,
        lock: lockOf(place),
        value: target[place] ?? 0,
        moved: (value) => {
          if (value === 0) delete target[place];
          else target[place] = value;
          moved();
        },
      }),
  );
}

/** Whole number field with − and +. changed(value) on every change that is valid. */
export class NumberField {
  constructor({ label, min, max, value, changed }) {
    this.range = [min, max];
    this.value = value;
    this.changed = changed;
    this.input = el("input", {
      type: "number",
      class: "ganlab-number",
      min,
      max,
      step: 1,
      value,
      "aria-label": label,
      onchange: () => this.choose(Number(this.input.value)),
    });
    const button = (sign, by, name) =>
      el(
        "button",
        {
          type: "button",
          class: "ganlab-button ganlab-step",
          "aria-label": `${name} ${label}`,
          onclick: () => this.choose(this.value + by),
        },
        sign,
      );
    this.root = el(
      "div",
      { class: "ganlab-number-field" },
      button("−", -1, "Previous"),
      this.input,
      button("+", 1, "Next"),
    );
  }

  choose(value) {
    const [min, max] = this.range;
    const valid = Number.isFinite(value) ? Math.min(max, Math.max(min, Math.round(value))) : this.value;
    this.input.value = valid;
    if (valid === this.value) return;
    this.value = valid;
    this.changed(valid);
  }
}
