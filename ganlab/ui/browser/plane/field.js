// D's scores on a grid of cells: values between them, slopes, lines of equal height. Plain arithmetic.

/** A square field of scores over a box [left, bottom, right, top]; the first row lies at the bottom. */
export class Field {
  constructor(values, box) {
    this.values = values;
    this.size = Math.round(Math.sqrt(values.length));
    [this.left, this.bottom, this.right, this.top] = box;
    this.step = (this.right - this.left) / this.size; // between the middles of two cells
  }

  /** Other values on the same cells. */
  with(values) {
    return new Field(values, [this.left, this.bottom, this.right, this.top]);
  }

  /** change(value, column, row) of each cell. */
  map(change) {
    return this.with(this.values.map((value, n) => change(value, n % this.size, Math.floor(n / this.size))));
  }

  /** Value of a cell; cells beyond the edge are as the last ones. */
  at(column, row) {
    const inside = (n) => Math.min(this.size - 1, Math.max(0, n));
    return this.values[inside(row) * this.size + inside(column)];
  }

  /** The value at a point, between the four cells around it. */
  value(x, y) {
    const [column, row] = this.placeOf(x, y);
    const [c, r] = [Math.floor(column), Math.floor(row)];
    const [u, v] = [column - c, row - r];
    const low = (1 - u) * this.at(c, r) + u * this.at(c + 1, r);
    const high = (1 - u) * this.at(c, r + 1) + u * this.at(c + 1, r + 1);
    return (1 - v) * low + v * high;
  }

  /** How steep it is at a point: length of the gradient, by differences over two cells, or one at the edge. */
  slope(x, y) {
    const around = (place, from, to) => [
      Math.max(from + this.step / 2, place - this.step),
      Math.min(to - this.step / 2, place + this.step),
    ];
    const [[x0, x1], [y0, y1]] = [around(x, this.left, this.right), around(y, this.bottom, this.top)];
    return Math.hypot(
      (this.value(x1, y) - this.value(x0, y)) / (x1 - x0),
      (this.value(x, y1) - this.value(x, y0)) / (y1 - y0),
    );
  }

  /** The steepest slope of `value` anywhere: between four cells it is bilinear, so it is steepest at a corner. */
  get steepest() {
    let most = 0;
    const rise = (...values) => Math.max(...values.map((each) => Math.abs(each))) / this.step;
    for (let row = 0; row < this.size - 1; row++) {
      for (let column = 0; column < this.size - 1; column++) {
        const [a, b] = [this.at(column, row), this.at(column + 1, row)];
        const [c, d] = [this.at(column, row + 1), this.at(column + 1, row + 1)];
        most = Math.max(most, Math.hypot(rise(b - a, d - c), rise(c - a, d - b)));
      }
    }
    return most;
  }

  /** Column and row of a point, counted from the middle of the first cell. */
  placeOf(x, y) {
    return [(x - this.left) / this.step - 0.5, (y - this.bottom) / this.step - 0.5];
  }

  /** The middle of a cell, or of a place between cells. */
  pointOf(column, row) {
    return [this.left + (column + 0.5) * this.step, this.bottom + (row + 0.5) * this.step];
  }

  /** Lowest and highest value; what is no number is left out. */
  range() {
    let [low, high] = [Infinity, -Infinity];
    for (const value of this.values) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
    return [low, high];
  }

  /** Pieces of the line where the value is `level`: [[x, y], [x, y]] each (marching squares). */
  contour(level) {
    const pieces = [];
    for (let row = 0; row < this.size - 1; row++) {
      for (let column = 0; column < this.size - 1; column++) {
        const corners = [
          [column, row],
          [column + 1, row],
          [column + 1, row + 1],
          [column, row + 1],
        ];
        const crossings = [];
        corners.forEach(([c, r], n) => {
          const [c2, r2] = corners[(n + 1) % 4];
          const [one, other] = [this.at(c, r) - level, this.at(c2, r2) - level];
          if (one < 0 === other < 0 || Number.isNaN(one + other)) return;
          const share = one / (one - other);
          crossings.push(this.pointOf(c + share * (c2 - c), r + share * (r2 - r)));
        });
        for (let n = 0; n + 1 < crossings.length; n += 2) pieces.push([crossings[n], crossings[n + 1]]);
      }
    }
    return pieces;
  }
}

export const sigmoid = (score) => 1 / (1 + Math.exp(-score));

/** About `count` round numbers strictly between low and high. */
export function levelsBetween(low, high, count = 7) {
  if (!(high > low)) return [];
  const raw = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5, 10].find((each) => each * power >= raw) ?? 10);
  const first = Math.floor(low / step) + 1;
  return Array.from({ length: Math.ceil(high / step) - first }, (_, n) => (first + n) * step);
}
