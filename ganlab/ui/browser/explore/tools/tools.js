// What else can be done with a generator: one tool at a time, beside the picture.

import { el, setAttribute } from "../../base/dom.js";
import { session } from "../../base/session.js";
import { AgesTool } from "./ages.js";
import { BesideTool } from "./beside.js";
import { CopyingTool } from "./copying.js";
import { FindTool } from "./finding.js";
import { JudgeTool } from "./judging.js";
import { ArithmeticTool } from "./sums.js";
import { TakeTool } from "./taking.js";
import { WalkTool } from "./walking.js";

/** Rows: title and what makes the tool of a view; a tool has `root`, and perhaps moved(), settled(), entered(), left(), destroy(). */
const TOOLS = [
  { title: "Walk", Tool: WalkTool },
  { title: "Time", Tool: AgesTool },
  { title: "Side by side", Tool: BesideTool },
  { title: "From a picture", Tool: FindTool },
  { title: "Scores", Tool: JudgeTool },
  { title: "Memorised?", Tool: CopyingTool },
  { title: "Arithmetic", Tool: ArithmeticTool },
  { title: "Take it away", Tool: TakeTool },
];

export class Tools {
  constructor(view) {
    this.view = view;
    this.made = new Map();
    this.place = el("div", { class: "ganlab-tool" });
    this.tabs = TOOLS.map(({ title }, n) =>
      el(
        "button",
        {
          type: "button",
          class: "ganlab-tab",
          role: "tab",
          "aria-selected": "false",
          onclick: () => this.turn(n),
          onkeydown: (event) => this.step(event, n),
        },
        title,
      ),
    );
    this.root = el(
      "section",
      { class: "ganlab-tools" },
      el("div", { class: "ganlab-tabs", role: "tablist", "aria-label": "Tools" }, ...this.tabs),
      this.place,
    );
    this.turn(session.get("tool", 0) % TOOLS.length, false);
  }

  get tool() {
    return this.made.get(this.shown);
  }

  turn(n, asked = true) {
    if (n !== this.shown) this.tool?.left?.();
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
