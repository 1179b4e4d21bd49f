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
    font: get("font", "sans-serif"),
  };
}

/** `#rrggbb` or `rgb(…)` with another opacity. */
function faded(colour, opacity) {
  const hex = colour.match(/^#(..)(..)(..)/);
  const [r, g, b] = hex ? hex.slice(1).map((part) => parseInt(part, 16)) : (colour.match(/[\d.]+/g) ?? [128, 128, 128]);
  return `rgba(${r}, ${g}, ${b}, ${opacity})`;
}

function tracesOf(series, index, { curves, xs, smoothing, hidden }) {
  const colour = PALETTE[index % PALETTE.length];
  const values = curves.series[series.name] ?? { mean: [], low: [], high: [] };
  const shown = !hidden.has(series.name);
  const of = (kind, more) => ({
    type: "scatter", mode: "lines", uid: `${series.name}-${kind}`, name: series.label, legendgroup: series.name,
    hoverinfo: "skip", ...more,
  });
  return {
    last: smoothed(values.mean, smoothing).findLast((value) => value !== null),
    band: of("band", {
      ...outline(xs, values.low, values.high), fill: "toself", fillcolor: faded(colour, 0.14), line: { width: 0 },
      visible: shown && curves.bucket > 1,
    }),
    raw: of("raw", { x: xs, y: values.mean, line: { width: 1, color: faded(colour, 0.4) }, visible: shown && smoothing > 0 }),
    mean: of("mean", {
      x: xs, y: smoothed(values.mean, smoothing), customdata: values.mean, line: { width: 2.2, color: colour },
      hoverinfo: undefined, visible: shown,
      hovertemplate: `${series.label} %{y:.4g}${smoothing > 0 ? " · raw %{customdata:.4g}" : ""}<extra></extra>`,
    }),
  };
}

function layoutOf(spec, theme, revision) {
  const axis = {
    gridcolor: faded(theme.text, 0.1), zeroline: false, linecolor: theme.border, tickcolor: theme.border,
    exponentformat: "e", fixedrange: false,
  };
  return {
    uirevision: revision, autosize: true, showlegend: false, hovermode: "x unified",
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
    yaxis: { ...axis, ticks: "" },
    shapes: (spec.lines ?? []).map((line) => ({
      type: "line", layer: "below", xref: "paper", x0: 0, x1: 1, y0: line.y, y1: line.y,
      line: { dash: "dot", width: 1.4, color: faded(theme.text, 0.55) },
      label: { text: line.label, textposition: "start", padding: 2, font: { size: 11, color: faded(theme.text, 0.75) } },
    })),
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
    this.root = el("section", { class: "ganlab-card", "aria-label": spec.title },
      el("h3", { class: "ganlab-title" }, spec.title, el("span", { class: "ganlab-unit" }, spec.unit ?? "")),
      el("p", { class: "ganlab-healthy" }, spec.healthy ?? ""),
      el("div", { class: "ganlab-chips", role: "group", "aria-label": "Series" }, ...this.chips),
      el("div", { class: "ganlab-plot-frame" }, this.placeholder, this.plot));
    this.watchSize = new ResizeObserver(() => this.drawn && window.Plotly.Plots.resize(this.plot));
    this.watchSize.observe(this.plot);
    this.watchView = new IntersectionObserver((entries) => {
      this.seen = entries.at(-1).isIntersecting;
      if (this.seen && this.stale) this.draw();
    }, { rootMargin: "300px" });
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
    const { curves, theme, smoothing, hidden } = this.settings;
    const xs = curves.steps();
    const traces = this.spec.series.map((series, index) => tracesOf(series, index, { curves, xs, smoothing, hidden }));
    this.spec.series.forEach((series, index) => {
      setText(this.values[series.name], asNumber(traces[index].last));
      setAttribute(this.chips[index], "aria-pressed", String(!hidden.has(series.name)));
    });
    if (curves.count === 0 && !this.drawn) return setText(this.placeholder, "The curve begins with the first step.");
    try {
      const plotly = await loadPlotly();
      if (this.gone) return;
      // Bands lie behind the raw lines, and those behind the means.
      const data = ["band", "raw", "mean"].flatMap((kind) => traces.map((trace) => trace[kind]));
      await plotly.react(this.plot, data, layoutOf(this.spec, theme, "kept"), {
        displaylogo: false, displayModeBar: "hover", doubleClick: "autosize", showTips: false,
        modeBarButtons: [["zoom2d", "pan2d", "autoScale2d", "toImage"]],
        toImageButtonOptions: { filename: this.spec.title, scale: 2 },
      });
      this.drawn = true;
      setHidden(this.placeholder, true);
    } catch (error) {
      this.stale = true;
      setText(this.placeholder, error.message);
    }
  }

  destroy() {
    this.gone = true;
    this.watchSize.disconnect();
    this.watchView.disconnect();
    if (this.drawn) window.Plotly.purge(this.plot);
  }
}

/** All charts of a run and the smoothing they share. */
class Charts {
  constructor() {
    this.curves = new Curves();
    this.hidden = new Set(session.get("hidden", []));
    this.smoothing = session.get("smoothing", 0.6);
    this.theme = null;
    this.cards = [];
    this.output = el("output", { class: "ganlab-value" });
    this.slider = el("input", {
      type: "range", min: 0, max: 0.99, step: 0.01, value: this.smoothing, class: "ganlab-range", oninput: () => this.smooth(),
    });
    this.grain = el("span", { class: "ganlab-muted", title: "Each point is the mean of so many steps; the band goes from their lowest to their highest value." });
    this.list = el("div", { class: "ganlab-list" });
    this.root = el("div", { class: "ganlab-charts" },
      el("div", { class: "ganlab-toolbar" },
        el("label", {
          class: "ganlab-smoothing",
          title: "Exponential moving average, counted in points of the chart (a point is the mean of one or more steps). 0 shows the points as they are; the faint line always does.",
        }, "Smoothing", this.slider, this.output), this.grain),
      this.list);
    this.paintSlider();
  }

  paintSlider() {
    setText(this.output, this.smoothing.toFixed(2));
    paintRange(this.slider);
  }

  smooth() {
    this.smoothing = Number(this.slider.value);
    this.paintSlider();
    this.changed();
  }

  /** A setting changed: remember it, draw with the next frame. */
  changed() {
    session.set("smoothing", this.smoothing);
    session.set("hidden", [...this.hidden]);
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      for (const card of this.cards) card.renew();
    });
  }

  update({ charts, curves }) {
    const shape = JSON.stringify(charts);
    if (shape !== this.shape) {
      this.shape = shape;
      for (const card of this.cards) card.destroy();
      this.cards = charts.map((spec) => new Chart(spec, this));
      this.list.replaceChildren(...this.cards.map((card) => card.root));
    }
    const changed = this.curves.merge(curves);
    const { bucket } = this.curves;
    setText(this.grain, bucket > 1 ? `1 point = ${whole.format(bucket)} steps` : "");
    if (changed) for (const card of this.cards) card.renew();
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
    for (const card of this.cards) card.destroy();
  }
}
