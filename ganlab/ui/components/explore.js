// Explore: a plane of seeds and sliders, what a generator makes of them, and tools for more.

const LIVE_MS = 2000; // weights in training move
const RETRY_MS = 2000; // nobody answered
const PATIENCE_MS = 25; // a slower grid waits until the hand rests
const REST_GRID_MS = 150;
const POINTS_AT_ONCE = 256; // of the plane, in one picture
const DOWNLOAD_PX = 512;

class Explore {
  constructor(component) {
    this.component = component;
    this.stop = new AbortController();
    const { place, wrong } = this.begin();
    this.place = place;
    this.space = { steps: [], live: false, raw: false, max_steps: 0, class_count: 0, shape: [1, 1, 1], reach: 3 };
    this.directions = {};
    this.trail = new Trail(place);
    this.gate = new Gate(this);
    this.drawers = new Drawers(this);
    this.queue = new NewestWins(() => this.drawLarge());
    this.gridQueue = new NewestWins(() => this.drawGrid());
    this.build();
    this.note.say(wrong.length ? `Not all of the link could be used: ${wrong.join(", ")}.` : null, true);
    component.parentElement.append(this.root);
    document.addEventListener("visibilitychange", () => this.wake(), { signal: this.stop.signal });
    document.addEventListener("keydown", (event) => this.press(event), { signal: this.stop.signal });
    this.open();
  }

  get source() {
    return this.component.data.source;
  }

  get token() {
    return this.component.data.token;
  }

  /** The place in the link, else where this run was left, else the first. */
  begin() {
    const query = new URLSearchParams(location.search);
    if (IN_ADDRESS.some((name) => query.has(name))) return fromQuery(query);
    return { place: { ...startingPlace(), ...session.get(`place ${this.source}`, {}) }, wrong: [] };
  }

  build() {
    this.note = new Note();
    this.bar = new SourceBar(this);
    this.pad = new Pad({
      moved: (x, y) => this.moveTo(x, y), letGo: () => this.settled(), thumbnails: (places) => this.drawSeeds(places),
    });
    this.panel = new DirectionsPanel(this);
    this.large = new Frame("Sample");
    this.grid = new Frame("Others, moved by the same sliders: click one to go there", { picked: (n) => this.goToCell(n) });
    this.facts = el("span", { class: "ganlab-muted" });
    this.counts = new Segments({
      label: "Number of samples", value: this.place.count, chosen: (count) => this.setCount(count),
      choices: COUNTS.map((value) => ({ value, text: String(value) })),
    });
    this.gridFigure = el("figure", { class: "ganlab-others" }, this.grid.root,
      el("figcaption", {}, el("span", { class: "ganlab-muted" }, "Others, moved alike"),
        button("download", "PNG", () => this.download(this.grid), { title: "Download the grid", more: "ganlab-quiet" })));
    this.tools = new Tools(this);
    this.root = el("div", { class: "ganlab ganlab-walk" }, this.bar.root, this.note.root,
      el("div", { class: "ganlab-walk-columns" }, this.makeSeeds(), this.panel.root, this.makePictures()), this.tools.root);
  }

  makeSeeds() {
    this.seedField = new NumberField({ label: "seed", min: 0, max: SEEDS - 1, value: 0, changed: (seed) => this.goToSeed(seed) });
    this.cut = new Slider({
      label: "Truncation", low: 0, reach: MOST_CUT, zero: 1, value: this.place.cut, letGo: () => this.settled(),
      title: "Below 1 latents are drawn towards the mean: more often good, less varied.",
      moved: (cut) => {
        this.place.cut = cut;
        this.changed();
      },
    });
    this.classes = new ClassChoice(this);
    this.away = el("p", { class: "ganlab-muted", hidden: true }, "This latent is not on the plane; dragging returns to it.");
    return el("section", { class: "ganlab-card ganlab-controls ganlab-seeds" }, this.pad.root, this.away,
      el("div", { class: "ganlab-seed" }, el("span", { class: "ganlab-strong" }, "Seed"), this.seedField.root,
        button("dice", "New", () => this.goToSeed(Math.floor(Math.random() * 100000)), { title: "A random place on the plane" })),
      this.cut.root, this.classes.root);
  }

