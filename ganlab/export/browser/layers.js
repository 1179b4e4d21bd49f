// One function for each kind of operation of a program (ganlab/export/program.py): (machine, op, value to make, values
// given, its place in the program) → what to do for `count` pictures and the shares of their classes.

export const LAYERS = {
  embed(machine, op, to, [from]) {
    const table = machine.weight(op, 0).slice();
    const [classes, length] = op.weights[0].shape;
    return (count, shares) => {
      const { floats } = machine;
      for (let n = 0; n < count; n++) {
        const [start, target] = [from.at + n * from.size, to.at + n * to.size];
        floats.copyWithin(target, start, start + from.channels);
        for (let i = 0; i < length; i++) {
          let sum = 0;
          for (let c = 0; c < classes; c++) sum += shares[n * classes + c] * table[c * length + i];
          floats[target + from.channels + i] = sum;
        }
      }
    };
  },

  /** To a map: channels first in the program, last here, so rows of the matrix change places; then the border. */
  linear(machine, op, to, [from], place) {
    const [outputs, inputs] = [to.height * to.width * to.pitch, op.weights[0].shape[1]];
    const rows = Int32Array.from({ length: outputs }, (_, output) => {
      const [position, channel] = [Math.floor(output / to.pitch), output % to.pitch];
      return channel < to.channels ? channel * to.height * to.width + position : -1;
    });
    const given = machine.weight(op, 1);
    const flat = to.border ? { size: outputs, at: machine.take(outputs * machine.atOnce) } : to;
    const multiply = machine.multiplication({
      from,
      to: flat,
      pixels: [[0, 0]],
      taps: [0],
      inputs,
      slope: machine.slopeAfter(place),
      bias: Float32Array.from(rows, (row) => (row < 0 ? 0 : given[row])),
      weights: machine.weight(op, 0),
      rows: rows.map((row) => (row < 0 ? -1 : row * inputs)),
      entries: [0],
      step: 1,
    });
    if (flat === to) return multiply;
    return (count) => {
      multiply(count);
      let start = flat.at;
      to.rows(count, (first, last) => {
        machine.floats.copyWithin(first, start, start + last - first);
        start += last - first;
      });
    };
  },

  convolve(machine, op, to, [from], place) {
    const [outputs, inputs, side] = op.weights[0].shape;
    const entries = Array.from({ length: side * side }, (_, entry) => entry);
    const taps = entries.map(
      (entry) => (Math.floor(entry / side) - op.padding) * from.row + ((entry % side) - op.padding) * from.pitch,
    );
    const pixels = [];
    for (let y = 0; y < to.height; y++)
      for (let x = 0; x < to.width; x++) pixels.push([from.pixel(y, x), to.pixel(y, x)]);
    return machine.multiplication({
      from,
      to,
      pixels,
      taps,
      inputs,
      slope: machine.slopeAfter(place),
      bias: padded(machine.weight(op, 1), to.pitch),
      weights: machine.weight(op, 0),
      rows: rowsOf(outputs, to.pitch, inputs * side * side),
      entries,
      step: side * side,
    });
  },

  /** Four convolutions, one for the output pixels of each parity of row and column: each meets its own taps only. */
  enlarge(machine, op, to, [from], place) {
    const [inputs, outputs, side] = op.weights[0].shape;
    const tapsOf = (parity) =>
      Array.from({ length: side }, (_, k) => [k, (parity + 1 - k) / 2]).filter(([, offset]) =>
        Number.isInteger(offset),
      );
    const parts = [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ].map(([down, right]) => {
      const met = tapsOf(down).flatMap(([v, dy]) =>
        tapsOf(right).map(([h, dx]) => [v * side + h, dy * from.row + dx * from.pitch]),
      );
      const pixels = [];
      for (let y = down; y < to.height; y += 2)
        for (let x = right; x < to.width; x += 2) pixels.push([from.pixel(y >> 1, x >> 1), to.pixel(y, x)]);
      return machine.multiplication({
        from,
        to,
        pixels,
        taps: met.map(([, offset]) => offset),
        inputs,
        slope: machine.slopeAfter(place),
        bias: padded(machine.weight(op, 1), to.pitch),
        weights: machine.weight(op, 0),
        rows: rowsOf(outputs, to.pitch, side * side),
        entries: met.map(([entry]) => entry),
        step: outputs * side * side,
      });
    });
    return (count) => parts.forEach((part) => part(count));
  },

  nearest(machine, op, to, [from]) {
    return (count) => {
      for (let n = 0; n < count; n++)
        for (let y = 0; y < to.height; y++)
          for (let x = 0; x < to.width; x++) {
            const [v, h] = [Math.floor((y * from.height) / to.height), Math.floor((x * from.width) / to.width)];
            const start = from.at + n * from.size + from.pixel(v, h);
            machine.floats.copyWithin(to.at + n * to.size + to.pixel(y, x), start, start + to.pitch);
          }
    };
  },

  scale(machine, op, to, [from]) {
    const [factor, shift] = [machine.weight(op, 0).slice(), machine.weight(op, 1).slice()];
    return (count) => perChannel(machine.floats, to, from, count, () => [factor, shift]);
  },

  normalise(machine, op, to, [from]) {
    const [factor, shift] = [machine.weight(op, 0).slice(), machine.weight(op, 1).slice()];
    return (count) => {
      const spreads = spreadsOf(machine.floats, from, count, op.groups === 1);
      perChannel(machine.floats, to, from, count, (n) => {
        const factors = factor.map((f, c) => f / Math.sqrt(spreads[n].variances[c] + op.eps));
        return [factors, shift.map((s, c) => s - spreads[n].means[c] * factors[c])];
      });
    };
  },

  leaky(machine, op, to, [from]) {
    return (count) => {
      const { floats } = machine;
      const offset = from.at - to.at;
      to.rows(count, (first, last) => {
        for (let i = first; i < last; i++) {
          const x = floats[i + offset];
          floats[i] = x < 0 ? x * op.slope : x;
        }
      });
    };
  },

  tanh(machine, op, to, [from]) {
    return (count) => {
      const { floats } = machine;
      const offset = from.at - to.at;
      to.rows(count, (first, last) => {
        for (let pixel = first; pixel < last; pixel += to.pitch)
          for (let i = pixel; i < pixel + to.channels; i++) floats[i] = 1 - 2 / (Math.exp(2 * floats[i + offset]) + 1);
      });
    };
  },

  add(machine, op, to, [one, other]) {
    return (count) => {
      const { floats } = machine;
      const [offset, further] = [one.at - to.at, other.at - to.at];
      to.rows(count, (first, last) => {
        for (let i = first; i < last; i++) floats[i] = floats[i + offset] + floats[i + further];
      });
    };
  },
};

