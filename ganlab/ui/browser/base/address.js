// The address of the page.

/** A page that was opened by its tab names no run in its address: it gets the one that it shows, to be reloaded and sent. */
export function nameInAddress(run) {
  const url = new URL(location.href);
  if (url.searchParams.has("run")) return;
  url.searchParams.set("run", run);
  history.replaceState(history.state, "", url);
}
