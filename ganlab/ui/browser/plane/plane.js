// The plane: what D and G do there at a step of a run on points, with a slider over its looks.

import { mount, NO_ANSWER, Refused, request } from "../base/app.js";
import { button, Note, paintRange } from "../base/controls.js";
import { el, setAttribute, setHidden, setText } from "../base/dom.js";
import { saveAs } from "../base/images.js";
import { NewestWins } from "../base/newest.js";
import { asNumber, inShort, whole } from "../base/numbers.js";
import { session } from "../base/session.js";
import { PALETTE } from "../base/theme.js";
import { stepsOf } from "../compare/lines.js";
import { Field, hasEffect } from "../train/fields.js";
import { Header } from "../train/header.js";
import { Single } from "../train/single.js";
import { AT_FIRST, drawLook, SIDE } from "./drawing.js";
import { tensorsOf } from "./format.js";
import { LAYERS } from "./layers.js";
import { Look } from "./look.js";
import { drawSpark } from "./spark.js";
import { Stages } from "./stages.js";

const EVERY_MS = 500;
const PLAY_MS = 60;
const MOST_AT_ONCE = 20; // looks between two answers
const KEPT = 400; // looks in memory, a few kilobytes each
const TRAILS = 40; // points that are followed
const FOLLOWED = 12; // looks
const MOVED = "ganlab-plane-moved";
const UNFOLD_MS = 1500;
const OBEYING_MS = 5000; // the worker obeys at its next beat

class PlaneView {
  constructor(component) {
    this.component = component;
    this.on = new Set(session.get("plane layers", AT_FIRST));
    this.looks = new Map();
    this.steps = [];
    this.following = true;
    this.stop = new AbortController();
    this.failures = 0;
    this.queue = new NewestWins((step) => this.show(step));
    this.canvas = el("canvas", { class: "ganlab-plane-picture", width: SIDE, height: SIDE, role: "img", tabindex: 0 });
    this.canvas.addEventListener("pointermove", (event) => this.point(event));
    this.canvas.addEventListener("pointerenter", () => this.unfold());
    this.canvas.addEventListener("pointerleave", () => setText(this.under, ""));
    this.under = el("p", { class: "ganlab-muted ganlab-plane-under" });
    this.switches = Object.entries(LAYERS).map(([name, { title }]) =>
      el(
        "button",
        {
          type: "button",
          class: "ganlab-toggle",
          "aria-pressed": String(this.on.has(name)),
          "data-layer": name,
          onclick: () => this.toggle(name),
        },
        title,
      ),
    );
    this.caption = el("span", {});
    this.slider = el("input", {
      type: "range",
      min: 0,
      max: 0,
      step: 1,
      value: 0,
      class: "ganlab-range",
      "aria-label": "Step of the plane",
      oninput: () => this.lead(Number(this.slider.value)),
    });
    this.player = button("play", "Play", () => this.play());
    this.saver = button("download", "Picture", () => this.save());
    this.legend = el("ul", { class: "ganlab-plane-legend" });
    this.numbers = el("dl", { class: "ganlab-plane-numbers" });
    this.note = new Note();
    this.makeHand();
    this.root = el(
      "div",
      { class: "ganlab ganlab-plane" },
      this.hand,
      el(
        "section",
        { class: "ganlab-card", "aria-label": "The plane" },
        el("div", { class: "ganlab-toggles", role: "group", "aria-label": "Layers" }, ...this.switches),
        this.canvas,
        this.under,
        el(
          "div",
          { class: "ganlab-row" },
          this.caption,
          el("div", { class: "ganlab-toggles" }, this.player, this.saver),
        ),
        this.slider,
        this.note.root,
      ),
      el(
        "section",
        { class: "ganlab-card ganlab-plane-side", "aria-label": "Numbers and legend" },
        el("h3", { class: "ganlab-title" }, "At this step"),
        this.numbers,
        this.curves,
        el("h3", { class: "ganlab-title" }, "What is drawn"),
        this.legend,
      ),
    );
    component.parentElement.append(this.root);
    window.addEventListener(MOVED, (event) => this.follow(event), { signal: this.stop.signal });
    document.addEventListener("visibilitychange", () => this.refresh(), { signal: this.stop.signal });
    this.refresh();
  }

