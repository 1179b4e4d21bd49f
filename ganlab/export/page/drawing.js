// Latents of the sliders, and pictures of them on a canvas.

import { SeededLatents } from "../browser/seeds.js";
import { about, program, state } from "./state.js";

const POINTS_SIDE = 512;
const POINTS_REACH = 1.5;

/** Latents with the sliders' moves added to each. */
export function moved(latents) {
  const shift = Float32Array.from(state.raw);
  about.directions.forEach(({ move }, number) => {
    if (state.along[number]) for (let i = 0; i < shift.length; i++) shift[i] += state.along[number] * move[i];
  });
  return latents.map((value, i) => value + shift[i % shift.length]);
}

export const latentsOf = (seed, count = 1) =>
  SeededLatents.draw(seed, count, program.z_dim, about.prior, about.halfWidth);

/** Great circle for a normal prior, straight line for a uniform one, which it never leaves. */
export function between(start, end, t) {
  const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
  const angle = Math.acos(Math.max(-1, Math.min(1, dot(start, end) / Math.sqrt(dot(start, start) * dot(end, end)))));
  const straight = about.prior !== "normal" || Math.sin(angle) < 1e-4;
  const [a, b] = straight
    ? [1 - t, t]
    : [Math.sin((1 - t) * angle) / Math.sin(angle), Math.sin(t * angle) / Math.sin(angle)];
  return start.map((value, i) => a * value + b * end[i]);
}

export function put(canvas, image) {
  if (canvas.width !== image.width || canvas.height !== image.height)
    [canvas.width, canvas.height] = [image.width, image.height];
  canvas.getContext("2d").putImageData(image, 0, 0);
}

/** Points of the plane as dots, ± POINTS_REACH on both axes; what lies outside is drawn at the edge. */
export function putPoints(canvas, points) {
  canvas.width = canvas.height = POINTS_SIDE;
  const pen = canvas.getContext("2d");
  pen.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--accent");
  const place = (value) => Math.max(2, Math.min(POINTS_SIDE - 3, ((value / POINTS_REACH + 1) / 2) * (POINTS_SIDE - 1)));
  for (let i = 0; i < points.length; i += 2) pen.fillRect(place(points[i]) - 1.5, place(-points[i + 1]) - 1.5, 3, 3);
}
