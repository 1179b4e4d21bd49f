// What else can be done with a generator: one tool at a time, under the pictures.

/** Rows: title and what makes the tool of a view; a tool has `root`, and perhaps shown(), settled(), entered(), destroy(). */
const TOOLS = [];

/** Something that takes the server a while: how far it is, and a way to give it up. */
class Errand {
  /** busy(on): called when it begins and when it ends. */
  constructor(view, busy) {
    Object.assign(this, { view, busy });
    this.note = new Note();
    this.meter = el("div");
    this.progress = el("div", { class: "ganlab-meter", role: "progressbar", "aria-label": "How far it is", "aria-valuemin": 0, "aria-valuemax": 100 }, this.meter);
    this.way = el("div", { class: "ganlab-errand", hidden: true }, this.progress, button("stop", "Cancel", () => this.stop?.abort(), { more: "ganlab-quiet" }));
    this.root = el("div", {}, this.note.root, this.way);
  }

  /** What the server's last line says; null where it was given up, or failed and the note says why. */
  async run(path, query, body) {
    this.stop?.abort();
    const stop = (this.stop = new AbortController());
    let last = null;
    this.show({ doing: "Asking", share: 0 });
    this.busy(true);
    try {
      const answer = await this.view.gate.ask(path, query, body, stop.signal);
      await receive(answer, { line: (told) => (told.doing ? this.show(told) : (last = told)) });
      this.note.say(null);
    } catch (error) {
      last = null;
      if (!this.view.gone) this.note.fail(error);
      if (!this.view.gone && error.name === "AbortError") this.note.say("Cancelled.");
    }
    setHidden(this.way, true);
    this.busy(false);
    return this.view.gone ? null : last;
  }

  show({ doing, share }) {
    this.note.say(`${doing}…${share ? ` ${Math.round(100 * share)} %` : ""}`);
    this.meter.style.width = `${100 * share}%`;
    setAttribute(this.progress, "aria-valuenow", Math.round(100 * share));
    setHidden(this.way, false);
  }

  destroy() {
    this.stop?.abort();
  }
}

class Tools {
  constructor(view) {
    this.view = view;
    this.made = new Map();
    this.place = el("div", { class: "ganlab-tool" });
    this.tabs = TOOLS.map(({ title }, n) => el("button", {
      type: "button", class: "ganlab-tab", role: "tab", "aria-selected": "false", onclick: () => this.turn(n), onkeydown: (event) => this.step(event, n),
    }, title));
    this.root = el("section", { class: "ganlab-tools" }, el("div", { class: "ganlab-tabs", role: "tablist", "aria-label": "Tools" }, ...this.tabs), this.place);
    this.turn(session.get("tool", 0) % TOOLS.length, false);
  }

  get tool() {
    return this.made.get(this.shown);
  }

  turn(n, asked = true) {
    this.shown = n;
    if (!this.made.has(n)) this.made.set(n, new TOOLS[n].Tool(this.view));
    this.tabs.forEach((tab, each) => {
      setAttribute(tab, "aria-selected", String(each === n));
      setAttribute(tab, "tabindex", each === n ? 0 : -1);
    });
    this.place.replaceChildren(this.tool.root);
    if (asked) session.set("tool", n);
    if (this.view.plane) this.tool.entered?.();
  }

  step(event, n) {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    const next = (n + by + TOOLS.length) % TOOLS.length;
    this.turn(next);
    this.tabs[next].focus();
  }

  /** The tool of a class, made if need be. */
  of(Tool) {
    const n = TOOLS.findIndex((row) => row.Tool === Tool);
    if (!this.made.has(n)) this.made.set(n, new Tool(this.view));
    return this.made.get(n);
  }

  keep() {
    this.of(WalkTool).keep();
  }

  entered() {
    this.tool.entered?.();
  }

  /** The picture is another one; `settled` comes once the hand rests. */
  moved() {
    this.tool.moved?.();
  }

  settled() {
    this.tool.settled?.();
  }

  destroy() {
    for (const tool of this.made.values()) tool.destroy?.();
  }
}
