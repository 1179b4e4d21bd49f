// Shared by the page components: DOM, requests, pictures, mounting. Joined in front of each by __init__.py.

const NO_ANSWER = "The app does not answer; trying again…";

const ICONS = {
  pause: '<path d="M5 3.5v9M11 3.5v9" stroke-width="2.4"/>',
  play: '<path d="M5 3.2v9.6l7.6-4.8z" fill="currentColor" stroke-linejoin="round" stroke-width="1.2"/>',
  stop: '<rect x="4" y="4" width="8" height="8" rx="1" fill="currentColor" stroke-width="1"/>',
  done: '<path d="M3.5 8.4l3 3 6-6.6" stroke-width="1.8" stroke-linejoin="round"/>',
  download: '<path d="M8 2.5v7M4.8 6.8L8 10l3.2-3.2M3 13h10" stroke-width="1.6" stroke-linejoin="round"/>',
  rewind: '<path d="M8 3.6v8.8L2.4 8zM13.6 3.6v8.8L8 8z" fill="currentColor" stroke-linejoin="round" stroke-width="1"/>',
  fork: '<path d="M4.5 3v10M4.5 8.5c4 0 6.5-1 6.5-4.5M9 5.6L11 3.4l2 2.2" stroke-width="1.5" stroke-linejoin="round"/>',
  edit: '<path d="M3 13l.8-3L10.6 3.2l2.2 2.2L6 12.2z" stroke-width="1.4" stroke-linejoin="round"/>',
  dice: '<rect x="2.8" y="2.8" width="10.4" height="10.4" rx="2" stroke-width="1.4"/><path d="M5.8 5.8h.01M10.2 10.2h.01M8 8h.01" stroke-width="2"/>',
  reset: '<path d="M3.4 8a4.6 4.6 0 1 0 1.5-3.4M3.2 2.8v2.6h2.6" stroke-width="1.5" stroke-linejoin="round"/>',
};

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", "ganlab-icon");
  svg.setAttribute("aria-hidden", "true");
  svg.innerHTML = ICONS[name]; // a constant above, never data
  return svg;
}

/** Whether two values from JSON are alike. */
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** An element; `on…` attributes are listeners, null and false attributes are left out. */
function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

// The page is touched only where something changed: no needless layout, no lost selection.
function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
function setAttribute(node, name, value) {
  if (value === null || value === false) {
    if (node.hasAttribute(name)) node.removeAttribute(name);
  } else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}
function setHidden(node, hidden) {
  if (node.hidden !== hidden) node.hidden = hidden;
}

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** 0.51234 → "0.5123", −1234.5 → "−1,235", 3e-7 → "3.00e−7", null → "–". */
function asNumber(value, digits = 4) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  let text;
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) text = value.toExponential(2);
  else if (size >= 1000) text = whole.format(value);
  else text = value.toFixed(Math.max(0, digits - 1 - Math.max(0, Math.floor(Math.log10(size || 1)))));
  return text.replaceAll("-", "−");
}

