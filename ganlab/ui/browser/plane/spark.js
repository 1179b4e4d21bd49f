// Curves as small as a word, for what stands beside the picture.

import { faded, readTheme } from "../base/theme.js";

/** Draws rows of [colour, values] into a canvas, all on one scale; what is no number is a gap. */
export function drawSpark(canvas, rows) {
  const context = canvas.getContext("2d");
  const { width, height } = canvas;
  context.clearRect(0, 0, width, height);
  const all = rows.flatMap(([, values]) => values.filter(Number.isFinite));
  if (!all.length) return;
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const y = (value) => height - 4 - ((height - 8) * (value - low)) / (high - low || 1);
  if (low < 0 && high > 0) {
    context.strokeStyle = faded(readTheme(canvas).text, 0.25);
    context.strokeRect(0, y(0), width, 0);
  }
  context.lineWidth = 2;
  for (const [colour, values] of rows) {
    context.strokeStyle = colour;
    context.beginPath();
    let drawing = false;
    values.forEach((value, n) => {
      if (Number.isFinite(value))
        context[drawing ? "lineTo" : "moveTo"]((width * n) / Math.max(1, values.length - 1), y(value));
      drawing = Number.isFinite(value);
    });
    context.stroke();
  }
}
