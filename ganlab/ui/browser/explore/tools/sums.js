// Arithmetic with latents, A − B + C, and directions that are named and kept with the run.

import { asBody } from "../../base/binary.js";
import { button, choice, Note } from "../../base/controls.js";
import { el, setHidden } from "../../base/dom.js";
import { thumbnail } from "../../base/images.js";
import { NewestWins } from "../../base/newest.js";
import { Frame } from "../frames.js";
import { addMoves, asDirections, latentsOf } from "../latents.js";
import { mixOf } from "../place.js";
import { Errand } from "./errand.js";

const MOST_TERMS = 16;

export class ArithmeticTool {
  constructor(view) {
    this.view = view;
    this.note = new Note();
    this.groups = ["A", "B", "C"].map((name, n) => ({
      name,
      sign: ["", "−", "+"][n],
      rows: [],
      strip: el("div", { class: "ganlab-strip" }),
    }));
    this.result = new Frame("A − B + C", { picked: () => this.latent && this.view.goToLatent(this.latent, this.mix) });
    this.queue = new NewestWins(() => this.calculate());
    this.name = el("input", {
      type: "text",
      class: "ganlab-text",
      maxlength: 40,
      placeholder: "name of the direction",
      "aria-label": "Name of the direction",
    });
    this.lack = choice("from", []);
    this.have = choice("to", []);
    this.findButton = button(null, "Find and keep", () => this.findClasses());
    this.errand = new Errand(view, (on) => (this.findButton.disabled = on));
    this.classes = el(
      "div",
      { class: "ganlab-options", hidden: true },
      el("span", {}, "From what samples are called:"),
      this.lack.root,
      this.have.root,
      this.findButton,
    );
    this.kept = el("div", { class: "ganlab-options" });
    this.root = el(
      "div",
      {},
      el(
        "p",
        { class: "ganlab-muted" },
        "Collect pictures: the mean latents of A, B and C are added and subtracted, as in the DCGAN paper (three each work best). Click the result to go there.",
      ),
      el(
        "div",
        { class: "ganlab-sum" },
        ...this.groups.map((group) => this.makeGroup(group)),
        el("figure", {}, this.result.root, el("figcaption", { class: "ganlab-muted" }, "= A − B + C")),
      ),
      this.note.root,
      el("h3", { class: "ganlab-title" }, "Named directions"),
      el(
        "div",
        { class: "ganlab-options" },
        this.name,
        button("key", "Keep the sliders' move", () => this.keepMove()),
        button("key", "Keep A − B", () => this.keepDifference(), { more: "ganlab-quiet" }),
      ),
      this.classes,
      this.errand.root,
      this.kept,
    );
  }

  makeGroup(group) {
    return el(
      "div",
      { class: "ganlab-card ganlab-group" },
      el(
        "div",
        { class: "ganlab-row" },
        el("strong", {}, `${group.sign} ${group.name}`),
        button(null, "Add this picture", () => this.add(group), { more: "ganlab-quiet" }),
      ),
      group.strip,
    );
  }

  async entered() {
    if (this.source !== this.view.source) {
      this.source = this.view.source;
      for (const group of this.groups) group.rows = [];
      this.latent = null;
      this.result.say("Add pictures to A, B and C.", false);
      try {
        const { classes } = await this.view.gate.json("classes");
        for (const { box } of [this.lack, this.have])
          box.replaceChildren(...classes.map((name) => el("option", { value: name }, name)));
        if (classes.length > 1) this.have.box.value = classes[1];
        setHidden(this.classes, classes.length < 2 || this.source.startsWith("file:"));
      } catch (error) {
        if (!this.view.gone) this.note.fail(error);
      }
    }
    await this.view.want("kept");
    if (!this.view.gone) this.fill();
  }

  async add(group) {
    if (group.rows.length >= MOST_TERMS) return this.note.say(`A group holds at most ${MOST_TERMS} pictures.`, true);
    const { z, shares } = this.view.latents(1);
    group.rows.push({ z, shares, image: this.view.pictures.current });
    this.fill();
    this.queue.ask();
  }

