// Which weights are shown: snapshot, averaged or as trained; who draws; back, forth and the link.

import { button, paintRange, Segments } from "../base/controls.js";
import { el, setHidden, setText } from "../base/dom.js";
import { whole } from "../base/numbers.js";

/** What the weights of a run in progress are called, by its state. */
const LIVE_WORDS = { paused: "paused now", stopping: "stopping now" };

export class SourceBar {
  constructor(view) {
    this.view = view;
    this.input = el("input", {
      type: "range",
      class: "ganlab-range",
      min: 0,
      step: 1,
      "aria-label": "Snapshot",
      oninput: () => this.slide(false),
      onchange: () => this.slide(true),
    });
    this.output = el("output", { class: "ganlab-value" });
    this.weights = new Segments({
      label: "Weights",
      value: view.place.weights,
      chosen: (weights) => view.take({ weights }),
      choices: [
        {
          value: "average",
          text: "Averaged",
          title: "The running average of the generator (EMA): steadier, usually better",
        },
        { value: "generator", text: "As trained", title: "The generator's own weights at that step" },
      ],
    });
    this.drawn = el("span", { class: "ganlab-drawn", role: "status" });
    this.wish = el(
      "select",
      {
        class: "ganlab-select",
        "aria-label": "Who draws the pictures",
        onchange: () => this.choose(),
      },
      ...[
        ["quickest", "Auto"],
        ["page", "this page"],
        ["server", "the server"],
      ].map(([value, text]) => el("option", { value }, text)),
    );
    this.wish.value = view.drawers.wish;
    this.undo = button("undo", "Undo", () => view.back(), { title: "Ctrl+Z", more: "ganlab-quiet" });
    this.redo = button("redo", "Redo", () => view.forth(), { title: "Ctrl+Shift+Z", more: "ganlab-quiet" });
    this.link = button("link", "Copy link", () => this.copy(), {
      title: "The address of exactly this picture",
      more: "ganlab-quiet",
    });
    this.age = el(
      "label",
      { class: "ganlab-age" },
      el("span", { class: "ganlab-strong" }, "Snapshot"),
      this.input,
      this.output,
    );
    this.root = el(
      "div",
      { class: "ganlab-bar" },
      this.age,
      this.weights.root,
      el("span", { class: "ganlab-buttons" }, this.undo, this.redo, this.link),
      el("label", { class: "ganlab-by" }, this.drawn, this.wish),
    );
    this.fillButtons();
  }

  /** The snapshots to choose from: steps, and last the weights in training. */
  get choices() {
    const { steps, live } = this.view.space;
    return [...steps.map(String), ...(live ? ["live"] : [])];
  }

  fill() {
    const { place, space } = this.view;
    if (this.input.matches(":active")) return; // a hand is on it: once it is let go
    const choices = (this.offered = this.choices);
    const now =
      place.snapshot === "last"
        ? choices.findLastIndex((choice) => choice !== "live")
        : choices.indexOf(place.snapshot);
    this.input.max = Math.max(0, choices.length - 1);
    this.input.value = now;
    setHidden(this.input, choices.length < 2);
    paintRange(this.input);
    this.say(choices[now]);
    this.weights.set(place.weights);
    setHidden(this.weights.root, !space.raw && place.weights === "average");
    this.fillButtons();
  }

  fillButtons() {
    this.undo.disabled = this.view.trail.past.length < 2;
    this.redo.disabled = !this.view.trail.future.length;
  }

  say(choice) {
    if (choice === "live") setText(this.output, LIVE_WORDS[this.view.space.state] ?? "in training now");
    else {
      const { best, max_steps: last } = this.view.space;
      const praise = best && best.step === Number(choice) ? ` · the best (${best.text})` : "";
      setText(this.output, `step ${whole.format(Number(choice))} of ${whole.format(last)}${praise}`);
    }
  }

  slide(done) {
    const choice = this.offered[Number(this.input.value)];
    paintRange(this.input);
    this.say(choice);
    this.view.take({ snapshot: choice }, done);
  }

  choose() {
    this.view.drawers.choose(this.wish.value);
    this.view.changed();
  }

  /** Who drew, and how long it takes: the middle of the last times. */
  told({ at, ms: last }) {
    this.times = [...(at === this.at ? this.times : []), last].slice(-9);
    this.at = at;
    const ms = [...this.times].sort((a, b) => a - b)[Math.floor(this.times.length / 2)];
    const { wish, reason } = this.view.drawers;
    const where = at === "page" ? "rendered in your browser" : "rendered by the server";
    setText(this.drawn, `${where} · ${ms < 9.95 ? ms.toFixed(1) : Math.round(ms)} ms`);
    const [page, server] = ["page", "server"].map((name) => this.view.drawers.quickest.time(name));
    const measured =
      page === null || server === null
        ? ""
        : `Measured: this page ${page.toFixed(1)} ms, the server ${server.toFixed(1)} ms. `;
    this.drawn.title = measured + (reason && wish !== "server" ? `This page does not draw: ${reason}.` : "");
  }

  async copy() {
    if (this.view.isFile)
      return this.view.note.say("No link leads to a file: send the file itself, and drop it in there.");
    this.view.address.write();
    try {
      await navigator.clipboard.writeText(location.href);
      this.view.note.say("The link is copied: it opens exactly this picture.");
    } catch {
      this.view.note.say(`The browser does not let this page copy; the link is in the address bar: ${location.href}`);
    }
  }
}
