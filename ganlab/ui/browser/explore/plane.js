// The plane of seeds: a latent for each place.

import { SeededLatents } from "../../../export/browser/seeds.js";
import { clampTo } from "../base/numbers.js";

export const ROW = 100; // seeds in a row of the plane
export const SEEDS = 2 ** 31;
const FARTHEST_SD = 5; // Gaussian coordinates of a uniform number end here
const CORNERS_KEPT = 1000;

/** The complementary error function to 1.2e-7 of its value (Press et al., Numerical Recipes, § 6.2). */
function erfc(x) {
  const size = Math.abs(x);
  const t = 1 / (1 + size / 2);
  const terms = [
    -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223,
    0.17087277,
  ];
  const found = t * Math.exp(-size * size + terms.reduceRight((sum, term) => sum * t + term, 0));
  return x >= 0 ? found : 2 - found;
}

/** Its inverse error function in single precision (Giles 2012). */
function erfinv(x) {
  let w = -Math.log((1 - x) * (1 + x));
  const near = w < 5;
  w = near ? w - 2.5 : Math.sqrt(w) - 3;
  const terms = near
    ? [
        1.50140941, 0.246640727, -0.00417768164, -0.00125372503, 0.00021858087, -4.39150654e-6, -3.5233877e-6,
        3.43273939e-7, 2.81022636e-8,
      ]
    : [
        2.83297682, 1.00167406, 0.00943887047, -0.0076224613, 0.00573950773, -0.00367342844, 0.00134934322,
        0.000100950558, -0.000200214257,
      ];
  return x * terms.reduceRight((sum, term) => sum * w + term, 0);
}

/** Mirrored at seed 0; see ganlab/gan/latent/pad.py. */
export const seedAt = (x, y) => Math.abs(x + ROW * y) % SEEDS;

/** An endless plane of seeds; see ganlab/gan/latent/pad.py. */
export class Plane {
  /** space: z_dim, prior, half_width. */
  constructor(space) {
    this.space = space;
    this.corners = new Map();
  }

  ofSeed(seed) {
    const { z_dim: zDim, prior, half_width: half } = this.space;
    return SeededLatents.draw(seed, 1, zDim, prior, half);
  }

  /** Gaussian coordinates of the seed at a whole place. */
  corner(x, y) {
    const seed = seedAt(x, y);
    if (!this.corners.has(seed)) {
      if (this.corners.size >= CORNERS_KEPT) this.corners.clear();
      this.corners.set(seed, this.toGaussian(this.ofSeed(seed)));
    }
    return this.corners.get(seed);
  }

  toGaussian(latents) {
    if (this.space.prior === "normal") return latents;
    return latents.map((u) =>
      clampTo(erfinv(clampTo(u / this.space.half_width, -1, 1)) * Math.SQRT2, -FARTHEST_SD, FARTHEST_SD),
    );
  }

  fromGaussian(numbers) {
    if (this.space.prior === "normal") return numbers;
    return numbers.map((g) => (1 - erfc(g / Math.SQRT2)) * this.space.half_width);
  }

  /** The latent at a place: a seed's first one at whole places, between four their mixture, as long as a sample. */
  at(x, y) {
    const [left, top] = [Math.floor(x), Math.floor(y)];
    const [right, down] = [x - left, y - top];
    if (!right && !down) return this.ofSeed(seedAt(left, top));
    const weights = [(1 - right) * (1 - down), right * (1 - down), (1 - right) * down, right * down];
    const length = Math.hypot(...weights);
    const corners = [
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ].map(([dx, dy]) => this.corner(left + dx, top + dy));
    const mixed = new Float32Array(this.space.z_dim);
    corners.forEach((corner, n) => {
      const weight = weights[n] / length;
      if (weight) for (let i = 0; i < mixed.length; i++) mixed[i] += weight * corner[i];
    });
    return this.fromGaussian(mixed);
  }
}