  /** What can be done to the run: pause and the like, single updates, the learning rates; and what was done last. */
  makeHand() {
    const order = (action, particulars) => this.order(action, particulars);
    this.header = new Header((action) => this.order(action).catch((error) => this.note.fail(error)));
    this.single = new Single({ order, say: (sentence) => this.note.say(sentence || null, true) });
    this.stages = new Stages();
    this.fields = (this.component.data.settings ?? []).map(
      (spec) => new Field(spec, (name, value) => order("edit", { changes: { [name]: value } })),
    );
    const fields = el("div", { class: "ganlab-fields" }, ...this.fields.map(({ root }) => root));
    this.hand = el(
      "div",
      { class: "ganlab-plane-hand" },
      this.header.root,
      fields,
      this.single.fold.button,
      this.single.panel,
      this.stages.root,
    );
    this.spark = el("canvas", { width: 480, height: 110, role: "img", "aria-label": "Losses of D and of G" });
    this.losses = el("p", { class: "ganlab-muted" });
    this.curves = el("div", { class: "ganlab-plane-curves", hidden: true }, this.spark, this.losses);
  }

  async order(action, particulars = {}) {
    const path = `ganlab/runs/${encodeURIComponent(this.component.data.run_id)}/${action}`;
    await request(path, { method: "POST", body: JSON.stringify(particulars), signal: this.stop.signal });
    this.obeyUntil = performance.now() + OBEYING_MS;
    this.refresh();
  }

  update(component) {
    const renewed =
      component.data.token !== this.component.data.token || component.data.state !== this.component.data.state;
    this.component = component;
    this.draw(); // in the colours of the theme
    if (renewed) this.refresh();
  }

  get path() {
    return `ganlab/runs/${encodeURIComponent(this.component.data.run_id)}/plane`;
  }

  async refresh() {
    clearTimeout(this.timer);
    if (document.hidden) return;
    const asked = (this.asked = Symbol());
    let again = null;
    try {
      const run = await (await request(this.path, { signal: this.stop.signal })).json();
      if (asked !== this.asked) return;
      this.failures = 0;
      this.note.say(null);
      this.take(run);
      if (run.live || performance.now() < this.obeyUntil) again = EVERY_MS;
      if (run.state !== this.component.data.state) this.component.setTriggerValue("changed", run.state);
    } catch (error) {
      if (this.stop.signal.aborted || asked !== this.asked) return;
      this.note.say(error instanceof Refused ? error.message : NO_ANSWER, true);
      again = error.status < 500 ? null : EVERY_MS * 2 ** Math.min(4, this.failures++);
    }
    if (again !== null) this.timer = setTimeout(() => this.refresh(), again);
  }

  take(run) {
    if (this.run && run.timeline !== this.run.timeline) this.looks.clear(); // steps were taken back
    this.run = run;
    this.takeHand(run);
    const before = this.steps[Number(this.slider.value)];
    this.steps = stepsOf(run.samples);
    this.slider.max = Math.max(0, this.steps.length - 1);
    setHidden(this.slider, this.steps.length < 2);
    setAttribute(this.player, "aria-disabled", this.steps.length < 2 ? "true" : null);
    if (!this.steps.length) return setText(this.caption, "The first look comes with the first step.");
    const place = this.steps.indexOf(before);
    if (!this.following) this.choose(Math.max(0, place));
    else this.runUp(run.live && place >= 0 ? place + 1 : this.steps.length - 1);
  }

