// Runs side by side: one chart of a series of all of them, and their samples at one step.

import { asked, putInAddress } from "../base/address.js";
import { mount, NO_ANSWER, Refused, request } from "../base/app.js";
import { Note, Segments } from "../base/controls.js";
import { el, icon, setHidden } from "../base/dom.js";
import { saveAs } from "../base/images.js";
import { session } from "../base/session.js";
import { faded, PALETTE, readTheme } from "../base/theme.js";
import { outline } from "../train/curves.js";
import { asOneStop, loadPlotly } from "../train/plots.js";
import { Columns } from "./columns.js";
import { AXES, csvOf, meanOf } from "./lines.js";

const EVERY_MS = 2000;
const ADDRESS_MS = 300; // browsers refuse an address that changes with every move of a slider
const DASHES = ["solid", "dash", "dot", "dashdot", "longdash", "longdashdot"];

class CompareView {
  constructor(component) {
    this.component = component;
    this.series = asked("series") ?? session.get("compare series", "");
    this.axis = asked("over") in AXES ? asked("over") : session.get("compare axis", "steps");
    this.means = asked("lines") ? asked("lines") !== "runs" : session.get("compare means", true);
    this.answer = null;
    this.stop = new AbortController();
    this.failures = 0;
    this.choice = el("select", { "aria-label": "Series", onchange: () => this.choose(this.choice.value) });
    this.axes = new Segments({
      label: "Curves over",
      choices: Object.keys(AXES).map((value) => ({ value, text: value })),
      value: this.axis,
      chosen: (axis) => this.set("axis", axis),
    });
    this.lines = new Segments({
      label: "Lines",
      choices: [
        { value: true, text: "mean over seeds", title: "The band is one standard deviation of the seeds" },
        { value: false, text: "each run" },
      ],
      value: this.means,
      chosen: (means) => this.set("means", means),
    });
    this.csv = el(
      "button",
      {
        type: "button",
        class: "ganlab-toggle",
        title: "The points of these curves as a table",
        "aria-label": "Download as CSV",
        onclick: () => this.saveTable(),
      },
      icon("download"),
      "CSV",
    );
    this.note = new Note();
    this.plot = el("div", { class: "ganlab-plot" });
    const frame = el("div", { class: "ganlab-plot-frame" }, this.plot);
    const load = async (id, step) =>
      (await request(`ganlab/runs/${encodeURIComponent(id)}/samples/${step}`, { signal: this.stop.signal })).blob();
    this.columns = new Columns(load, (step) => this.point(step), Number(asked("step")) || null);
    this.root = el(
      "div",
      { class: "ganlab ganlab-compare" },
      el("div", { class: "ganlab-compare-tools" }, this.choice, this.axes.root, this.lines.root, this.csv),
      this.note.root,
      el("section", { class: "ganlab-card", "aria-label": "Curves" }, frame),
      this.columns.root,
    );
    component.parentElement.append(this.root);
    document.addEventListener("visibilitychange", () => this.refresh(), { signal: this.stop.signal });
    this.resized = new ResizeObserver(() => this.plot.layout && window.Plotly?.Plots.resize(this.plot));
    this.resized.observe(frame);
    this.refresh();
  }

  update(component) {
    const changed = JSON.stringify(component.data) !== JSON.stringify(this.component.data);
    this.component = component;
    if (changed) this.refresh();
    else this.draw();
  }

  get runs() {
    return this.component.data.runs;
  }

  set(name, value) {
    this[name] = value;
    session.set(`compare ${name}`, value);
    this.tellAddress();
    this.draw();
  }

  /** A link shows what is looked at. */
  tellAddress() {
    clearTimeout(this.telling);
    this.telling = setTimeout(() => {
      const { series, axis, means, pointed } = this;
      putInAddress({ series: series || null, over: axis, lines: means ? "mean" : "runs", step: pointed ?? null });
    }, ADDRESS_MS);
  }

  choose(series) {
    this.series = series;
    session.set("compare series", series);
    this.tellAddress();
    this.refresh();
  }

  async refresh() {
    clearTimeout(this.timer);
    if (document.hidden) return;
    const turn = (this.turn = Symbol());
    let again = null;
    try {
      const query = new URLSearchParams({ runs: this.runs.map(({ id }) => id).join(","), series: this.series });
      const answer = await (await request(`ganlab/compare?${query}`, { signal: this.stop.signal })).json();
      if (turn !== this.turn) return;
      this.failures = 0;
      this.answer = answer;
      this.note.say(null);
      this.offer();
      await this.draw();
      this.columns.update(this.drawn().map((run) => ({ ...run, samples: answer.runs[run.id].samples })));
      if (Object.values(answer.runs).some(({ live }) => live)) again = EVERY_MS;
    } catch (error) {
      if (this.stop.signal.aborted || turn !== this.turn) return;
      this.note.say(error instanceof Refused ? error.message : NO_ANSWER, true);
      again = error.status < 500 ? null : EVERY_MS * 2 ** Math.min(3, this.failures++);
    }
    if (again !== null) this.timer = setTimeout(() => this.refresh(), again);
  }

  /** The series to choose from. */
  offer() {
    const { offered, series } = this.answer;
    const names = offered.map(({ name }) => name).join();
    if (names !== this.offered) {
      this.offered = names;
      this.choice.replaceChildren(...offered.map(({ name, label }) => el("option", { value: name }, label)));
    }
    this.choice.value = series;
  }

