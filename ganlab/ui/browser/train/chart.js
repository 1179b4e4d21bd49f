// One chart of a run, renewed in place: zoom and hidden series survive every refresh.

import { el, setAttribute, setHidden, setText } from "../base/dom.js";
import { asNumber, inShort, same } from "../base/numbers.js";
import { PALETTE } from "../base/theme.js";
import { valueAt } from "./curves.js";
import { drawnMarks } from "./marks.js";
import { asOneStop, branchTraces, layoutOf, loadPlotly, MARGIN, tracesOf } from "./plots.js";
import { LINEAR, logFor, storyOf, ticksFor } from "./scales.js";

/** One card: title, what is healthy, chips that show and hide the series, the chart. */
export class Chart {
  constructor(spec, settings) {
    this.spec = spec;
    this.settings = settings;
    this.seen = false; // near the visible part of the page
    this.stale = true;
    this.values = {};
    this.chips = spec.series.map((series, index) => this.chip(series, index));
    this.plot = el("div", {
      class: "ganlab-plot",
      role: "img",
      "aria-label": `Chart: ${spec.title}. ${spec.healthy ?? ""}`,
    });
    this.placeholder = el("p", { class: "ganlab-empty" }, "Loading chart…");
    this.cursor = el("div", { class: "ganlab-cursor", "aria-hidden": "true", hidden: true });
    this.log = el(
      "button",
      {
        type: "button",
        class: "ganlab-toggle",
        "aria-pressed": "false",
        onclick: () => settings.toggleLog(spec.title),
      },
      "log",
    );
    this.early = el(
      "button",
      {
        type: "button",
        class: "ganlab-toggle",
        "aria-pressed": "false",
        hidden: true,
        title: "The first steps lie outside the chart, since they would flatten all that follows",
        onclick: () => settings.toggleEarly(spec.title),
      },
      "first steps",
    );
    this.healthy = el("p", { class: "ganlab-healthy", hidden: true }, spec.healthy ?? "");
    this.help = el(
      "button",
      {
        type: "button",
        class: "ganlab-help",
        "aria-label": `What is healthy: ${spec.title}`,
        title: spec.healthy ?? null,
        hidden: !spec.healthy,
        onclick: () => settings.toggleHelp(spec.title),
      },
      "?",
    );
    this.showHelp();
    this.root = el(
      "section",
      { class: "ganlab-card", "aria-label": spec.title, tabindex: -1 },
      el(
        "div",
        { class: "ganlab-row" },
        el(
          "h3",
          { class: "ganlab-title" },
          spec.title,
          el("span", { class: "ganlab-unit" }, spec.unit ?? ""),
          this.help,
        ),
        el("div", { class: "ganlab-toggles" }, this.early, this.log),
      ),
      this.healthy,
      el("div", { class: "ganlab-chips", role: "group", "aria-label": "Series" }, ...this.chips),
      el("div", { class: "ganlab-plot-frame" }, this.placeholder, this.plot, this.cursor),
    );
    this.watchSize = new ResizeObserver(async () => {
      if (!this.drawn || this.gone || !this.plot.clientWidth) return;
      await window.Plotly.Plots.resize(this.plot);
      this.point();
    });
    this.watchSize.observe(this.plot);
    this.watchView = new IntersectionObserver(
      (entries) => {
        this.seen = entries.at(-1).isIntersecting;
        if (this.seen && this.stale) this.draw();
      },
      { rootMargin: "100px" },
    );
    this.watchView.observe(this.root);
  }

  chip(series, index) {
    const value = (this.values[series.name] = el("span", { class: "ganlab-chip-value" }, "–"));
    const dot = el("span", { class: "ganlab-dot", style: `--dot: ${PALETTE[index % PALETTE.length]}` });
    const { hidden } = this.settings;
    return el(
      "button",
      {
        type: "button",
        class: "ganlab-chip",
        title: series.meaning ?? null,
        "aria-pressed": String(!hidden.has(series.name)),
        onclick: () => {
          if (!hidden.delete(series.name)) hidden.add(series.name);
          this.settings.changed();
        },
      },
      dot,
      series.label,
      value,
    );
  }

