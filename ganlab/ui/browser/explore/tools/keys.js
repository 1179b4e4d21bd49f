// Key frames: latents that were kept, wherever they came from, as a strip that can be put in another order.

import { packed, unpacked } from "../../base/binary.js";
import { el } from "../../base/dom.js";
import { thumbnail } from "../../base/images.js";
import { NewestWins } from "../../base/newest.js";
import { session } from "../../base/session.js";
import { classesOf, NO_CLASS, sharesOf } from "../place.js";

export const MOST_KEYS = 64;

/** A latent as it is remembered: { z, mix }, as text and as `mixOf` has its classes. */
export class Keys {
  /** changed() after every change of the keys. */
  constructor(view, changed) {
    Object.assign(this, { view, changed, rows: [], images: [] });
    this.strip = el("div", { class: "ganlab-strip" });
    this.redraw = new NewestWins(() => this.draw());
  }

  get name() {
    return `keys ${this.view.source}`;
  }

  /** Those of this generator. */
  enter() {
    const { z_dim: zDim, class_count: classes } = this.view.space;
    const fits = (row) =>
      unpacked(row.z).length === zDim && Object.keys(row.mix ?? {}).every((label) => label < classes);
    this.rows = session.get(this.name, []).filter(fits);
    this.fill();
    this.redraw.ask();
  }

  /** Latents one after the other, each as a key with its classes (null: the first). False when there is no room. */
  add(z, mix = null) {
    const { z_dim: zDim } = this.view.space;
    const count = z.length / zDim;
    if (this.rows.length + count > MOST_KEYS) return false;
    for (let n = 0; n < count; n++) this.rows.push({ z: packed(z.subarray(n * zDim, (n + 1) * zDim)), mix });
    this.renew();
    return true;
  }

  renew() {
    session.set(this.name, this.rows);
    this.fill();
    this.redraw.ask();
    this.changed();
  }

  clear() {
    this.rows = [];
    this.renew();
  }

  move(from, to) {
    this.rows.splice(to, 0, ...this.rows.splice(from, 1));
    this.images.splice(to, 0, ...this.images.splice(from, 1));
    this.renew();
    this.strip.children[to]?.querySelector(".ganlab-cell")?.focus();
  }

  remove(n) {
    this.rows.splice(n, 1);
    this.images.splice(n, 1);
    this.renew();
  }

  /** All of them as the routes take them. */
  latents(rows = this.rows) {
    const { z_dim: zDim, class_count: classes } = this.view.space;
    const z = new Float32Array(rows.length * zDim);
    rows.forEach((row, n) => z.set(unpacked(row.z), n * zDim));
    const shares = classes ? new Float32Array(rows.length * classes) : null;
    if (shares)
      rows.forEach((row, n) => shares.set(sharesOf({ ...NO_CLASS, ...classesOf(row.mix) }, classes, 1), n * classes));
    return { z, shares };
  }

  async draw() {
    if (!this.rows.length || !this.view.plane) return;
    const rows = [...this.rows];
    try {
      const { z, shares } = this.latents(rows);
      const drawn = this.view.space.shape.length === 3 ? (await this.view.drawers.draw(z, shares)).images : [];
      if (this.view.gone || rows.some((row, n) => row !== this.rows[n])) return;
      this.images = drawn;
      this.fill();
    } catch {
      // The numbers of the keys stand in for their pictures; the large picture says what is wrong.
    }
  }

  fill() {
    const last = this.rows.length - 1;
    this.strip.replaceChildren(
      ...this.rows.map((row, n) => {
        const image = this.images[n];
        const small = (text, title, onclick, disabled = false) =>
          el("button", { type: "button", title, "aria-label": title, onclick, disabled }, text);
        return el(
          "div",
          { class: "ganlab-key" },
          el(
            "button",
            {
              type: "button",
              class: "ganlab-cell",
              title: "Go there (← → move it, Delete removes it)",
              onclick: () => this.view.goToLatent(unpacked(row.z), row.mix),
              onkeydown: (event) => this.press(event, n),
            },
            ...(image ? [thumbnail(image, `Key frame ${n + 1}`)] : []),
            String(n + 1),
          ),
          el(
            "span",
            { class: "ganlab-cell-buttons" },
            small("‹", `Move key frame ${n + 1} forward`, () => this.move(n, n - 1), n === 0),
            small("×", `Remove key frame ${n + 1}`, () => this.remove(n)),
            small("›", `Move key frame ${n + 1} back`, () => this.move(n, n + 1), n === last),
          ),
        );
      }),
    );
  }

  press(event, n) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by && n + by >= 0 && n + by < this.rows.length) this.move(n, n + by);
    else if (event.key === "Delete") this.remove(n);
    else return;
    event.preventDefault();
  }
}
