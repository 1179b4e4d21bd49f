// Where on the plane of seeds, how truncated, of which class.

import { button } from "../base/controls.js";
import { el, setHidden } from "../base/dom.js";
import { ClassChoice } from "./classes.js";
import { Pad } from "./pad.js";
import { MOST_CUT, sharesOf } from "./place.js";
import { ROW, seedAt, SEEDS } from "./plane.js";
import { NumberField, Slider } from "./sliders.js";

export class SeedsPanel {
  constructor(view) {
    this.view = view;
    this.pad = new Pad({
      moved: (x, y) => view.moveTo(x, y),
      letGo: () => view.settled(),
      thumbnails: (places) => this.draw(places),
    });
    this.seed = new NumberField({
      label: "seed",
      min: 0,
      max: SEEDS - 1,
      value: 0,
      changed: (seed) => this.goTo(seed),
    });
    this.cut = new Slider({
      label: "Truncation",
      low: 0,
      reach: MOST_CUT,
      zero: 1,
      value: view.place.cut,
      letGo: () => view.settled(),
      title: "Below 1 latents are drawn towards the mean: more often good, less varied.",
      moved: (cut) => {
        view.place.cut = cut;
        view.changed();
      },
    });
    this.classes = new ClassChoice(view, () => this.pad.forget());
    this.away = el(
      "p",
      { class: "ganlab-muted", hidden: true },
      "This latent is not on the plane; dragging returns to it.",
    );
    this.root = el(
      "section",
      { class: "ganlab-card ganlab-controls ganlab-seeds" },
      this.pad.root,
      this.away,
      el(
        "div",
        { class: "ganlab-seed" },
        el("span", { class: "ganlab-strong" }, "Seed"),
        this.seed.root,
        button("dice", "New", () => this.goTo(Math.floor(Math.random() * 100000)), {
          title: "A random place on the plane",
        }),
      ),
      this.cut.root,
      this.classes.root,
    );
  }

  goTo(seed) {
    this.view.moveTo(seed % ROW, Math.floor(seed / ROW));
    this.view.settled();
  }

  /** As the place says. */
  fill() {
    this.classes.fill();
    this.cut.set(this.view.place.cut);
    this.showPlace();
  }

  showPlace() {
    const { x, y, base } = this.view.place;
    this.pad.go(x, y);
    this.seed.value = seedAt(Math.round(x), Math.round(y));
    this.seed.input.value = this.seed.value;
    setHidden(this.away, !base);
  }

  /** The pictures of seeds, moved as the sliders are, for the pad. */
  async draw(places) {
    const { view } = this;
    if (!view.plane || !view.makesImages) return [];
    const z = new Float32Array(places.length * view.space.z_dim);
    places.forEach(([x, y], n) => z.set(view.moved(view.plane.at(x, y)), n * view.space.z_dim));
    const shares = sharesOf({ ...view.place, a: view.place.a ?? 0 }, view.space.class_count, places.length);
    return (await view.drawers.draw(z, shares)).images;
  }
}