  makePictures() {
    this.figures = el("div", { class: "ganlab-figures" },
      el("figure", {}, this.large.root, el("figcaption", {}, this.facts,
        el("span", { class: "ganlab-buttons" },
          button("key", "Keep as key frame", () => this.tools.keep(), { title: "Keep it for a walk (K)", more: "ganlab-quiet" }),
          button("download", "PNG", () => this.download(this.large), { title: "Download the picture", more: "ganlab-quiet" })))),
      this.gridFigure);
    return el("div", { class: "ganlab-pictures" },
      el("div", { class: "ganlab-toolbar" }, el("span", {}, "Samples"), this.counts.root), this.figures);
  }

  /** Learn what the generator is, then draw. Asked again after another snapshot or other weights. */
  async open() {
    clearTimeout(this.timer);
    const opening = (this.opening = (this.opening ?? 0) + 1);
    try {
      const space = await this.gate.json("space");
      if (opening !== this.opening || this.gone) return;
      this.enter(space);
      this.changed();
      this.drawers.prepare();
      await this.want(this.place.kind);
    } catch (error) {
      if (opening === this.opening) this.failed(error);
    }
  }

  enter(space) {
    const other = space.z_dim !== this.space.z_dim || space.prior !== this.space.prior;
    this.space = space;
    if (other) {
      this.plane = new Plane(space);
      if (this.place.base && this.place.base.length !== space.z_dim) {
        this.place.base = null;
        this.note.say("The latent of the link belongs to another network: this is the seed's.", true);
      }
    }
    if (this.place.snapshot === "live" && !space.live) this.place.snapshot = "last"; // it has ended
    this.showControls();
    this.pad.forget();
    this.tools.entered();
  }

  /** All controls as the place says. */
  showControls() {
    const { place, space } = this;
    const most = space.class_count - 1;
    for (const name of ["a", "b"]) if (place[name] !== null) place[name] = most < 0 ? null : Math.min(most, place[name]);
    this.bar.fill();
    this.panel.fill();
    this.classes.fill();
    this.cut.set(place.cut);
    this.counts.set(place.count);
    this.layOut();
    this.showPlace();
  }

  showPlace() {
    const { x, y, base } = this.place;
    this.pad.go(x, y);
    this.seedField.value = seedAt(Math.round(x), Math.round(y));
    this.seedField.input.value = this.seedField.value;
    setHidden(this.away, !base);
  }

  layOut() {
    const alone = this.place.count === 1 || this.space.shape.length !== 3;
    setHidden(this.gridFigure, alone);
    setAttribute(this.figures, "data-alone", alone ? "true" : null);
    setHidden(this.counts.root.parentElement, this.space.shape.length !== 3);
  }

  stepOf(snapshot) {
    return snapshot === "last" ? this.space.steps.at(-1) : Number(snapshot);
  }

  /** Directions of a kind, from the snapshot that they are to be found at; asked for once. */
  async want(kind) {
    if (this.directions[kind] && !this.directions[kind].error) return this.panel.fill();
    try {
      const query = this.place.found === null ? { kind } : { kind, snapshot: this.place.found };
      this.directions[kind] = await this.gate.json("directions", query);
      this.directions[kind].moves = this.directions[kind].moves.map((move) => Float32Array.from(move));
    } catch (error) {
      if (this.gone) return;
      this.directions[kind] = { names: [], shares: [], moves: [], error: error instanceof Refused ? error.message : NO_ANSWER };
    }
    if (this.gone) return;
    this.panel.fill();
    const others = KINDS.filter((each) => Object.keys(this.place.moves[each]).length && !this.directions[each]);
    if (others.length) return this.want(others[0]);
    if (isMoved(this.place)) this.changed();
  }

