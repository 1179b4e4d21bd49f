// Colours of the page and of curves.

// Told apart with any kind of colour vision, and 3:1 or better on white and on near-black.
export const PALETTE = ["#2f81c9", "#d55e00", "#009e73", "#c2649a", "#a8780a", "#8a6fd1"];

/** Colours and font of the page's theme as plotly needs them. */
export function readTheme(node) {
  const style = getComputedStyle(node);
  const get = (name, otherwise) => style.getPropertyValue(`--st-${name}`).trim() || otherwise;
  return {
    text: get("text-color", "#31333f"),
    background: get("background-color", "#ffffff"),
    border: get("border-color", "#d6d6d9"),
    alarm: get("red-text-color", "#c0392b"),
    font: get("font", "sans-serif"),
  };
}

/** `#rrggbb` or `rgb(…)` with another opacity. */
export function faded(colour, opacity) {
  const hex = colour.match(/^#(..)(..)(..)/);
  const [r, g, b] = hex ? hex.slice(1).map((part) => parseInt(part, 16)) : (colour.match(/[\d.]+/g) ?? [128, 128, 128]);
  return `rgba(${r}, ${g}, ${b}, ${opacity})`;
}
