// What the curves of several runs are drawn from. Plain arithmetic: no page, no requests.

import { between } from "../base/numbers.js";

/** What curves are drawn over: a step of a run as a place on it. */
export const AXES = {
  steps: { title: "step", at: (step) => step },
  images: { title: "real images seen", at: (step, run) => step * run.images_per_step },
  time: { title: "seconds of training", at: (step, run) => between(run.clock.steps, run.clock.seconds, step) },
};

/**
 * Mean of lines and their standard deviation, at the places of the first; only where all of them are.
 * lines: [{x, y}] with rising x. Returns {x, mean, low, high}.
 */
export function meanOf(lines) {
  const known = lines.filter(({ x }) => x.length);
  if (!known.length) return { x: [], mean: [], low: [], high: [] };
  const from = Math.max(...known.map(({ x }) => x[0]));
  const to = Math.min(...known.map(({ x }) => x.at(-1)));
  const x = known[0].x.filter((each) => each >= from && each <= to);
  const rows = x.map((each) => known.map((line) => between(line.x, line.y, each)));
  const mean = rows.map((row) => row.reduce((sum, value) => sum + value, 0) / row.length);
  const spread = rows.map((row, n) =>
    row.length < 2 ? 0 : Math.sqrt(row.reduce((sum, value) => sum + (value - mean[n]) ** 2, 0) / (row.length - 1)),
  );
  return { x, mean, low: mean.map((value, n) => value - spread[n]), high: mean.map((value, n) => value + spread[n]) };
}

/** Lines as CSV, a row a point. axis, series: names of its columns; lines: [{arm, seed, id, x, y}]. */
export function csvOf(axis, series, lines) {
  const quoted = (cell) => (/[",\n]/.test(cell) ? `"${String(cell).replaceAll('"', '""')}"` : cell);
  const points = lines.flatMap(({ id, arm, seed, x, y }) => x.map((each, n) => [id, arm, seed, each, y[n]]));
  return [["run", "arm", "seed", axis, series], ...points].map((row) => `${row.map(quoted).join(",")}\n`).join("");
}

/** The steps of ranges [first, last, every], rising. */
export function stepsOf(ranges) {
  return ranges.flatMap(([first, last, every]) =>
    Array.from({ length: (last - first) / every + 1 }, (_, n) => first + n * every),
  );
}

/** The last of rising steps that is not beyond `step`; the first where all are; undefined without any. */
export function lastUpTo(steps, step) {
  const place = steps.findLastIndex((each) => each <= step);
  return steps[Math.max(place, 0)];
}
