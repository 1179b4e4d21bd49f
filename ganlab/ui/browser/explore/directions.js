// The sliders of the chosen kind of directions, a page of them at a time.

import { button, Segments } from "../base/controls.js";
import { el, setHidden, setText } from "../base/dom.js";
import { clampTo, whole } from "../base/numbers.js";
import { KINDS } from "./place.js";
import { sliderList } from "./sliders.js";

const SLIDERS_SHOWN = 8;
const PULLED = 2; // reaches from edge to edge of the picture
const KIND_TITLES = {
  activations: [
    "Principal",
    "GANSpace: principal directions of the generator's first activations, with their share of all variance",
  ],
  weights: ["Weights", "SeFa: singular vectors of the generator's first weights, with their share of all variance"],
  raw: ["Raw z", "The single numbers of z, those first that the generator's first layer varies most with"],
  kept: ["Kept", "Directions that were named and kept with this run"],
};

export class DirectionsPanel {
  /** view: has place, directions (kind → names, shares, moves), `want(kind)`, `changed()`, `settled()`. */
  constructor(view) {
    this.view = view;
    this.page = 0;
    this.sliders = [];
    this.locks = new Set();
    this.kinds = new Segments({
      label: "Kind of directions",
      value: view.place.kind,
      chosen: (kind) => this.choose(kind),
      choices: KINDS.map((value) => ({ value, text: KIND_TITLES[value][0], title: KIND_TITLES[value][1] })),
    });
    this.list = el("div", { class: "ganlab-sliders" });
    this.message = el("p", { class: "ganlab-muted", role: "status" });
    this.hint = el("p", { class: "ganlab-muted", hidden: true });
    this.pager = el("div", { class: "ganlab-row ganlab-pager" });
    this.found = el("p", { class: "ganlab-muted", hidden: true });
    this.root = el(
      "section",
      { class: "ganlab-card ganlab-controls ganlab-directions" },
      el(
        "div",
        { class: "ganlab-row" },
        el("h3", { class: "ganlab-title" }, "Directions"),
        el(
          "span",
          { class: "ganlab-buttons" },
          button("dice", "Random", () => this.random(), {
            title: "Move every slider that is not locked to a random place",
            more: "ganlab-quiet",
          }),
          button("reset", "Reset", () => this.reset(), {
            title: "Every slider that is not locked back to zero; the seed stays",
            more: "ganlab-quiet",
          }),
        ),
      ),
      this.kinds.root,
      this.message,
      this.list,
      this.hint,
      this.pager,
      this.found,
    );
  }

  choose(kind) {
    this.view.place.kind = kind;
    this.page = 0;
    this.fill();
    this.view.settled();
    this.view.during(this.view.want(kind));
  }

  /** The kind's sliders as the place has them. */
  fill() {
    const { place, directions } = this.view;
    const known = directions[place.kind];
    this.kinds.set(place.kind);
    this.mark();
    const labels = (known?.names ?? []).map((name, number) => ({
      place: known.places[number],
      label: labelOf(name, known.shares?.[number]),
    }));
    const shown = labels.slice(this.page * SLIDERS_SHOWN, (this.page + 1) * SLIDERS_SHOWN);
    this.sliders = sliderList({
      labels: shown,
      reach: this.reach,
      target: place.moves[place.kind],
      moved: () => this.view.changed(),
      letGo: () => this.drop(),
      lockOf: (number) => this.lockOf(place.kind, number),
    });
    this.list.replaceChildren(...this.sliders.map(({ root }) => root));
    setHidden(this.hint, !shown.length || !this.view.makesImages);
    setText(
      this.hint,
      `Or drag the picture: ↔ ${shown[0]?.label.split(" · ")[0]}${shown[1] ? `, ↕ ${shown[1].label.split(" · ")[0]}` : ""}.`,
    );
    this.fillPager(labels.length);
    setText(
      this.message,
      known?.error ?? (known ? (labels.length ? "" : this.none(place.kind)) : "Looking for directions…"),
    );
    setHidden(this.message, !this.message.textContent);
    const other = place.found !== null && place.found !== this.view.shown;
    setText(this.found, other ? `As found ${whereFound(place.found)}; Reset looks for them anew.` : "");
    setHidden(this.found, !other || place.kind === "raw" || place.kind === "kept");
  }

  get reach() {
    return this.view.place.kind === "raw" ? Math.min(3, this.view.space.reach) : 3;
  }

  /** A hand on the picture moves the first slider sideways and the second up and down. */
  grab() {
    this.pulled = this.sliders.slice(0, 2).map((slider) => ({ slider, from: slider.value }));
    return this.pulled.length > 0 && this.view.makesImages;
  }

  pull(right, down) {
    this.pulled.forEach(({ slider, from }, n) =>
      slider.move(clampTo(from + PULLED * this.reach * (n ? -down : right), -this.reach, this.reach)),
    );
  }

  drop() {
    this.mark();
    this.view.settled();
  }

  none(kind) {
    return kind === "kept"
      ? "None yet: move some sliders, then keep the move under a name, or make one under Arithmetic."
      : "None are known for this generator; Raw z works all the same.";
  }

  lockOf(kind, number) {
    const name = `${kind} ${number}`;
    return { on: this.locks.has(name), turn: (on) => (on ? this.locks.add(name) : this.locks.delete(name)) };
  }

  mark() {
    const { moves } = this.view.place;
    this.kinds.mark((kind) => Object.keys(moves[kind]).length > 0);
  }

  fillPager(count) {
    const pages = Math.ceil(count / SLIDERS_SHOWN);
    setHidden(this.pager, pages < 2);
    const turn = (by) => {
      this.page = (this.page + by + pages) % pages;
      this.fill();
    };
    const first = this.page * SLIDERS_SHOWN;
    this.pager.replaceChildren(
      button(null, "‹", () => turn(-1), { more: "ganlab-step", "aria-label": "Earlier directions" }),
      el("span", { class: "ganlab-muted" }, `${first + 1}–${Math.min(count, first + SLIDERS_SHOWN)} of ${count}`),
      button(null, "›", () => turn(1), { more: "ganlab-step", "aria-label": "Later directions" }),
    );
  }

  /** Those of the kind shown; locked ones stay. */
  random() {
    const { place, directions } = this.view;
    const moves = place.moves[place.kind];
    const reach = place.kind === "raw" ? this.view.space.reach : 2.5;
    for (const each of (directions[place.kind]?.places ?? []).slice(
      this.page * SLIDERS_SHOWN,
      (this.page + 1) * SLIDERS_SHOWN,
    ))
      if (!this.locks.has(`${place.kind} ${each}`))
        moves[each] = Math.round((2 * Math.random() - 1) * reach * 100) / 100;
    this.done();
  }

  reset() {
    const { place } = this.view;
    for (const kind of KINDS)
      for (const number of Object.keys(place.moves[kind]))
        if (!this.locks.has(`${kind} ${number}`)) delete place.moves[kind][number];
    this.view.findAnew();
    this.done();
  }

  done() {
    this.fill();
    this.view.changed();
    this.view.settled();
  }
}

/** "at step 500", "at step 500, as trained", "while it trained" */
function whereFound(found) {
  const [snapshot, weights] = found.split("-");
  return `${snapshot === "live" ? "while it trained" : `at step ${whole.format(Number(snapshot) || 0)}`}${weights === "generator" ? ", as trained" : ""}`;
}

/** "direction 1 · 23 %" */
function labelOf(name, share) {
  if (share === undefined || share === null) return name;
  const percent = 100 * share;
  return `${name} · ${percent >= 9.5 ? Math.round(percent) : percent.toFixed(1)} %`;
}