/** A bias for as many channels as a pixel has places. */
function padded(bias, pitch) {
  const whole = new Float32Array(pitch);
  whole.set(bias);
  return whole;
}

/** Where the weights of each output channel begin; −1 for places without a channel. */
function rowsOf(outputs, pitch, apart) {
  return Int32Array.from({ length: pitch }, (_, output) => (output < outputs ? output * apart : -1));
}

/** to = from · factor + shift; partsOf(n): factors and shifts of the n-th picture's channels. */
function perChannel(floats, to, from, count, partsOf) {
  const { pitch, channels } = to;
  const offset = from.at - to.at;
  let [picture, factor, shift] = [-1];
  to.rows(count, (first, last, n) => {
    if (n !== picture) [picture, factor, shift] = [n, ...partsOf(n)];
    for (let pixel = first; pixel < last; pixel += pitch)
      for (let c = 0; c < channels; c++) floats[pixel + c] = floats[pixel + offset + c] * factor[c] + shift[c];
  });
}

/** Means and variances for each channel of each picture, or over all its channels; sums are float64. */
function spreadsOf(floats, value, count, overAll) {
  const { channels, pitch } = value;
  const found = Array.from({ length: count }, () => ({
    means: new Float64Array(channels),
    variances: new Float64Array(channels),
  }));
  value.rows(count, (first, last, n) => {
    const { means, variances } = found[n];
    for (let pixel = first; pixel < last; pixel += pitch)
      for (let c = 0; c < channels; c++) {
        const x = floats[pixel + c];
        means[c] += x;
        variances[c] += x * x;
      }
  });
  const pixels = value.height * value.width;
  for (const { means, variances } of found) {
    if (overAll) for (const sums of [means, variances]) sums.fill(sums.reduce((a, b) => a + b, 0) / channels);
    for (let c = 0; c < channels; c++) {
      means[c] /= pixels;
      variances[c] = Math.max(0, variances[c] / pixels - means[c] ** 2);
    }
  }
  return found;
}
