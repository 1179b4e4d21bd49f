// Curves of a run as plotly charts that are renewed in place: zoom and hidden series survive every refresh.

// Told apart with any kind of colour vision, and 3:1 or better on white and on near-black.
const PALETTE = ["#2f81c9", "#d55e00", "#009e73", "#c2649a", "#a8780a", "#8a6fd1"];

/** The one plotly of the page, loaded when the first chart needs it. */
function loadPlotly() {
  if (window.Plotly) return Promise.resolve(window.Plotly);
  window.ganlabPlotly ??= new Promise((resolve, reject) => {
    const failed = () => {
      window.ganlabPlotly = undefined; // the next chart may try again
      reject(new Error("The charts could not be loaded; they are tried again with the next refresh."));
    };
    const script = el("script", {
      src: "/ganlab/static/plotly.min.js", async: true,
      onload: () => (window.Plotly ? resolve(window.Plotly) : failed()), onerror: failed,
    });
    document.head.append(script);
  });
  return window.ganlabPlotly;
}

/** Colours and font of the page's theme as plotly needs them. */
function readTheme(node) {
  const style = getComputedStyle(node);
  const get = (name, otherwise) => style.getPropertyValue(`--st-${name}`).trim() || otherwise;
  return {
    text: get("text-color", "#31333f"),
    background: get("background-color", "#ffffff"),
    border: get("border-color", "#d6d6d9"),
    alarm: get("red-text-color", "#c0392b"),
    font: get("font", "sans-serif"),
  };
}

/** `#rrggbb` or `rgb(…)` with another opacity. */
function faded(colour, opacity) {
  const hex = colour.match(/^#(..)(..)(..)/);
  const [r, g, b] = hex ? hex.slice(1).map((part) => parseInt(part, 16)) : (colour.match(/[\d.]+/g) ?? [128, 128, 128]);
  return `rgba(${r}, ${g}, ${b}, ${opacity})`;
}

const DASHES = ["dash", "dot", "dashdot", "longdash", "longdashdot"];

/** Which part of the run is drawn: its words, and the first step of it. */
const RANGES = {
  all: ["All", () => 1],
  tenth: ["Last 10 %", (step) => Math.floor(0.9 * step) + 1],
  thousand: ["Last 1,000", (step) => Math.max(1, step - 999)],
};

function tracesOf(series, index, { curves, from, xs, smoothing, hidden }) {
  const colour = PALETTE[index % PALETTE.length];
  const values = curves.series[series.name] ?? { mean: [], low: [], high: [] };
  const smooth = smoothed(values.mean, smoothing);
  const [mean, low, high] = [values.mean.slice(from), values.low.slice(from), values.high.slice(from)];
  const shown = !hidden.has(series.name);
  const few = series.sparse && mean.filter((value) => value !== null).length < 40;
  const of = (kind, more) => ({
    type: "scatter", mode: "lines", uid: `${series.name}-${kind}`, name: series.label, legendgroup: series.name,
    hoverinfo: "skip", ...more,
  });
  return {
    smooth,
    band: of("band", {
      ...outline(xs, low, high), fill: "toself", fillcolor: faded(colour, 0.14), line: { width: 0 },
      visible: shown && curves.bucket > 1 && !series.sparse,
    }),
    raw: of("raw", { x: xs, y: mean, connectgaps: series.sparse, line: { width: 1, color: faded(colour, 0.4) }, visible: shown && smoothing > 0 }),
    mean: of("mean", {
      x: xs, y: smooth.slice(from), customdata: mean, line: { width: 2.2, color: colour }, connectgaps: series.sparse,
      mode: few ? "lines+markers" : "lines", marker: { size: 4, color: colour },
      hoverinfo: undefined, visible: shown,
      hovertemplate: `${series.label} %{y:.4g}${smoothing > 0 ? " · raw %{customdata:.4g}" : ""}<extra></extra>`,
    }),
  };
}

/** Thin lines of the forks of a run, each from the step at which it left. */
function branchTraces(spec, { branches, smoothing, hidden }, first) {
  return branches.flatMap((branch, number) => spec.series.flatMap((series, index) => {
    const values = branch.series[series.name];
    if (!values) return [];
    const from = branch.steps.findIndex((step) => step >= first);
    if (from < 0) return [];
    return [{
      type: "scatter", mode: "lines", uid: `${series.name}-of-${branch.id}`, x: branch.steps.slice(from), y: smoothed(values, smoothing).slice(from),
      line: { width: 1.3, dash: DASHES[number % DASHES.length], color: PALETTE[index % PALETTE.length] }, opacity: 0.8,
      visible: !hidden.has(series.name), hovertemplate: `${series.label}, fork ${number + 1} %{y:.4g}<extra></extra>`,
    }];
  }));
}

function layoutOf(spec, theme, { log, marks }) {
  const axis = {
    gridcolor: faded(theme.text, 0.1), zeroline: false, linecolor: theme.border, tickcolor: theme.border,
    exponentformat: "e", fixedrange: false,
  };
  return {
    uirevision: "kept", autosize: true, showlegend: false, hovermode: "x unified",
    dragmode: matchMedia("(pointer: coarse)").matches ? false : "zoom", // a finger scrolls the page
    margin: { l: 52, r: 12, t: 12, b: 40 },
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: theme.font, size: 12, color: faded(theme.text, 0.75) },
    hoverlabel: { bgcolor: theme.background, bordercolor: theme.border, font: { family: theme.font, size: 12, color: theme.text } },
    modebar: { bgcolor: "rgba(0,0,0,0)", color: faded(theme.text, 0.45), activecolor: theme.text },
    xaxis: {
      ...axis, title: { text: "step", standoff: 6 }, tickformat: ",d", unifiedhovertitle: { text: "step %{x:,d}" },
      showspikes: true, spikemode: "across", spikethickness: 1, spikedash: "solid", spikecolor: faded(theme.text, 0.25),
    },
    yaxis: { ...axis, ticks: "", type: log ? "log" : "linear", uirevision: log ? "log" : "linear" },
    annotations: marks.annotations,
    shapes: marks.shapes.concat((spec.lines ?? []).filter((line) => !log || line.y > 0).map((line, place) => ({
      type: "line", layer: "below", xref: "paper", x0: 0, x1: 1, y0: line.y, y1: line.y,
      line: { dash: "dot", width: 1.4, color: faded(theme.text, 0.55) },
      label: { text: line.label, textposition: place % 2 ? "end" : "start", padding: 2, font: { size: 11, color: faded(theme.text, 0.75) } },
    }))),
  };
}

