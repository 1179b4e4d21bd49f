// A run of the list while it lives: how far it is, its last losses, the time left; asks the server once a second.

import { mount, NO_ANSWER, Refused, request } from "../base/app.js";
import { el, setAttribute, setText } from "../base/dom.js";

const EVERY_MS = 1000;
const LONGEST_WAIT_MS = 10000;

class LiveRow {
  constructor(component) {
    this.component = component;
    this.fill = el("div", { class: "ganlab-row-fill" });
    this.bar = el(
      "div",
      { class: "ganlab-row-bar", role: "progressbar", "aria-valuemin": 0, "aria-valuemax": 100 },
      this.fill,
    );
    this.facts = el("div", { class: "ganlab-muted" });
    this.root = el("div", { class: "ganlab" }, this.bar, this.facts);
    component.parentElement.append(this.root);
    this.stop = new AbortController();
    this.failures = 0;
    document.addEventListener("visibilitychange", () => this.refresh(), { signal: this.stop.signal });
    this.refresh();
  }

  update(component) {
    const renewed = component.data.token !== this.component.data.token;
    this.component = component;
    if (renewed) this.refresh();
  }

  async refresh() {
    clearTimeout(this.timer);
    if (document.hidden || this.asking) return;
    this.asking = true;
    let again = EVERY_MS;
    try {
      const { run_id } = this.component.data;
      const answer = await request(`ganlab/runs/${encodeURIComponent(run_id)}/pulse`, { signal: this.stop.signal });
      const run = await answer.json();
      this.failures = 0;
      this.show(run);
      if (run.state !== this.component.data.state) {
        // The page draws the row of a run that has come to rest, and no one asks any more.
        this.component.setTriggerValue("changed", run.state);
        if (!run.live) again = null;
      }
    } catch (error) {
      if (this.stop.signal.aborted) return;
      setText(this.facts, error instanceof Refused ? error.message : NO_ANSWER);
      again = error.status < 500 ? null : Math.min(LONGEST_WAIT_MS, EVERY_MS * 2 ** this.failures++);
    } finally {
      this.asking = false;
    }
    if (again !== null) this.timer = setTimeout(() => this.refresh(), again);
  }

  show(run) {
    const percent = run.max_steps ? Math.min(100, (100 * run.step) / run.max_steps) : 0;
    setAttribute(this.bar, "aria-label", "Progress of the training");
    setAttribute(this.bar, "aria-valuenow", Math.floor(percent));
    this.fill.style.width = `${percent.toFixed(2)}%`;
    setText(this.facts, run.facts);
  }

  destroy() {
    this.stop.abort();
    clearTimeout(this.timer);
    this.root.remove();
  }
}

export default function (component) {
  return mount(component, component.data.run_id, LiveRow);
}
