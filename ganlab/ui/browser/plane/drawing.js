// The picture of the plane at a look, for whoever shows one.

import { readTheme } from "../base/theme.js";
import { tensorsOf } from "./format.js";
import { LAYERS } from "./layers.js";
import { Look } from "./look.js";

export const SIDE = 720;
export const AT_FIRST = ["d", "contours", "real", "fake", "pull"];

/** Draws the layers with these names over each other, in their own order, in the colours of a node's theme. */
export function drawLook(canvas, look, names, node) {
  const theme = readTheme(node);
  const context = canvas.getContext("2d");
  const { left, bottom, right, top } = look.field;
  const to = (x, y) => [((x - left) / (right - left)) * SIDE, ((top - y) / (top - bottom)) * SIDE];
  const paper = theme.background;
  const ground = (paper.match(/^#(..)(..)(..)/)?.slice(1) ?? ["ff", "ff", "ff"]).map((part) => parseInt(part, 16));
  context.fillStyle = paper;
  context.fillRect(0, 0, SIDE, SIDE);
  for (const [name, layer] of Object.entries(LAYERS))
    if (names.includes(name)) layer.draw(context, look, to, { ...theme, ground, paper });
}

/** A picture of the file of a look, as the page Plane shows it at first. run: see `Look`. */
export async function pictureOf(file, run, node) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  drawLook(canvas, new Look(tensorsOf(file), run), AT_FIRST, node);
  return new Promise((resolve) => canvas.toBlob(resolve));
}
