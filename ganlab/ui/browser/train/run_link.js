// Links to other runs.

import { el } from "../base/dom.js";

/** A link to another run: within the session on a click, by address in a new tab. */
export function runLink(id, open, ...label) {
  return el(
    "a",
    {
      class: "ganlab-chip",
      title: id,
      href: `?run=${encodeURIComponent(id)}`,
      onclick: (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        open(id);
      },
    },
    ...label,
  );
}
