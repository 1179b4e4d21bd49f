// The address of the page.

/** A page that was opened by its tab names no run in its address: it gets the one that it shows, to be reloaded and sent. */
export function nameInAddress(run) {
  if (!asked("run")) putInAddress({ run });
}

/** What the address says of it; null if nothing. */
export function asked(name) {
  return new URL(location.href).searchParams.get(name);
}

/** Have the address say so, without a new entry in the history; null takes a name out of it. */
export function putInAddress(values) {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(values)) {
    if (value === null) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  history.replaceState(history.state, "", url);
}
