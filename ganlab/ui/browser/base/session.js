// What a tab remembers.

/** Remembered while the tab is open. Storage may be forbidden: then nothing is remembered. */
export const session = {
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
