/** The latents of a seed as torch draws them on a CPU (ganlab.gan.latent.latents_of_seed), so that a seed shows the same picture here. */
export class SeededLatents {
  /** Mersenne Twister (Matsumoto & Nishimura 1998), 32 bits, seeded as torch and numpy seed it. */
  constructor(seed) {
    this.state = new Uint32Array(624);
    this.state[0] = seed >>> 0;
    for (let i = 1; i < 624; i++) {
      const last = this.state[i - 1] ^ (this.state[i - 1] >>> 30);
      this.state[i] = Math.imul(1812433253, last) + i;
    }
    this.place = 624;
  }

  twist() {
    const { state } = this;
    for (let i = 0; i < 624; i++) {
      const y = (state[i] & 0x80000000) | (state[(i + 1) % 624] & 0x7fffffff);
      state[i] = state[(i + 397) % 624] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.place = 0;
  }

  /** In [0, 1), 24 bits. */
  uniform() {
    if (this.place === 624) this.twist();
    let y = this.state[this.place++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    y ^= y >>> 18;
    return (y & 0xffffff) / 0x1000000;
  }

  /** `count` numbers, a multiple of 16: eight pairs at a time (Box & Muller 1958). */
  normals(count) {
    const numbers = Float32Array.from({ length: count }, () => this.uniform());
    for (let first = 0; first < count; first += 16)
      for (let i = first; i < first + 8; i++) {
        const radius = Math.sqrt(-2 * Math.log(1 - numbers[i]));
        const angle = 2 * Math.PI * numbers[i + 8];
        numbers[i] = radius * Math.cos(angle);
        numbers[i + 8] = radius * Math.sin(angle);
      }
    return numbers;
  }

  /** The first `count` latents of a seed, one after the other. prior: "normal", or "uniform" in ± halfWidth. */
  static draw(seed, count, zDim, prior, halfWidth) {
    const whole = Math.ceil(count / 16) * 16 * zDim;
    const source = new SeededLatents(seed);
    const numbers =
      prior === "normal"
        ? source.normals(whole)
        : Float32Array.from({ length: whole }, () => (source.uniform() * 2 - 1) * halfWidth);
    return numbers.subarray(0, count * zDim);
  }
}
