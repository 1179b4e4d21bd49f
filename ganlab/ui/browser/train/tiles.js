// The numbers of a run that matter now, a tile each: its value and the course of it, and the way to its chart.

import { el, setAttribute, setHidden, setText } from "../base/dom.js";
import { asNumber } from "../base/numbers.js";
import { PALETTE } from "../base/theme.js";
import { smoothed, valueAt } from "./curves.js";
import { storyOf } from "./scales.js";

const [WIDE, HIGH] = [72, 26];
const MOST_POINTS = 60;

export class Tiles {
  /** go(title): shows the chart of that title. */
  constructor(go) {
    this.go = go;
    this.tiles = [];
    this.root = el("div", { class: "ganlab-tiles", role: "group", "aria-label": "Numbers that matter now" });
  }

  /** The charts that the run has: a tile for each series of them that asks for one. */
  update(charts) {
    this.tiles = charts.flatMap(({ title, unit, series }) =>
      series
        .map((each, index) => [each, PALETTE[index % PALETTE.length]])
        .filter(([{ tile }]) => tile)
        .map(([each, colour]) => this.tile(each, colour, title, unit.startsWith("%") ? " %" : "")),
    );
    this.root.replaceChildren(...this.tiles.map(({ root }) => root));
  }

  tile({ name, label, meaning }, colour, title, unit) {
    const value = el("span", { class: "ganlab-tile-value" });
    const line = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    for (const [key, text] of Object.entries({
      viewBox: `0 0 ${WIDE} ${HIGH}`,
      preserveAspectRatio: "none",
      class: "ganlab-spark",
      "aria-hidden": "true",
    }))
      line.setAttribute(key, text);
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    for (const [key, text] of Object.entries({
      fill: "none",
      stroke: colour,
      "stroke-width": 1.6,
      "vector-effect": "non-scaling-stroke",
    }))
      path.setAttribute(key, text);
    line.append(path);
    const root = el(
      "button",
      { type: "button", class: "ganlab-tile", title: meaning, hidden: true, onclick: () => this.go(title) },
      el("span", { class: "ganlab-tile-label" }, label),
      value,
      line,
    );
    return { name, unit, root, value, path };
  }

  /** The values at a step, null for the last ones, and the curves up to now. */
  tell({ curves, smoothing, cursor }) {
    const place = cursor === null ? Infinity : curves.placeOf(cursor);
    for (const { name, unit, root, value, path } of this.tiles) {
      const smooth = smoothed(curves.series[name]?.mean ?? [], smoothing);
      const text = asNumber(cursor === 0 ? undefined : valueAt(smooth, place), unit ? 3 : 4);
      setHidden(
        root,
        smooth.every((each) => each === null),
      );
      setText(value, text + unit);
      setAttribute(path, "d", spark(smooth));
    }
  }
}

/** A curve as the path of a small picture, without what the first steps would flatten. */
function spark(values) {
  const known = values.flatMap((value, place) => (value === null ? [] : [[place, value]]));
  const every = Math.max(1, Math.ceil(known.length / MOST_POINTS));
  const points = known.filter((_, n) => (known.length - 1 - n) % every === 0);
  if (points.length < 2) return "";
  const heights = points.map(([, value]) => value);
  const [low, high] = storyOf([values]) ?? [Math.min(...heights), Math.max(...heights)];
  const [first, last] = [points[0][0], points.at(-1)[0]];
  return points
    .map(([place, value], n) => {
      const share = high > low ? Math.min(1, Math.max(0, (value - low) / (high - low))) : 0.5;
      const x = (WIDE * (place - first)) / (last - first);
      return `${n ? "L" : "M"}${x.toFixed(1)} ${(HIGH - 2 - (HIGH - 4) * share).toFixed(1)}`;
    })
    .join("");
}
