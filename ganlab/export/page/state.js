// What the page shows, and its address.

export const program = JSON.parse(document.getElementById("program").textContent);
export const about = JSON.parse(document.getElementById("about").textContent);
export const $ = (id) => document.getElementById(id);

export const LARGEST_SEED = 2 ** 31 - 1;
export const IMAGES = program.shape.length === 3;

/** A class and perhaps a second that it is blended with; `mix`: shares of more of them, until a class is chosen. */
export function classesOf(shares) {
  const some = shares.flatMap((share, number) => (share ? [number] : []));
  if (some.length > 2) return { first: "", second: "", blend: 0, mix: shares };
  const [first = 0, second = ""] = some;
  return { first, second, blend: second === "" ? 0 : shares[second], mix: null };
}

/** What the page shows; in the address, so that a reload or a bookmark shows it again. */
export const state = {
  seed: about.seed,
  ...classesOf(about.shares),
  along: about.directions.map(() => 0),
  raw: new Array(program.z_dim).fill(0),
};

/** How much of every class. */
export function sharesNow() {
  if (state.mix) return state.mix;
  const shares = new Array(program.class_count).fill(0);
  shares[state.first] = 1;
  if (state.second !== "") {
    shares[state.first] -= state.blend;
    shares[state.second] += state.blend;
  }
  return shares;
}

export function readAddress() {
  const given = new URLSearchParams(location.hash.slice(1));
  const whole = (name, most) => {
    const value = Number(given.get(name));
    return given.has(name) && Number.isInteger(value) && value >= 0 && value <= most ? value : null;
  };
  state.seed = whole("seed", LARGEST_SEED) ?? state.seed;
  const named = (given.get("class") ?? "").split(",").map((text) => (text === "" ? NaN : Number(text)));
  if (
    program.class_count &&
    named.length < 3 &&
    named.every((number) => Number.isInteger(number) && number >= 0 && number < program.class_count)
  ) {
    const blend = Number(given.get("blend"));
    const [first, second = ""] = named;
    Object.assign(state, { first, second, blend: blend >= 0 && blend <= 1 ? blend : 0, mix: null });
  }
  for (const [name, target] of [
    ["pc", state.along],
    ["z", state.raw],
  ])
    for (const pair of (given.get(name) ?? "").split(",")) {
      const [place, amount] = pair.split(":").map(Number);
      if (place in target && Number.isFinite(amount)) target[place] = Math.max(-10, Math.min(10, amount));
    }
}

export function writeAddress() {
  const pairs = (numbers) => numbers.flatMap((value, place) => (value ? [`${place}:${value}`] : [])).join(",");
  const parts = [`seed=${state.seed}`];
  if (program.class_count && !state.mix)
    parts.push(
      state.second === "" ? `class=${state.first}` : `class=${state.first},${state.second}&blend=${state.blend}`,
    );
  if (pairs(state.along)) parts.push(`pc=${pairs(state.along)}`);
  if (pairs(state.raw)) parts.push(`z=${pairs(state.raw)}`);
  history.replaceState(null, "", `#${parts.join("&")}`);
}