  /** The new looks one after the other, until the next answer brings more. */
  async runUp(from) {
    const running = (this.running = Symbol());
    const last = this.steps.length - 1;
    const first = Math.max(0, Math.min(from, last), last - MOST_AT_ONCE + 1);
    for (let place = first; place <= last; place++) {
      this.put(place);
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS / (last - first + 1)));
      if (this.running !== running || this.stop.signal.aborted) return;
    }
  }

  takeHand(run) {
    this.header.update(run);
    this.single.update(run);
    const report = run.state === "paused" || run.slow_s ? run.reports.at(-1) : null;
    this.stages.tell(report ?? null, { z: run.settings.z_dim, beat: run.slow_s });
    for (const field of this.fields) {
      field.promise =
        run.state === "training" ? "takes effect at the next step" : "takes effect when training continues";
      field.show(run.settings[field.spec.name], run.pending);
      setHidden(field.root, !hasEffect(field.spec, run.settings, this.component.data.settings));
    }
    setHidden(this.curves, !Object.keys(run.losses).length);
    drawSpark(this.spark, [
      [PALETTE[0], run.losses.loss_d ?? []],
      [PALETTE[1], run.losses.loss_g ?? []],
    ]);
    const now = (name) => asNumber(run.losses[name]?.at(-1), 3);
    setText(this.losses, `Loss of D (blue) ${now("loss_d")} · of G (orange) ${now("loss_g")}`);
    const update = JSON.stringify(report);
    if (report && update !== this.updated && this.following) this.showUpdate();
    this.updated = update;
  }

  /** What the last single update made of the plane, until there is a newer look. */
  async showUpdate() {
    try {
      const answer = await request(`${this.path}/update`, { signal: this.stop.signal });
      this.look = new Look(tensorsOf(await answer.arrayBuffer()), this.run);
    } catch (error) {
      if (!this.stop.signal.aborted) this.note.fail(error);
      return;
    }
    this.draw();
    this.tell();
  }

  choose(place) {
    this.following = place === this.steps.length - 1;
    this.running = null;
    this.put(place);
  }

  /** To a look, and every other plane on the page with it. */
  lead(place) {
    this.choose(place);
    window.dispatchEvent(new CustomEvent(MOVED, { detail: { step: this.steps[place], from: this } }));
  }

  /** Another plane on the page was moved to a step: to the last look up to it. */
  follow({ detail: { step, from } }) {
    const place = this.steps.findLastIndex((each) => each <= step);
    if (from !== this && place >= 0) this.choose(place);
  }

  put(place) {
    if (Number(this.slider.value) !== place) this.slider.value = place;
    paintRange(this.slider);
    this.slider.setAttribute("aria-valuetext", `step ${this.steps[place]}`);
    if (this.steps[place] !== this.shown) this.queue.ask(this.steps[place]);
    else this.tell();
  }

  async lookAt(step) {
    const known = this.looks.get(step);
    if (known) return known;
    const answer = await request(`${this.path}/${step}`, { signal: this.stop.signal });
    const found = new Look(tensorsOf(await answer.arrayBuffer()), this.run);
    this.looks.set(step, found);
    for (const old of this.looks.keys()) {
      if (this.looks.size <= KEPT) break;
      this.looks.delete(old);
    }
    return found;
  }

  async show(step) {
    try {
      const look = await this.lookAt(step);
      if (this.on.has("trails")) await Promise.all(this.before(step).map((each) => this.lookAt(each)));
      if (this.on.has("moves")) look.moves ??= await this.movesAt(step);
      this.look = look;
    } catch (error) {
      if (!this.stop.signal.aborted) this.note.fail(error);
      return;
    }
    this.shown = step;
    this.draw();
    this.tell();
  }

  /** Undefined where the server refuses, and then its sentence is shown. */
  async movesAt(step) {
    try {
      return await (await request(`${this.path}/${step}/moves`, { signal: this.stop.signal })).json();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.note.say(error.message, true);
    }
  }

  /** The steps of the last looks up to one. */
  before(step) {
    const place = this.steps.indexOf(step);
    return this.steps.slice(Math.max(0, place - FOLLOWED), place + 1);
  }

  /** The ways of some points over the last looks. */
  trails() {
    const known = this.before(this.shown)
      .map((step) => this.looks.get(step))
      .filter(Boolean);
    return Array.from({ length: TRAILS }, (_, n) => known.map(({ fake }) => fake[(n * 12) % fake.length]));
  }

  draw() {
    const { look } = this;
    if (!look) return;
    look.trails = this.on.has("trails") ? this.trails() : [];
    const drawn = Object.entries(LAYERS).filter(
      ([name, layer]) => this.on.has(name) && this.fits(layer) && (name !== "moves" || look.moves),
    );
    this.switches.forEach((each) => setHidden(each, !this.fits(LAYERS[each.dataset.layer])));
    const names = drawn.map(([name]) => name);
    drawLook(this.canvas, look, names, this.root);
    this.legend.replaceChildren(...drawn.map(([, layer]) => el("li", {}, layer.legend(look))));
    this.canvas.setAttribute(
      "aria-label",
      `The plane at step ${this.shown}: ${drawn.map(([, { title }]) => title).join(", ")}`,
    );
  }

  /** Whether a layer says something of this run. */
  fits({ probable }) {
    return this.run.probability || !probable;
  }

  /** Step, and the scores of this look or of the last one before it. */
  tell() {
    const { run, shown } = this;
    setText(this.caption, `the plane at step ${whole.format(shown ?? 0)}`);
    const judged = run.scores.findLast(({ step }) => step <= shown);
    const rows = judged
      ? judged.values.map(({ title, value, unit }) => [
          title,
          `${inShort(Number(value.toPrecision(3)))} ${unit}`.trim(),
        ])
      : [["Scores", run.live ? "come a little later" : "none"]];
    if (judged && judged.step !== shown) rows.push(["of step", whole.format(judged.step)]);
    if (this.look) {
      const { whole: apart, proven } = this.look.divergence;
      rows.push(["JS divergence of the blurred points", `${asNumber(apart, 4)} nats`]);
      if (proven !== null) rows.push(["of it, proven by D", `${asNumber(proven, 4)} nats`]);
      rows.push(["V(G, D*) = 2 JS − log 4, at least −1.386", asNumber(2 * apart - Math.log(4), 4)]);
      const { steepest, proven: least } = this.look.duality;
      rows.push(["steepest slope of D's score", asNumber(steepest, 4)]);
      rows.push(["W₁ is at least, by D", asNumber(least, 4)]);
      if (this.look.moves) {
        const { distance, floor } = this.look.moves;
        rows.push(["W₁ of these points, exactly", asNumber(distance, 4)]);
        rows.push(["its floor, between real points", asNumber(floor, 4)]);
      }
    }
    const key = JSON.stringify(rows);
    if (key === this.told) return;
    this.told = key;
    this.numbers.replaceChildren(...rows.flatMap(([title, value]) => [el("dt", {}, title), el("dd", {}, value)]));
  }

  /** Plays the way of the grid of latents, from where it lies in z to where G puts it. */
  async unfold() {
    if (!this.look || this.unfolding || !this.on.has("latents")) return;
    this.unfolding = true;
    const begun = performance.now();
    let share = 0;
    while (share < 1 && !this.stop.signal.aborted) {
      await new Promise(requestAnimationFrame);
      share = Math.min(1, (performance.now() - begun) / UNFOLD_MS);
      this.look.unfolded = share;
      this.draw();
    }
    this.unfolding = false;
  }

  /** D's value and slope under the pointer. */
  point(event) {
    if (!this.look) return;
    const { field } = this.look;
    const { left, top, width } = this.canvas.getBoundingClientRect();
    const x = field.left + ((event.clientX - left) / width) * (field.right - field.left);
    const y = field.top - ((event.clientY - top) / width) * (field.top - field.bottom);
    const value = `${this.run.probability ? "σ(D)" : "D"} = ${asNumber(field.value(x, y), 3)}`;
    const slope = ` · |∇D| = ${asNumber(this.look.scores.slope(x, y), 3)}`;
    const answer = this.on.has("best") || this.on.has("gap") ? this.look.best.value(x, y) : NaN;
    const best = Number.isNaN(answer) ? "" : ` · D* = ${asNumber(answer, 3)}`;
    setText(this.under, `(${asNumber(x, 3)}, ${asNumber(y, 3)}): ${value}${slope}${best}`);
  }

  toggle(name) {
    if (!this.on.delete(name)) {
      if (LAYERS[name].ground) for (const other of this.on) if (LAYERS[other]?.ground) this.on.delete(other);
      this.on.add(name);
    }
    session.set("plane layers", [...this.on]);
    for (const each of this.switches) setAttribute(each, "aria-pressed", String(this.on.has(each.dataset.layer)));
    if (this.look) this.queue.ask(this.shown); // what a layer needs is fetched first
  }

  /** All looks one after the other, from the first if the last is shown. */
  async play() {
    if (this.playing) return void (this.playing = false);
    if (this.steps.length < 2) return;
    this.playing = true;
    this.player.lastChild.textContent = "Pause";
    let place = this.following ? 0 : Number(this.slider.value);
    while (this.playing && !this.stop.signal.aborted && place < this.steps.length) {
      this.lead(place++);
      await new Promise((resolve) => setTimeout(resolve, PLAY_MS));
    }
    this.playing = false;
    this.player.lastChild.textContent = "Play";
  }

  save() {
    const { run_id } = this.component.data;
    this.canvas.toBlob((blob) => blob && saveAs(blob, `${run_id}-plane-${this.shown}.png`));
  }

  destroy() {
    this.stop.abort();
    clearTimeout(this.timer);
    this.stages.destroy();
    this.root.remove();
  }
}

export default function (component) {
  return mount(component, component.data.run_id, PlaneView);
}
