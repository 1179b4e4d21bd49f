// The Dirac-GAN: one number for G, one for D. Click where it should begin.

import { mount, request } from "../base/app.js";
import { Note, paintRange, Segments } from "../base/controls.js";
import { el, setText } from "../base/dom.js";
import { NewestWins } from "../base/newest.js";
import { asNumber } from "../base/numbers.js";
import { faded, PALETTE, readTheme } from "../base/theme.js";

const SIDE = 560;
const REACH = 2; // as in dirac_view.py
const LONGEST_ARROW = 0.1;
/** Sliders: from, to, step, at first; what is shown beside them. */
const NUMBERS = {
  rate: ["Learning rate", 0.01, 1, 0.01, 0.1],
  weight: ["Penalty weight", 0, 10, 0.1, 1],
  noise: ["Instance noise", 0, 1, 0.05, 0],
};

class DiracView {
  constructor(component) {
    this.component = component;
    this.asked = { loss: "wasserstein", penalty: "none", way: "alternating", theta: 1, psi: 1 };
    this.stop = new AbortController();
    this.queue = new NewestWins(() => this.load());
    const { losses, penalties } = component.data;
    const fields = [this.choice("loss", losses), this.choice("penalty", penalties)];
    const ways = new Segments({
      label: "Updates",
      choices: [
        { value: "alternating", text: "in turn", title: "D first, then G sees the new D" },
        { value: "simultaneous", text: "both at once" },
      ],
      value: this.asked.way,
      chosen: (way) => this.ask({ way }),
    });
    const sliders = Object.entries(NUMBERS).map(([name, row]) => this.slider(name, row));
    this.canvas = el("canvas", {
      class: "ganlab-plane-picture",
      width: SIDE,
      height: SIDE,
      role: "img",
      "aria-label": "G's number to the right, D's upwards",
      onclick: (event) => this.begin(event),
    });
    this.words = el("p", { role: "status" });
    this.note = new Note();
    this.root = el(
      "div",
      { class: "ganlab ganlab-plane" },
      el("section", { class: "ganlab-card", "aria-label": "Dirac-GAN" }, this.canvas, this.words, this.note.root),
      el(
        "section",
        { class: "ganlab-card ganlab-plane-side", "aria-label": "Its settings" },
        ...fields,
        ways.root,
        ...sliders,
        el(
          "p",
          { class: "ganlab-muted" },
          "The data is the point 0, G makes the point θ (to the right), D is the line ψ·x (upwards). Both are at rest in the middle. Click where it should begin; the line is its way, from the ring on.",
        ),
      ),
    );
    component.parentElement.append(this.root);
    this.queue.ask();
  }

  update(component) {
    this.component = component;
    this.draw();
  }

  choice(name, values) {
    const select = el(
      "select",
      { "aria-label": name, onchange: () => this.ask({ [name]: select.value }) },
      ...values.map((value) => el("option", { value }, value)),
    );
    select.value = this.asked[name];
    return el("label", { class: "ganlab-plane-field" }, name[0].toUpperCase() + name.slice(1), select);
  }

  slider(name, [title, min, max, step, value]) {
    const output = el("output", { class: "ganlab-value" }, asNumber(value, 3));
    const input = el("input", {
      type: "range",
      class: "ganlab-range",
      "aria-label": title,
      ...{ min, max, step, value },
      oninput: () => {
        paintRange(input);
        setText(output, asNumber(Number(input.value), 3));
        this.ask({ [name]: Number(input.value) });
      },
    });
    paintRange(input);
    this.asked[name] = value;
    return el("label", { class: "ganlab-plane-field" }, title, output, input);
  }

  ask(changes) {
    Object.assign(this.asked, changes);
    this.queue.ask();
  }

  begin(event) {
    const { left, top, width } = this.canvas.getBoundingClientRect();
    const place = (offset) => (offset / width) * 2 * REACH - REACH;
    this.ask({ theta: place(event.clientX - left), psi: -place(event.clientY - top) });
  }

  async load() {
    try {
      const answer = await request(`ganlab/dirac?${new URLSearchParams(this.asked)}`, { signal: this.stop.signal });
      this.found = await answer.json();
      this.note.say(null);
    } catch (error) {
      if (!this.stop.signal.aborted) this.note.fail(error);
      return;
    }
    setText(this.words, this.found.words);
    this.draw();
  }

  draw() {
    if (!this.found) return;
    const theme = readTheme(this.root);
    const context = this.canvas.getContext("2d");
    const to = (x, y) => [((x + REACH) / (2 * REACH)) * SIDE, ((REACH - y) / (2 * REACH)) * SIDE];
    context.fillStyle = theme.background;
    context.fillRect(0, 0, SIDE, SIDE);
    context.strokeStyle = faded(theme.text, 0.25);
    stroke(context, 1, [to(-REACH, 0), to(REACH, 0)], [to(0, -REACH), to(0, REACH)]);
    context.strokeStyle = faded(theme.text, 0.5);
    stroke(context, 1, ...this.arrows(to));
    const path = this.found.path.map(([x, y]) => to(x, y));
    context.strokeStyle = PALETTE[1];
    stroke(context, 2, path);
    context.fillStyle = PALETTE[1];
    for (const [x, y] of path) context.fillRect(x - 1.5, y - 1.5, 3, 3);
    context.beginPath();
    context.arc(...path[0], 6, 0, 2 * Math.PI);
    context.strokeStyle = theme.text;
    context.lineWidth = 2;
    context.stroke();
  }

  /** One line for each place, longer where the push is stronger, with a barb at its end. */
  arrows(to) {
    const { places, theta, psi } = this.found;
    const longest = Math.max(1e-12, ...theta.flatMap((row, r) => row.map((value, c) => Math.hypot(value, psi[r][c]))));
    const scale = (LONGEST_ARROW * 2 * REACH) / longest;
    return places.flatMap((y, r) =>
      places.flatMap((x, c) => {
        const [from, until] = [to(x, y), to(x + scale * theta[r][c], y + scale * psi[r][c])];
        const turn = Math.atan2(until[1] - from[1], until[0] - from[0]);
        const barb = (side) => [until[0] + 4 * Math.cos(turn + side), until[1] + 4 * Math.sin(turn + side)];
        if (Math.hypot(until[0] - from[0], until[1] - from[1]) < 2) return [];
        return [
          [from, until],
          [barb(2.6), until, barb(-2.6)],
        ];
      }),
    );
  }

  destroy() {
    this.stop.abort();
    this.root.remove();
  }
}

function stroke(context, width, ...lines) {
  context.lineWidth = width;
  context.beginPath();
  for (const line of lines) line.forEach((point, n) => context[n ? "lineTo" : "moveTo"](...point));
  context.stroke();
}

export default function (component) {
  return mount(component, "dirac", DiracView);
}
