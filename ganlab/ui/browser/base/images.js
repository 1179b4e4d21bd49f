// Pictures as elements and as files.

import { el } from "./dom.js";

/** A small picture as an own element. */
export function thumbnail(image, label, more = "") {
  const canvas = el("canvas", {
    class: `ganlab-thumbnail ${more}`,
    width: image.width,
    height: image.height,
    role: "img",
    "aria-label": label,
  });
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

/** Hand a file to whoever looks. */
export function saveAs(blob, name) {
  const href = URL.createObjectURL(blob);
  el("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 10000);
}

/** A decoded picture of a blob: putting it on the page shows it at once. Its URL must be revoked by the owner. */
export async function decodedImage(blob, alt) {
  const image = new Image();
  image.draggable = false;
  image.alt = alt;
  image.src = URL.createObjectURL(blob);
  try {
    await image.decode();
  } catch (error) {
    URL.revokeObjectURL(image.src);
    throw error;
  }
  return image;
}
