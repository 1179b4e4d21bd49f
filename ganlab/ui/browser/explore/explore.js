// Explore: a plane of seeds and sliders, what a generator makes of them, and tools for more.

import { nameInAddress } from "../base/address.js";
import { mount, NO_ANSWER, Refused } from "../base/app.js";
import { Note } from "../base/controls.js";
import { el, setAttribute } from "../base/dom.js";
import { session } from "../base/session.js";
import { DirectionsPanel } from "./directions.js";
import { Drawers, Gate } from "./drawers.js";
import { addMoves, asDirections } from "./latents.js";
import { News } from "./news.js";
import { LIVE_MS, PicturesPanel } from "./pictures.js";
import {
  Address,
  classesOf,
  fromQuery,
  IN_ADDRESS,
  isMoved,
  keptName,
  KINDS,
  mixOf,
  NO_CLASS,
  sharesOf,
  startingPlace,
  Trail,
} from "./place.js";
import { Plane } from "./plane.js";
import { SeedsPanel } from "./seeds.js";
import { SourceBar } from "./source.js";
import { Tools } from "./tools/tools.js";

class Explore {
  constructor(component) {
    this.component = component;
    this.stop = new AbortController();
    this.address = new Address(this);
    const { place, wrong } = this.begin();
    this.place = place;
    this.space = { steps: [], live: false, raw: false, max_steps: 0, class_count: 0, shape: [1, 1, 1], reach: 3 };
    this.directions = {}; // kind → names, shares, moves
    this.trail = new Trail(place);
    this.gate = new Gate(this);
    this.drawers = new Drawers(this);
    this.news = new News(this);
    this.build();
    this.lacks = []; // sentences on what of the link could not be used
    if (wrong.length) this.tellLack(`Not all of the link could be used: ${wrong.join(", ")}.`);
    component.parentElement.append(this.root);
    if (!this.isFile) nameInAddress(this.source);
    document.addEventListener("visibilitychange", () => (this.pictures.wake(), this.news.ask()), {
      signal: this.stop.signal,
    });
    window.addEventListener("focus", () => this.news.ask(), { signal: this.stop.signal }); // it may have been resumed elsewhere
    document.addEventListener("keydown", (event) => this.press(event), { signal: this.stop.signal });
    this.during(this.open());
  }

  get source() {
    return this.component.data.source;
  }

  /** A file that was dropped in is known in this tab alone: no link leads to it. */
  get isFile() {
    return this.source.startsWith("file:");
  }

  /** Points of the plane come as one picture of many. */
  get makesImages() {
    return this.space.shape.length === 3;
  }

  /** The place in the link, else where this generator was left, else the first. */
  begin() {
    const query = new URLSearchParams(location.search);
    const another = globalThis.ganlabExplored !== undefined && globalThis.ganlabExplored !== this.source;
    globalThis.ganlabExplored = this.source; // while the tab is not loaded anew the address is of the one before
    if (IN_ADDRESS.some((name) => query.has(name)) && !another) return fromQuery(query);
    if (another) this.address.soon();
    return { place: { ...startingPlace(), ...session.get(`place ${this.source}`, {}) }, wrong: [] };
  }

  build() {
    this.note = new Note({ fades: true });
    this.bar = new SourceBar(this);
    this.seeds = new SeedsPanel(this);
    this.panel = new DirectionsPanel(this);
    this.pictures = new PicturesPanel(this);
    this.tools = new Tools(this);
    this.root = el(
      "div",
      { class: "ganlab ganlab-walk", "data-source": this.source },
      this.bar.root,
      el("div", { class: "ganlab-toast" }, this.note.root),
      el(
        "div",
        { class: "ganlab-walk-columns" },
        this.seeds.root,
        this.panel.root,
        this.pictures.root,
        this.tools.root,
      ),
    );
  }

  /** Learn what the generator is, then draw. Asked again after another snapshot or other weights. */
  async open() {
    clearTimeout(this.timer);
    const opening = (this.opening = (this.opening ?? 0) + 1);
    try {
      const space = await this.gate.json("space", { snapshot: this.place.snapshot });
      if (opening !== this.opening || this.gone) return;
      this.enter(space);
      this.news.askSoon();
      this.changed();
      this.drawers.prepare();
      await this.want(this.place.kind);
    } catch (error) {
      if (opening !== this.opening || this.gone) return;
      if (this.fallBack(error)) return this.open();
      const again = this.pictures.fail(error) ?? (this.component.data.active ? LIVE_MS : null); // its first grid comes soon
      if (again !== null) this.timer = setTimeout(() => this.open(), again);
    }
  }

