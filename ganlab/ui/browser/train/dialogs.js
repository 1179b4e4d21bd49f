// Going back in a run, or branching off: which snapshot, what changes, and whether one really wants to.

import { Refused } from "../base/app.js";
import { el, setAttribute, setHidden, setText } from "../base/dom.js";
import { inShort, same, whole } from "../base/numbers.js";
import { Field, hasEffect, rounded } from "./fields.js";

/** Steps of [first, last, every] ranges. */
function stepsOf(ranges) {
  return ranges.flatMap(([first, last, every]) =>
    Array.from({ length: Math.round((last - first) / every) + 1 }, (_, index) => first + index * every),
  );
}

/** The last step at or before a moment that a run can go on from; 0, its very beginning, is always one. */
export function snapshotBefore(snapshots, step) {
  return stepsOf(snapshots).findLast((each) => each <= step) ?? 0;
}

/** The last step that a run can go back to: behind its last one nothing is left to do. */
export function lastReturn({ max_steps: last }) {
  return last - 1;
}

/** A question with its answer's button; Escape or Cancel leave everything as it is. */
class Question {
  /** answer() → Promise: carries it out, throws Refused. */
  constructor(host, { title, lead, body, confirm, answer }) {
    this.answer = answer;
    this.error = el("p", { class: "ganlab-message", "data-error": "true", role: "alert", hidden: true });
    this.button = el("button", { type: "submit", class: "ganlab-button ganlab-primary" }, confirm);
    this.dialog = el(
      "dialog",
      { class: "ganlab-dialog", "aria-label": title, onclose: () => this.dialog.remove() },
      el(
        "form",
        { method: "dialog", novalidate: true, onsubmit: (event) => this.submit(event) },
        el("h3", { class: "ganlab-title" }, title),
        el("p", {}, lead),
        ...body,
        this.error,
        el(
          "div",
          { class: "ganlab-dialog-foot" },
          el("button", { type: "button", class: "ganlab-button", onclick: () => this.dialog.close() }, "Cancel"),
          this.button,
        ),
      ),
    );
    host.append(this.dialog);
    this.dialog.showModal();
  }

  async submit(event) {
    event.preventDefault();
    if (this.busy) return;
    this.busy = true;
    setAttribute(this.button, "aria-disabled", "true");
    try {
      await this.answer();
      this.dialog.close();
    } catch (error) {
      setHidden(this.error, false);
      setText(this.error, error instanceof Refused ? error.message : "Connection lost: try again.");
    }
    setAttribute(this.button, "aria-disabled", null);
    this.busy = false;
  }
}

/**
 * The settings in force from a step on: those of now without what was done later. What a fork has copied of its parent
 * is in them from the beginning.
 */
function settingsAt({ settings, edits }, step) {
  const found = { ...settings };
  for (const { changes } of edits.filter((edit) => !edit.parent && edit.step > step).reverse()) {
    for (const [name, [before]] of Object.entries(changes)) found[name] = before;
  }
  return found;
}

/** Settings that a dialog changes: `wanted` collects them. They are shown as they stood, or as `wanted` already says. */
class Changes {
  constructor(specs, wanted, hint) {
    this.specs = specs;
    this.wanted = { ...wanted };
    this.fields = specs.map((spec) => {
      const field = new Field(spec, async (name, value) => {
        this.wanted[name] = value;
        this.renew();
      });
      field.input.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault()); // takes the value, sends nothing
      return field;
    });
    this.told = el("span", { class: "ganlab-muted" });
    this.outcome = el("p", { class: "ganlab-muted ganlab-then", role: "status" });
    this.root = el(
      "details",
      { class: "ganlab-changes", open: Object.keys(wanted).length > 0 },
      el("summary", {}, "Change settings ", this.told),
      el("p", { class: "ganlab-muted" }, hint),
      el("div", { class: "ganlab-fields" }, ...this.fields.map((field) => field.root)),
    );
  }

  /** settings: those that hold if nothing is changed; now: the run's own, which they may differ from. */
  from(settings, now) {
    this.settings = settings;
    const differing = Object.keys(settings).filter((name) => !same(settings[name], now[name]));
    const told = differing.map((name) => `${name} ${inShort(settings[name])} (now ${inShort(now[name])})`).join(", ");
    setText(this.outcome, told ? `Settings at that step: ${told}.` : "The settings at that step are those of now.");
    this.renew();
  }

  renew() {
    for (const [name, value] of Object.entries(this.wanted))
      if (same(value, this.settings[name])) delete this.wanted[name];
    const shown = { ...this.settings, ...this.wanted };
    for (const field of this.fields) {
      field.show(shown[field.spec.name]);
      setHidden(field.root, !hasEffect(field.spec, shown, this.specs));
      setAttribute(field.root, "data-changed", field.spec.name in this.wanted ? "true" : null);
    }
    const told = Object.entries(this.wanted)
      .map(([name, value]) => `${name} ${inShort(value)}`)
      .join(", ");
    setText(this.told, told ? `· ${told}` : "");
  }

  /** What is typed and was not left yet counts as well. */
  take() {
    for (const field of this.fields) if (field.editing && !field.wrong) field.leave();
    return this.wanted;
  }
}

