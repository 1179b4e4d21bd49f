// Where one stands: generator, place on the plane, sliders, classes. It can be undone, and it is in the link.

import { packed, unpacked } from "../base/binary.js";
import { ROW, seedAt, SEEDS } from "./plane.js";

export const KINDS = ["weights", "activations", "raw", "kept"];
const MOST_STEPS_BACK = 50;
const FARTHEST_PLACE = 2 ** 31;
const FARTHEST_LATENT = 1000;
const MOST_SD = 10;
export const MOST_CUT = 1.5;
export const COUNTS = [1, 16, 64];
const ADDRESS_AFTER_MS = 250;
/** Parameters of the address that are ours; the run is the page's. */
export const IN_ADDRESS = [
  "snapshot",
  "weights",
  "found",
  "kind",
  "show",
  "seed",
  "at",
  "pc",
  "act",
  "z",
  "kept",
  "base",
  "cut",
  "class",
  "blend",
  "mix",
];
const MOVES_IN_ADDRESS = { pc: "weights", act: "activations", z: "raw", kept: "kept" };

/** All classes in turn. Else class a, perhaps blended with b; or `mix`, shares of more of them: class → share. */
export const NO_CLASS = { a: null, b: null, blend: 0, mix: null };

/** The state at first. found: "step-weights", whose directions the sliders follow, null for those shown. */
export function startingPlace() {
  return {
    snapshot: "last",
    weights: "average",
    found: null,
    kind: "activations",
    count: 16,
    x: 0,
    y: 0,
    base: null,
    moves: { weights: {}, activations: {}, raw: {}, kept: {} },
    cut: 1,
    ...NO_CLASS,
  };
}

export const isMoved = (place) => KINDS.some((kind) => Object.keys(place.moves[kind]).length > 0);

/** Steps back and forth; at most 50. */
export class Trail {
  constructor(state) {
    this.past = [JSON.stringify(state)];
    this.future = [];
  }

  /** Remember a state, if it is another one. */
  push(state) {
    const text = JSON.stringify(state);
    if (text === this.past.at(-1)) return false;
    this.past.push(text);
    if (this.past.length > MOST_STEPS_BACK + 1) this.past.shift();
    this.future = [];
    return true;
  }

  back() {
    if (this.past.length < 2) return null;
    this.future.push(this.past.pop());
    return JSON.parse(this.past.at(-1));
  }

  forth() {
    if (!this.future.length) return null;
    this.past.push(this.future.pop());
    return JSON.parse(this.past.at(-1));
  }
}

/** The parameters of a place, without those that are as at first. */
function toQuery(place) {
  const query = new Map();
  const start = startingPlace();
  for (const name of ["snapshot", "weights", "found", "kind"])
    if (place[name] !== start[name]) query.set(name, place[name]);
  if (place.count !== start.count) query.set("show", place.count);
  const whole = Number.isInteger(place.x) && Number.isInteger(place.y);
  const seed = seedAt(place.x, place.y);
  if (whole && place.x === seed % ROW && place.y === Math.floor(seed / ROW)) query.set("seed", seed);
  else query.set("at", `${place.x},${place.y}`);
  for (const [name, kind] of Object.entries(MOVES_IN_ADDRESS)) {
    const moves = Object.entries(place.moves[kind]).map(
      ([each, amount]) => `${kind === "kept" ? escapedName(each) : each}:${amount}`,
    );
    if (moves.length) query.set(name, moves.join(","));
  }
  if (place.base) query.set("base", packed(place.base));
  if (place.cut !== 1) query.set("cut", place.cut);
  if (place.a !== null) query.set("class", place.b === null ? place.a : `${place.a},${place.b}`);
  if (place.b !== null) query.set("blend", place.blend);
  if (place.mix)
    query.set(
      "mix",
      Object.entries(place.mix)
        .map(([label, share]) => `${label}:${share}`)
        .join(","),
    );
  return query;
}

/** Where a kept direction stands among the moves: at its name, marked, so that it is no word that every object knows. */
export const keptPlace = (name) => `=${name}`;
export const keptName = (place) => place.slice(1);

/** Names may have commas in them, and the link has commas between them. */
const escapedName = (place) => keptName(place).replaceAll(/[\\,]/g, "\\$&");

/** "a:1,b\,c:2" → [["=a", 1], ["=b,c", 2]] */
function keptPairs(text) {
  return (text.match(/(?:\\.|[^\\,])+/gs) ?? []).map((part) => {
    const cut = part.lastIndexOf(":");
    return [
      keptPlace(part.slice(0, cut).replaceAll(/\\(.)/gs, "$1")),
      cut < 1 || cut === part.length - 1 ? NaN : Number(part.slice(cut + 1)),
    ];
  });
}

/** "3:1.5,7:-2" → [["3", 1.5], ["7", -2]]; what is no whole number in front becomes no number behind. */
function numberedPairs(text) {
  return text.split(",").map((pair) => {
    const [, number, amount] = pair.match(/^(\d{1,6}):(.+)$/) ?? [null, "", NaN];
    return [number, Number(amount)];
  });
}

