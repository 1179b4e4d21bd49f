// Numbers as bytes, for routes and for text.

import { bytesOf } from "../../../export/browser/bytes.js";

/** Latents and shares of classes as the routes take them. */
export function asBody(z, shares) {
  const whole = new Float32Array(z.length + (shares?.length ?? 0));
  whole.set(z);
  if (shares) whole.set(shares, z.length);
  return whole.buffer;
}

/** Pictures from the bytes that the server sends. */
export async function fromAnswer(answer) {
  const [width, height] = answer.headers.get("X-Ganlab-Size").split("x").map(Number);
  const pixels = new Uint8ClampedArray(await answer.arrayBuffer());
  const size = width * height * 4;
  return Array.from(
    { length: pixels.length / size },
    (_, n) => new ImageData(pixels.subarray(n * size, (n + 1) * size), width, height),
  );
}

/** Float32Array ↔ base64 that fits into a link. */
export function packed(numbers) {
  const bytes = new Uint8Array(new Float32Array(numbers).buffer);
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
}
export function unpacked(text) {
  return new Float32Array(bytesOf(text.replaceAll("-", "+").replaceAll("_", "/")).buffer);
}
