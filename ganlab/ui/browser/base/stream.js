// Answers that come line by line.

import { Refused } from "./app.js";

/**
 * Reads lines of JSON as they come, and the file that a line announces. Throws Refused for a line with an error, and
 * where the answer ends too soon.
 */
export async function receive(answer, { line, file = null }) {
  const reader = answer.body.getReader();
  let rest = new Uint8Array();
  const more = async () => {
    const { value, done } = await reader.read();
    if (done) return false;
    const whole = new Uint8Array(rest.length + value.length);
    whole.set(rest);
    whole.set(value, rest.length);
    rest = whole;
    return true;
  };
  for (;;) {
    const end = rest.indexOf(10);
    if (end < 0) {
      if (!(await more())) return;
      continue;
    }
    const told = JSON.parse(new TextDecoder().decode(rest.subarray(0, end)));
    rest = rest.slice(end + 1);
    if (told.error) throw new Refused(told.error, 200);
    line(told);
    if (told.file) {
      const parts = [rest];
      let length = rest.length;
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        parts.push(part.value);
        length += part.value.length;
      }
      if (length !== told.bytes) throw new Refused("The file was cut off on its way: try again.", 200);
      return file(new Blob(parts), told.file);
    }
  }
}
