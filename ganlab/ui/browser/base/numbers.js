// Numbers and settings as text.

export const clampTo = (value, low, high) => Math.min(high, Math.max(low, value));

/** 0.0002 → "2e−4", 64 → "64", true → "on", ["3", "5"] → "3, 5". */
export function inShort(value) {
  if (typeof value === "boolean") return value ? "on" : "off";
  if (Array.isArray(value)) return value.join(", ") || "all";
  if (typeof value !== "number") return String(value || "–");
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.01 || size >= 1e6))
    return Number(value.toPrecision(3)).toExponential().replace("+", "").replaceAll("-", "−");
  return String(Number(value.toPrecision(6))).replaceAll("-", "−");
}

/** Whether two values from JSON are alike. */
export const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

export const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** 0.51234 → "0.5123", −1234.5 → "−1,235", 3e-7 → "3.00e−7", null → "–". */
export function asNumber(value, digits = 4) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  let text;
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) text = value.toExponential(2);
  else if (size >= 1000) text = whole.format(value);
  else text = value.toFixed(Math.max(0, digits - 1 - Math.max(0, Math.floor(Math.log10(size || 1)))));
  return text.replaceAll("-", "−");
}

/** Seconds in words: "under 1 s", "45 s", "1 min 20 s", "2 h 5 min". */
export function asDuration(seconds) {
  const s = Math.round(seconds);
  if (s < 1) return "under 1 s";
  if (s < 60) return `${s} s`;
  if (s < 3600) return s % 60 ? `${Math.floor(s / 60)} min ${s % 60} s` : `${s / 60} min`;
  const minutes = Math.round(s / 60);
  return minutes % 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${minutes / 60} h`;
}

/** The value at x of a line through points with rising xs; outside of them the nearest one's. */
export function between(xs, ys, x) {
  let place = xs.findIndex((each) => each >= x);
  if (place < 0) place = xs.length - 1;
  if (place === 0 || xs[place] === xs[place - 1]) return ys[place];
  const share = Math.min(1, Math.max(0, (x - xs[place - 1]) / (xs[place] - xs[place - 1])));
  return ys[place - 1] + share * (ys[place] - ys[place - 1]);
}
