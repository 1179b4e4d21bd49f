// Films that the server makes: its answer tells how far it is, and ends with the file.

import { button, choice } from "../../base/controls.js";
import { el, icon, setHidden } from "../../base/dom.js";
import { saveAs } from "../../base/images.js";
import { receive } from "../../base/stream.js";

const FILM_FORMS = [
  ["mp4", "MP4"],
  ["gif", "GIF"],
  ["webp", "WebP"],
  ["png", "PNG strip"],
];

/** A button with form and size of the film, and a bar of how far it is. Pressed again, the film is given up. */
export class FilmButton {
  /** ask({form, size}, signal) → the server's answer; note: where an error is said. */
  constructor(label, note, ask) {
    this.label = label;
    this.note = note;
    this.ask = ask;
    this.form = choice("as", FILM_FORMS);
    this.size = choice("pixels", [
      [256, "256"],
      [512, "512"],
      [1024, "1024"],
    ]);
    this.size.box.value = 512;
    this.meter = el("div");
    this.progress = el(
      "div",
      { class: "ganlab-meter", role: "progressbar", "aria-label": "Film", hidden: true },
      this.meter,
    );
    this.button = button("download", label, () => (this.saving ? this.saving.abort() : this.save()));
    this.root = el(
      "div",
      { class: "ganlab-player-side" },
      el("div", { class: "ganlab-options" }, this.button, this.form.root, this.size.root),
      this.progress,
    );
  }

  async save() {
    this.saving = new AbortController();
    this.button.replaceChildren("Cancel");
    setHidden(this.progress, false);
    try {
      const answer = await this.ask({ form: this.form.box.value, size: this.size.box.value }, this.saving.signal);
      await receive(answer, {
        line: ({ share }) => share !== undefined && (this.meter.style.width = `${100 * share}%`),
        file: (blob, name) => saveAs(blob, name),
      });
      this.note.say(null);
    } catch (error) {
      this.note.fail(error);
    }
    this.saving = null;
    this.meter.style.width = "0";
    setHidden(this.progress, true);
    this.button.replaceChildren(icon("download"), this.label);
  }

  destroy() {
    this.saving?.abort();
  }
}
