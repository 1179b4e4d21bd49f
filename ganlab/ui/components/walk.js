// A walk through the latent space: sliders on the left, what the generator makes of them on the right.

const RAW_SHOWN = 8; // raw z sliders at a time
const LIVE_MS = 2000; // weights in training move
const RETRY_MS = 2000; // nobody answered
const PATIENCE_MS = 60; // a slower grid waits until the sliders rest
const LARGEST_SEED = 2 ** 31 - 1;
const DOWNLOAD_PX = 512;

/** A frame that shows the newest picture, or a sentence in its place. */
class Picture {
  constructor(label) {
    this.message = el("p", { class: "ganlab-message", role: "status", "data-error": "true", hidden: true });
    this.stage = el("div", { class: "ganlab-stage", "aria-label": label }, this.message);
  }

  show(image) {
    const old = this.image;
    this.image = image;
    setHidden(this.message, true);
    this.stage.replaceChildren(image, this.message);
    if (old) URL.revokeObjectURL(old.src);
  }

  say(sentence) {
    if (this.image) URL.revokeObjectURL(this.image.src);
    this.image = null;
    this.stage.replaceChildren(this.message);
    setText(this.message, sentence);
    setHidden(this.message, false);
  }

  destroy() {
    if (this.image) URL.revokeObjectURL(this.image.src);
  }
}

class Walk {
  constructor(component) {
    this.component = component;
    const { data } = component;
    const begin = data.value ?? {};
    this.seed = begin.seed ?? data.seed;
    this.count = data.counts.includes(begin.count) ? begin.count : (data.counts[1] ?? data.counts[0]);
    this.pc = { ...begin.pc };
    this.z = { ...begin.z };
    this.sent = JSON.stringify(this.value);
    this.gridMs = 0;
    this.stop = new AbortController();
    this.queue = new NewestWins(() => this.fetchPictures());
    this.gridQueue = new NewestWins(() => this.fetchGrid());
    this.root = el("div", { class: "ganlab ganlab-walk" },
      el("div", { class: "ganlab-walk-columns" }, this.makeControls(data), this.makePictures(data)));
    component.parentElement.append(this.root);
    this.layOut();
    document.addEventListener("visibilitychange", () => this.wake(), { signal: this.stop.signal });
    this.queue.ask();
  }

  get value() {
    return { seed: this.seed, pc: { ...this.pc }, z: { ...this.z }, count: this.count };
  }

  makeControls(data) {
    this.seedField = new NumberField({
      label: "seed", min: 0, max: LARGEST_SEED, value: this.seed, changed: (seed) => this.setSeed(seed),
    });
    this.directions = el("div", { class: "ganlab-sliders" });
    this.raw = el("div", { class: "ganlab-sliders" });
    this.rawFirst = 0;
    const last = Math.max(0, data.z_dim - RAW_SHOWN);
    const from = new NumberField({
      label: "z to start from", min: 0, max: last, value: 0,
      changed: (first) => {
        this.rawFirst = first;
        this.fillRaw();
      },
    });
    this.details = el("details", { class: "ganlab-raw", open: Object.keys(this.z).length > 0 },
      el("summary", {}, "Raw z"),
      el("div", { class: "ganlab-raw-from" }, el("span", {}, "from z"), from.root, el("span", {}, `of ${data.z_dim}`)),
      this.raw);
    setHidden(from.root.parentElement, last === 0);
    this.fillDirections();
    this.fillRaw();
    return el("div", { class: "ganlab-card ganlab-controls" },
      el("div", { class: "ganlab-seed" }, el("span", { class: "ganlab-seed-label" }, "Seed"), this.seedField.root,
        this.button("dice", "New seed", () => this.seedField.choose(Math.floor(Math.random() * 100000)))),
      el("div", { class: "ganlab-row" }, el("h3", { class: "ganlab-title" }, "Principal directions"),
        this.button("reset", "Reset", () => this.reset(), "Move every slider back to zero; the seed stays", "ganlab-quiet")),
      this.directions, this.details);
  }