  /** A link may name weights that are gone: the last ones are shown then, and it is said. */
  fallBack(error) {
    const { place } = this;
    if (this.plane || !(error instanceof Refused) || (place.snapshot === "last" && place.weights === "average"))
      return false;
    Object.assign(place, { snapshot: "last", weights: "average", found: null });
    this.tellLack(`${error.message}; these are the last ones.`);
    return true;
  }

  enter(space) {
    const other = space.z_dim !== this.space.z_dim || space.prior !== this.space.prior;
    const before = this.shown;
    this.space = space;
    if (this.place.snapshot === "live" && !space.live) this.place.snapshot = "last"; // it has ended
    if (!space.steps.length) this.place.snapshot = "live";
    if (this.plane && before !== this.shown) {
      this.keepDirections(before);
      this.during(this.address.soon());
    }
    if (other) this.plane = new Plane(space);
    if (this.place.base && this.place.base.length !== space.z_dim) {
      this.place.base = null;
      this.tellLack("The latent of the link belongs to another network: this is the seed's.");
    }
    const { a, b, mix } = this.place;
    const classes = mix ? Object.keys(mix).map(Number) : [a, b];
    if (classes.some((label) => label !== null && label >= space.class_count)) {
      Object.assign(this.place, NO_CLASS);
      this.tellLack("This network has no such class as the link names: the picture is without it.");
    }
    this.showControls();
    this.seeds.pad.forget();
    this.tools.entered();
  }

  /** All controls as the place says. */
  showControls() {
    for (const part of [this.bar, this.panel, this.seeds, this.pictures]) part.fill();
  }

  /** The snapshot that is asked for, by its step: the last one that there was when the page learnt what there is. */
  get snapshot() {
    return this.place.snapshot === "last" && this.space.steps.length
      ? String(this.stepOf("last"))
      : this.place.snapshot;
  }

  /** Which directions are its own: those of this snapshot's weights. */
  get shown() {
    return `${this.snapshot}-${this.place.weights}`;
  }

  stepOf(snapshot) {
    return snapshot === "last" ? this.space.steps.at(-1) : Number(snapshot);
  }

  /** Directions of a kind, from the snapshot that they are to be found at; asked for once. */
  async want(kind) {
    const { directions } = this; // others are wanted by the time of the answer, where another snapshot is shown
    if (!directions[kind] || directions[kind].error) directions[kind] = await this.find(kind);
    if (this.gone) return;
    this.dropForgotten();
    this.panel.fill();
    const { lacking } = this;
    if (lacking) return this.want(lacking);
    if (!isMoved(this.place)) return;
    this.changed();
    this.seeds.pad.forget();
  }

  /** A link, or a step back, may name a direction that is not there or not kept any more. */
  dropForgotten() {
    for (const kind of KINDS) {
      const {
        directions: { [kind]: found },
        place: {
          moves: { [kind]: moves },
        },
      } = this;
      const gone = found && !found.error ? Object.keys(moves).filter((each) => !Object.hasOwn(found.moves, each)) : [];
      if (!gone.length) continue;
      for (const each of gone) delete moves[each];
      const names = gone.map((each) => (kind === "kept" ? `“${keptName(each)}”` : Number(each) + 1)).join(", ");
      this.tellLack(
        `No direction ${names} is ${kind === "kept" ? "kept with this run" : "found in it"}: the picture is without ${gone.length > 1 ? "them" : "it"}.`,
      );
    }
  }

  tellLack(sentence) {
    this.lacks.push(sentence);
    this.note.say(this.lacks.join(" "), true);
  }

  async find(kind) {
    try {
      const [snapshot, weights = this.place.weights] = (this.place.found ?? this.shown).split("-");
      const found = await this.gate.json("directions", { kind, snapshot, weights });
      return asDirections(kind, found);
    } catch (error) {
      return {
        names: [],
        shares: [],
        places: [],
        moves: {},
        error: error instanceof Refused ? error.message : NO_ANSWER,
      };
    }
  }

  /** A kind of directions that sliders are moved along, but that is not known yet. */
  get lacking() {
    return KINDS.find((kind) => Object.keys(this.place.moves[kind]).length && !this.directions[kind]);
  }

  /** Another snapshot, or other weights; z stays the same. */
  take(changes, done = true) {
    const before = this.shown;
    Object.assign(this.place, changes);
    this.keepDirections(before, done);
    if (!done) return this.changed();
    this.settled();
    this.during(this.open());
  }

  /** Other weights are shown than `before`: sliders that are moved keep their directions, others get new ones. */
  keepDirections(before, forget = true) {
    if (!isMoved(this.place)) this.place.found = null;
    else this.place.found ??= before;
    if (forget && this.place.found === null) this.forgetDirections();
  }