  /** Another snapshot, or other weights. Sliders that are moved keep their directions, so that z stays the same. */
  take(changes, done = true) {
    const before = this.place.snapshot;
    Object.assign(this.place, changes);
    if (!isMoved(this.place)) this.place.found = null;
    else if (this.place.found === null) this.place.found = String(before === "last" ? this.stepOf(before) : before);
    if (!done) return this.changed();
    if (this.place.found === null) this.directions = { kept: this.directions.kept };
    this.settled();
    this.open();
  }

  findAnew() {
    if (this.place.found === null || isMoved(this.place)) return;
    this.place.found = null;
    this.directions = { kept: this.directions.kept };
    this.want(this.place.kind);
  }

  moveTo(x, y) {
    Object.assign(this.place, { x, y, base: null });
    this.showPlace();
    this.changed();
  }

  goToSeed(seed) {
    this.moveTo(seed % ROW, Math.floor(seed / ROW));
    this.settled();
  }

  goToCell(n) {
    const across = Math.round(Math.sqrt(this.place.count));
    if (n === 0) return;
    this.moveTo(this.place.x + (n % across), this.place.y + Math.floor(n / across));
    this.settled();
  }

  /** A latent from elsewhere: found, calculated or kept. */
  goToLatent(latent, a = this.place.a) {
    Object.assign(this.place, { base: [...latent], moves: startingPlace().moves, cut: 1, a, b: null, blend: 0 });
    this.showControls();
    this.changed();
    this.settled();
  }

  setCount(count) {
    this.place.count = count;
    this.gridMs = 0; // not known for this size
    this.layOut();
    this.changed();
    this.settled();
  }

  /** The latents of this place, and of others around it, and their shares of classes. */
  latents(count) {
    const { place, space } = this;
    const z = new Float32Array(count * space.z_dim);
    const across = Math.ceil(Math.sqrt(count));
    for (let n = 0; n < count; n++) {
      const base = n === 0 && place.base ? Float32Array.from(place.base) : this.plane.at(place.x + (n % across), place.y + Math.floor(n / across));
      const latent = addMoves(base.map((value) => value * place.cut), place.moves, this.directions);
      z.set(latent, n * space.z_dim);
    }
    return { z, shares: sharesOf(place, space.class_count, count) };
  }

  /** The plain pictures of seeds, for the pad. */
  async drawSeeds(places) {
    if (!this.plane || this.space.shape.length !== 3) return [];
    const z = new Float32Array(places.length * this.space.z_dim);
    places.forEach(([x, y], n) => z.set(this.plane.at(x, y), n * this.space.z_dim));
    const shares = sharesOf({ ...this.place, a: this.place.a ?? 0 }, this.space.class_count, places.length);
    return (await this.drawers.draw(z, shares)).images;
  }

  /** Something moved: the newest state is drawn, every frame that there is time for. */
  changed() {
    if (!this.plane || this.gone) return;
    this.changedAt = performance.now();
    this.queue.ask();
  }

  /** Something was let go: it can be undone, and it is in the link. */
  settled() {
    this.trail.push(this.place);
    this.bar.fillButtons();
    session.set(`place ${this.source}`, this.place);
    clearTimeout(this.addressTimer);
    this.addressTimer = setTimeout(() => !this.gone && writeAddress(this.place), 250); // browsers limit how often it may change
    this.tools.settled();
  }

  back() {
    this.restore(this.trail.back());
  }

  forth() {
    this.restore(this.trail.forth());
  }

  restore(state) {
    if (!state) return;
    const other = ["snapshot", "weights", "found"].some((name) => state[name] !== this.place[name]);
    this.place = state;
    if (other) this.directions = { kept: this.directions.kept };
    this.showControls();
    this.settled();
    if (other) this.open();
    else {
      this.want(state.kind);
      this.changed();
    }
  }

  press(event) {
    if (event.target.closest?.("input:not([type=range]), textarea, [contenteditable]")) return;
    const key = event.key.toLowerCase();
    if ((event.ctrlKey || event.metaKey) && key === "z") {
      event.preventDefault();
      if (event.shiftKey) this.forth();
      else this.back();
    } else if (key === "k" && !event.ctrlKey && !event.metaKey && !event.altKey && this.root.contains(event.target)) this.tools.keep();
  }

