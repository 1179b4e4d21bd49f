// What a chart hands to plotly: traces of its series, of forks, and the layout in the colours of the page.

import { el } from "../base/dom.js";
import { between, whole } from "../base/numbers.js";
import { faded, PALETTE } from "../base/theme.js";
import { epochOf, outline, smoothed } from "./curves.js";
import { LOG } from "./scales.js";

/** The one plotly of the page, loaded when the first chart needs it. */
export function loadPlotly() {
  if (window.Plotly) return Promise.resolve(window.Plotly);
  window.ganlabPlotly ??= new Promise((resolve, reject) => {
    const failed = () => {
      window.ganlabPlotly = undefined; // the next chart may try again
      reject(new Error("The charts could not be loaded; they are tried again with the next refresh."));
    };
    const script = el("script", {
      src: "ganlab/static/plotly.min.js",
      async: true,
      onload: () => (window.Plotly ? resolve(window.Plotly) : failed()),
      onerror: failed,
    });
    document.head.append(script);
  });
  return window.ganlabPlotly;
}

/** Margins around a plot, in px; the top one is without the labels of marks. */
export const MARGIN = { l: 52, r: 12, t: 10, b: 24 };
const TITLE = 16; // px that the name of the axis takes
/** Plotly's buttons as one stop for the keyboard, with arrow keys between them. Called after each drawing. */
export function asOneStop(plot) {
  const buttons = [...plot.querySelectorAll(".modebar-btn")];
  const stop = buttons.find((each) => each.tabIndex === 0 && each === document.activeElement) ?? buttons[0];
  for (const each of buttons) each.tabIndex = each === stop ? 0 : -1;
  plot.onkeydown = (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const place = buttons.indexOf(document.activeElement);
    if (!by || place < 0) return;
    event.preventDefault();
    const next = buttons[(place + by + buttons.length) % buttons.length];
    buttons[place].tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  };
}

const FEW_STEPS = 8; // a chart so short has room for a tick at each
const DASHES = ["dash", "dot", "dashdot", "longdash", "longdashdot"];

/** Which part of the run is drawn: its words, and the first step of it. */
export const RANGES = {
  all: ["All", () => 1],
  tenth: ["Last 10 %", (step) => Math.floor(0.9 * step) + 1],
  thousand: ["Last 1,000", (step) => Math.max(1, step - 999)],
};

/** What the curves are drawn over: where a step of a run lies on it, and how it is named. */
export const AXES = {
  step: { name: "step", at: (step) => step, tickformat: ",d", hover: "step %{x:,d}" },
  epoch: {
    name: "epoch",
    at: (step, { epochs }) => epochs && epochOf(step, epochs),
    tickformat: "",
    hover: "epoch %{x:.4~g}",
  },
  minutes: {
    name: "minutes of training",
    at: (step, { clock }) => between(clock.steps, clock.seconds, step) / 60,
    tickformat: "",
    hover: "%{x:.3~g} min",
  },
};

export function tracesOf(series, index, { curves, from, xs, smoothing: wanted, hidden, scale }) {
  const smoothing = series.band ? 0 : wanted; // its line would leave its band
  const colour = PALETTE[index % PALETTE.length];
  const values = curves.series[series.name] ?? { mean: [], low: [], high: [] };
  const smooth = smoothed(values.mean, smoothing);
  const [mean, low, high] = [values.mean.slice(from), values.low.slice(from), values.high.slice(from)];
  const shown = !hidden.has(series.name);
  const few = series.sparse && mean.filter((value) => value !== null).length < 40;
  const of = (kind, more) => ({
    type: "scatter",
    mode: "lines",
    uid: `${series.name}-${kind}`,
    name: series.label,
    legendgroup: series.name,
    hoverinfo: "skip",
    ...more,
  });
  return {
    smooth,
    band: of("band", {
      ...(series.band
        ? outline(...present(xs, low.map(scale.put), high.map(scale.put)))
        : outline(xs, low.map(scale.put), high.map(scale.put))),
      fill: "toself",
      fillcolor: faded(colour, 0.14),
      line: { width: 0 },
      visible: shown && (series.band || (curves.bucket > 1 && !series.sparse)),
    }),
    raw: of("raw", {
      x: xs,
      y: mean.map(scale.put),
      connectgaps: series.sparse,
      line: { width: 1, color: faded(colour, 0.4) },
      visible: shown && smoothing > 0,
    }),
    mean: of("mean", {
      x: xs,
      y: smooth.slice(from).map(scale.put),
      customdata: mean.map((raw, j) => [smooth[from + j], raw]),
      line: { width: 2.2, color: colour },
      connectgaps: series.sparse,
      mode: few ? "lines+markers" : "lines",
      marker: { size: 4, color: colour },
      hoverinfo: undefined,
      visible: shown,
      hovertemplate: `${series.label} %{customdata[0]:.4g}${smoothing > 0 ? " · raw %{customdata[1]:.4g}" : ""}<extra></extra>`,
    }),
  };
}

