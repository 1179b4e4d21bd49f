// The controls of an exported generator. The runtime stands before this: PageGenerator and SeededLatents.

import { bytesOf } from "../browser/bytes.js";
import { PageGenerator } from "../browser/page_generator.js";
import { between, latentsOf, moved, put, putPoints } from "./drawing.js";
import {
  $,
  about,
  classesOf,
  IMAGES,
  LARGEST_SEED,
  program,
  readAddress,
  sharesNow,
  state,
  writeAddress,
} from "./state.js";

const NEIGHBOURS = 16;
const POINTS = 1024; // of the plane, in one picture
const SECONDS_BETWEEN_SEEDS = 2.5;
const GRID_PATIENCE_MS = 25;
const REST_MS = 150;
const NARROW_PX = 760; // as in the style
const SAVED_PX = 512; // at least, for a saved picture

const page = {
  generator: null,
  wandering: null, // { from, to, next, begun } while it wanders
  dirty: true,
  gridDirty: true,

  /** Draws what is due, over and over; one picture at a time, always of the newest sliders. */
  async loop() {
    for (;;) {
      await new Promise(requestAnimationFrame);
      if (this.wandering) this.wander();
      if (this.dirty) {
        this.dirty = false;
        const begun = performance.now();
        await this.drawLarge();
        this.note(performance.now() - begun);
      }
      if (this.gridDirty && $("neighbours").open && IMAGES && this.gridFits()) {
        this.gridDirty = false;
        const begun = performance.now();
        await this.drawGrid();
        this.gridMs = performance.now() - begun;
      }
    }
  },

  /** A grid that takes long waits until the hand rests, so that the large picture keeps up with it. */
  gridFits() {
    return !this.wandering && ((this.gridMs ?? 0) < GRID_PATIENCE_MS || performance.now() - this.changed > REST_MS);
  },

  async drawLarge() {
    const latents = this.wandering?.latents ?? latentsOf(state.seed, IMAGES ? 1 : POINTS);
    if (IMAGES) put($("large"), await this.generator.draw(moved(latents), sharesNow()));
    else putPoints($("large"), await this.generator.values(moved(latents), [sharesNow()]));
  },

  async drawGrid() {
    const cells = [...$("grid").children];
    const latents = new Float32Array(NEIGHBOURS * program.z_dim);
    cells.forEach((cell, number) => latents.set(latentsOf(seedAt(number)), number * program.z_dim));
    const images = await this.generator.drawMany(moved(latents), [sharesNow()]);
    images.forEach((image, number) => {
      put(cells[number].firstChild, image);
      cells[number].title = cells[number].ariaLabel = `Seed ${seedAt(number)}`;
      cells[number].ariaPressed = String(number === 0);
    });
  },

  note(ms) {
    this.ms = this.ms ? 0.8 * this.ms + 0.2 * ms : ms;
    const size = IMAGES ? `${program.shape[2]} × ${program.shape[1]} pixels` : `${POINTS} points`;
    const text = `${size}, drawn here in ${this.ms < 9.95 ? this.ms.toFixed(1) : Math.round(this.ms)} ms`;
    if ($("facts").textContent !== text) $("facts").textContent = text;
  },

  renew() {
    this.dirty = this.gridDirty = true;
    this.changed = performance.now();
    clearTimeout(this.later);
    this.later = setTimeout(writeAddress, 300); // browsers limit how often an address may change
  },

  wander() {
    const walk = this.wandering;
    let t = (performance.now() - walk.begun) / 1000 / SECONDS_BETWEEN_SEEDS;
    if (t >= 1) {
      setSeed(walk.next, true);
      Object.assign(walk, { from: walk.to, next: randomSeed(), begun: performance.now() });
      walk.to = latentsOf(walk.next, IMAGES ? 1 : POINTS);
      t = 0;
    }
    const eased = t * t * (3 - 2 * t);
    const each = program.z_dim;
    walk.latents = new Float32Array(walk.from.length);
    for (let i = 0; i < walk.from.length; i += each)
      walk.latents.set(between(walk.from.subarray(i, i + each), walk.to.subarray(i, i + each), eased), i);
    this.dirty = true;
  },

  /** Wander, or stop; where it stops the seed that it left counts again. */
  play(on = !this.wandering) {
    const next = randomSeed();
    const many = IMAGES ? 1 : POINTS;
    this.wandering = on
      ? { from: latentsOf(state.seed, many), to: latentsOf(next, many), next, begun: performance.now() }
      : null;
    $("play").ariaPressed = String(on);
    this.renew();
  },
};

const randomSeed = () => Math.floor(Math.random() * 100000);
const seedAt = (number) => (state.seed + number) % (LARGEST_SEED + 1);

function setSeed(seed, wandering = false) {
  if (!Number.isFinite(seed)) seed = state.seed;
  state.seed = Math.max(0, Math.min(LARGEST_SEED, Math.round(seed)));
  $("seed").value = state.seed;
  if (!wandering && page.wandering) page.play(false);
  page.renew();
}