  drawersChanged() {
    this.gridMs = 0;
    this.changed();
  }

  /** The large picture; the grid beside it if it is quick, else once the hand rests. */
  async drawLarge() {
    clearTimeout(this.timer);
    const together = (this.gridMs ?? 0) <= PATIENCE_MS;
    if (together) this.gridQueue.ask();
    let again = this.place.snapshot === "live" ? LIVE_MS : null;
    try {
      const { z, shares } = this.latents(this.space.shape.length === 3 ? 1 : POINTS_AT_ONCE);
      const drawn = await this.drawers.draw(z, shares, { one: true });
      if (this.gone) return;
      this.large.show(drawn.images);
      this.current = drawn.images[0];
      this.bar.told(drawn);
      this.tools.moved();
      setText(this.facts, `${this.describe()} · step ${whole.format(drawn.step)}`);
    } catch (error) {
      if (this.gone) return;
      again = this.failed(error);
    }
    if (!together && !this.queue.pending) this.restGrid();
    if (again !== null && !document.hidden) this.timer = setTimeout(() => this.changed(), again);
  }

  describe() {
    const { x, y, base } = this.place;
    if (base) return "a latent of its own";
    return Number.isInteger(x) && Number.isInteger(y) ? `seed ${seedAt(x, y)}` : `near seed ${seedAt(Math.round(x), Math.round(y))}`;
  }

  restGrid() {
    clearTimeout(this.gridTimer);
    this.gridTimer = setTimeout(() => this.gridQueue.ask(), REST_GRID_MS);
  }

  async drawGrid() {
    const { count } = this.place;
    if (count === 1 || this.space.shape.length !== 3 || this.gone) return;
    try {
      const { z, shares } = this.latents(count);
      const drawn = await this.drawers.draw(z, shares);
      if (this.gone) return;
      this.gridMs = drawn.ms;
      this.grid.show(drawn.images);
    } catch (error) {
      if (!this.gone) this.grid.say(error instanceof Refused ? error.message : NO_ANSWER);
    }
  }

  /** An error in the picture's place; returns when to try again (ms), null for never. */
  failed(error) {
    if (this.gone || error.name === "AbortError") return null;
    this.large.say(error instanceof TypeError ? NO_ANSWER : error.message);
    setText(this.facts, "");
    if (error instanceof Refused || !(error instanceof TypeError)) return null;
    if (!this.plane) this.timer = setTimeout(() => this.open(), RETRY_MS);
    return this.plane ? RETRY_MS : null;
  }

  /** What is shown, enlarged without blur; by default to at least 512 pixels a side. */
  download({ canvas, empty }, scale = Math.max(1, Math.ceil(DOWNLOAD_PX / canvas.width))) {
    if (empty) return;
    const sheet = el("canvas", { width: canvas.width * scale, height: canvas.height * scale });
    const pen = sheet.getContext("2d");
    pen.imageSmoothingEnabled = false;
    pen.drawImage(canvas, 0, 0, sheet.width, sheet.height);
    const name = this.describe().replaceAll(" ", "-");
    sheet.toBlob((blob) => saveAs(blob, `${this.source.replace(":", "-")}-step${this.stepOf(this.place.snapshot) || "-live"}-${name}.png`));
  }

  /** Called again by Streamlit: perhaps a new token. */
  update(component) {
    const renewed = component.data.token !== this.token;
    this.component = component;
    if (renewed) this.open();
  }

  wake() {
    if (document.hidden) clearTimeout(this.timer);
    else if (this.place.snapshot === "live" || this.large.empty) this.changed();
  }

  destroy() {
    this.gone = true;
    this.stop.abort();
    for (const timer of [this.timer, this.gridTimer, this.addressTimer]) clearTimeout(timer);
    this.pad.destroy();
    this.tools.destroy();
    this.drawers.destroy();
    this.root.remove();
  }
}

export default function (component) {
  return mount(component, component.data.source, Explore);
}
