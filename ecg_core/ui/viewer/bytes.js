/**
 * What the server packs (`packing.py`): uint32 length of the header, the header as JSON, zeros up to a multiple of 8,
 * then the blocks, each at a multiple of 8 from there.
 *
 * @typedef {{name: string, dtype: "int16" | "int32" | "uint8" | "float32", offset: number, count: number}} Block
 * @typedef {{format: number, version: string, kind: "signal" | "labels", blocks: Block[]} & Record<string, any>} Header
 * @typedef {{header: Header, blocks: Record<string, any>}} Packed
 */

/** Version of the layout above and of what headers hold; `packing.FORMAT` says the same. */
export const FORMAT = 1;

const ARRAYS = { int16: Int16Array, int32: Int32Array, uint8: Uint8Array, float32: Float32Array };

/**
 * Header of packed bytes.
 *
 * @param {Uint8Array} bytes
 * @returns {Header}
 * @throws {Error} with a sentence for the reader if the bytes are of another format
 */
export function headerOf(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
  let header;
  try {
    header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  } catch {
    header = {};
  }
  if (header.format !== FORMAT) {
    const other = header.format === undefined ? "an unknown format" : `format ${header.format}`;
    throw new Error(`The recording came in ${other}, this page reads format ${FORMAT}: reload the page.`);
  }
  return header;
}

/**
 * Header and typed arrays. Bytes arrive as a view into a whole message, at any offset: they are copied once, aligned.
 *
 * @param {Uint8Array} bytes
 * @returns {Packed}
 * @throws {Error} as `headerOf`, or if a block lies outside the bytes
 */
export function unpack(bytes) {
  const header = headerOf(bytes);
  const length = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  const body = bytes.slice((4 + length + 7) & ~7).buffer;
  /** @type {Record<string, any>} */
  const blocks = {};
  for (const { name, dtype, offset, count } of header.blocks) {
    if (offset + count * ARRAYS[dtype].BYTES_PER_ELEMENT > body.byteLength) {
      throw new Error("The recording came incomplete: reload the page.");
    }
    blocks[name] = new ARRAYS[dtype](body, offset, count);
  }
  return { header, blocks };
}
