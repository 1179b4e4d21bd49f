// How values go up a chart: as they are, by their logarithm, or, where some are 0 or below, by a symmetric logarithm.

import { inShort } from "../base/numbers.js";

const MOST_DECADES = 6; // on each side of 0
const TICKS_APART = 0.06; // at least, as a share of the axis
const EARLY = 0.1; // share of the points that may lie outside a story
const FEWEST = 40; // points that have one
const FLATTENED = 2; // times as long as the rest is the stretch of all values, where the rest is hard to see

export const LINEAR = { name: "linear", type: "linear", put: (value) => value };
export const LOG = { name: "log", type: "log", put: (value) => value }; // plotly's own

/** Linear close to 0 and a logarithm of the size further out; `unit` is where the one becomes the other. */
function symmetricLog(unit) {
  return {
    name: `symmetric log, ${unit}`,
    type: "linear",
    unit,
    put: (value) => (value === null ? null : Math.sign(value) * Math.log10(1 + Math.abs(value) / unit)),
    back: (place) => Math.sign(place) * unit * (10 ** Math.abs(place) - 1),
  };
}

/** The logarithmic scale that shows all of these values; null where all are 0. */
export function logFor(values) {
  const sizes = values
    .map(Math.abs)
    .filter((size) => size > 0)
    .sort((one, other) => one - other);
  if (!sizes.length) return null;
  if (values.every((value) => value > 0)) return LOG;
  // Nine values of ten lie beyond the unit; a few that cross 0 do not stretch the axis.
  const small = Math.max(sizes[Math.floor(sizes.length / 10)], sizes.at(-1) / 10 ** MOST_DECADES);
  return symmetricLog(10 ** Math.floor(Math.log10(small)));
}

/** Values for the ticks of a stretch of a symmetric logarithm: round ones, as many as there is room for. */
function roundValues(scale, [low, high]) {
  const [least, most] = [scale.back(low), scale.back(high)];
  const decades = Math.max(0, Math.ceil(Math.log10(Math.max(-least, most) / scale.unit)));
  const round = (digits, first, every) => {
    const sizes = [];
    for (let power = first; power <= decades; power += every)
      sizes.push(...digits.map((digit) => digit * scale.unit * 10 ** power));
    return [...sizes.map((size) => -size).reverse(), 0, ...sizes].filter((value) => value >= least && value <= most);
  };
  const roomy = (values) =>
    values.every((value, n) => !n || scale.put(value) - scale.put(values[n - 1]) >= TICKS_APART * (high - low));
  const fine = round([1, 2, 5], 0, 1);
  if (fine.length < 3) return evenValues(least, most);
  return [fine, round([1], 0, 1)].find(roomy) ?? round([1], 1, 2);
}

/** About five round numbers at equal distances. */
function evenValues(least, most) {
  const wanted = (most - least) / 5;
  const power = 10 ** Math.floor(Math.log10(wanted));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= wanted);
  const first = Math.ceil(least / step);
  return Array.from({ length: Math.floor(most / step) - first + 1 }, (_, n) => (first + n) * step);
}

/** What plotly is told of the ticks of a scale between two places; nothing where it knows itself. */
export function ticksFor(scale, range) {
  if (!scale.back || !range) return {};
  const values = roundValues(scale, range);
  return { tickmode: "array", tickvals: values.map(scale.put), ticktext: values.map(inShort) };
}

/** Where the values lie that come after the first few, if those would flatten them: [lowest, highest]; else null.

    rows: values of each curve, point by point, null where there is none; kept: values that stay in sight. */
export function storyOf(rows, kept = []) {
  const count = Math.max(0, ...rows.map((row) => row.length));
  if (count < FEWEST) return null;
  const within = (values) => [Math.min(...values, ...kept), Math.max(...values, ...kept)];
  const known = (row) => row.filter((value) => value !== null);
  const all = within(rows.flatMap(known));
  const late = within(rows.flatMap((row) => known(row.slice(Math.ceil(EARLY * count)))));
  const [length, rest] = [all[1] - all[0], late[1] - late[0]];
  if (!(rest > 0) || length <= FLATTENED * rest) return null;
  return [late[0] - 0.06 * rest, late[1] + 0.06 * rest];
}
