// Buttons, choices, folds and notes.

import { el, icon, setAttribute, setHidden, setText } from "./dom.js";
import { session } from "./session.js";

export function button(picture, label, onclick, { title = null, more = "", ...rest } = {}) {
  return el(
    "button",
    { type: "button", class: `ganlab-button ${more}`, title, onclick, ...rest },
    ...(picture ? [icon(picture)] : []),
    label,
  );
}

/** One of a few: radio buttons in a row. chosen(value) when another is taken. */
export class Segments {
  constructor({ label, choices, value, chosen }) {
    this.choices = choices;
    this.chosen = chosen;
    this.buttons = choices.map(({ value: each, text, title }) =>
      el(
        "button",
        {
          type: "button",
          class: "ganlab-segment",
          role: "radio",
          title: title ?? null,
          onclick: () => this.take(each),
          onkeydown: (event) => this.step(event),
        },
        text,
      ),
    );
    this.root = el("div", { class: "ganlab-segments", role: "radiogroup", "aria-label": label }, ...this.buttons);
    this.set(value);
  }

  set(value) {
    this.value = value;
    this.choices.forEach((choice, n) => {
      setAttribute(this.buttons[n], "aria-checked", String(choice.value === value));
      setAttribute(this.buttons[n], "tabindex", choice.value === value ? 0 : -1);
    });
  }

  /** A mark at those that hold something. */
  mark(holds) {
    this.choices.forEach(({ value }, n) => setAttribute(this.buttons[n], "data-mark", holds(value) ? "true" : null));
  }

  take(value) {
    if (value === this.value) return;
    this.set(value);
    this.chosen(value);
  }

  /** Arrow keys go through them, as in any group of radio buttons. */
  step(event) {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const place = this.choices.findIndex(({ value }) => value === this.value);
    const next = (place + by + this.choices.length) % this.choices.length;
    this.take(this.choices[next].value);
    this.buttons[next].focus();
  }
}

/** A sentence under a tool: what it does, or what went wrong. */
const FADES_MS = 6000;

export class Note {
  /** fades: what is no error goes after a while, since it lies over something. */
  constructor({ fades = false } = {}) {
    this.fades = fades;
    this.root = el("p", { class: "ganlab-message", role: "status", hidden: true });
  }

  say(sentence, isError = false) {
    setText(this.root, sentence ?? "");
    setHidden(this.root, !sentence);
    setAttribute(this.root, "data-error", isError ? "true" : null);
    clearTimeout(this.timer);
    if (this.fades && sentence && !isError) this.timer = setTimeout(() => this.say(null), FADES_MS);
  }

  /** What an error says; one that was wished for says nothing. */
  fail(error) {
    if (error.name === "AbortError") return this.say(null);
    this.say(error instanceof TypeError ? "Connection lost: try again." : error.message, true);
  }
}

/** The range input's fill, from its middle if it has a zero inside, else from its left end. */
export function paintRange(input) {
  const [min, max, value] = [Number(input.min), Number(input.max), Number(input.value)];
  const share = (x) => (max > min ? (100 * (x - min)) / (max - min) : 100);
  const zero = min < 0 && max > 0 ? share(0) : 0;
  input.style.setProperty("--from", `${Math.min(zero, share(value))}%`);
  input.style.setProperty("--to", `${Math.max(zero, share(value))}%`);
}

// A finger that scrolls the page may have come down on a slider: what that did to it is taken back.
let touched = null;
document.addEventListener(
  "pointerdown",
  ({ target }) => {
    touched = target.matches?.("input.ganlab-range") ? { input: target, value: target.value } : null;
  },
  true,
);
document.addEventListener(
  "pointercancel",
  ({ target }) => {
    if (touched?.input !== target || target.value === touched.value) return;
    target.value = touched.value;
    for (const kind of ["input", "change"]) target.dispatchEvent(new Event(kind, { bubbles: true }));
  },
  true,
);
/** A button in the strip and the panel that it opens; remembered while the tab is open. */
export class Fold {
  constructor(name, title, panel) {
    this.name = name;
    this.panel = panel;
    this.panel.id = `ganlab-fold-${name}`;
    this.summary = el("span", { class: "ganlab-fold-summary" });
    this.button = el(
      "button",
      {
        type: "button",
        class: "ganlab-fold",
        "aria-controls": this.panel.id,
        onclick: () => this.choose(!this.open),
      },
      el("span", { class: "ganlab-caret", "aria-hidden": "true" }),
      el("strong", {}, title),
      this.summary,
    );
    this.suggest(false);
  }

  choose(open) {
    session.set(`fold ${this.name}`, open);
    this.apply(open);
  }

  /** Open or not, unless the user has said otherwise. */
  suggest(open) {
    this.apply(session.get(`fold ${this.name}`, open));
  }

  apply(open) {
    this.open = open;
    setAttribute(this.button, "aria-expanded", String(open));
    setHidden(this.panel, !open);
  }
}

export const choice = (label, rows, onchange) => {
  const box = el(
    "select",
    { class: "ganlab-select", "aria-label": label, onchange },
    ...rows.map(([value, text]) => el("option", { value }, text)),
  );
  return { box, root: el("label", {}, label, box) };
};
