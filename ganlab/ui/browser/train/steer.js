// The hand on a run: each setting that may change while it trains. And panels that fold away under a button.

import { Fold } from "../base/controls.js";
import { el, icon, setHidden, setText } from "../base/dom.js";
import { inShort, whole } from "../base/numbers.js";
import { Field, hasEffect } from "./fields.js";
import { changesInShort } from "./marks.js";

export class Steer {
  /** order(action, particulars) → Promise, throws Refused; fork(): opens the dialog. */
  constructor(specs, { order, fork }) {
    this.specs = specs;
    this.order = order;
    this.fields = specs
      .filter((spec) => spec.knob)
      .map(
        (spec) =>
          new Field(
            spec,
            (name, value) => order("edit", { changes: { [name]: value } }),
            "takes effect at the next step",
          ),
      );
    this.undo = el(
      "button",
      {
        type: "button",
        class: "ganlab-factor ganlab-undo",
        "aria-label": "Undo last edit",
        title: "Undo the last edit",
        onclick: () => this.takeBack(),
      },
      icon("reset"),
      "Undo",
    );
    this.last = el("span", { class: "ganlab-muted" });
    this.fixed = el("p", { class: "ganlab-fixed" });
    this.fork = el("button", { type: "button", class: "ganlab-link", onclick: fork }, "fork to change");
    this.panel = el(
      "section",
      { class: "ganlab-card ganlab-steer", "aria-label": "Settings you can change now" },
      el("div", { class: "ganlab-fields" }, ...this.fields.map((field) => field.root)),
      (this.foot = el("div", { class: "ganlab-steer-foot" }, this.undo, this.last)),
      this.fixed,
    );
    for (const field of this.fields) {
      field.root.addEventListener("focusin", () => ((this.helping = field.spec), this.tellLast()));
      field.root.addEventListener("focusout", () => ((this.helping = null), this.tellLast()));
    }
    this.fold = new Fold("steer", "Settings you can change now", this.panel);
  }

  get waiting() {
    return this.fields.some((field) => field.waiting !== undefined);
  }

  update({ settings, edits, pending, state, explore_only: only }) {
    if (only) for (const part of [this.fold.button, this.panel]) setHidden(part, true);
    const promise = ["training", "elsewhere"].includes(state)
      ? "takes effect at the next step"
      : "takes effect when training continues";
    for (const field of this.fields) {
      field.promise = promise;
      field.show(settings[field.spec.name], pending);
      setHidden(field.root, !hasEffect(field.spec, settings, this.specs));
    }
    const shown = ["lr_d", "lr_g", "d_steps", "loss", "penalty"].filter((name) => name in settings);
    setText(this.fold.summary, shown.map((name) => `${name} ${inShort(settings[name])}`).join(" · "));
    this.placeUndo(standing(edits).at(-1));
    this.edits = edits;
    this.tellLast();
    this.tellFixed(settings);
  }

  /** Beside the field that was edited last, or at the foot where that one is not shown. */
  placeUndo(edit) {
    setHidden(this.undo, !edit);
    if (!edit) return;
    const field = this.fields.find(({ spec, root }) => spec.name in edit.changes && !root.hidden);
    const [place, before] = field ? [field.root, null] : [this.foot, this.last];
    if (this.undo.parentElement !== place) place.insertBefore(this.undo, before);
  }

  /** What the field in hand means, else what was done last. */
  tellLast() {
    const last = this.edits?.at(-1);
    if (this.helping) setText(this.last, `${this.helping.title}: ${this.helping.help}`);
    else if (last)
      setText(
        this.last,
        `Last: ${last.kind} after step ${whole.format(last.step)}${Object.keys(last.changes).length ? `, ${changesInShort(last.changes)}` : ""}`,
      );
    else
      setText(
        this.last,
        "Enter, or leaving a field, sends its change. A snapshot is taken first; the optimisers keep their moments.",
      );
  }

  tellFixed(settings) {
    const fixed = this.specs.filter((spec) => !spec.knob && hasEffect(spec, settings, this.specs));
    const told = fixed.map((spec) => `${spec.title} ${inShort(settings[spec.name])}`).join(" · ");
    if (told === this.told) return;
    this.told = told;
    this.fixed.replaceChildren(
      "Fixed while it trains: ",
      this.fork,
      el("span", { class: "ganlab-muted", title: told }, ` · ${told}`),
    );
  }

  async takeBack() {
    try {
      await this.order("undo");
    } catch (error) {
      setText(this.last, error.message);
    }
  }
}

/** The edits that an undo could still take back; the last one is next. */
function standing(edits) {
  const found = [];
  for (const edit of edits) {
    if (edit.kind === "edit") found.push(edit);
    else if (edit.kind === "undo") found.pop();
    else if (edit.kind === "fork" || Object.keys(edit.changes).some((name) => name !== "max_steps")) found.length = 0;
  }
  return found;
}