/** A box of steps that a run can go on from, and 0, its very beginning. chosen(step): called now and at each choice. */
function stepBox(snapshots, first, chosen) {
  const steps = [...new Set([0, ...snapshots, first])].sort((one, other) => other - one);
  chosen(first);
  return el(
    "select",
    {
      class: "ganlab-input",
      "aria-label": "Step to continue from",
      onchange: (event) => chosen(Number(event.target.value)),
    },
    ...steps.map((step) =>
      el(
        "option",
        { value: step, selected: step === first },
        `step ${whole.format(step)}${step ? "" : " (the beginning)"}`,
      ),
    ),
  );
}

/** Behind the last step nothing is left to do: twice as many steps are proposed. */
function withSteps(changes, step, { max_steps: last }) {
  return step >= last ? { max_steps: Math.min(2 * last, 10_000_000), ...changes } : changes;
}

export function askRewind(host, { run, specs, step, changes = {}, order }) {
  const settings = new Changes(
    specs.filter((spec) => spec.knob),
    changes,
    "What is not changed goes back to what it was at that step.",
  );
  const halve = el("input", { type: "checkbox", class: "ganlab-check" });
  const rates = el("span", {});
  const halves = !("lr_d" in changes || "lr_g" in changes); // else the remedy has its own
  let halved = {};
  const box = stepBox(
    stepsOf(run.snapshots).filter((each) => each <= lastReturn(run)),
    step,
    (chosen) => {
      const then = { ...settingsAt(run, chosen), max_steps: run.settings.max_steps };
      settings.from(then, run.settings);
      halved = { lr_d: rounded(then.lr_d / 2), lr_g: rounded(then.lr_g / 2) };
      setText(rates, `with half the learning rates (lr_d ${inShort(halved.lr_d)}, lr_g ${inShort(halved.lr_g)})`);
    },
  );
  new Question(host, {
    title: "Rewind the run",
    lead: "Training continues from a snapshot. Nothing that was logged or saved is erased, but curves and samples after that step are no longer shown.",
    body: [
      el("label", { class: "ganlab-line" }, "Go back to", box),
      settings.outcome,
      halves && el("label", { class: "ganlab-line" }, halve, rates),
      settings.root,
    ].filter(Boolean),
    confirm: "Rewind",
    answer: () =>
      order("rewind", { step: Number(box.value), changes: { ...settings.take(), ...(halve.checked ? halved : {}) } }),
  });
}

/** forked(id): called with the new run. */
export function askFork(host, { run, specs, step, changes: asked = {}, unfold = false, order, forked }) {
  const name = el("input", {
    type: "text",
    class: "ganlab-input",
    placeholder: "made of time and recipe",
    maxlength: 100,
    autocomplete: "off",
  });
  const settings = new Changes(
    specs,
    withSteps(asked, step, run),
    "What the weights depend on, such as the network, can only change from step 0.",
  );
  const box = stepBox(stepsOf(run.snapshots), step, (chosen) => settings.from(settingsAt(run, chosen), run.settings));
  if (unfold) settings.root.open = true;
  new Question(host, {
    title: "Fork the run",
    lead: "A new run continues from a snapshot of this one, in a folder of its own; this run stays as it is.",
    body: [
      el("label", { class: "ganlab-line" }, "Begin at", box),
      settings.outcome,
      el("label", { class: "ganlab-line" }, "Name", name),
      settings.root,
    ],
    confirm: "Fork",
    answer: async () => {
      const answer = await order("fork", { step: Number(box.value), name: name.value, changes: settings.take() });
      forked(answer.run);
    },
  });
}
