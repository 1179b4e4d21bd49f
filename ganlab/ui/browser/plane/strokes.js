// Drawn points, as strokes that can be taken back one by one. Plain arithmetic.

export const MOST = 4096; // as in own_points.py

const MIRRORS = {
  none: [[1, 1]],
  across: [
    [1, 1],
    [-1, 1],
  ],
  both: [
    [1, 1],
    [-1, 1],
    [1, -1],
    [-1, -1],
  ],
};

/** So many points evenly over the disc of a brush. */
export function spray([x, y], radius, count) {
  return Array.from({ length: count }, () => {
    const [far, turn] = [radius * Math.sqrt(Math.random()), 2 * Math.PI * Math.random()];
    return [x + far * Math.cos(turn), y + far * Math.sin(turn)];
  });
}

/** The strokes with points, and their mirror images, put to the last one; full: whether some found no room. */
export function add(strokes, points, mirror) {
  const images = points.flatMap(([x, y]) => MIRRORS[mirror].map(([u, v]) => [u * x, v * y]));
  const room = MOST - strokes.flat().length;
  const last = [...(strokes.at(-1) ?? []), ...images.slice(0, Math.max(0, room))];
  return { strokes: [...strokes.slice(0, -1), last], full: images.length > room };
}

/** Without the last stroke that has points. */
export function undone(strokes) {
  const kept = strokes.filter((stroke) => stroke.length);
  return kept.slice(0, -1);
}

/** Lines of x,y, as the setting `points` keeps them. */
export function asText(strokes) {
  return strokes
    .flat()
    .map((point) => point.map((part) => Number(part.toFixed(3))).join(","))
    .join("\n");
}

/** The points of such lines. */
export function pointsIn(text) {
  return text ? text.split("\n").map((line) => line.split(",").map(Number)) : [];
}
