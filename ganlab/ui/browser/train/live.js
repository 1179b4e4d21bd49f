// A run as it happens: state and actions, progress, what can be changed, alarms, curves, samples; asks the server once
// a second while the run lives.

import { nameInAddress } from "../base/address.js";
import { mount, NO_ANSWER, Refused, request } from "../base/app.js";
import { el, icon, setAttribute, setHidden, setText } from "../base/dom.js";
import { whole } from "../base/numbers.js";
import { readTheme } from "../base/theme.js";
import { pictureOf } from "../plane/drawing.js";
import { Alarms } from "./alarms.js";
import { Charts } from "./charts.js";
import { askFork, askRewind, lastReturn, snapshotBefore } from "./dialogs.js";
import { Header } from "./header.js";
import { Pins } from "./pins.js";
import { Samples } from "./samples.js";
import { Scores } from "./scores.js";
import { Single } from "./single.js";
import { Steer } from "./steer.js";

const AFTER_ACTION_MS = 5000; // the worker obeys at its next beat: look on for a while, whatever `live` says
const LAST_LOOK_MS = 900;
const LONGEST_PAUSE_MS = 10000;
const YOUNG_S = 4;
const YOUNG_PAUSE_MS = 300;
const OBEYING_PAUSE_MS = 250; // while an order waits for the next step
const PAUSED_PAUSE_MS = 2000; // another tab may lay its hand on a paused run
const BRANCHES_APART_MS = 10000;
const WAKE_APART_MS = 400; // a window that comes to the front tells so twice

class LiveRun {
  constructor(component) {
    this.component = component;
    this.run = null;
    this.state = component.data.state ?? null; // as the page knows it
    this.answer = ""; // the last one, as text
    this.failures = 0;
    this.trouble = ""; // of the connection
    this.complaint = ""; // of the last action
    this.lookUntil = 0;
    this.stop = new AbortController();
    this.notice = ""; // of a single update that was refused
    this.branchesAt = -Infinity;
    this.header = new Header((action, id) => this.act(action, id));
    const specs = component.data.settings ?? [];
    const order = (action, particulars) => this.order(action, particulars);
    this.ask = {
      fork: (more) => askFork(this.root, { run: this.run, specs, order, forked: (id) => this.open(id), ...more }),
    };
    this.ask.rewind = (more) => askRewind(this.root, { run: this.run, specs, order, ...more });
    this.steer = new Steer(specs, { order, fork: () => this.ask.fork({ step: this.from.fork, unfold: true }) });
    this.single = new Single({ order, say: (sentence) => ((this.notice = sentence), this.say()) });
    this.alarms = new Alarms((remedy) => this.remedy(remedy));
    const load = async (step) => {
      const { plane } = this.run.grid;
      if (plane) return pictureOf(await (await this.request(`/plane/${step}`)).arrayBuffer(), plane, this.root);
      // The browser's cache would keep the grids of steps that a rewind undid.
      const answer = await this.request(`/samples/${step}`, { cache: "no-store" });
      return answer.blob();
    };
    this.pins = new Pins(component.data.run_id, {
      load,
      go: (step) => this.samples.goTo(step),
      changed: () => this.samples.tellPin(),
    });
    this.charts = new Charts({
      pins: this.pins,
      open: (id) => this.open(id),
      download: () => this.download(),
      pick: (step) => this.samples.goTo(step),
    });
    this.scores = new Scores(async (step) => (await this.request(`/scores/${step}`, { cache: "no-store" })).json());
    this.samples = new Samples({
      load,
      raw: async (step, following) => {
        const answer = await this.request(`/raw/${following ? "live" : snapshotBefore(this.run.snapshots, step)}`, {
          cache: "no-store",
        });
        return { blob: await answer.blob(), step: Number(answer.headers.get("X-Ganlab-Step")) };
      },
      moment: (step, following) => this.look(step, following),
      explore: component.data.explores ? (wish) => this.component.setTriggerValue("explore", wish) : null,
      pins: this.pins,
    });
    const here = (action, label, step) =>
      el(
        "button",
        { type: "button", class: "ganlab-button ganlab-small", onclick: () => this.ask[action]({ step: step() }) },
        icon(action),
        label,
      );
    this.here = { rewind: el("span", {}), fork: el("span", {}) };
    this.toBest = here("rewind", el("span", {}, "Rewind to the best"), () => this.run.best.step);
    this.branch = el(
      "div",
      { class: "ganlab-here" },
      here("rewind", this.here.rewind, () => this.from.rewind),
      this.toBest,
      here("fork", this.here.fork, () => this.from.fork),
    );
    this.samples.root.append(this.branch);
    this.strip = el("div", { class: "ganlab-strip" }, this.steer.fold.button, this.single.fold.button);
    this.bench = el(
      "div",
      { class: "ganlab-bench", hidden: true },
      this.strip,
      this.alarms.root,
      this.charts.tiles.root,
      el("div", { class: "ganlab-panels" }, this.steer.panel, this.single.panel),
      this.charts.root,
      el("div", { class: "ganlab-side" }, this.samples.root, this.scores.root),
    );
    this.root = el(
      "div",
      { class: "ganlab ganlab-live" },
      el("div", { class: "ganlab-fit" }, this.header.root, this.bench),
    );
    component.parentElement.append(this.root);
    nameInAddress(component.data.run_id);
    this.charts.setTheme(readTheme(this.root));
    const { signal } = this.stop;
    document.addEventListener("visibilitychange", () => this.wake(), { signal });
    window.addEventListener("focus", () => this.wake(), { signal });
    this.refresh();
  }

