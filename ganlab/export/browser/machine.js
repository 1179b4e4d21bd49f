// Carries out a program. A map lies with the channels of a pixel together, `pitch` numbers apart (a multiple of LANES),
// and has a border of zeros one pixel wide, so that a convolution may look over the edge.

import { LANES, PIXELS, plainKernel, product, roundUp, toPixels, unpack } from "./kernel.js";
import { LAYERS } from "./layers.js";

const FORMAT = 1;
const FIRST_BYTE = 65536; // what lies before it stays free
const ROOM_BYTES = 96e6; // of maps, if that holds one picture
const MOST_AT_ONCE = 4; // pictures; more would no longer share a cache

/** Where a value lies: `at` (in numbers), the pictures made at once `size` apart. */
class Value {
  constructor(shape) {
    [this.channels, this.height, this.width] = shape.length === 3 ? shape : [product(shape), 1, 1];
    this.border = shape.length === 3 ? 1 : 0;
    this.pitch = roundUp(this.channels, LANES);
    this.row = (this.width + 2 * this.border) * this.pitch;
    this.size = (this.height + 2 * this.border) * this.row;
  }

  /** Place of a pixel's first channel, from the beginning of its picture. */
  pixel(y, x) {
    return (y + this.border) * this.row + (x + this.border) * this.pitch;
  }

  /** Calls visit(first, last, picture) for the numbers of each row of each picture, without the border. */
  rows(count, visit) {
    for (let n = 0; n < count; n++)
      for (let y = 0; y < this.height; y++) {
        const first = this.at + n * this.size + this.pixel(y, 0);
        visit(first, first + this.width * this.pitch, n);
      }
  }
}

/**
 * A program with its memory. blob: ArrayBuffer of its weights. kernels: [{ name, bytes }], WebAssembly,
 * the fastest first; the first that the browser knows is taken, plain JavaScript if it knows none. Throws Error with a sentence.
 */
class Machine {
  constructor(program, blob, kernels) {
    if (program.format !== FORMAT)
      throw new Error(
        `This page reads programs of format ${FORMAT}, not ${program.format}: export the generator again.`,
      );
    this.program = program;
    this.weights = unpack(blob, program.precision);
    this.top = FIRST_BYTE / 4; // first free place in the memory, in numbers
    this.fills = []; // what is written into the memory once it is there
    this.placeValues();
    this.steps = program.ops.flatMap((op, place) => {
      const given = op.inputs.map((input) => this.values[input]);
      return this.fused.has(place) ? [] : [LAYERS[op.kind](this, op, this.values[place + 1], given, place)];
    });
    this.makeMemory(kernels);
    this.weights = null; // they are in the memory now
  }

  /** An activation is done by the layer before it, where nothing else sees what that makes. */
  placeValues() {
    const { ops, z_dim: zDim } = this.program;
    const uses = [0, ...ops.map((_, place) => ops.filter((op) => op.inputs.includes(place + 1)).length)];
    const multiplies = (op) => ["linear", "convolve", "enlarge"].includes(op?.kind);
    const joins = (op, place) =>
      op.kind === "leaky" && op.inputs[0] === place && uses[place] === 1 && multiplies(ops[place - 1]);
    this.fused = new Set(ops.flatMap((op, place) => (joins(op, place) ? [place] : [])));
    this.values = [new Value([zDim])];
    ops.forEach((op, place) => this.values.push(this.fused.has(place) ? this.values[place] : new Value(op.shape)));
    const own = new Set(this.values);
    const bytes = [...own].reduce((sum, value) => sum + 4 * value.size, 0);
    this.atOnce = Math.max(1, Math.min(MOST_AT_ONCE, Math.floor(ROOM_BYTES / bytes)));
    for (const value of own) value.at = this.take(value.size * this.atOnce);
  }

  makeMemory(kernels) {
    const pages = Math.ceil((this.top * 4) / 65536);
    const known =
      typeof WebAssembly === "object" ? kernels.find(({ bytes }) => WebAssembly.validate(bytes)) : undefined;
    this.kernel = known?.name ?? "plain";
    const memory = known ? new WebAssembly.Memory({ initial: pages }) : { buffer: new ArrayBuffer(pages * 65536) };
    this.floats = new Float32Array(memory.buffer);
    this.ints = new Int32Array(memory.buffer);
    this.multiply = known
      ? new WebAssembly.Instance(new WebAssembly.Module(known.bytes), { env: { memory } }).exports.multiply
      : plainKernel(memory.buffer);
    for (const fill of this.fills) fill();
    this.fills = null;
  }

