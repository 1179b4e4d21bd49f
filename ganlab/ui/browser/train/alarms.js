// What is wrong with the run, in words, with what can be done about it.

import { el, icon, setHidden } from "../base/dom.js";
import { whole } from "../base/numbers.js";
import { session } from "../base/session.js";

const MOST_SHOWN = 1; // the newest; more would push the curves off the screen; the others are a click away

export class Alarms {
  /** take(remedy): carries a remedy out, or asks first. */
  constructor(take) {
    this.take = take;
    this.all = false;
    this.root = el("div", { class: "ganlab-alarms", role: "log", "aria-label": "Alarms" });
  }

  update({ id, alarms, explore_only: only }) {
    this.id = id;
    this.alarms = only ? alarms.map((alarm) => ({ ...alarm, remedies: [] })) : alarms;
    this.draw();
  }

  key({ name, step }) {
    return `${this.id} ${name} ${step}`;
  }

  dismiss(alarm) {
    session.set("dismissed", [...session.get("dismissed", []), this.key(alarm)].slice(-200));
    this.draw();
  }

  draw() {
    const gone = session.get("dismissed", []);
    const standing = this.alarms
      .filter((alarm) => !gone.includes(this.key(alarm)))
      .sort((one, other) => other.step - one.step);
    const text = JSON.stringify([standing, this.all]);
    if (text === this.drawn) return;
    this.drawn = text;
    const shown = this.all ? standing : standing.slice(0, MOST_SHOWN);
    const more = standing.length - shown.length;
    this.root.replaceChildren(...shown.map((alarm) => this.card(alarm)));
    if (more) {
      this.root.append(
        el(
          "button",
          { type: "button", class: "ganlab-link", onclick: () => ((this.all = true), this.draw()) },
          `${more} more ${more === 1 ? "alarm" : "alarms"}`,
        ),
      );
    }
    setHidden(this.root, !standing.length);
  }

  card(alarm) {
    const remedies = alarm.remedies.map((remedy) =>
      el(
        "button",
        {
          type: "button",
          class: "ganlab-button ganlab-small",
          onclick: () => this.take(remedy),
        },
        icon({ edit: "edit", rewind: "rewind", fork: "fork" }[remedy.kind]),
        remedy.label,
      ),
    );
    return el(
      "article",
      { class: "ganlab-alarm", "data-name": alarm.name },
      el(
        "div",
        { class: "ganlab-row" },
        el(
          "h3",
          { class: "ganlab-title" },
          alarm.title,
          el("span", { class: "ganlab-unit" }, `step ${whole.format(alarm.step)}`),
        ),
        el(
          "button",
          {
            type: "button",
            class: "ganlab-dismiss",
            "aria-label": `Dismiss: ${alarm.title}`,
            title: "Dismiss, for this tab",
            onclick: () => this.dismiss(alarm),
          },
          "×",
        ),
      ),
      el("p", {}, alarm.cause, " ", el("span", { class: "ganlab-evidence" }, alarm.evidence)),
      remedies.length ? el("div", { class: "ganlab-remedies" }, ...remedies) : "",
    );
  }
}
