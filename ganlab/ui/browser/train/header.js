// What stands above a run: its title and state, what may be done to it, how far it is, where it comes from.

import { el, icon, setAttribute, setHidden, setText } from "../base/dom.js";
import { asDuration, asNumber, whole } from "../base/numbers.js";
import { runLink } from "./run_link.js";

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
  "paused-elsewhere": ["Paused elsewhere", "violet"],
};

const ACTIONS = {
  pause: ["Pause", "pause"],
  unpause: ["Resume", "play"],
  resume: ["Resume", "play"],
  resume_anyway: ["Resume anyway", "play"],
  stop: ["Stop", "stop"],
};

/** Title, badge, buttons, progress, origin, the run that it waits for, and the message line. */
export class Header {
  /** act(action, id): orders something of this run, or of the one named. */
  constructor(act) {
    this.act = act;
    this.origin = el("div", { class: "ganlab-origin", hidden: true });
    // A name of more than two lines is cut; a click shows the rest.
    this.title = el("h2", { class: "ganlab-heading", onclick: () => this.title.toggleAttribute("data-whole") });
    this.word = el("span", {});
    this.badge = el(
      "span",
      { class: "ganlab-badge" },
      el("span", { class: "ganlab-pulse", "aria-hidden": "true" }),
      this.word,
    );
    this.steps = el("span", { class: "ganlab-steps" });
    this.buttons = Object.fromEntries(
      Object.entries(ACTIONS).map(([action, [label, picture]]) => [
        action,
        el(
          "button",
          { type: "button", class: "ganlab-button", hidden: true, onclick: () => this.busy || act(action) },
          icon(picture),
          label,
        ),
      ]),
    );
    this.fill = el("div", { class: "ganlab-fill" });
    this.bar = el(
      "div",
      { class: "ganlab-bar", role: "progressbar", "aria-valuemin": 0, "aria-valuemax": 100 },
      this.fill,
    );
    this.facts = el("div", { class: "ganlab-facts" });
    this.message = el("p", { class: "ganlab-message", role: "status", hidden: true });
    this.wait = el("div", { class: "ganlab-message ganlab-wait", hidden: true });
    this.root = el(
      "header",
      { class: "ganlab-header" },
      el(
        "div",
        { class: "ganlab-row" },
        el("div", { class: "ganlab-name" }, this.title, this.badge),
        el("div", { class: "ganlab-acts" }, this.steps, ...Object.values(this.buttons)),
      ),
      this.bar,
      el("div", { class: "ganlab-row" }, this.facts, this.origin),
      this.wait,
      this.message,
    );
    setHidden(this.bar, true);
  }

  update(run) {
    const [word, colour] = STATES[run.state] ?? [run.state, "gray"];
    setText(this.title, run.title);
    setAttribute(this.title, "title", run.title);
    setText(this.word, word);
    setAttribute(this.badge, "data-colour", colour);
    setAttribute(this.badge, "data-state", run.state);
    setAttribute(
      this.badge,
      "data-beat",
      run.state === "training" && !this.badge.hasAttribute("data-beat") ? "true" : null,
    );
    setText(
      this.steps,
      run.max_steps
        ? `step ${whole.format(run.step)} of ${whole.format(run.max_steps)}`
        : `step ${whole.format(run.step)}`,
    );
    this.offer(run.actions);
    this.progress(run);
  }

  /** Where a fork began. */
  tellOrigin(parent, open) {
    setHidden(this.origin, !parent);
    if (!parent) return;
    const from = `at step ${whole.format(parent.step)}`;
    this.origin.replaceChildren(
      icon("fork"),
      " forked from ",
      parent.title === null ? `a run that was deleted, ${from}` : runLink(parent.id, open, `${parent.title}, ${from}`),
    );
  }

  /** The run that a queued one waits for, and what ends the wait. */
  tellWait(ahead, open) {
    const text = JSON.stringify(ahead);
    if (text === this.waitTold) return;
    this.waitTold = text;
    setHidden(this.wait, !ahead);
    if (!ahead) return;
    const { id, title, state, actions } = ahead;
    const name = (STATES[state]?.[0] ?? state).toLowerCase().replace("…", "");
    this.wait.replaceChildren(
      el("span", {}, "Waits for ", runLink(id, open, `${title} · ${id}`), ` which is ${name}.`),
      ...actions.map((action) => {
        const [label, picture] = ACTIONS[action];
        return el(
          "button",
          {
            type: "button",
            class: "ganlab-button ganlab-small",
            title: `${label} ${id}`,
            onclick: () => this.busy || this.act(action, id),
          },
          icon(picture),
          `${label} it`,
        );
      }),
    );
  }

  offer(actions) {
    const focused = Object.values(this.buttons).find((button) => button === document.activeElement);
    for (const [action, button] of Object.entries(this.buttons)) setHidden(button, !actions.includes(action));
    // Pause gives way to Resume under the fingers: the keyboard stays where it was.
    if (focused?.hidden)
      Object.values(this.buttons)
        .find((button) => !button.hidden)
        ?.focus();
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
    this.tell(
      [
        loading && (run.progress?.label ?? "Loading"),
        known && `${percent} %`,
        !loading && run.steps_per_s && `${asNumber(run.steps_per_s, 3)} steps/s`,
        !loading && run.images_per_s && `${asNumber(run.images_per_s, 3)} images/s`,
        run.elapsed_s && `${asDuration(run.elapsed_s)} elapsed`,
        run.left_s !== null && run.left_s !== undefined && run.state === "training" && `${asDuration(run.left_s)} left`,
        run.device,
        run.communication && `${Math.round(100 * run.communication)} % of a step is communication`,
      ].filter(Boolean),
    );
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