/** One card: title, what is healthy, chips that show and hide the series, the chart. */
class Chart {
  constructor(spec, settings) {
    this.spec = spec;
    this.settings = settings;
    this.seen = false; // near the visible part of the page
    this.stale = true;
    this.values = {};
    this.chips = spec.series.map((series, index) => this.chip(series, index));
    this.plot = el("div", { class: "ganlab-plot", role: "img", "aria-label": `Chart: ${spec.title}. ${spec.healthy ?? ""}` });
    this.placeholder = el("p", { class: "ganlab-empty" }, "Loading chart…");
    this.cursor = el("div", { class: "ganlab-cursor", "aria-hidden": "true", hidden: true });
    this.log = el("button", {
      type: "button", class: "ganlab-toggle", "aria-pressed": "false", onclick: () => settings.toggleLog(spec.title),
    }, "log");
    this.root = el("section", { class: "ganlab-card", "aria-label": spec.title },
      el("div", { class: "ganlab-row" },
        el("h3", { class: "ganlab-title" }, spec.title, el("span", { class: "ganlab-unit" }, spec.unit ?? "")), this.log),
      el("p", { class: "ganlab-healthy" }, spec.healthy ?? ""),
      el("div", { class: "ganlab-chips", role: "group", "aria-label": "Series" }, ...this.chips),
      el("div", { class: "ganlab-plot-frame" }, this.placeholder, this.plot, this.cursor));
    this.watchSize = new ResizeObserver(async () => {
      if (!this.drawn || this.gone || !this.plot.clientWidth) return;
      await window.Plotly.Plots.resize(this.plot);
      this.point();
    });
    this.watchSize.observe(this.plot);
    this.watchView = new IntersectionObserver((entries) => {
      this.seen = entries.at(-1).isIntersecting;
      if (this.seen && this.stale) this.draw();
    }, { rootMargin: "100px" });
    this.watchView.observe(this.root);
  }

