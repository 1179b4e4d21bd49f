// Is it only copying? The nearest training pictures of samples, and how varied samples are.

import { bytesOf } from "../../../../export/browser/bytes.js";
import { asBody } from "../../base/binary.js";
import { button, choice } from "../../base/controls.js";
import { el, setText } from "../../base/dom.js";
import { thumbnail } from "../../base/images.js";
import { whole } from "../../base/numbers.js";
import { Errand } from "./errand.js";

const COMPARED = 8;

export class CopyingTool {
  constructor(view) {
    this.view = view;
    this.errand = new Errand(view, (on) => {
      for (const each of this.buttons) each.disabled = on;
    });
    this.by = choice("compared by", [
      ["pixels", "pixels"],
      ["features", "what a classifier sees"],
    ]);
    this.rows = el("div", { class: "ganlab-near" });
    this.table = el("div");
    this.verdict = el("p", { class: "ganlab-strong", role: "status" });
    this.buttons = [
      button(null, "Look for the nearest training pictures", () => this.look()),
      button("dice", "How varied are 1,000 samples?", () => this.vary(), { more: "ganlab-quiet" }),
    ];
    this.root = el(
      "div",
      {},
      el(
        "p",
        { class: "ganlab-muted" },
        "The nearest training pictures of this picture and its neighbours. If it only copied, they would be nearer than those of real pictures that were never trained on.",
      ),
      el("div", { class: "ganlab-options" }, this.buttons[0], this.by.root, this.buttons[1]),
      this.errand.root,
      this.verdict,
      this.rows,
      this.table,
    );
  }

  async look() {
    const { z, shares } = this.view.latents(COMPARED);
    const told = await this.errand.run("near", { by: this.by.box.value }, asBody(z, shares));
    try {
      if (told) this.show(told, (await this.view.drawers.draw(z, shares)).images);
    } catch (error) {
      if (!this.view.gone) this.errand.note.fail(error);
    }
  }

  show(told, samples) {
    const size = told.width * told.height * 4;
    const bytes = bytesOf(told.pictures);
    const count = told.indices[0].length;
    setText(this.verdict, `${told.verdict}.`);
    this.rows.replaceChildren(
      ...samples.map((sample, n) => {
        const near = told.indices[n].map((index, place) => {
          const at = (n * count + place) * size;
          const image = new ImageData(
            new Uint8ClampedArray(bytes.slice(at, at + size).buffer),
            told.width,
            told.height,
          );
          return el(
            "span",
            { class: "ganlab-cell", title: `Training picture ${index}` },
            thumbnail(image, `Training picture ${index}`),
            told.distances[n][place].toFixed(2),
          );
        });
        const words = `closer to its nearest training picture than ${Math.round(100 * told.nearer_than[n])} % of ${told.usual_words} are`;
        return el(
          "div",
          { class: "ganlab-strip" },
          el("span", { class: "ganlab-cell", "data-at": "true" }, thumbnail(sample, "Sample"), "sample"),
          ...near,
          el("span", { class: "ganlab-muted ganlab-near-words" }, words),
        );
      }),
    );
  }

  async vary() {
    const told = await this.errand.run("varied");
    if (!told) return;
    const percent = (share) => `${(100 * share).toFixed(1)} %`;
    const cells = (tag, texts) => el("tr", {}, ...texts.map((text) => el(tag, {}, text)));
    setText(
      this.verdict,
      `A small classifier is sure of ${percent(told.confident)} of ${whole.format(told.count)} samples and takes ${percent(told.rejected)} for none of the classes; of ${told.real_words} it is sure of ${percent(told.real_confident)}, and ${percent(told.real_rejected)} are none to it.`,
    );
    this.table.replaceChildren(
      el(
        "table",
        { class: "ganlab-table" },
        el("thead", {}, cells("th", ["Class", "Samples", "Real", "Variety within"])),
        el(
          "tbody",
          {},
          ...told.classes.map((row) =>
            cells("td", [
              row.name,
              percent(row.share),
              percent(row.real_share),
              row.spread === null ? "–" : row.spread.toFixed(2),
            ]),
          ),
        ),
      ),
      el(
        "p",
        { class: "ganlab-muted" },
        "Shares are of what it takes for a class. Variety within: 1 is as varied as real pictures of that class.",
      ),
    );
  }

  destroy() {
    this.errand.destroy();
  }
}
