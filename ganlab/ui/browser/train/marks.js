// What was done to a run, and what rang, as vertical lines on its charts.

import { inShort, whole } from "../base/numbers.js";
import { faded } from "../base/theme.js";

const MOST_LABELS = 6; // more of them in view would hide the curves: then each is a small hook, its words on hover
const KINDS = {
  edit: ["", "Edit"],
  undo: ["undo", "Undo"],
  rewind: ["rewind", "Rewind"],
  fork: ["fork", "Fork"],
  alarm: ["⚠", "Alarm"],
};

/** "lr_g 2e−4 → 1e−4, d_steps 5 → 2" */
export function changesInShort(changes) {
  return Object.entries(changes)
    .map(([name, [before, after]]) => `${name} ${inShort(before)} → ${inShort(after)}`)
    .join(", ");
}

/** All marks of a run: {step, kind, label, text}, as they came. */
export function marksOf({ edits, alarms, best }) {
  const ofEdits = edits.map(({ step, kind, changes, parent }) => {
    const [word, title] = KINDS[kind];
    const told = changesInShort(changes);
    const from = kind === "fork" && parent ? ` of ${parent}` : "";
    const label = [word, told.length > 40 ? `${Object.keys(changes).length} settings` : told].filter(Boolean).join(" ");
    return { step, kind, label, text: `${title}${from} after step ${whole.format(step)}${told ? `: ${told}` : ""}` };
  });
  const ofAlarms = alarms.map(({ step, title, evidence }) => ({
    step,
    kind: "alarm",
    label: `⚠ ${title}`,
    text: `Alarm at step ${whole.format(step)}: ${title}. ${evidence}`,
  }));
  const ofBest = best
    ? [{ step: best.step, kind: "best", label: "★ best", text: `The best snapshot: ${best.text}` }]
    : [];
  return [...ofEdits, ...ofAlarms, ...ofBest];
}

/** Long words in lines of about 60 letters, for a hover box. Plotly reads tags, so none may come from data. */
function inLines(text) {
  const safe = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return safe.replace(/(.{45,70}?)\s/g, "$1<br>");
}

/** Marks between two steps as plotly's shapes and annotations. */
export function drawnMarks(marks, [from, to], theme) {
  const seen = marks.filter(({ step }) => step >= from && step <= to);
  const labelled = seen.length <= MOST_LABELS;
  const colour = (kind) => (kind === "alarm" ? theme.alarm : faded(theme.text, labelled ? 0.6 : 0.22));
  const shapes = seen.map(({ step, kind }) => ({
    type: "line",
    layer: "below",
    xref: "x",
    yref: "paper",
    x0: step,
    x1: step,
    y0: 0,
    y1: 1,
    line: { width: 1, dash: kind === "alarm" ? "dot" : "solid", color: colour(kind) },
  }));
  const annotations = seen.map(({ step, kind, label, text }, place) => {
    const atRight = step - from > 0.65 * (to - from);
    return {
      xref: "x",
      yref: "paper",
      x: step,
      y: 1,
      yanchor: "top",
      yshift: labelled ? -13 * (place % 3) : 4,
      xanchor: labelled ? (atRight ? "right" : "left") : "center",
      showarrow: false,
      borderpad: 1,
      text: labelled ? inLines(label.length > 34 ? `${label.slice(0, 33)}…` : label) : "▾",
      hovertext: inLines(text),
      captureevents: true,
      font: { size: 10.5, color: kind === "alarm" ? theme.alarm : faded(theme.text, labelled ? 1 : 0.6) },
      bgcolor: labelled ? faded(theme.background, 0.75) : "rgba(0,0,0,0)",
      hoverlabel: {
        bgcolor: theme.background,
        bordercolor: theme.border,
        font: { family: theme.font, size: 12, color: theme.text },
      },
    };
  });
  return { shapes, annotations };
}