  makePictures(data) {
    this.large = new Picture("Sample");
    this.grid = new Picture("Neighbours, moved by the same sliders");
    this.counts = data.counts.map((count) => el("button", {
      type: "button", class: "ganlab-segment", role: "radio", onclick: () => this.setCount(count),
      onkeydown: (event) => this.stepCount(event),
    }, String(count)));
    this.facts = el("span", { class: "ganlab-muted" });
    this.gridFigure = el("figure", {}, this.grid.stage,
      el("figcaption", {}, el("span", { class: "ganlab-muted" }, "Neighbours"),
        this.button("download", "Download grid", () => this.download(this.count), "", "ganlab-quiet")));
    this.figures = el("div", { class: "ganlab-figures" },
      el("figure", {}, this.large.stage,
        el("figcaption", {}, this.facts, this.button("download", "Download PNG", () => this.download(1), "", "ganlab-quiet"))),
      this.gridFigure);
    this.note = el("p", { class: "ganlab-message", role: "status", "data-error": "true", hidden: true });
    return el("div", { class: "ganlab-pictures" },
      el("div", { class: "ganlab-toolbar" }, el("span", {}, "Samples"),
        el("div", { class: "ganlab-segments", role: "radiogroup", "aria-label": "Number of samples" }, ...this.counts)),
      this.note, this.figures);
  }

  button(picture, label, onclick, title = null, more = "") {
    return el("button", { type: "button", class: `ganlab-button ${more}`, title: title || null, onclick }, icon(picture), label);
  }

  fillDirections() {
    const { directions } = this.component.data;
    const labels = directions.map(({ label }, place) => ({ place, label }));
    this.directionSliders = sliderList({ labels, reach: 3, target: this.pc, ...this.handlers });
    const none = el("p", { class: "ganlab-muted" }, "None are known for this snapshot; raw z below works all the same.");
    this.directions.replaceChildren(...(labels.length ? this.directionSliders.map((slider) => slider.root) : [none]));
  }

  fillRaw() {
    const { z_dim: zDim, z_limit: reach } = this.component.data;
    const places = Array.from({ length: Math.min(RAW_SHOWN, zDim) }, (_, j) => this.rawFirst + j);
    const labels = places.map((place) => ({ place, label: `z ${place}` }));
    this.rawSliders = sliderList({ labels, reach, target: this.z, ...this.handlers });
    this.raw.replaceChildren(...this.rawSliders.map((slider) => slider.root));
  }

  get handlers() {
    return { moved: () => this.queue.ask(), letGo: () => this.send() };
  }

  /** Called again by Streamlit: another snapshot, other directions, a new token; the sliders stay where they are. */
  update(component) {
    const old = this.component.data;
    const { data } = component;
    this.component = component;
    if (JSON.stringify(old.directions) !== JSON.stringify(data.directions)) this.fillDirections();
    if (["snapshot", "token", "directions", "label"].some((name) => JSON.stringify(old[name]) !== JSON.stringify(data[name]))) this.queue.ask();
  }

  setSeed(seed) {
    this.seed = seed;
    this.queue.ask();
    this.send();
  }

  setCount(count) {
    this.count = count;
    this.gridMs = 0; // not known for this size
    this.layOut();
    this.queue.ask();
    this.send();
  }

  /** Arrow keys go through the sizes, as in any group of radio buttons. */
  stepCount(event) {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const { counts } = this.component.data;
    const place = (counts.indexOf(this.count) + by + counts.length) % counts.length;
    this.setCount(counts[place]);
    this.counts[place].focus();
  }

  layOut() {
    this.component.data.counts.forEach((count, place) => {
      setAttribute(this.counts[place], "aria-checked", String(count === this.count));
      setAttribute(this.counts[place], "tabindex", count === this.count ? 0 : -1);
    });
    setHidden(this.gridFigure, this.count === 1);
    setAttribute(this.figures, "data-alone", this.count === 1 ? "true" : null);
  }

  reset() {
    for (const place of Object.keys(this.pc)) delete this.pc[place];
    for (const place of Object.keys(this.z)) delete this.z[place];
    for (const slider of [...this.directionSliders, ...this.rawSliders]) slider.set(0);
    this.queue.ask();
    this.send();
  }