  /** Called again by Streamlit: other data or another theme, the same run. */
  update(component) {
    const renewed = component.data.token !== this.component.data.token;
    this.component = component;
    this.charts.setTheme(readTheme(this.root));
    if (renewed) this.refresh();
  }

  request(path, options = {}, id = this.component.data.run_id) {
    return request(`ganlab/runs/${encodeURIComponent(id)}${path}`, { signal: this.stop.signal, ...options });
  }

  async refresh() {
    if (this.asking) return void (this.askAgain = true);
    this.asking = true;
    clearTimeout(this.timer);
    this.askedAt = performance.now();
    let again = null; // ms
    try {
      const answer = await this.request(`/live${this.charts.curves.query}`, { cache: "no-store" });
      this.take(await answer.text());
      this.charts.retry();
      this.samples.retry();
      this.failures = 0;
      this.trouble = "";
      const watched = this.run.live || this.run.state === "paused" || this.run.pending > 0 || this.steer.waiting;
      if (watched || performance.now() < this.lookUntil) again = this.pause();
      if (performance.now() - this.branchesAt > BRANCHES_APART_MS) this.loadBranches();
    } catch (error) {
      if (this.stop.signal.aborted) return;
      this.trouble = error instanceof Refused ? error.message : NO_ANSWER;
      // A refusal (4xx) would be the same again; a lost or stumbling server may come back.
      if (!(error.status < 500)) {
        again = Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** this.failures++);
        if (!(error instanceof TypeError || error instanceof Refused)) console.error(error);
      }
    } finally {
      this.asking = false;
    }
    this.say();
    if (this.askAgain) {
      this.askAgain = false;
      again = 0;
    }
    if (again !== null && !document.hidden) this.timer = setTimeout(() => this.refresh(), again);
  }

  /** ms until the next request: the first seconds of a run are watched closely. */
  pause() {
    const usual = this.component.data.poll_ms ?? 1000;
    if (this.run.pending || this.steer.waiting) return Math.min(OBEYING_PAUSE_MS, usual);
    if (this.run.state === "paused" && performance.now() > this.lookUntil) return Math.max(PAUSED_PAUSE_MS, usual);
    const young = this.run.state === "loading" || (this.run.state === "training" && this.run.elapsed_s < YOUNG_S);
    return young ? Math.min(YOUNG_PAUSE_MS, usual) : usual;
  }

  take(text) {
    if (text === this.answer) {
      if (this.steer.waiting) this.steer.update(this.run); // counts the answers that it waits
      return;
    }
    const run = JSON.parse(text);
    const before = this.run;
    this.answer = text;
    this.run = run;
    if (before && before.curves.timeline !== run.curves.timeline) {
      this.samples.forget();
      this.pins.forgetAfter(run.step);
      this.scores.forget();
    }
    setHidden(this.branch, run.explore_only);
    this.header.update(run);
    this.header.tellWait(run.waits_for, (id) => this.open(id));
    this.steer.update(run);
    this.single.update(run);
    this.alarms.update(run);
    this.charts.update(run);
    this.samples.update(run);
    this.pins.update(run.grid);
    // With the snapshots as they are now, and where no picture is left.
    if (run.samples.length && this.moment) this.look(...this.moment);
    else this.look(undefined, true);
    setHidden(this.bench, false);
    // What the page says below of the loss follows it.
    const other =
      before && (before.settings.loss !== run.settings.loss || before.settings.penalty !== run.settings.penalty);
    if ((this.state !== null && this.state !== run.state) || other) {
      if (this.state !== run.state) {
        this.complaint = this.notice = "";
        this.lookUntil = Math.max(this.lookUntil, performance.now() + LAST_LOOK_MS); // what its end has left behind
      }
      this.component.setTriggerValue("changed", run.state);
    }
    this.state = run.state;
  }

  /** The step that the whole page looks at: samples, cursor, scores, and where one would go back to. */
  look(step, following) {
    this.moment = [step, following];
    this.charts.look(following ? null : step);
    this.scores.look(step);
    const moment = following ? this.run.step : step;
    const { snapshots } = this.run;
    this.from = {
      rewind: snapshotBefore(snapshots, Math.min(moment, lastReturn(this.run))),
      fork: snapshotBefore(snapshots, moment),
    };
    setText(this.here.rewind, `Rewind to step ${whole.format(this.from.rewind)}`);
    const { best } = this.run;
    setHidden(this.toBest, !best || best.step > lastReturn(this.run));
    setAttribute(this.toBest, "title", best && `Step ${whole.format(best.step)}: ${best.text}`);
    setText(this.here.fork, `Fork from step ${whole.format(this.from.fork)}`);
  }

  say() {
    const wrong = this.trouble || this.complaint || this.notice || this.run?.notice;
    this.header.say(wrong || this.run?.message || "", Boolean(wrong) || this.run?.state === "failed");
  }

  /** Give an order. Throws Refused with the server's sentence. */
  async order(action, particulars = {}) {
    const answer = await this.request(`/${action}`, {
      method: "POST",
      body: JSON.stringify(particulars),
      headers: { "Content-Type": "application/json" },
    });
    this.lookUntil = performance.now() + AFTER_ACTION_MS;
    this.refresh();
    return answer.json();
  }

  /** An edit is done at once, since it can be undone; the others ask first. */
  async remedy({ kind, changes, step }) {
    if (kind !== "edit") return this.ask[kind]({ step: step ?? this.from[kind], changes });
    this.complaint = "";
    try {
      await this.order("edit", { changes });
    } catch (error) {
      this.complaint = error instanceof Refused ? error.message : "Connection lost: try again.";
    }
    this.say();
  }

  /** Show another run. */
  open(id) {
    this.component.setTriggerValue("open", id);
  }

  async loadBranches() {
    this.branchesAt = performance.now();
    try {
      const { parent, children } = await (await this.request("/branches", { cache: "no-store" })).json();
      this.header.tellOrigin(parent, (id) => this.open(id));
      this.charts.branch(children);
    } catch {
      this.branchesAt = -Infinity; // with the next refresh again
    }
  }

  async download() {
    try {
      const blob = await (await this.request("/csv", { cache: "no-store" })).blob();
      const link = el("a", { href: URL.createObjectURL(blob), download: `${this.run.id}.csv` });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    } catch (error) {
      this.complaint = error instanceof Refused ? error.message : NO_ANSWER;
      this.say();
    }
  }

  /** An order to this run, or to the one that it waits for. */
  async act(action, id) {
    this.header.setBusy(true);
    this.complaint = "";
    try {
      await this.request(`/${action}`, { method: "POST" }, id);
      this.lookUntil = performance.now() + AFTER_ACTION_MS;
    } catch (error) {
      if (this.stop.signal.aborted) return;
      this.complaint = error instanceof Refused ? error.message : "Connection lost: try again.";
    }
    this.header.setBusy(false);
    this.say();
    this.refresh();
  }

  wake() {
    if (document.hidden) return clearTimeout(this.timer);
    if (!this.asking && performance.now() - this.askedAt > WAKE_APART_MS) this.refresh();
  }

  destroy() {
    this.stop.abort();
    clearTimeout(this.timer);
    this.charts.destroy();
    this.samples.destroy();
    this.root.remove();
  }
}

export default function (component) {
  return mount(component, component.data.run_id, LiveRun);
}
