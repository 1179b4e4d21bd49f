// The class that a conditional generator is told.

import { el, setHidden } from "../base/dom.js";
import { Slider } from "./sliders.js";

/** The class that a conditional generator is told, or two of them blended. */
export class ClassChoice {
  /** changed(): another class, or another blend of two. */
  constructor(view, changed) {
    this.view = view;
    this.changed = changed;
    const box = (label, key) =>
      el("select", {
        class: "ganlab-select",
        "aria-label": label,
        onchange: (event) => this.choose({ [key]: event.target.value === "" ? null : Number(event.target.value) }),
      });
    this.first = box("Class", "a");
    this.second = box("Blended with", "b");
    this.blend = new Slider({
      label: "Blend",
      low: 0,
      reach: 1,
      value: view.place.blend,
      letGo: () => view.settled(),
      moved: (blend) => {
        view.place.blend = blend;
        view.changed();
      },
    });
    this.root = el(
      "div",
      { class: "ganlab-classes", hidden: true },
      el("label", {}, el("span", { class: "ganlab-strong" }, "Class"), this.first),
      el("label", {}, el("span", {}, "blended with"), this.second),
      this.blend.root,
    );
  }

  fill() {
    const { space, place } = this.view;
    setHidden(this.root, !space.class_count);
    if (!space.class_count) return;
    const options = (nothing) => [
      el("option", { value: "" }, nothing),
      ...space.class_names.map((name, n) => el("option", { value: n }, name)),
    ];
    const several = place.mix
      ? [el("option", { value: "mix" }, `${Object.keys(place.mix).length} classes blended`)]
      : [];
    this.first.replaceChildren(...several, ...options("all in turn"));
    this.second.replaceChildren(...options("none"));
    this.first.value = place.mix ? "mix" : (place.a ?? "");
    this.second.value = place.b ?? "";
    setHidden(this.second.parentElement, place.a === null);
    setHidden(this.blend.root, place.a === null || place.b === null);
    this.blend.set(place.blend);
  }

  choose(change) {
    const { place } = this.view;
    Object.assign(place, change, { mix: null });
    if (place.a === null) place.b = null;
    if (place.b !== null && !place.blend) place.blend = 0.5;
    this.fill();
    this.changed();
    this.view.changed();
    this.view.settled();
  }
}