  /** Tell Streamlit where the walk stands, if that is news. */
  send() {
    const text = JSON.stringify(this.value);
    if (text === this.sent) return;
    this.sent = text;
    this.component.setStateValue("walk", this.value);
  }

  url(count, scale = 1) {
    const { run_id: id, snapshot, directions, label } = this.component.data;
    const known = Object.entries(this.pc).filter(([place]) => Number(place) < directions.length);
    const moves = (entries) => entries.map(([place, value]) => `${place}:${value}`).join(",");
    const query = new URLSearchParams({ snapshot, seed: this.seed, count });
    if (known.length) query.set("pc", moves(known));
    if (Object.keys(this.z).length) query.set("z", moves(Object.entries(this.z)));
    if (label !== null) query.set("label", label);
    if (scale > 1) query.set("scale", scale);
    return `/ganlab/runs/${encodeURIComponent(id)}/walk?${query}`;
  }

  request(count, scale) {
    return request(this.url(count, scale), this.component.data.token, { signal: this.stop.signal, cache: "no-store" });
  }

  /** The large picture; the grid beside it if it is quick, else once the sliders rest. */
  async fetchPictures() {
    clearTimeout(this.timer);
    const together = this.gridMs <= PATIENCE_MS;
    if (together) this.gridQueue.ask();
    const again = await this.fetchInto(this.large, 1, (answer, ms) => {
      this.step = answer.headers.get("X-Ganlab-Step");
      setText(this.facts, this.step ? `step ${whole.format(this.step)} · ${ms} ms` : `${ms} ms`);
    });
    if (!this.large.image) setText(this.facts, "");
    if (!together && !this.queue.pending) this.gridQueue.ask();
    if (again !== null && !document.hidden && !this.gone) this.timer = setTimeout(() => this.queue.ask(), again);
  }

  async fetchGrid() {
    if (this.count > 1) await this.fetchInto(this.grid, this.count, (_, ms) => (this.gridMs = ms));
  }

  /** Fetch and show; an error is shown in the picture's place. Returns when to ask again (ms), null for never. */
  async fetchInto(picture, count, shown) {
    const begun = performance.now();
    try {
      const answer = await this.request(count);
      const image = await decodedImage(await answer.blob(), count > 1 ? `${count} neighbours` : `Sample of seed ${this.seed}`);
      if (this.gone) return URL.revokeObjectURL(image.src), null;
      picture.show(image);
      shown(answer, Math.max(1, Math.round(performance.now() - begun)));
      return this.component.data.snapshot === "live" ? LIVE_MS : null;
    } catch (error) {
      if (this.gone) return null;
      picture.say(error instanceof Refused ? error.message : NO_ANSWER);
      return error instanceof Refused ? null : RETRY_MS;
    }
  }

  /** A file of at least DOWNLOAD_PX a side where the server's largest enlargement allows it, without blur. */
  async download(count) {
    const shown = (count === 1 ? this.large : this.grid).image;
    const scale = Math.min(16, Math.max(1, Math.ceil(DOWNLOAD_PX / (shown?.naturalWidth ?? DOWNLOAD_PX))));
    try {
      const answer = await this.request(count, scale);
      const href = URL.createObjectURL(await answer.blob());
      const { run_id: id } = this.component.data;
      const step = answer.headers.get("X-Ganlab-Step") ?? this.step;
      el("a", { href, download: `${id}-step${step}-seed${this.seed}${count > 1 ? `-${count}` : ""}.png` }).click();
      setTimeout(() => URL.revokeObjectURL(href), 10000);
      setHidden(this.note, true);
    } catch (error) {
      if (this.stop.signal.aborted) return;
      setText(this.note, error instanceof Refused ? error.message : "The app did not answer: try again.");
      setHidden(this.note, false);
    }
  }

  wake() {
    if (document.hidden) clearTimeout(this.timer);
    else if (this.component.data.snapshot === "live" || !this.large.image) this.queue.ask();
  }

  destroy() {
    this.gone = true;
    this.stop.abort();
    clearTimeout(this.timer);
    this.large.destroy();
    this.grid.destroy();
    this.root.remove();
  }
}

export default function (component) {
  return mount(component, component.data.run_id, Walk);
}