  /** Room for `count` numbers. */
  take(count) {
    const at = this.top;
    this.top += roundUp(count, 16);
    return at;
  }

  /** Room with a copy of `numbers` in it. */
  keep(numbers, kind = "floats") {
    const at = this.take(numbers.length);
    this.fills.push(() => this[kind].set(numbers, at));
    return at;
  }

  weight(op, number) {
    const { at, shape } = op.weights[number];
    return this.weights.subarray(at, at + product(shape));
  }

  /** The slope of the activation that the layer at `place` does itself; 1 does nothing. */
  slopeAfter(place) {
    return this.fused.has(place + 1) ? this.program.ops[place + 1].slope : 1;
  }

  /**
   * A call of the kernel. pixels: [from, to] in one picture; taps: offsets from there, one for each of `entries`.
   * The weight of (output, tap, input) is at rows[output] + entries[tap] + input · step; row −1 has zeros.
   */
  multiplication({ from, to, pixels, taps, inputs, slope, bias, weights, rows, entries, step }) {
    const packed = new Float32Array(rows.length * taps.length * inputs);
    for (let output = 0; output < rows.length; output++) {
      if (rows[output] < 0) continue;
      let target = (output - (output % LANES)) * taps.length * inputs + (output % LANES);
      for (const entry of entries)
        for (let i = 0, source = rows[output] + entry; i < inputs; i++, source += step, target += LANES)
          packed[target] = weights[source];
    }
    const all = roundUp(pixels.length * this.atOnce, PIXELS);
    const places = (value, side) =>
      this.keep(
        Int32Array.from({ length: all }, (_, p) => {
          const real = Math.min(p, pixels.length * this.atOnce - 1);
          return Math.floor(real / pixels.length) * value.size + pixels[real % pixels.length][side];
        }),
        "ints",
      );
    const at = [from.at, this.keep(packed), this.keep(bias), to.at, places(from, 0), places(to, 1)].map(
      (place) => place * 4,
    );
    const tapsAt = this.keep(taps, "ints") * 4;
    return (count) =>
      this.multiply(...at, roundUp(count * pixels.length, PIXELS), tapsAt, taps.length, inputs, rows.length, slope);
  }

  /**
   * What the generator makes of `count` latents in z: numbers, channels first as torch has them. shares: each one's
   * share of every class, where the generator is conditional.
   */
  draw(z, shares, count) {
    const [from, to] = [this.values[0], this.values.at(-1)];
    const each = product(this.program.shape);
    const found = new Float32Array(count * each);
    for (let done = 0; done < count; done += this.atOnce) {
      const now = Math.min(this.atOnce, count - done);
      for (let n = 0; n < now; n++) {
        const start = (done + n) * from.channels;
        this.floats.set(z.subarray(start, start + from.channels), from.at + n * from.size);
      }
      for (const step of this.steps) step(now, shares?.subarray(done * this.program.class_count));
      for (let n = 0; n < now; n++) this.readOut(to, n, found.subarray((done + n) * each));
    }
    return found;
  }

  readOut(value, n, found) {
    let i = 0;
    for (let c = 0; c < value.channels; c++)
      for (let y = 0; y < value.height; y++)
        for (let x = 0; x < value.width; x++)
          found[i++] = this.floats[value.at + n * value.size + value.pixel(y, x) + c];
  }
}

/** Answers the questions of a page; in a worker, or in the page itself where workers are forbidden. */
export function answerer() {
  let machine;
  const answers = {
    load({ program, blob, kernels }) {
      machine = new Machine(program, blob, kernels);
      return { kernel: machine.kernel };
    },
    values({ z, shares, count }) {
      return { values: machine.draw(z, shares, count) };
    },
    pixels({ z, shares, count }) {
      return { pixels: toPixels(machine.draw(z, shares, count), count, machine.program.shape) };
    },
  };
  return (question) => answers[question.kind](question);
}
