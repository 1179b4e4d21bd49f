// What was done to a run, and what rang, as vertical lines on its charts.

import { inShort, whole } from "../base/numbers.js";
import { faded } from "../base/theme.js";

const MOST_ROWS = 3; // of labels; where more were needed each mark is a small hook, its words on hover
const MOST_TOLD = 6; // marks under one hook that are told
const [LETTERS, ROW, GAP] = [10.5, 14, 8]; // px
let pen = null;
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

/** Plotly reads tags, so none may come from data. */
const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/** Long words in lines of about 60 letters, for a hover box. */
const inLines = (text) => escaped(text).replace(/(.{45,70}?)\s/g, "$1<br>");

/** Marks between two steps as plotly's shapes and annotations above the plot, and how many px they take there.

    place(step): px from the left of the plot; width, height: of the plot in px. */
export function drawnMarks(marks, [from, to], theme, { place, width, height }) {
  const seen = marks.filter(({ step }) => step >= from && step <= to).sort((one, other) => one.step - other.step);
  const wide = measured(theme.font);
  const labels = seen.map(({ label }) => (label.length > 34 ? `${label.slice(0, 33)}…` : label));
  const rows = rowsOf(
    seen.map(({ step }, n) => ({ at: place(step), wide: wide(labels[n]) })),
    width,
  );
  const colour = (kind) => (kind === "alarm" ? theme.alarm : faded(theme.text, rows ? 0.6 : 0.22));
  const room = rows ? ROW * (1 + Math.max(-1, ...rows.map(({ row }) => row))) : ROW;
  const shapes = seen.map(({ step, kind }, n) => ({
    type: "line",
    layer: "below",
    xref: "x",
    yref: "paper",
    x0: step,
    x1: step,
    y0: 0,
    y1: 1 + (rows ? (ROW * rows[n].row) / Math.max(1, height - room) : 0),
    line: { width: 1, dash: kind === "alarm" ? "dot" : "solid", color: colour(kind) },
  }));
  const common = {
    xref: "x",
    yref: "paper",
    y: 1,
    yanchor: "bottom",
    showarrow: false,
    borderpad: 0,
    bgcolor: rows ? theme.background : "rgba(0,0,0,0)",
    captureevents: true,
    hoverlabel: {
      bgcolor: theme.background,
      bordercolor: theme.border,
      font: { family: theme.font, size: 12, color: theme.text },
    },
  };
  const ink = (kind, strength) => ({
    size: LETTERS,
    color: kind === "alarm" ? theme.alarm : faded(theme.text, strength),
  });
  const annotations = rows
    ? seen.map(({ step, kind, text }, n) => ({
        ...common,
        x: step,
        xanchor: "left",
        xshift: rows[n].left - place(step),
        yshift: ROW * rows[n].row,
        text: escaped(labels[n]),
        hovertext: inLines(text),
        font: ink(kind, 1),
      }))
    : hooksOf(seen, place).map((hook) => ({
        ...common,
        x: hook[0].step,
        xanchor: "center",
        text: "▾",
        hovertext: inWords(hook),
        font: ink(hook.find(({ kind }) => kind === "alarm")?.kind, 0.6),
      }));
  return { shapes, annotations, room: seen.length ? room : 0 };
}

/** In which row above the plot each label lies, and where it begins, so that none covers another or leaves the chart;
    null where there is no room for all of them. places: {at, wide} in px, from the left. */
export function rowsOf(places, width) {
  const ends = [];
  const rows = places.map(({ at, wide }) => {
    const left = Math.min(at, width - wide);
    const free = ends.findIndex((end) => end + GAP <= left);
    const row = free < 0 ? ends.length : free;
    ends[row] = left + wide;
    return { row, left };
  });
  return ends.length > MOST_ROWS || rows.some(({ left }) => left < 0) ? null : rows;
}

/** Marks so near that their hooks would cover each other, together. */
function hooksOf(marks, place) {
  const hooks = [];
  for (const mark of marks) {
    const last = hooks.at(-1);
    if (last && place(mark.step) - place(last[0].step) < LETTERS) last.push(mark);
    else hooks.push([mark]);
  }
  return hooks;
}

function inWords(hook) {
  const more = hook.length - MOST_TOLD;
  const lines = hook.slice(0, MOST_TOLD).map(({ text }) => inLines(text));
  return [...lines, ...(more > 0 ? [`and ${more} more`] : [])].join("<br>");
}

/** How wide letters are, in px; wider than drawn rather than narrower. */
function measured(font) {
  pen ??= document.createElement("canvas").getContext("2d");
  pen.font = `${LETTERS}px ${font}`;
  return (text) => Math.ceil(pen.measureText(text).width) + 4;
}