  fill() {
    for (const group of this.groups)
      group.strip.replaceChildren(
        ...group.rows.map((row, n) =>
          el(
            "button",
            {
              type: "button",
              class: "ganlab-cell",
              title: "Remove",
              "aria-label": `Remove picture ${n + 1} of ${group.name}`,
              onclick: () => {
                group.rows.splice(n, 1);
                this.fill();
                this.queue.ask();
              },
            },
            thumbnail(row.image, `Picture ${n + 1} of ${group.name}`),
          ),
        ),
      );
    const kept = this.view.directions.kept;
    this.kept.replaceChildren(
      ...(kept?.names ?? []).map((name, n) =>
        el(
          "span",
          { class: "ganlab-chip", title: kept.about[n] },
          name,
          el(
            "button",
            {
              type: "button",
              "aria-label": `Forget ${name}`,
              title: `Forget ${name}`,
              onclick: () => this.change("forget", { name }, new Blob()),
            },
            "×",
          ),
        ),
      ),
    );
  }

  async calculate() {
    const rows = this.groups.flatMap((group) => group.rows);
    const [a, b, c] = this.groups.map((group) => group.rows.length);
    if (!a && !c) {
      this.latent = null;
      return this.result.say("Add pictures to A, B and C.", false);
    }
    const joined = (name) => rows[0][name] && Float32Array.from(rows.flatMap((row) => [...row[name]]));
    try {
      const answer = await this.view.gate.ask("total", { a, b, c }, asBody(joined("z"), joined("shares")));
      const { z, shares } = await latentsOf(answer, this.view.space);
      this.latent = z;
      this.mix = mixOf(shares);
      this.result.show((await this.view.drawers.draw(z, shares)).images);
      this.note.say(null);
    } catch (error) {
      if (!this.view.gone) this.note.fail(error);
    }
  }

  /** What the sliders add to the latent. */
  keepMove() {
    const move = addMoves(new Float32Array(this.view.space.z_dim), this.view.place.moves, this.view.directions);
    if (!move.some((number) => number)) return this.note.say("No slider is moved: move some first.", true);
    this.keep(move, "the sliders' move");
  }

  keepDifference() {
    const [a, b] = this.groups.map(({ rows }) => rows);
    if (!a.length || !b.length) return this.note.say("A − B needs a picture in A and one in B.", true);
    const mean = (rows) => rows[0].z.map((_, i) => rows.reduce((sum, { z }) => sum + z[i], 0) / rows.length);
    const [from, to] = [mean(b), mean(a)];
    this.keep(
      to.map((number, i) => number - from[i]),
      "the mean of A less the mean of B",
    );
  }

  keep(move, about) {
    const name = this.name.value.trim();
    if (!name) {
      this.name.focus();
      return this.note.say("Give the direction a name first.", true);
    }
    const step = this.view.place.found ?? this.view.place.snapshot;
    return this.change(
      "keep",
      {},
      JSON.stringify({ name, move: [...move], about: `${about}, snapshot ${step}` }),
      `“${name}” is kept with the run: a slider under Directions, Kept.`,
    );
  }

  async findClasses() {
    const [lack, have] = [this.lack, this.have].map(({ box }) => box.value);
    const kept = await this.errand.run("classes", { lack, have }, new Blob());
    if (!kept) return;
    this.take(kept);
    this.errand.note.say(`“${lack} → ${have}” is kept with the run: a slider under Directions, Kept.`);
  }

  async change(path, query, body, said = null) {
    try {
      this.take(await this.view.gate.json(path, query, body));
      this.note.say(said);
    } catch (error) {
      if (!this.view.gone) this.note.fail(error);
    }
  }

  /** The kept directions after a change; a slider that is moved stays so while its direction is there. */
  take(kept) {
    const { place, directions } = this.view;
    directions.kept = asDirections("kept", kept);
    for (const each of Object.keys(place.moves.kept))
      if (!Object.hasOwn(directions.kept.moves, each)) delete place.moves.kept[each];
    this.fill();
    this.view.panel.fill();
    this.view.changed();
  }

  destroy() {
    this.errand.destroy();
  }
}
