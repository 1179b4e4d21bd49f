// Numbers in and out, and the kernel for browsers without SIMD.

export const LANES = 8; // output channels that the kernel makes at a time
export const PIXELS = 4; // pixels that it makes at a time

export const roundUp = (number, step) => Math.ceil(number / step) * step;
export const product = (numbers) => numbers.reduce((a, b) => a * b, 1);

/** `multiply` of kernel.c on the same memory. Places are in bytes, offsets in numbers. */
export function plainKernel(buffer) {
  const floats = new Float32Array(buffer);
  const ints = new Int32Array(buffer);
  return (from, weights, bias, to, fromAt, toAt, pixels, taps, tapCount, inputs, outputs, slope) => {
    for (let block = 0; block < outputs; block += LANES) {
      for (let p = 0; p < pixels; p++) {
        const b = (bias >> 2) + block;
        let w = (weights >> 2) + block * tapCount * inputs;
        let s0 = floats[b],
          s1 = floats[b + 1],
          s2 = floats[b + 2],
          s3 = floats[b + 3];
        let s4 = floats[b + 4],
          s5 = floats[b + 5],
          s6 = floats[b + 6],
          s7 = floats[b + 7];
        for (let t = 0; t < tapCount; t++) {
          const first = (from >> 2) + ints[(fromAt >> 2) + p] + ints[(taps >> 2) + t];
          for (let i = first; i < first + inputs; i++, w += LANES) {
            const x = floats[i];
            s0 += x * floats[w];
            s1 += x * floats[w + 1];
            s2 += x * floats[w + 2];
            s3 += x * floats[w + 3];
            s4 += x * floats[w + 4];
            s5 += x * floats[w + 5];
            s6 += x * floats[w + 6];
            s7 += x * floats[w + 7];
          }
        }
        const o = (to >> 2) + ints[(toAt >> 2) + p] + block;
        floats[o] = s0;
        floats[o + 1] = s1;
        floats[o + 2] = s2;
        floats[o + 3] = s3;
        floats[o + 4] = s4;
        floats[o + 5] = s5;
        floats[o + 6] = s6;
        floats[o + 7] = s7;
        for (let j = o; j < o + LANES; j++) if (floats[j] < 0) floats[j] *= slope;
      }
    }
  };
}

/** The numbers of a blob as float32; both are little-endian, as the machines of all browsers are. */
export function unpack(blob, precision) {
  if (precision === "float32") return new Float32Array(blob);
  if (typeof Float16Array === "function") return new Float32Array(new Float16Array(blob));
  const halves = new Uint16Array(blob);
  const numbers = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) {
    const exponent = (halves[i] >> 10) & 31;
    const size = exponent ? (1 + (halves[i] & 1023) / 1024) * 2 ** (exponent - 15) : (halves[i] & 1023) * 2 ** -24;
    numbers[i] = halves[i] >> 15 ? -size : size;
  }
  return numbers;
}

/** Numbers in [−1, 1], channels first, as the bytes of pictures: red, green, blue, opaque. */
export function toPixels(numbers, count, [channels, height, width]) {
  const area = height * width;
  const pixels = new Uint8ClampedArray(count * area * 4); // rounds by itself
  for (let n = 0; n < count; n++)
    for (let p = 0; p < area; p++) {
      const target = (n * area + p) * 4;
      for (let c = 0; c < 3; c++)
        pixels[target + c] = (numbers[(n * channels + (channels === 1 ? 0 : c)) * area + p] + 1) * 127.5;
      pixels[target + 3] = 255;
    }
  return pixels;
}