function slider(name, target, place, reach, step, low = -reach) {
  const root = document.createElement("div");
  const value = document.createElement("span");
  const input = Object.assign(document.createElement("input"), {
    type: "range",
    min: low,
    max: reach,
    step,
    ariaLabel: name,
  });
  root.className = "slider";
  root.append(name, value, input);
  const show = () => {
    input.value = target[place];
    const [zero, share] = [0, target[place]].map(
      (at) => (100 * (Math.max(low, Math.min(reach, at)) - low)) / (reach - low),
    );
    input.style.setProperty("--from", `${Math.min(zero, share)}%`); // filled from 0
    input.style.setProperty("--to", `${Math.max(zero, share)}%`);
    value.textContent = target[place].toFixed(2).replace("-", "−");
  };
  input.oninput = () => {
    target[place] = Number(input.value);
    show();
    page.renew();
  };
  input.ondblclick = () => {
    target[place] = 0;
    show();
    page.renew();
  };
  show();
  return { root, show };
}

let sliders = [];
let blend = null; // the slider between two classes

/** "direction 1 · 23 %" */
function labelOf(name, share) {
  if (share === null) return name;
  const percent = 100 * share;
  return `${name} · ${percent >= 9.5 ? Math.round(percent) : percent.toFixed(1)} %`;
}

function makeControls() {
  const along = about.directions.map(({ name, share }, number) =>
    slider(labelOf(name, share), state.along, number, 3, 0.02),
  );
  const raw = state.raw.map((_, number) => slider(`z ${number}`, state.raw, number, about.reach, about.reach / 150));
  sliders = [...along, ...raw];
  $("directions").append(...along.map(({ root }) => root));
  $("numbers").append(...raw.map(({ root }) => root));
  makeClasses();
  $("neighbours").hidden = !IMAGES;
  $("neighbours").open = innerWidth > NARROW_PX;
  $("grid").append(
    ...Array.from({ length: NEIGHBOURS }, (_, number) => {
      const cell = document.createElement("button");
      cell.append(document.createElement("canvas"));
      cell.onclick = () => setSeed(seedAt(number));
      return cell;
    }),
  );
  $("seed").value = state.seed;
}

function makeClasses() {
  const names = () => about.classNames.map((name, number) => new Option(name, number));
  $("class").append(...(state.mix ? [new Option(`${state.mix.filter(Boolean).length} blended`, "")] : []), ...names());
  $("second").append(new Option("none", ""), ...names());
  blend = slider("Blend", state, "blend", 1, 0.01, 0);
  $("blend").append(blend.root);
  $("class-row").hidden = !program.class_count;
  showClasses();
}

function showClasses() {
  $("class").value = state.first;
  $("second").value = state.second;
  for (const node of [$("second"), document.querySelector("label[for=second]")]) node.hidden = Boolean(state.mix);
  $("blend").hidden = state.second === "";
  blend.show();
}

function choose(which, value) {
  const number = value === "" ? "" : Number(value);
  if (which === "first" && number === "") Object.assign(state, classesOf(about.shares)); // the blend that it came with
  else Object.assign(state, { [which]: number, mix: null });
  if (state.second !== "" && !state.blend) state.blend = 0.5;
  showClasses();
  page.renew();
}

function reset() {
  state.along.fill(0);
  state.raw.fill(0);
  for (const { show } of sliders) show();
  page.renew();
}

function switchTheme() {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  page.dirty = !IMAGES; // dots have the theme's colour
}

function save() {
  const shown = $("large");
  const scale = Math.max(1, Math.ceil(SAVED_PX / shown.width));
  const sheet = Object.assign(document.createElement("canvas"), {
    width: shown.width * scale,
    height: shown.height * scale,
  });
  const pen = sheet.getContext("2d");
  pen.imageSmoothingEnabled = false;
  pen.drawImage(shown, 0, 0, sheet.width, sheet.height);
  sheet.toBlob((blob) => {
    const href = URL.createObjectURL(blob);
    Object.assign(document.createElement("a"), { href, download: `seed-${state.seed}.png` }).click();
    setTimeout(() => URL.revokeObjectURL(href), 10000);
  });
}

function listen() {
  const actions = {
    earlier: () => setSeed(state.seed - 1),
    later: () => setSeed(state.seed + 1),
    random: () => setSeed(randomSeed()),
    play: () => page.play(),
    reset,
    theme: switchTheme,
    save,
  };
  for (const [id, action] of Object.entries(actions)) $(id).onclick = action;
  $("seed").onchange = () => setSeed(Number($("seed").value));
  $("class").onchange = () => choose("first", $("class").value);
  $("second").onchange = () => choose("second", $("second").value);
  $("neighbours").ontoggle = () => page.renew();
  const keys = {
    ArrowLeft: actions.earlier,
    ArrowRight: actions.later,
    r: actions.random,
    " ": actions.play,
    0: reset,
    t: switchTheme,
    s: save,
    g: () => ($("neighbours").open = !$("neighbours").open),
  };
  document.addEventListener("keydown", (event) => {
    const own = event.target.closest("input, select, button, summary");
    const action = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
    if (own && (own.matches("input, select") || event.key === " ")) return; // they have a use for the key themselves
    event.preventDefault();
    action();
  });
}

async function open() {
  readAddress();
  makeControls();
  listen();
  try {
    const weights = $("weights");
    const blob = bytesOf(weights.textContent).buffer;
    weights.remove(); // the text is not needed twice
    const hands = IMAGES ? Math.max(1, Math.min(4, navigator.hardwareConcurrency ?? 1)) : 1;
    page.generator = await PageGenerator.load(program, blob, { hands });
    $("message").hidden = true;
    await page.loop();
  } catch (error) {
    $("message").hidden = false;
    $("message").dataset.error = "";
    $("message").textContent = `The generator cannot be drawn: ${error.message}`;
  }
}

open();