/** The place that a link names, and what in it could not be used: a number beyond its range is not made into another. */
export function fromQuery(query) {
  const place = startingPlace();
  const wrong = [];
  const read = (name, use) => {
    if (!query.has(name)) return;
    const text = query.get(name);
    if (use(text) === false) wrong.push(`${name} (${text.length > 20 ? `${text.slice(0, 20)}…` : text})`);
  };
  const numbers = (text, count, low, high) => {
    const found = text.split(",").map(Number);
    return text && found.length === count && found.every((n) => n >= low && n <= high) ? found : null;
  };
  const one = (name, low, high, key = name) =>
    read(name, (text) => {
      const found = numbers(text, 1, low, high);
      if (!found) return false;
      [place[key]] = found;
    });
  read("snapshot", (text) => (/^(live|last|\d{1,12})$/.test(text) ? ((place.snapshot = text), true) : false));
  read("found", (text) =>
    /^(live|last|\d{1,12})(-average|-generator)?$/.test(text) ? ((place.found = text), true) : false,
  );
  read("weights", (text) => (["average", "generator"].includes(text) ? ((place.weights = text), true) : false));
  read("kind", (text) => (KINDS.includes(text) ? ((place.kind = text), true) : false));
  read("show", (text) => (COUNTS.includes(Number(text)) ? ((place.count = Number(text)), true) : false));
  read("seed", (text) => {
    const [seed] = numbers(text, 1, 0, SEEDS - 1) ?? [];
    if (!Number.isInteger(seed)) return false;
    Object.assign(place, { x: seed % ROW, y: Math.floor(seed / ROW) });
  });
  read("at", (text) => {
    const found = numbers(text, 2, -FARTHEST_PLACE, FARTHEST_PLACE);
    if (!found) return false;
    [place.x, place.y] = found;
  });
  for (const [name, kind] of Object.entries(MOVES_IN_ADDRESS))
    read(name, (text) => {
      const pairs = kind === "kept" ? keptPairs(text) : numberedPairs(text);
      if (!pairs.length || !pairs.every(([, amount]) => Math.abs(amount) <= MOST_SD)) return false;
      for (const [each, amount] of pairs) if (amount) place.moves[kind][each] = amount;
    });
  read("base", (text) => {
    try {
      const found = [...unpacked(text)];
      if (!found.every((number) => Math.abs(number) <= FARTHEST_LATENT)) return false;
      place.base = found;
    } catch {
      return false;
    }
  });
  one("cut", 0, MOST_CUT);
  one("blend", 0, 1);
  read("class", (text) => {
    const found = numbers(text, text.split(",").length, 0, 1e6);
    if (!found?.every(Number.isInteger) || found.length > 2) return false;
    [place.a, place.b = null] = found;
  });
  read("mix", (text) => {
    const pairs = numberedPairs(text);
    if (!pairs.every(([, share]) => share > 0 && share <= 1)) return false;
    const whole = pairs.reduce((sum, [, share]) => sum + share, 0);
    Object.assign(place, classesOf(Object.fromEntries(pairs.map(([label, share]) => [label, share / whole]))));
  });
  return { place, wrong };
}

/** Keeps the place in the address, beside what the page itself has there. */
export class Address {
  constructor(view) {
    this.view = view;
  }

  /** A little later: browsers limit how often it may change. */
  async soon() {
    const newest = (this.newest = Symbol());
    await new Promise((resolve) => setTimeout(resolve, ADDRESS_AFTER_MS));
    if (this.newest === newest && !this.view.gone) this.write();
  }

  /** Of a file the address says nothing, not even a run: it would lead to that one's pictures. */
  write() {
    const url = new URL(location.href);
    const { isFile } = this.view;
    for (const name of isFile ? ["run", ...IN_ADDRESS] : IN_ADDRESS) url.searchParams.delete(name);
    if (!isFile) for (const [name, value] of toQuery(this.lasting())) url.searchParams.set(name, value);
    history.replaceState(history.state, "", url);
  }

  /**
   * The place as it is found again: by the step of its snapshot, for what is the last one today is not tomorrow; and
   * by the latent itself where the directions were found in weights of which there is no snapshot.
   */
  lasting() {
    const {
      view,
      view: { place, snapshot },
    } = this;
    const nowhere =
      place.found?.startsWith("live") && snapshot !== "live" && isMoved(place) && view.plane && !view.lacking;
    if (!nowhere) return { ...place, snapshot };
    return { ...place, snapshot, base: [...view.latents(1).z], moves: startingPlace().moves, cut: 1, found: null };
  }
}

/** Shares of every class without those that are 0: class → share. */
export function mixOf(shares) {
  return (
    shares &&
    Object.fromEntries(
      [...shares].map((share, label) => [label, Math.round(1e4 * share) / 1e4]).filter(([, share]) => share),
    )
  );
}

/** The classes of a place from `mixOf`; null: all in turn. */
export function classesOf(mix) {
  const [a, b = null, ...more] = Object.keys(mix ?? {}).map(Number);
  if (a === undefined) return NO_CLASS;
  return more.length ? { ...NO_CLASS, mix } : { a, b, blend: b === null ? 0 : mix[b], mix: null };
}

/** Each latent's share of every class, one row after the other; null without classes. `count` latents of one place. */
export function sharesOf(place, classes, count) {
  if (!classes) return null;
  const shares = new Float32Array(count * classes);
  for (let n = 0; n < count; n++) {
    if (place.mix) {
      for (const [label, share] of Object.entries(place.mix)) shares[n * classes + Number(label)] = share;
      continue;
    }
    const first = place.a ?? n % classes;
    shares[n * classes + first] += place.b === null ? 1 : 1 - place.blend;
    if (place.b !== null) shares[n * classes + place.b] += place.blend;
  }
  return shares;
}