/** Seconds in words: "under 1 s", "45 s", "1 min 20 s", "2 h 5 min". */
function asDuration(seconds) {
  const s = Math.round(seconds);
  if (s < 1) return "under 1 s";
  if (s < 60) return `${s} s`;
  if (s < 3600) return s % 60 ? `${Math.floor(s / 60)} min ${s % 60} s` : `${s / 60} min`;
  const minutes = Math.round(s / 60);
  return minutes % 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${minutes / 60} h`;
}

/** The range input's fill, from its middle if it has a zero inside, else from its left end. */
function paintRange(input) {
  const [min, max, value] = [Number(input.min), Number(input.max), Number(input.value)];
  const share = (x) => (max > min ? (100 * (x - min)) / (max - min) : 100);
  const zero = min < 0 && max > 0 ? share(0) : 0;
  input.style.setProperty("--from", `${Math.min(zero, share(value))}%`);
  input.style.setProperty("--to", `${Math.max(zero, share(value))}%`);
}

// A finger that scrolls the page may have come down on a slider: what that did to it is taken back.
let touched = null;
document.addEventListener("pointerdown", ({ target }) => {
  touched = target.matches?.("input.ganlab-range") ? { input: target, value: target.value } : null;
}, true);
document.addEventListener("pointercancel", ({ target }) => {
  if (touched?.input !== target || target.value === touched.value) return;
  target.value = touched.value;
  for (const kind of ["input", "change"]) target.dispatchEvent(new Event(kind, { bubbles: true }));
}, true);

/** An answer that is an error: `message` is the server's sentence. */
class Refused extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/** Views on the page by where they are: how often Streamlit called, what with, and the view. */
const mounted = new Map();

/** The token of the process that served the page; every view is given it. */
let token = null;
let renewal = null;

const RESTARTED = "The app was restarted: reload the page.";
const RENEWALS_APART_MS = 500;
const MOST_RENEWALS = 120;

/** The app was restarted and does not know our token: a rerun of the page brings the new one, once its socket is back. */
async function renewToken(stale) {
  for (let count = 0; token === stale; count++) {
    const { component } = [...mounted.values()].at(-1) ?? {};
    if (!component || count === MOST_RENEWALS) throw new Refused(RESTARTED, 401);
    component.setTriggerValue("restarted", count);
    await new Promise((resolve) => setTimeout(resolve, RENEWALS_APART_MS));
  }
}

/**
 * Fetch with the token; a path without a slash in front is one below the app's base, where all pages lie.
 * Throws Refused for an error answer, TypeError if nobody answers, AbortError if aborted.
 */
async function request(path, options = {}) {
  const used = token;
  const answer = await fetch(path, { ...options, headers: { ...options.headers, "X-Ganlab-Token": used } });
  if (answer.ok) return answer;
  if (answer.status === 401) {
    renewal ??= renewToken(used).finally(() => (renewal = null));
    await renewal;
    return request(path, options);
  }
  // A proxy in front of a dead server answers with 502–504: that is nobody, too.
  if (answer.status >= 502 && answer.status <= 504) throw new TypeError(NO_ANSWER);
  const body = await answer.json().catch(() => ({}));
  throw new Refused(body.error ?? `The app answered with error ${answer.status}.`, answer.status);
}

/** A decoded picture of a blob: putting it on the page shows it at once. Its URL must be revoked by the owner. */
async function decodedImage(blob, alt) {
  const image = new Image();
  image.draggable = false;
  image.alt = alt;
  image.src = URL.createObjectURL(blob);
  try {
    await image.decode();
  } catch (error) {
    URL.revokeObjectURL(image.src);
    throw error;
  }
  return image;
}

/** At most one job at a time; while it runs, only the newest of the further ones is remembered. */
class NewestWins {
  constructor(job) {
    this.job = job;
    this.busy = false;
    this.pending = undefined;
  }

  async ask(wish) {
    this.pending = { wish };
    if (this.busy) return;
    this.busy = true;
    try {
      while (this.pending) {
        const next = this.pending;
        this.pending = undefined;
        await this.job(next.wish);
      }
    } finally {
      this.busy = false;
    }
  }
}

/** Remembered while the tab is open. Storage may be forbidden: then nothing is remembered. */
const session = {
  get(name, otherwise) {
    try {
      return JSON.parse(sessionStorage.getItem(`ganlab.${name}`)) ?? otherwise;
    } catch {
      return otherwise;
    }
  },
  set(name, value) {
    try {
      sessionStorage.setItem(`ganlab.${name}`, JSON.stringify(value));
    } catch {}
  },
};

/** A page that was opened by its tab names no run in its address: it gets the one that it shows, to be reloaded and sent. */
function nameInAddress(run) {
  const url = new URL(location.href);
  if (url.searchParams.has("run")) return;
  url.searchParams.set("run", run);
  history.replaceState(history.state, "", url);
}

/**
 * One view for each place on the page, whatever the number of calls: Streamlit calls at every change of data or theme
 * on the same element and cleans up once. A view of another `identity` takes the place of the old one.
 */
function mount(component, identity, View) {
  const host = component.parentElement;
  ({ token } = component.data);
  let entry = mounted.get(host);
  if (entry && entry.identity !== identity) {
    entry.view.destroy();
    entry = undefined;
  }
  if (entry) entry.view.update(component);
  else {
    entry = { identity, calls: 0, view: new View(component) };
    mounted.set(host, entry);
  }
  entry.component = component;
  const call = ++entry.calls;
  return () => {
    if (entry.calls !== call) return; // cleaned up late, after a newer call: the view is still wanted
    entry.view.destroy();
    if (mounted.get(host) === entry) mounted.delete(host);
  };
}
