// The file of a view of the plane: safetensors, of float32 alone.

/** Name → {shape, values: Float32Array}. Throws RangeError or SyntaxError for what is no such file. */
export function tensorsOf(buffer) {
  const view = new DataView(buffer);
  const length = Number(view.getBigUint64(0, true));
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  delete head.__metadata__;
  return Object.fromEntries(
    Object.entries(head).map(
      ([
        name,
        {
          shape,
          data_offsets: [from, to],
        },
      ]) => {
        const bytes = buffer.slice(8 + length + from, 8 + length + to); // a copy: floats must begin at a multiple of 4
        return [name, { shape, values: new Float32Array(bytes) }];
      },
    ),
  );
}
