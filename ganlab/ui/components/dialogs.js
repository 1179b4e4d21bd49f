// Going back in a run, or branching off: which snapshot, what changes, and whether one really wants to.

/** Steps of [first, last, every] ranges. */
function stepsOf(ranges) {
  return ranges.flatMap(([first, last, every]) =>
    Array.from({ length: Math.round((last - first) / every) + 1 }, (_, index) => first + index * every));
}

/** The last step at or before a moment that a run can go on from; 0, its very beginning, is always one. */
function snapshotBefore(snapshots, step) {
  return stepsOf(snapshots).findLast((each) => each <= step) ?? 0;
}

/** The last step that a run can go back to: behind its last one nothing is left to do. */
function lastReturn({ max_steps: last }) {
  return last - 1;
}

/** A question with its answer's button; Escape or Cancel leave everything as it is. */
class Question {
  /** answer() → Promise: carries it out, throws Refused. */
  constructor(host, { title, lead, body, confirm, answer }) {
    this.answer = answer;
    this.error = el("p", { class: "ganlab-message", "data-error": "true", role: "alert", hidden: true });
    this.button = el("button", { type: "submit", class: "ganlab-button ganlab-primary" }, confirm);
    this.dialog = el("dialog", { class: "ganlab-dialog", "aria-label": title, onclose: () => this.dialog.remove() },
      el("form", { method: "dialog", novalidate: true, onsubmit: (event) => this.submit(event) },
        el("h3", { class: "ganlab-title" }, title), el("p", {}, lead), ...body, this.error,
        el("div", { class: "ganlab-dialog-foot" },
          el("button", { type: "button", class: "ganlab-button", onclick: () => this.dialog.close() }, "Cancel"), this.button)));
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
      setText(this.error, error instanceof Refused ? error.message : "The app did not answer: try again.");
    }
    setAttribute(this.button, "aria-disabled", null);
    this.busy = false;
  }
}

/** Settings that a dialog changes: `wanted` collects them. They are shown as they stand, or as `wanted` already says. */
class Changes {
  constructor(specs, settings, wanted, hint) {
    this.wanted = { ...wanted };
    const shown = { ...settings, ...wanted };
    this.fields = specs.map((spec) => {
      const field = new Field(spec, async (name, value) => {
        if (same(value, settings[name])) delete this.wanted[name];
        else this.wanted[name] = value;
        shown[name] = value;
        this.renew(shown, specs);
      });
      field.input.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault()); // takes the value, sends nothing
      return field;
    });
    this.told = el("span", { class: "ganlab-muted" });
    this.root = el("details", { class: "ganlab-changes", open: Object.keys(wanted).length > 0 },
      el("summary", {}, "Change settings ", this.told), el("p", { class: "ganlab-muted" }, hint),
      el("div", { class: "ganlab-fields" }, ...this.fields.map((field) => field.root)));
    this.renew(shown, specs);
  }

  renew(shown, specs) {
    for (const field of this.fields) {
      field.show(shown[field.spec.name]);
      setHidden(field.root, !hasEffect(field.spec, shown, specs));
      setAttribute(field.root, "data-changed", field.spec.name in this.wanted ? "true" : null);
    }
    const told = Object.entries(this.wanted).map(([name, value]) => `${name} ${inShort(value)}`).join(", ");
    setText(this.told, told ? `· ${told}` : "");
  }

  /** What is typed and was not left yet counts as well. */
  take() {
    for (const field of this.fields) if (field.editing && !field.wrong) field.leave();
    return this.wanted;
  }
}

/** A box of steps that a run can go on from, and 0, its very beginning. */
function stepBox(snapshots, chosen) {
  const steps = [...new Set([0, ...snapshots, chosen])].sort((one, other) => other - one);
  const box = el("select", { class: "ganlab-input", "aria-label": "Step to go on from" },
    ...steps.map((step) => el("option", { value: step, selected: step === chosen }, `step ${whole.format(step)}${step ? "" : " (the beginning)"}`)));
  return box;
}

/** Behind the last step nothing is left to do: twice as many steps are proposed. */
function withSteps(changes, step, { max_steps: last }) {
  return step >= last ? { max_steps: Math.min(2 * last, 10_000_000), ...changes } : changes;
}

function askRewind(host, { run, specs, step, changes = {}, order }) {
  const box = stepBox(stepsOf(run.snapshots).filter((each) => each <= lastReturn(run)), step);
  const settings = new Changes(specs.filter((spec) => spec.knob), run.settings, changes, "What is not changed goes back to what it was at that step.");
  const halve = el("input", { type: "checkbox", class: "ganlab-check" });
  const halves = !("lr_d" in changes || "lr_g" in changes); // else the remedy has its own
  const halved = { lr_d: rounded(run.settings.lr_d / 2), lr_g: rounded(run.settings.lr_g / 2) };
  new Question(host, {
    title: "Rewind the run",
    lead: "It goes on from a snapshot. Nothing that was logged or saved is erased, but curves and samples after that step are no longer shown.",
    body: [
      el("label", { class: "ganlab-line" }, "Go back to", box),
      halves && el("label", { class: "ganlab-line" }, halve, `with half the learning rates (lr_d ${inShort(halved.lr_d)}, lr_g ${inShort(halved.lr_g)})`),
      settings.root,
    ].filter(Boolean),
    confirm: "Rewind",
    answer: () => order("rewind", { step: Number(box.value), changes: { ...settings.take(), ...(halve.checked ? halved : {}) } }),
  });
}

/** forked(id): called with the new run. */
function askFork(host, { run, specs, step, changes: asked = {}, unfold = false, order, forked }) {
  const changes = withSteps(asked, step, run);
  const box = stepBox(stepsOf(run.snapshots), step);
  const name = el("input", { type: "text", class: "ganlab-input", placeholder: "made of time and recipe", maxlength: 100, autocomplete: "off" });
  const settings = new Changes(specs, run.settings, changes, "What the weights depend on, such as the network, can only change from step 0.");
  if (unfold) settings.root.open = true;
  new Question(host, {
    title: "Fork the run",
    lead: "A new run goes on from a snapshot of this one, in a folder of its own; this run stays as it is.",
    body: [
      el("label", { class: "ganlab-line" }, "Begin at", box),
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
