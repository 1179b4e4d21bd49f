// The best answer to two sets of points, D* = p / (p + q), and what a D proves of how far apart they are.
// The same quantities as in ganlab/plane/divergences.py, of shares of cells. Plain arithmetic.

/** A point is blurred by a Gaussian of so many cells. */
export const BLUR = 1.5;
const WIDEST = 4; // deviations of it that count
const NEAR = 2.5; // deviations from the nearest point beyond which nothing is said

/** Shares of a field's cells that blurred points have, which sum to 1. A point outside counts at the rim. */
export function sharesOf(points, field) {
  const { size } = field;
  const shares = new Float64Array(size * size);
  const inside = (place) => Math.min(size - 1, Math.max(0, place));
  for (const point of points) {
    const [column, row] = field.placeOf(...point).map(inside);
    const [across, up] = [bell(column, size), bell(row, size)];
    for (const [r, vertical] of up) for (const [c, weight] of across) shares[r * size + c] += vertical * weight;
  }
  const total = shares.reduce((sum, share) => sum + share, 0);
  return shares.map((share) => share / total);
}

/** Cells along a line and their weights, of a Gaussian around a place. */
function bell(place, size) {
  const cells = [];
  const last = Math.min(size - 1, Math.floor(place + WIDEST * BLUR));
  for (let cell = Math.max(0, Math.ceil(place - WIDEST * BLUR)); cell <= last; cell++)
    cells.push([cell, Math.exp(-0.5 * ((cell - place) / BLUR) ** 2)]);
  return cells;
}

/** D* of each cell; not a number where none of `count` points is near. */
export function bestAnswer(p, q, count) {
  const least = (2 * Math.exp(-0.5 * NEAR ** 2)) / (2 * Math.PI * BLUR ** 2 * count);
  return p.map((share, n) => (share + q[n] < least ? NaN : share / (share + q[n])));
}

/** Jensen-Shannon divergence in nats, from 0 to log 2. */
export function divergence(p, q) {
  const part = (share, middle) => (share > 0 ? (share * Math.log(share / middle)) / 2 : 0);
  return p.reduce((sum, share, n) => sum + part(share, (share + q[n]) / 2) + part(q[n], (share + q[n]) / 2), 0);
}

/** log 2 − ½ cross-entropy of a D with these scores: at most the divergence, and equal to it for D*. */
export function proven(p, q, scores) {
  const softplus = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  const entropy = p.reduce((sum, share, n) => sum + share * softplus(-scores[n]) + q[n] * softplus(scores[n]), 0);
  return Math.log(2) - entropy / 2;
}