  chip(series, index) {
    const value = (this.values[series.name] = el("span", { class: "ganlab-chip-value" }, "–"));
    const dot = el("span", { class: "ganlab-dot", style: `--dot: ${PALETTE[index % PALETTE.length]}` });
    const { hidden } = this.settings;
    return el("button", {
      type: "button", class: "ganlab-chip", title: series.meaning ?? null, "aria-pressed": String(!hidden.has(series.name)),
      onclick: () => {
        if (!hidden.delete(series.name)) hidden.add(series.name);
        this.settings.changed();
      },
    }, dot, series.label, value);
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
    const xs = curves.steps().slice(from);
    const traces = this.spec.series.map((series, index) => tracesOf(series, index, { ...this.settings, curves, from, xs }));
    this.smooth = traces.map((trace) => trace.smooth);
    this.spec.series.forEach((series, index) => setAttribute(this.chips[index], "aria-pressed", String(!hidden.has(series.name))));
    this.tellValues();
    if (curves.count === 0 && !this.drawn) return setText(this.placeholder, "The curve begins with the first step.");
    const log = this.offerLog();
    try {
      const plotly = await loadPlotly();
      if (this.gone) return;
      const zoom = this.drawn && !this.plot.layout.xaxis.autorange ? this.plot.layout.xaxis.range : null;
      const marks = drawnMarks(this.settings.marks, zoom ?? [first - 1, this.settings.lastStep], theme);
      // Bands lie behind the raw lines, and those behind the means.
      const data = ["band", "raw", "mean"].flatMap((kind) => traces.map((trace) => trace[kind])).concat(branchTraces(this.spec, this.settings, first));
      await plotly.react(this.plot, data, layoutOf(this.spec, theme, { log, marks }), {
        displaylogo: false, displayModeBar: "hover", doubleClick: "autosize", showTips: false,
        modeBarButtons: [["zoom2d", "pan2d", "autoScale2d", "toImage"]],
        toImageButtonOptions: { filename: this.spec.title, scale: 2 },
      });
      if (!this.drawn) {
        // Another stretch in view has other marks to label.
        this.plot.on("plotly_relayout", (what) => Object.keys(what).some((key) => key.startsWith("xaxis")) && this.settings.marks.length ? this.renew() : this.point());
      }
      this.drawn = true;
      setHidden(this.placeholder, true);
      this.point();
    } catch (error) {
      this.stale = true;
      setText(this.placeholder, error.message);
    }
  }

  /** A log scale wants values above 0; returns whether it is on. */
  offerLog() {
    const { curves, logs } = this.settings;
    const positive = this.spec.series.some(({ name }) => curves.series[name]?.mean.some((value) => value > 0));
    const negative = this.spec.series.some(({ name }) => curves.series[name]?.mean.some((value) => value !== null && value <= 0));
    const log = positive && logs.has(this.spec.title);
    setHidden(this.log, !positive);
    setAttribute(this.log, "aria-pressed", String(log));
    setAttribute(this.log, "title", `Logarithmic scale${negative ? "; values at or below 0 are not drawn on it" : ""}`);
    return log;
  }

  /** The values at the cursor, else the last ones. */
  tellValues() {
    const { cursor, curves } = this.settings;
    const place = cursor === null ? Infinity : curves.placeOf(cursor);
    this.spec.series.forEach((series, index) => setText(this.values[series.name], cursor === 0 ? "–" : asNumber(valueAt(this.smooth[index], place))));
  }

  /** Put the cursor where its step is; cheap, since the chart itself is not touched. */
  point() {
    if (!this.smooth) return;
    this.tellValues();
    const { cursor } = this.settings;
    const axis = this.drawn ? this.plot._fullLayout?.xaxis : null;
    const at = axis && cursor !== null ? axis.l2p(cursor) : NaN;
    const inside = at >= 0 && at <= axis?._length;
    setHidden(this.cursor, !inside);
    if (inside) this.cursor.style.transform = `translateX(${axis._offset + at}px)`;
  }

  destroy() {
    this.gone = true;
    this.watchSize.disconnect();
    this.watchView.disconnect();
    if (this.drawn) window.Plotly.purge(this.plot);
  }
}

/** All charts of a run, and what they share: smoothing, range, hidden series, marks, branches, the cursor. */
class Charts {
  /** open(id): shows another run; download(): hands over the table of all steps. */
  constructor({ open, download }) {
    this.open = open;
    this.curves = new Curves();
    this.hidden = new Set(session.get("hidden", []));
    this.logs = new Set(session.get("logs", []));
    this.smoothing = session.get("smoothing", 0.6);
    this.range = session.get("range", "all");
    this.theme = null;
    this.marks = [];
    this.branches = [];
    this.cursor = null; // a step; null: the newest
    this.lastStep = 0;
    this.cards = [];
    this.output = el("output", { class: "ganlab-value" });
    this.slider = el("input", {
      type: "range", min: 0, max: 0.99, step: 0.01, value: this.smoothing, class: "ganlab-range", oninput: () => this.smooth(),
    });
    this.grain = el("span", { class: "ganlab-muted", title: "Each point is the mean of so many steps; the band goes from their lowest to their highest value." });
    this.ranges = Object.fromEntries(Object.entries(RANGES).map(([name, [label]]) => [
      name, el("button", { type: "button", class: "ganlab-toggle", onclick: () => this.choose(name) }, label),
    ]));
    this.csv = el("button", { type: "button", class: "ganlab-toggle", title: "All steps of all series as a table", "aria-label": "Download as CSV", onclick: download }, icon("download"), "CSV");
    this.legend = el("div", { class: "ganlab-chips ganlab-branches", role: "group", "aria-label": "Forks of this run", hidden: true });
    this.list = el("div", { class: "ganlab-list" });
    this.root = el("div", { class: "ganlab-charts" },
      el("div", { class: "ganlab-toolbar" },
        el("label", {
          class: "ganlab-smoothing",
          title: "Exponential moving average, counted in points of the chart (a point is the mean of one or more steps). 0 shows the points as they are; the faint line always does.",
        }, "Smoothing", this.slider, this.output),
        el("div", { class: "ganlab-toggles", role: "group", "aria-label": "Steps shown" }, ...Object.values(this.ranges), this.csv), this.grain),
      this.legend, this.list);
    this.paintSlider();
    this.paintRanges();
  }

