// Requests to the app in the name of this page, and the views that Streamlit puts on it.

export const NO_ANSWER = "Connection lost; retrying…";

/** An answer that is an error: `message` is the server's sentence. */
export class Refused extends Error {
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
export async function request(path, options = {}) {
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

/**
 * One view for each place on the page, whatever the number of calls: Streamlit calls at every change of data or theme
 * on the same element and cleans up once. A view of another `identity` takes the place of the old one.
 */
export function mount(component, identity, View) {
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