  /** What was asked for may be gone, thinned out or undone by a rewind: whether something else is shown now. */
  async moveOn(error) {
    return error instanceof Refused && this.news.ask();
  }

  forgetDirections() {
    this.directions = { kept: this.directions.kept };
  }

  findAnew() {
    if (this.place.found === null || isMoved(this.place)) return;
    this.place.found = null;
    this.forgetDirections();
    this.during(this.want(this.place.kind));
  }

  moveTo(x, y) {
    Object.assign(this.place, { x, y, base: null });
    this.seeds.showPlace();
    this.changed();
  }

  /** The class that is shown or how much of several, as `mixOf` has it; null: all in turn. */
  get mix() {
    const { place, space } = this;
    return place.a === null && !place.mix ? null : mixOf(sharesOf(place, space.class_count, 1));
  }

  /** A latent from elsewhere, found, calculated or kept, and what it is shown as. */
  goToLatent(latent, mix = this.mix) {
    Object.assign(this.place, { base: [...latent], moves: startingPlace().moves, cut: 1, ...classesOf(mix) });
    this.showControls();
    this.changed();
    this.settled();
  }

  /** The latents of this place, and of others around it, and their shares of classes. */
  latents(count) {
    const { place, space } = this;
    const z = new Float32Array(count * space.z_dim);
    const across = Math.ceil(Math.sqrt(count));
    for (let n = 0; n < count; n++) {
      const base =
        n === 0 && place.base
          ? Float32Array.from(place.base)
          : this.plane.at(place.x + (n % across), place.y + Math.floor(n / across));
      z.set(this.moved(base), n * space.z_dim);
    }
    return { z, shares: sharesOf(place, space.class_count, count) };
  }

  /** A latent, truncated and moved as the sliders are. */
  moved(latent) {
    const { cut, moves } = this.place;
    return addMoves(
      latent.map((value) => value * cut),
      moves,
      this.directions,
    );
  }

  /** Something moved: the newest state is drawn, every frame that there is time for; never without what moves it. */
  changed() {
    if (this.plane && !this.gone && !this.lacking) this.pictures.ask();
  }

  /** Says that something is on its way, to those who cannot see it (and to tests). */
  async during(job) {
    this.jobs = (this.jobs ?? 0) + 1;
    setAttribute(this.root, "aria-busy", "true");
    try {
      await job;
    } finally {
      this.jobs -= 1;
      setAttribute(this.root, "aria-busy", String(this.jobs > 0));
    }
  }

  /** Something was let go: it can be undone, and it is in the link. */
  settled() {
    this.trail.push(this.place);
    this.bar.fillButtons();
    this.moveThumbnails();
    session.set(`place ${this.source}`, this.place);
    this.during(this.address.soon());
    if (this.plane) this.tools.settled();
  }

  /** Those on the plane of seeds follow the sliders once these rest. */
  moveThumbnails() {
    const { moves, cut } = this.place;
    const now = JSON.stringify([moves, cut]);
    if (now !== this.thumbnailsAt) this.seeds.pad.forget();
    this.thumbnailsAt = now;
  }

  restore(state) {
    if (!state) return;
    const other = ["snapshot", "weights", "found"].some((name) => state[name] !== this.place[name]);
    this.place = state;
    if (other) this.forgetDirections();
    this.showControls();
    this.settled();
    if (other) this.during(this.open());
    else {
      this.during(this.want(state.kind));
      this.changed();
    }
  }

  back() {
    this.restore(this.trail.back());
  }

  forth() {
    this.restore(this.trail.forth());
  }

  press(event) {
    if (event.target.closest?.("input:not([type=range]), textarea, [contenteditable]")) return;
    const key = event.key.toLowerCase();
    const bare = !event.ctrlKey && !event.metaKey && !event.altKey;
    if ((event.ctrlKey || event.metaKey) && key === "z") {
      event.preventDefault();
      if (event.shiftKey) this.forth();
      else this.back();
    } else if (key === "k" && bare && this.root.contains(event.target)) this.tools.keep();
  }

  /** The page's own generator is here, or it is known why not. */
  drawersChanged() {
    this.pictures.gridMs = 0;
    this.changed();
  }

  /** Called again by Streamlit: perhaps a new token, or other colours. */
  update(component) {
    const renewed = component.data.token !== this.component.data.token;
    this.component = component;
    this.seeds.pad.paint();
    if (renewed) this.open();
  }

  destroy() {
    this.gone = true;
    session.set(`place ${this.source}`, this.place);
    this.stop.abort();
    clearTimeout(this.timer);
    for (const part of [this.news, this.seeds.pad, this.pictures, this.tools, this.drawers]) part.destroy();
    this.root.remove();
  }
}

export default function (component) {
  return mount(component, component.data.source, Explore);
}