/** The columns without the places where the last has no value. */
function present(...columns) {
  const there = columns.at(-1).flatMap((value, place) => (value === null ? [] : [place]));
  return columns.map((column) => there.map((place) => column[place]));
}

/** Thin lines of the forks of a run, each from the step at which it left. */
export function branchTraces(spec, { branches, smoothing, hidden, scale, axis }, first) {
  return branches.flatMap((branch, number) =>
    spec.series.flatMap((series, index) => {
      const values = branch.series[series.name];
      if (!values) return [];
      const from = branch.steps.findIndex((step) => step >= first);
      if (from < 0) return [];
      const smooth = smoothed(values, smoothing).slice(from);
      return [
        {
          type: "scatter",
          mode: "lines",
          uid: `${series.name}-of-${branch.id}`,
          x: branch.steps.slice(from).map((step) => axis.at(step, branch)),
          y: smooth.map(scale.put),
          customdata: smooth,
          line: { width: 1.3, dash: DASHES[number % DASHES.length], color: PALETTE[index % PALETTE.length] },
          opacity: 0.8,
          visible: !hidden.has(series.name),
          hovertemplate: `${series.label}, fork ${number + 1} %{customdata:.4g}<extra></extra>`,
        },
      ];
    }),
  );
}

/** Steps are whole: where few are shown, each has one tick. */
export function wholeTicks(over, [from, to]) {
  return over === AXES.step && to - from < FEW_STEPS ? { tick0: 0, dtick: 1 } : { dtick: null };
}

/** The name of the axis, and of how many steps each point is the mean; its band goes from their lowest to their highest. */
const nameOf = ({ name }, grain) =>
  grain > 1 ? `${name} · a point is the mean of ${whole.format(grain)} steps` : name;

/** grain: steps of a point, where the chart names its axis; 0: another chart does. */
export function layoutOf(spec, theme, { over, grain, scale, ticks, marks, story, stretch }) {
  const axis = {
    gridcolor: faded(theme.text, 0.1),
    zeroline: false,
    linecolor: theme.border,
    tickcolor: theme.border,
    exponentformat: "e",
    fixedrange: false,
  };
  return {
    uirevision: "kept",
    autosize: true,
    showlegend: false,
    hovermode: "x unified",
    dragmode: matchMedia("(pointer: coarse)").matches ? false : "zoom", // a finger scrolls the page
    margin: { ...MARGIN, t: MARGIN.t + marks.room, b: MARGIN.b + (grain ? TITLE : 0) },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: theme.font, size: 12, color: faded(theme.text, 0.75) },
    hoverlabel: {
      bgcolor: theme.background,
      bordercolor: theme.border,
      font: { family: theme.font, size: 12, color: theme.text },
    },
    modebar: { bgcolor: "rgba(0,0,0,0)", color: faded(theme.text, 0.45), activecolor: theme.text },
    xaxis: {
      ...axis,
      title: { text: grain ? nameOf(over, grain) : "", standoff: 6 },
      tickformat: over.tickformat,
      ...wholeTicks(over, stretch),
      unifiedhovertitle: { text: over.hover },
      uirevision: over.name,
      showspikes: true,
      spikemode: "across",
      spikethickness: 1,
      spikedash: "solid",
      spikecolor: faded(theme.text, 0.25),
    },
    yaxis: {
      ...axis,
      ticks: "",
      type: scale.type,
      ...(story ? { range: story, autorange: false } : { autorange: true }),
      uirevision: `${scale.name}${story ? ", story" : ""}`,
      ...ticks,
    },
    annotations: marks.annotations,
    shapes: marks.shapes.concat(
      (spec.lines ?? [])
        .filter((line) => scale !== LOG || line.y > 0)
        .map((line, place) => ({
          type: "line",
          layer: "below",
          xref: "paper",
          x0: 0,
          x1: 1,
          y0: scale.put(line.y),
          y1: scale.put(line.y),
          line: { dash: "dot", width: 1.4, color: faded(theme.text, 0.55) },
          label: {
            text: line.label,
            textposition: place % 2 ? "end" : "start",
            padding: 2,
            font: { size: 11, color: faded(theme.text, 0.75) },
          },
        })),
    ),
  };
}
