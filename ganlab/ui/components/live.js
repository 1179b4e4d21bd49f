// A run as it happens: state and actions, progress, curves, samples; asks the server once a second while the run lives.

const STATES = {
  queued: ["Queued", "gray"],
  loading: ["Loading", "blue"],
  training: ["Training", "green"],
  paused: ["Paused", "orange"],
  stopping: ["Stopping…", "orange"],
  stopped: ["Stopped", "gray"],
  finished: ["Finished", "blue"],
  failed: ["Failed", "red"],
  interrupted: ["Interrupted", "orange"],
  elsewhere: ["Running elsewhere", "violet"],
};

const ACTIONS = {
  pause: ["Pause", "pause"],
  unpause: ["Resume", "play"],
  resume: ["Resume", "play"],
  stop: ["Stop", "stop"],
};

const AFTER_ACTION_MS = 5000; // the worker obeys at its next beat: look on for a while, whatever `live` says
const LONGEST_PAUSE_MS = 10000;
const YOUNG_S = 4;
const YOUNG_PAUSE_MS = 300;
const WAKE_APART_MS = 400; // a window that comes to the front tells so twice

/** Title, badge, buttons, progress and the message line. */
class Header {
  constructor(act) {
    this.title = el("h2", { class: "ganlab-heading" });
    this.word = el("span", {});
    this.badge = el("span", { class: "ganlab-badge" }, el("span", { class: "ganlab-pulse", "aria-hidden": "true" }), this.word);
    this.steps = el("span", { class: "ganlab-steps" });
    this.buttons = Object.fromEntries(Object.entries(ACTIONS).map(([action, [label, picture]]) => [
      action,
      el("button", { type: "button", class: "ganlab-button", hidden: true, onclick: () => this.busy || act(action) }, icon(picture), label),
    ]));
    this.fill = el("div", { class: "ganlab-fill" });
    this.bar = el("div", { class: "ganlab-bar", role: "progressbar", "aria-valuemin": 0, "aria-valuemax": 100 }, this.fill);
    this.facts = el("div", { class: "ganlab-facts" });
    this.message = el("p", { class: "ganlab-message", role: "status", hidden: true });
    this.root = el("header", { class: "ganlab-header" },
      el("div", { class: "ganlab-row" },
        el("div", { class: "ganlab-name" }, this.title, this.badge),
        el("div", { class: "ganlab-acts" }, this.steps, ...Object.values(this.buttons))),
      this.bar, this.facts, this.message);
    setHidden(this.bar, true);
  }

  update(run) {
    const [word, colour] = STATES[run.state] ?? [run.state, "gray"];
    setText(this.title, run.title);
    setText(this.word, word);
    setAttribute(this.badge, "data-colour", colour);
    setAttribute(this.badge, "data-state", run.state);
    setText(this.steps, run.max_steps ? `step ${whole.format(run.step)} of ${whole.format(run.max_steps)}` : `step ${whole.format(run.step)}`);
    this.offer(run.actions);
    this.progress(run);
  }

  offer(actions) {
    const focused = Object.values(this.buttons).find((button) => button === document.activeElement);
    for (const [action, button] of Object.entries(this.buttons)) setHidden(button, !actions.includes(action));
    // Pause gives way to Resume under the fingers: the keyboard stays where it was.
    if (focused?.hidden) Object.values(this.buttons).find((button) => !button.hidden)?.focus();
  }