  /** The first step that is drawn. */
  get firstStep() {
    return RANGES[this.range][1](this.lastStep);
  }

  paintSlider() {
    setText(this.output, this.smoothing.toFixed(2));
    paintRange(this.slider);
  }

  paintRanges() {
    for (const [name, button] of Object.entries(this.ranges)) setAttribute(button, "aria-pressed", String(name === this.range));
  }

  smooth() {
    this.smoothing = Number(this.slider.value);
    this.paintSlider();
    this.changed();
  }

  choose(range) {
    this.range = range;
    this.paintRanges();
    for (const card of this.cards) if (card.drawn) window.Plotly.relayout(card.plot, { "xaxis.autorange": true, "yaxis.autorange": true });
    this.changed();
  }

  toggleLog(title) {
    if (!this.logs.delete(title)) this.logs.add(title);
    this.changed();
  }

  /** A setting changed: remember it, draw with the next frame. */
  changed() {
    session.set("smoothing", this.smoothing);
    session.set("range", this.range);
    session.set("hidden", [...this.hidden]);
    session.set("logs", [...this.logs]);
    this.renewSoon();
  }

  renewSoon() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      for (const card of this.cards) card.renew();
    });
  }

  update(run) {
    const { charts, curves, step } = run;
    const shape = JSON.stringify(charts);
    if (shape !== this.shape) {
      this.shape = shape;
      const kept = new Map(this.cards.map((card) => [JSON.stringify(card.spec), card])); // their zoom stays
      const cards = charts.map((spec) => kept.get(JSON.stringify(spec)) ?? new Chart(spec, this));
      for (const card of this.cards) if (!cards.includes(card)) card.destroy();
      this.cards = cards;
      this.list.replaceChildren(...cards.map((card) => card.root));
    }
    this.lastStep = step;
    const marks = marksOf(run);
    const marked = !same(marks, this.marks);
    this.marks = marks;
    const changed = this.curves.merge(curves);
    const { bucket } = this.curves;
    setText(this.grain, bucket > 1 ? `1 point = ${whole.format(bucket)} steps` : "");
    if (changed || marked) for (const card of this.cards) card.renew();
  }

  /** The step that the page looks at; null for the newest. */
  look(step) {
    if (step === this.cursor) return;
    this.cursor = step;
    this.pointing ??= requestAnimationFrame(() => {
      this.pointing = undefined;
      for (const card of this.cards) card.point();
    });
  }

  /** Forks of this run, drawn over it from where they left. */
  branch(children) {
    if (same(children, this.branches)) return;
    this.branches = children;
    setHidden(this.legend, !children.length);
    this.legend.replaceChildren(el("span", { class: "ganlab-muted" }, "Forks:"), ...children.map(({ id, step, changes }, number) =>
      runLink(id, this.open, icon("fork"), `${number + 1}: from step ${whole.format(step)}, ${changesInShort(changes) || id}`)));
    this.renewSoon();
  }

  /** Ask again for the library if it did not come. */
  retry() {
    for (const card of this.cards) if (card.seen && card.stale) card.draw();
  }

  setTheme(theme) {
    if (JSON.stringify(theme) === JSON.stringify(this.theme)) return;
    this.theme = theme;
    for (const card of this.cards) card.renew();
  }

  destroy() {
    if (this.frame !== undefined) cancelAnimationFrame(this.frame);
    if (this.pointing !== undefined) cancelAnimationFrame(this.pointing);
    for (const card of this.cards) card.destroy();
  }
}

/** A link to another run: within the session on a click, by address in a new tab. */
function runLink(id, open, ...label) {
  return el("a", {
    class: "ganlab-chip", title: id, href: `?run=${encodeURIComponent(id)}`,
    onclick: (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      open(id);
    },
  }, ...label);
}
