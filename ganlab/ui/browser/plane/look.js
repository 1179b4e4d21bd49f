// What is known of the plane at one step of a run. What costs something is worked out when it is first asked for.

import { bestAnswer, divergence, proven, sharesOf } from "./answer.js";
import { Field, sigmoid } from "./field.js";

export class Look {
  /** tensors: of the file of a look. run: as the server tells it; probability: whether its loss makes σ(D) one; settings: its own. */
  constructor({ box, scores, real, fake, pull, latents }, { probability, d_title: title, settings }) {
    this.probability = probability;
    this.even = settings?.prior === "uniform";
    this.scores = new Field(scores.values, box.values);
    this.real = pairs(real);
    this.fake = pairs(fake);
    this.pull = pairs(pull);
    this.longest = Math.max(0, ...this.pull.map(([x, y]) => Math.hypot(x, y)));
    this.latents = pairs(latents);
    this.unfolded = 1;
    this.words = probability ? "D's probability of being real, σ(D)" : `the ${title}'s score`;
    this.field = probability ? this.scores.map(sigmoid) : this.scores;
    const [low, high] = this.field.range();
    this.middle = probability ? 0.5 : (low + high) / 2;
  }

  /** The grid of latents on its way from z, drawn to fill the picture, to where G puts it: `unfolded` from 0 to 1. */
  get onTheWay() {
    if (this.unfolded === 1) return this.latents;
    const { left, bottom, right, top } = this.scores;
    const side = Math.round(Math.sqrt(this.latents.length));
    const square = side * side === this.latents.length;
    return this.latents.map((point, n) => {
      const [u, v] = square ? [Math.floor(n / side), n % side] : [n, (this.latents.length - 1) / 2];
      const most = (square ? side : this.latents.length) - 1;
      const flat = [
        left + (0.1 + (0.8 * u) / most) * (right - left),
        bottom + (0.1 + (0.8 * v) / most) * (top - bottom),
      ];
      return point.map((part, axis) => this.unfolded * part + (1 - this.unfolded) * flat[axis]);
    });
  }

  /** Shares of the cells that the real and the generated points have, blurred. */
  get shares() {
    return (this._shares ??= [this.real, this.fake].map((points) => sharesOf(points, this.field)));
  }

  /** D*, not a number far from all points. */
  get best() {
    return (this._best ??= this.field.with(bestAnswer(...this.shares, this.real.length + this.fake.length)));
  }

  /** σ(D) − D*. */
  get gap() {
    return (this._gap ??= this.field.with(this.field.values.map((value, n) => value - this.best.values[n])));
  }

  /** |∇D|, of the score before any sigmoid. */
  get slopes() {
    return (this._slopes ??= this.scores.map((_, column, row) =>
      this.scores.slope(...this.scores.pointOf(column, row)),
    ));
  }

  /** JS divergence of the blurred points in nats, and how much of it D proves (null where D is no probability). */
  get divergence() {
    return (this._divergence ??= {
      whole: divergence(...this.shares),
      proven: this.probability ? proven(...this.shares, this.scores.values) : null,
    });
  }

  /**
   * What D's scores prove of W₁ between these points, and how steep they are at most (Kantorovich-Rubinstein duality):
   * the difference of their means over the steepest slope. Of the scores between the cells, so that it holds exactly.
   */
  get duality() {
    if (this._duality) return this._duality;
    const mean = (points) => points.reduce((sum, point) => sum + this.scores.value(...point), 0) / points.length;
    const { steepest } = this.scores;
    const apart = mean(this.real) - mean(this.fake);
    return (this._duality = { steepest, proven: steepest ? apart / steepest : 0 });
  }
}

/** (n, 2) numbers as points. */
function pairs({ values }) {
  return Array.from({ length: values.length / 2 }, (_, n) => [values[2 * n], values[2 * n + 1]]);
}
