// The history of a run in the browser, and what is drawn from it. Plain arithmetic: no page, no requests.

/** What the client has of a run's history: per series the means, lows and highs of buckets of steps. */
export class Curves {
  constructor() {
    this.timeline = null; // another one: steps were taken back
    this.bucket = null;
    this.count = 0;
    this.series = {};
  }

  /** Which part is asked for: all but the last bucket is complete, the last may still have been filling. */
  get query() {
    return this.count ? `?bucket=${this.bucket}&start=${this.count - 1}&timeline=${this.timeline}` : "";
  }

  /** Take over an answer: its values replace all from `start` on. Returns whether anything changed. */
  merge({ timeline, bucket, start, count, series }) {
    let changed = bucket !== this.bucket || count !== this.count || timeline !== this.timeline;
    if (timeline !== this.timeline) this.series = {};
    else if (start > 0 && bucket !== this.bucket) this.coarsen(bucket / this.bucket);
    this.timeline = timeline;
    for (const [name, parts] of Object.entries(series)) {
      const mine = (this.series[name] ??= { mean: [], low: [], high: [] });
      for (const part of ["mean", "low", "high"]) {
        const values = parts[part];
        const kept = mine[part];
        changed ||= values.some((value, j) => value !== kept[start + j]);
        while (kept.length < start) kept.push(null); // a series that began later than the others
        kept.length = Math.min(kept.length, start);
        for (const value of values) kept.push(value);
        kept.length = Math.min(kept.length, count);
      }
    }
    this.bucket = bucket;
    this.count = count;
    return changed;
  }

  /** Put so many neighbours into one: the server did so, and does not send again what can be told from them. */
  coarsen(factor) {
    const merge = {
      mean: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
      low: (values) => Math.min(...values),
      high: (values) => Math.max(...values),
    };
    for (const parts of Object.values(this.series)) {
      for (const [part, values] of Object.entries(parts)) {
        parts[part] = Array.from({ length: Math.ceil(values.length / factor) }, (_, j) => {
          const some = values.slice(j * factor, (j + 1) * factor).filter((value) => value !== null);
          return some.length ? merge[part](some) : null;
        });
      }
    }
  }

  /** The middle step of each bucket, counted from 1. */
  steps() {
    const middle = 1 + Math.floor((this.bucket - 1) / 2);
    return Array.from({ length: this.count }, (_, j) => j * this.bucket + middle);
  }

  /** Place of the bucket that holds a step, or of the one that begins behind it; at most the number of buckets. */
  placeOf(step) {
    return Math.min(this.count, Math.max(0, Math.floor((step - 1) / (this.bucket || 1))));
  }
}

/** The value at a place, or the last one before it: some series have a value only now and then. */
export function valueAt(values, place) {
  for (let j = Math.min(place, values.length - 1); j >= 0; j--)
    if (values[j] !== null && values[j] !== undefined) return values[j];
  return undefined;
}

/** Exponential moving average without the pull of its start towards zero; gaps stay gaps. */
export function smoothed(values, weight) {
  let sum = 0;
  let mass = 0;
  return values.map((value) => {
    if (value === null || value === undefined) return null;
    sum = weight * sum + (1 - weight) * value;
    mass = weight * mass + (1 - weight);
    return sum / mass;
  });
}

/** The outline of low…high as closed polygons, one for each stretch without gaps. */
export function outline(xs, low, high) {
  const x = [];
  const y = [];
  for (let from = 0; from < low.length;) {
    if (low[from] === null || high[from] === null) {
      from += 1;
      continue;
    }
    let to = from;
    while (to < low.length && low[to] !== null && high[to] !== null) to += 1;
    const there = Array.from({ length: to - from }, (_, n) => from + n);
    const back = there.toReversed();
    x.push(...there.map((j) => xs[j]), ...back.map((j) => xs[j]), null);
    y.push(...there.map((j) => high[j]), ...back.map((j) => low[j]), null);
    from = to;
  }
  return { x, y };
}

/** A step counted in passes over the data. rates: [step, real examples that D meets in each step after it]. */
export function epochOf(step, { examples, rates }) {
  const seen = rates.map(([from, each], n) => each * Math.max(0, Math.min(step, rates[n + 1]?.[0] ?? step) - from));
  return seen.reduce((sum, part) => sum + part, 0) / examples;
}
