// One setting as a field: what it means, its value, and how it is changed. Drawn from its declaration.

import { Refused } from "../base/app.js";
import { el, setAttribute, setHidden, setText } from "../base/dom.js";
import { same } from "../base/numbers.js";

export const LOOKS_TO_WAIT = 8; // answers without a waiting order, after which a change that did not come was refused
let fieldsMade = 0;

/** To three digits, so that halves stay readable. */
export const rounded = (number) => Number(number.toPrecision(3));

/** Whether a setting does anything beside the others as they stand; one that needs an idle one is idle. */
export function hasEffect(spec, settings, specs) {
  if (!spec.needs) return true;
  const [name, values] = spec.needs;
  const other = specs.find((each) => each.name === name);
  return values.includes(settings[name]) && (!other || hasEffect(other, settings, specs));
}

/** Image size 0 stands for the dataset's own. */
const choiceWords = ({ name }, choice) =>
  name === "image_size" && choice === 0 ? "the dataset's own" : String(choice);

export class Field {
  /** spec: a declaration of `settings_schema`; commit(name, value): hands a change on, throws Refused. */
  constructor(spec, commit, promise = "") {
    this.spec = spec;
    this.commit = commit;
    this.promise = promise; // what is said until the change is seen
    this.id = `ganlab-field-${++fieldsMade}`;
    this.note = el("p", { class: "ganlab-field-note", role: "status", hidden: true });
    this.input = this.makeInput();
    const unit =
      spec.unit && spec.unit !== spec.title.toLowerCase() ? el("span", { class: "ganlab-muted" }, ` ${spec.unit}`) : "";
    this.root = el(
      "div",
      { class: "ganlab-field", "data-name": spec.name, "data-kind": spec.kind },
      el("label", { for: this.id, title: spec.help }, spec.title, unit),
      el("div", { class: "ganlab-field-row" }, this.input, ...this.factors()),
      this.note,
    );
  }

  makeInput() {
    const { spec } = this;
    // Not the title alone: the widgets for the next run, at the side, have the same.
    const common = {
      id: this.id,
      "aria-label": `${spec.title}, of this run`,
      "aria-description": spec.help,
      class: "ganlab-input",
    };
    if (spec.kind === "choice") {
      const options = spec.choices.map((choice) => el("option", { value: String(choice) }, choiceWords(spec, choice)));
      return el("select", { ...common, onchange: () => this.offer(this.read()) }, ...options);
    }
    if (spec.kind === "flag") {
      return el("input", {
        ...common,
        class: "ganlab-switch",
        type: "checkbox",
        role: "switch",
        onchange: () => this.offer(this.read()),
      });
    }
    const number = spec.kind === "whole" || spec.kind === "number";
    return el("input", {
      ...common,
      autocomplete: "off",
      spellcheck: "false",
      ...(number
        ? { type: "number", step: spec.step, min: spec.low, max: spec.high, inputmode: "decimal" }
        : { type: "text" }),
      oninput: () => (this.wrong = false),
      onblur: () => this.leave(),
      onkeydown: (event) => {
        if (event.key === "Enter") this.leave();
        else if (event.key === "Escape" && this.editing) {
          event.stopPropagation(); // a dialog around it stays open
          event.preventDefault();
          this.giveUp();
        }
      },
      onwheel: () => this.input.blur(), // scrolling the page must not turn a knob
    });
  }

  /** Buttons that halve and double, for numbers whose size matters more than their digits. */
  factors() {
    if (!this.spec.by_factors) return [];
    const button = (sign, factor, word) =>
      el(
        "button",
        {
          type: "button",
          class: "ganlab-factor",
          "aria-label": `${word} ${this.spec.title}`,
          title: word,
          onclick: () => this.offer(this.within(rounded((this.waiting ?? this.value) * factor))),
        },
        sign,
      );
    return [button("÷2", 0.5, "Halve"), button("×2", 2, "Double")];
  }

  within(number) {
    const { low, high } = this.spec;
    return Math.min(high ?? number, Math.max(low ?? number, number));
  }

  get editing() {
    return (
      this.wrong ||
      (document.activeElement === this.input && this.input.type !== "checkbox" && this.input.value !== this.put_)
    );
  }

  /** What the control says now; undefined where it is no number. */
  read() {
    const { kind, choices } = this.spec;
    if (kind === "flag") return this.input.checked;
    if (kind === "choice") return choices.find((choice) => String(choice) === this.input.value);
    if (kind === "names")
      return this.input.value
        .split(",")
        .map((name) => name.trim())
        .filter(Boolean);
    if (kind === "text") return this.input.value.trim();
    return this.input.value.trim() === "" || !Number.isFinite(this.input.valueAsNumber)
      ? undefined
      : this.input.valueAsNumber;
  }

  put(value) {
    if (this.spec.kind === "flag") this.input.checked = Boolean(value);
    else {
      this.put_ = Array.isArray(value) ? value.join(", ") : String(value);
      if (this.input.value !== this.put_) this.input.value = this.put_;
      this.put_ = this.input.value; // as the control writes it
    }
  }

  /** The value as the run has it, and whether orders still wait. */
  show(value, pending = 0) {
    this.value = value;
    if (this.waiting !== undefined) {
      this.looks = pending ? 0 : this.looks + 1;
      if (same(value, this.waiting) || this.looks > LOOKS_TO_WAIT) {
        this.waiting = undefined;
        this.say("");
      }
    }
    if (this.waiting === undefined && !this.editing) this.put(value);
  }

  leave() {
    const value = this.read();
    if (value === undefined) {
      this.wrong = true;
      this.say("Type a number.", true);
    } else this.offer(value);
  }

  giveUp() {
    this.wrong = false;
    this.say("");
    this.put(this.waiting ?? this.value);
  }

  async offer(value) {
    if (same(value, this.waiting ?? this.value)) return this.wrong ? undefined : this.giveUp();
    if (this.wrong && same(value, this.refused)) return; // left once more as it was
    this.wrong = false;
    this.waiting = value;
    this.looks = 0;
    this.put(value);
    this.say(this.promise);
    try {
      await this.commit(this.spec.name, value);
    } catch (error) {
      this.waiting = undefined;
      this.wrong = true;
      this.refused = value;
      this.say(error instanceof Refused ? error.message : "Connection lost: try again.", true);
    }
  }

  say(text, isError = false) {
    setHidden(this.note, !text);
    setText(this.note, text);
    setAttribute(this.note, "data-error", isError ? "true" : null);
    setAttribute(this.input, "aria-invalid", isError ? "true" : null);
  }
}