  /** Each run with its words and its arm's colour. */
  drawn() {
    const arms = [...new Set(this.runs.map(({ arm }) => arm))];
    const several = this.runs.length > arms.length;
    return this.runs
      .filter(({ id }) => this.answer.runs[id])
      .map((run) => ({
        ...run,
        words: several ? `${run.arm}, seed ${run.seed}` : run.arm,
        colour: PALETTE[arms.indexOf(run.arm) % PALETTE.length],
        dash: DASHES[Math.floor(arms.indexOf(run.arm) / PALETTE.length) % DASHES.length],
      }));
  }

  async draw() {
    if (!this.answer) return;
    const runs = this.drawn();
    const several = runs.length > new Set(runs.map(({ arm }) => arm)).size;
    setHidden(this.lines.root, !several);
    const theme = readTheme(this.root);
    const traces = several && this.means ? this.meanTraces(runs) : runs.map((run) => this.trace(run, this.line(run)));
    try {
      const plotly = await loadPlotly();
      if (this.stop.signal.aborted) return;
      await plotly.react(this.plot, traces, this.layout(theme), {
        displaylogo: false,
        displayModeBar: "hover",
        toImageButtonOptions: { filename: this.answer.series, scale: 2 },
      });
      asOneStop(this.plot);
    } catch (error) {
      if (!this.stop.signal.aborted) this.note.fail(error);
    }
  }

  saveTable() {
    if (!this.answer) return;
    const lines = this.drawn().map((run) => ({ ...run, ...this.line(run) }));
    saveAs(new Blob([csvOf(this.axis, this.answer.series, lines)], { type: "text/csv" }), `${this.answer.series}.csv`);
  }

  line({ id }) {
    const told = this.answer.runs[id];
    return { x: told.steps.map((step) => AXES[this.axis].at(step, told)), y: told.values };
  }

  trace({ id, words, colour, dash }, { x, y }, more = {}) {
    const mode = x.length < 40 ? "lines+markers" : "lines";
    const line = { width: 2, color: colour, dash };
    const hovertemplate = "%{y:.4g}";
    return { type: "scatter", uid: id, name: words, x, y, mode, marker: { size: 4 }, line, hovertemplate, ...more };
  }

  meanTraces(runs) {
    const arms = Map.groupBy(runs, ({ arm }) => arm);
    return [...arms].flatMap(([arm, its]) => {
      const { x, mean, low, high } = meanOf(its.map((run) => this.line(run)));
      const words = `${arm} (${its.length} ${its.length === 1 ? "seed" : "seeds"})`;
      const band = { type: "scatter", uid: `${arm} band`, ...outline(x, low, high), fill: "toself" };
      const silent = { mode: "lines", line: { width: 0 }, hoverinfo: "skip", showlegend: false };
      return [
        { ...band, ...silent, fillcolor: faded(its[0].colour, 0.16) },
        this.trace({ ...its[0], id: arm, words }, { x, y: mean }),
      ];
    });
  }

  layout(theme) {
    const axis = { gridcolor: faded(theme.text, 0.1), zeroline: false, linecolor: theme.border, exponentformat: "e" };
    const font = { family: theme.font, size: 12, color: faded(theme.text, 0.75) };
    const label = this.answer.offered.find(({ name }) => name === this.answer.series)?.label ?? "";
    return {
      uirevision: `${this.answer.series} ${this.axis}`,
      autosize: true,
      showlegend: true,
      legend: { orientation: "h", y: -0.22, font },
      hovermode: "x unified",
      hoverlabel: { bgcolor: theme.background, bordercolor: theme.border, font: { ...font, color: theme.text } },
      margin: { l: 56, r: 12, t: 12, b: 40 },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font,
      modebar: { bgcolor: "rgba(0,0,0,0)", color: faded(theme.text, 0.45), activecolor: theme.text },
      xaxis: { ...axis, tickformat: ",~r", title: { text: AXES[this.axis].title, standoff: 6 } },
      yaxis: { ...axis, title: { text: label, standoff: 6 } },
      shapes: this.pointed === undefined ? [] : [this.pointer(theme)],
    };
  }

  /** Where the samples are looked at; only over steps is that one place for all runs. */
  pointer(theme) {
    const x = this.axis === "steps" ? this.pointed : null;
    const line = { width: 1, color: faded(theme.text, 0.5) };
    return { type: "line", xref: "x", yref: "paper", x0: x, x1: x, y0: 0, y1: 1, line, visible: x !== null };
  }

  point(step) {
    const pointed = this.columns.following ? undefined : step;
    if (pointed !== this.pointed) this.tellAddress();
    this.pointed = pointed;
    if (!this.plot.layout || !window.Plotly) return;
    const shapes = this.pointed === undefined ? [] : [this.pointer(readTheme(this.root))];
    window.Plotly.relayout(this.plot, { shapes });
  }

  destroy() {
    this.stop.abort();
    clearTimeout(this.timer);
    clearTimeout(this.telling);
    this.resized.disconnect();
    this.columns.destroy();
    window.Plotly?.purge(this.plot);
    this.root.remove();
  }
}

export default function (component) {
  return mount(component, "compare", CompareView);
}
