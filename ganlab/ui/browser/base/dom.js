// Elements of the page.

export const ICONS = {
  pause: '<path d="M5 3.5v9M11 3.5v9" stroke-width="2.4"/>',
  play: '<path d="M5 3.2v9.6l7.6-4.8z" fill="currentColor" stroke-linejoin="round" stroke-width="1.2"/>',
  stop: '<rect x="4" y="4" width="8" height="8" rx="1" fill="currentColor" stroke-width="1"/>',
  done: '<path d="M3.5 8.4l3 3 6-6.6" stroke-width="1.8" stroke-linejoin="round"/>',
  download: '<path d="M8 2.5v7M4.8 6.8L8 10l3.2-3.2M3 13h10" stroke-width="1.6" stroke-linejoin="round"/>',
  rewind:
    '<path d="M8 3.6v8.8L2.4 8zM13.6 3.6v8.8L8 8z" fill="currentColor" stroke-linejoin="round" stroke-width="1"/>',
  explore:
    '<circle cx="8" cy="8" r="5.6" stroke-width="1.4"/><path d="M10.4 5.6L9 9 5.6 10.4 7 7z" stroke-width="1.2" stroke-linejoin="round"/>',
  fork: '<path d="M4.5 3v10M4.5 8.5c4 0 6.5-1 6.5-4.5M9 5.6L11 3.4l2 2.2" stroke-width="1.5" stroke-linejoin="round"/>',
  pin: '<path d="M5.5 2.8h5M6.4 2.8v4L4.6 9.2h6.8L9.6 6.8v-4M8 9.2v4.4" stroke-width="1.4" stroke-linejoin="round"/>',
  close: '<path d="M4.5 4.5l7 7M11.5 4.5l-7 7" stroke-width="1.6"/>',
  edit: '<path d="M3 13l.8-3L10.6 3.2l2.2 2.2L6 12.2z" stroke-width="1.4" stroke-linejoin="round"/>',
  dice: '<rect x="2.8" y="2.8" width="10.4" height="10.4" rx="2" stroke-width="1.4"/><path d="M5.8 5.8h.01M10.2 10.2h.01M8 8h.01" stroke-width="2"/>',
  reset: '<path d="M3.4 8a4.6 4.6 0 1 0 1.5-3.4M3.2 2.8v2.6h2.6" stroke-width="1.5" stroke-linejoin="round"/>',
};

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", "ganlab-icon");
  svg.setAttribute("aria-hidden", "true");
  svg.innerHTML = ICONS[name]; // a constant above, never data
  return svg;
}

/** An element; `on…` attributes are listeners, null and false attributes are left out. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false)
      node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

// The page is touched only where something changed: no needless layout, no lost selection.
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
export function setAttribute(node, name, value) {
  if (value === null || value === false) {
    if (node.hasAttribute(name)) node.removeAttribute(name);
  } else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}
export function setHidden(node, hidden) {
  if (node.hidden !== hidden) node.hidden = hidden;
}
