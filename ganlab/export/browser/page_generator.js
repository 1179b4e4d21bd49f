import { bytesOf } from "./bytes.js";
import { GANLAB_KERNELS, ganlabMachine } from "./worker.js";

/** A worker that carries out a program; where workers are forbidden the page itself does, and stays less smooth. */
class Hand {
  constructor(number) {
    this.waiting = new Map();
    this.next = 0;
    const source = `const answer = (${ganlabMachine})();
      onmessage = ({ data: { id, question } }) => {
        try {
          const answered = answer(question);
          const moved = Object.values(answered).filter((part) => part.buffer).map((part) => part.buffer);
          postMessage({ id, answered }, moved);
        } catch (error) {
          postMessage({ id, error: error.message });
        }
      };`;
    const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    try {
      this.worker = new Worker(url, { name: `ganlab generator ${number}` });
      this.worker.onmessage = ({ data }) => this.settle(data);
      this.worker.onerror = () => this.takeOver();
    } catch {
      this.takeOver();
    }
    setTimeout(() => URL.revokeObjectURL(url), 10000); // a worker loads its text a little later
  }

  settle({ id, answered, error }) {
    const { resolve, reject } = this.waiting.get(id);
    this.waiting.delete(id);
    this.heard = true;
    if (error === undefined) resolve(answered);
    else reject(new Error(error));
  }

  /** A worker that never answered is one that the browser does not allow: what waits is done here. */
  takeOver() {
    if (this.heard) return this.fail("The generator stopped: reload the page.");
    this.answer = ganlabMachine();
    for (const { resolve, question } of this.waiting.values()) resolve(this.ask(question));
    this.waiting.clear();
  }

  fail(sentence) {
    for (const { reject } of this.waiting.values()) reject(new Error(sentence));
    this.waiting.clear();
  }

  async ask(question) {
    if (this.answer) return this.answer(question);
    const id = this.next++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject, question });
      this.worker.postMessage({ id, question });
    });
  }

  close() {
    this.worker?.terminate();
    this.fail("The generator was closed.");
  }
}

/**
 * A generator that runs in the page. program: the object that `Program.to_json` wrote; blob: ArrayBuffer of its
 * weights. hands: workers that share the pictures of a grid, each with its own copy of the weights; the first that is
 * ready begins, the others join. `kernel`: "fma", "simd" or "plain"; `whole`: a promise that all have joined.
 */
export class PageGenerator {
  static async load(program, blob, { hands = 1, kernels = ganlabKernels() } = {}) {
    const generator = new PageGenerator();
    generator.program = program;
    generator.hands = [];
    const first = await generator.hire(0, { program, blob, kernels });
    generator.kernel = first.kernel;
    const others = Array.from({ length: Math.max(0, hands - 1) }, (_, number) =>
      generator.hire(number + 1, { program, blob, kernels }),
    );
    generator.whole = Promise.allSettled(others);
    return generator;
  }

  async hire(number, load) {
    const hand = new Hand(number);
    try {
      const answer = await hand.ask({ kind: "load", ...load });
      if (this.closed) hand.close();
      else this.hands.push(hand);
      return answer;
    } catch (error) {
      hand.close();
      throw error;
    }
  }

  /** A generator from the bytes that the app answers with (ganlab/ui/generator_route.py). */
  static async open(bytes, options = {}) {
    const length = new DataView(bytes).getUint32(0, true);
    const program = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, length)));
    return PageGenerator.load(program, bytes.slice(4 + length), options);
  }

  /** The picture of one latent. z: Float32Array (z_dim); wish: its class, if the generator is conditional. */
  async draw(z, wish = 0) {
    return (await this.drawMany(z, [wish]))[0];
  }

  /**
   * Pictures of latents that lie one after the other in z. wishes: the class of each, one for all, or several to be
   * taken in turn; a class is its number, or a list with the share of every class.
   */
  async drawMany(z, wishes = [0]) {
    const [, height, width] = this.program.shape;
    const size = width * height * 4;
    const parts = await this.divide("pixels", z, wishes);
    return parts.flatMap(({ pixels }) =>
      Array.from(
        { length: pixels.length / size },
        (_, n) => new ImageData(pixels.subarray(n * size, (n + 1) * size), width, height),
      ),
    );
  }

  /** What the generator makes of latents, as numbers: pictures channels first in [−1, 1], or points. */
  async values(z, wishes = [0]) {
    const parts = await this.divide("values", z, wishes);
    const whole = new Float32Array(parts.reduce((sum, { values }) => sum + values.length, 0));
    let at = 0;
    for (const { values } of parts) {
      whole.set(values, at);
      at += values.length;
    }
    return whole;
  }

  /** Asks each worker for an even part of the latents, in order. */
  async divide(kind, z, wishes) {
    const { z_dim: zDim, class_count: classes } = this.program;
    const count = z.length / zDim;
    const shares = this.sharesOf(wishes, count);
    const each = Math.ceil(count / this.hands.length);
    const parts = this.hands.map((hand, number) => [hand, number * each, Math.min(count, (number + 1) * each)]);
    return Promise.all(
      parts
        .filter(([, first, last]) => last > first)
        .map(([hand, first, last]) =>
          hand.ask({
            kind,
            count: last - first,
            z: z.slice(first * zDim, last * zDim),
            shares: shares?.slice(first * classes, last * classes),
          }),
        ),
    );
  }

  sharesOf(wishes, count) {
    const { class_count: classes } = this.program;
    if (!classes) return null;
    const shares = new Float32Array(count * classes);
    for (let n = 0; n < count; n++) {
      const wish = wishes[n % wishes.length];
      if (typeof wish === "number") shares[n * classes + wish] = 1;
      else shares.set(wish, n * classes);
    }
    return shares;
  }

  close() {
    this.closed = true;
    for (const hand of this.hands) hand.close();
  }
}

const ganlabKernels = () => GANLAB_KERNELS.map(({ name, base64 }) => ({ name, bytes: bytesOf(base64) }));