  progress(run) {
    const loading = run.state === "loading";
    const fraction = loading ? run.progress?.fraction : run.max_steps ? run.step / run.max_steps : null;
    const known = fraction !== null && fraction !== undefined;
    const percent = known ? Math.min(100, Math.floor(100 * fraction)) : null;
    setHidden(this.bar, !known && !loading);
    setAttribute(this.bar, "data-unknown", known ? null : "true");
    setAttribute(this.bar, "aria-label", loading ? (run.progress?.label ?? "Loading") : "Progress of the training");
    setAttribute(this.bar, "aria-valuenow", percent);
    const width = known ? `${Math.min(100, 100 * fraction).toFixed(2)}%` : "";
    if (this.fill.style.width !== width) this.fill.style.width = width;
    this.tell([
      loading && (run.progress?.label ?? "Loading"),
      known && `${percent} %`,
      !loading && run.steps_per_s && `${asNumber(run.steps_per_s, 3)} steps/s`,
      !loading && run.images_per_s && `${asNumber(run.images_per_s, 3)} images/s`,
      run.elapsed_s && `${asDuration(run.elapsed_s)} elapsed`,
      run.left_s !== null && run.left_s !== undefined && run.state === "training" && `${asDuration(run.left_s)} left`,
      run.device,
    ].filter(Boolean));
  }

  tell(facts) {
    while (this.facts.children.length > facts.length) this.facts.lastChild.remove();
    while (this.facts.children.length < facts.length) this.facts.append(el("span", {}));
    facts.forEach((fact, place) => setText(this.facts.children[place], fact));
  }

  say(text, isError) {
    setHidden(this.message, !text);
    setText(this.message, text);
    setAttribute(this.message, "data-error", isError ? "true" : null);
  }

  setBusy(busy) {
    this.busy = busy;
    // Not `disabled`: that would throw the keyboard off the button.
    for (const button of Object.values(this.buttons)) setAttribute(button, "aria-disabled", busy ? "true" : null);
  }
}

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
    this.header = new Header((action) => this.act(action));
    this.charts = new Charts();
    this.samples = new Samples(async (step) => {
      // The browser's cache would keep the grids of steps that a rewind undid.
      const answer = await this.request(`/samples/${step}`, { cache: "no-store" });
      return answer.blob();
    });
    this.main = el("div", { class: "ganlab-main", hidden: true }, this.charts.root, this.samples.root);
    this.root = el("div", { class: "ganlab ganlab-live" }, el("div", { class: "ganlab-fit" }, this.header.root, this.main));
    component.parentElement.append(this.root);
    this.charts.setTheme(readTheme(this.root));
    const { signal } = this.stop;
    document.addEventListener("visibilitychange", () => this.wake(), { signal });
    window.addEventListener("focus", () => this.wake(), { signal });
    this.refresh();
  }

  /** Called again by Streamlit: other data or another theme, the same run. */
  update(component) {
    const { token } = this.component.data;
    this.component = component;
    this.charts.setTheme(readTheme(this.root));
    if (component.data.token !== token) this.refresh();
  }

  request(path, options = {}) {
    const { run_id: id, token } = this.component.data;
    return request(`/ganlab/runs/${encodeURIComponent(id)}${path}`, token, { signal: this.stop.signal, ...options });
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
      if (this.run.live || performance.now() < this.lookUntil) again = this.pause();
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
    const young = this.run.state === "loading" || (this.run.state === "training" && this.run.elapsed_s < YOUNG_S);
    return young ? Math.min(YOUNG_PAUSE_MS, usual) : usual;
  }

  take(text) {
    if (text === this.answer) return;
    const run = JSON.parse(text);
    this.answer = text;
    this.run = run;
    this.header.update(run);
    this.charts.update(run);
    this.samples.update(run);
    setHidden(this.main, false);
    if (this.state !== null && this.state !== run.state) {
      this.complaint = "";
      this.component.setTriggerValue("changed", run.state);
    }
    this.state = run.state;
  }

  say() {
    const text = this.trouble || this.complaint || this.run?.message || "";
    this.header.say(text, Boolean(this.trouble || this.complaint) || this.run?.state === "failed");
  }

  async act(action) {
    this.header.setBusy(true);
    this.complaint = "";
    try {
      await this.request(`/${action}`, { method: "POST" });
      this.lookUntil = performance.now() + AFTER_ACTION_MS;
    } catch (error) {
      if (this.stop.signal.aborted) return;
      this.complaint = error instanceof Refused ? error.message : "The app did not answer: try again.";
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
