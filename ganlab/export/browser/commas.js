// A comma in a number field. Browsers leave it out unsaid, so that "1,5" would become 15: it is taken as a decimal
// point, and where numbers are whole it is said. For every field of the page, whoever drew it.

(() => {
  const SENTENCE = "The comma was left out: write 1500 for thousands, 1.5 for a part.";
  const SHOWN_MS = 6000;

  function say(field) {
    const { left, bottom } = field.getBoundingClientRect();
    const note = document.createElement("div");
    note.className = "ganlab-comma";
    note.setAttribute("role", "status");
    note.textContent = SENTENCE;
    Object.assign(note.style, {
      position: "fixed",
      left: `${left}px`,
      top: `${bottom + 4}px`,
      zIndex: 1000000,
      maxWidth: "18rem",
      padding: "0.4em 0.6em",
      borderRadius: "6px",
      background: "#16211f",
      color: "#ffffff",
      font: "13px system-ui, sans-serif",
    });
    for (const other of document.querySelectorAll(".ganlab-comma")) other.remove();
    document.body.append(note);
    field.addEventListener("blur", () => note.remove(), { once: true });
    setTimeout(() => note.remove(), SHOWN_MS);
  }

  function take(event) {
    const { target: field, data } = event;
    if (field.type !== "number" || !data?.includes(",")) return;
    event.preventDefault();
    const whole = Number.isInteger(Number(field.step || 1)); // of "any": NaN
    const parts = data.split(",");
    const decimal = !whole && parts.length === 2 && !data.includes(".");
    if (!decimal) say(field);
    const text = parts.join(decimal ? "." : "");
    if (text) document.execCommand("insertText", false, text); // as if typed: whoever draws the field hears of it
  }

  if (globalThis.ganlabCommas) return; // Streamlit runs this once for each page
  globalThis.ganlabCommas = true;
  document.addEventListener("beforeinput", take, true);
})();