  /** Whether the sentence on what is healthy stands above the curves; it is long, and known after the first time. */
  showHelp() {
    const shown = this.settings.helps.has(this.spec.title);
    setHidden(this.healthy, !shown);
    setAttribute(this.help, "aria-expanded", String(shown));
  }

  /** Draw with the settings as they are now, or later if nobody can see it. */
  renew() {
    this.stale = true;
    if (this.seen) this.draw();
  }

  async draw() {
    this.stale = false;
    const { curves, theme, hidden } = this.settings;
    const first = this.settings.firstStep;
    const from = curves.placeOf(first);
    const { axis } = this.settings;
    const at = (step) => axis.at(step, this.settings);
    this.steps = curves.steps().slice(from);
    const xs = this.steps.map(at);
    const scale = this.offerLog();
    const traces = this.spec.series.map((series, index) =>
      tracesOf(series, index, { ...this.settings, curves, from, xs, scale }),
    );
    this.smooth = traces.map((trace) => trace.smooth);
    this.spec.series.forEach((series, index) =>
      setAttribute(this.chips[index], "aria-pressed", String(!hidden.has(series.name))),
    );
    this.tellValues();
    if (curves.count === 0 && !this.drawn) return setText(this.placeholder, "The curve begins with the first step.");
    try {
      const plotly = await loadPlotly();
      if (this.gone) return;
      const zoom = this.axis === axis ? this.zoomed() : null;
      const stretch = zoom ?? [at(first - 1), at(this.settings.lastStep)];
      const width = this.plot.clientWidth - MARGIN.l - MARGIN.r;
      const height = this.plot.clientHeight - MARGIN.t - MARGIN.b;
      const marks = drawnMarks(
        this.settings.marks.map((mark) => ({ ...mark, step: at(mark.step) })),
        stretch,
        theme,
        { place: (x) => (width * (x - stretch[0])) / (stretch[1] - stretch[0] || 1), width: width + MARGIN.r, height },
      );
      // Bands lie behind the raw lines, and those behind the means.
      const data = ["band", "raw", "mean"]
        .flatMap((kind) => traces.map((trace) => trace[kind]))
        .concat(branchTraces(this.spec, { ...this.settings, axis, scale }, first));
      const story = this.offerStory(traces, scale, first);
      const ticks = ticksFor(scale, this.stretch(scale, data));
      await plotly.react(
        this.plot,
        data,
        layoutOf(this.spec, theme, {
          over: axis,
          grain: this.isFirst && curves.bucket,
          scale,
          ticks,
          marks,
          story,
          stretch,
        }),
        {
          displaylogo: false,
          displayModeBar: "hover",
          doubleClick: "autosize",
          showTips: false,
          modeBarButtons: [["zoom2d", "pan2d", "autoScale2d", "toImage"]],
          toImageButtonOptions: { filename: this.spec.title, scale: 2 },
        },
      );
      if (!this.drawn) {
        // Another stretch in view has other marks to label, and other ticks.
        this.plot.on("plotly_relayout", (what) => {
          const moved = (name) => Object.keys(what).some((key) => key.startsWith(name));
          if (moved("xaxis")) this.settings.zoom(this, this.zoomed());
          if (moved("xaxis") || (moved("yaxis") && this.scale.back)) this.renew();
          else this.point();
        });
        this.plot.on("plotly_hover", ({ xvals }) => this.settings.hover(this, xvals?.[0]));
        this.plot.on("plotly_unhover", () => this.settings.hover(this));
        this.plot.on("plotly_click", ({ points }) => this.settings.pick(this.steps[points[0].pointIndex]));
      }
      asOneStop(this.plot);
      this.drawn = true;
      this.scale = scale;
      this.axis = axis;
      setHidden(this.placeholder, true);
      this.point();
    } catch (error) {
      this.stale = true;
      setText(this.placeholder, error.message);
    }
  }

  /** The one that tells the story: it is the widest, and names the axis that all share. */
  get isFirst() {
    return this.settings.cards[0] === this;
  }

  /** Offers the logarithmic scale that fits the values; returns the scale that is on. */
  offerLog() {
    const { curves, branches, logs } = this.settings;
    const values = this.spec.series.flatMap(({ name }) =>
      [curves, ...branches].flatMap(({ series }) => series[name]?.low ?? series[name] ?? []),
    );
    const log = logFor(values.filter((value) => value !== null));
    const on = log !== null && logs.has(this.spec.title);
    setHidden(this.log, log === null);
    setAttribute(this.log, "aria-pressed", String(on));
    setAttribute(
      this.log,
      "title",
      log?.back
        ? `Logarithmic scale on both sides of 0, linear between −${inShort(log.unit)} and ${inShort(log.unit)}`
        : "Logarithmic scale",
    );
    return on ? log : LINEAR;
  }

  /** Offers the first steps where they would flatten the rest; returns the stretch that is shown without them. */
  offerStory(traces, scale, first) {
    const rows = traces.filter(({ mean }) => mean.visible).flatMap(({ raw, mean }) => [raw.y, mean.y]);
    const lines = (this.spec.lines ?? []).map(({ y }) => y);
    const story = scale === LINEAR && first === 1 ? storyOf(rows, lines) : null;
    const whole = this.settings.earlies.has(this.spec.title);
    setHidden(this.early, !story);
    setAttribute(this.early, "aria-pressed", String(whole));
    return whole ? null : story;
  }

  /** From where to where the axis of values goes: as it was zoomed on this scale, else about as plotly will have it. */
  stretch(scale, data) {
    const axis = this.drawn && this.scale.name === scale.name ? this.plot.layout.yaxis : null;
    if (axis && !axis.autorange) return axis.range;
    const places = data
      .filter(({ visible }) => visible)
      .flatMap(({ y }) => y)
      .filter((place) => place !== null);
    if (!places.length) return null;
    const [low, high] = [Math.min(...places), Math.max(...places)];
    const room = 0.06 * (high - low) || 1;
    return [low - room, high + room];
  }

  /** The stretch of steps that was zoomed into; null for all. */
  zoomed() {
    return this.drawn && !this.plot.layout.xaxis.autorange ? [...this.plot.layout.xaxis.range] : null;
  }

  /** What another chart was zoomed to, or is pointed at. */
  zoom(range) {
    if (!this.drawn || same(range, this.zoomed())) return;
    window.Plotly.relayout(this.plot, range ? { "xaxis.range": range } : { "xaxis.autorange": true });
  }

  hover(x) {
    if (!this.drawn || !this.seen) return;
    if (x === undefined) window.Plotly.Fx.unhover(this.plot);
    else window.Plotly.Fx.hover(this.plot, { xval: x }, "xy");
  }

  /** The values at the cursor, else the last ones. */
  tellValues() {
    const { cursor, curves } = this.settings;
    const place = cursor === null ? Infinity : curves.placeOf(cursor);
    this.spec.series.forEach((series, index) =>
      setText(this.values[series.name], cursor === 0 ? "–" : asNumber(valueAt(this.smooth[index], place))),
    );
  }

  /** Put the cursor where its step is; cheap, since the chart itself is not touched. */
  point() {
    if (!this.smooth) return;
    this.tellValues();
    const { cursor } = this.settings;
    const at = cursor === null ? null : this.placeOf(cursor);
    setHidden(this.cursor, at === null);
    if (at !== null) this.cursor.style.transform = `translateX(${at}px)`;
    if (this.isFirst) this.settings.placePins((step) => this.placeOf(step));
  }

  /** px from the left of the frame to where a step lies; null off the chart. */
  placeOf(step) {
    const axis = this.drawn ? this.plot._fullLayout?.xaxis : null;
    const at = axis ? axis.l2p(this.axis.at(step, this.settings)) : NaN;
    return at >= 0 && at <= axis._length ? axis._offset + at : null;
  }

  destroy() {
    this.gone = true;
    this.watchSize.disconnect();
    this.watchView.disconnect();
    if (this.drawn) window.Plotly.purge(this.plot);
  }
}
