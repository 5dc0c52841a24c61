/** The answer of CreateRandomnessPairList, encoded by hand: 50,000 values are a plain fill, and no object is made of any. */

const VALUE_BYTES = 32;
/** Field 1, length-delimited, 32 bytes long. */
const HEAD = [0x0a, VALUE_BYTES] as const;
/** Bytes that each value takes in the answer. */
export const VALUE_STRIDE = HEAD.length + VALUE_BYTES;
/** Values between two looks at other work. */
const SLICE = 8192;

/** @param values 32 bytes each, one after the other */
export async function encodeRandomness(values: Uint8Array): Promise<Buffer> {
  const source = Buffer.from(values.buffer, values.byteOffset, values.length);
  const count = source.length / VALUE_BYTES;
  const answer = Buffer.allocUnsafe(count * VALUE_STRIDE);
  for (let index = 0; index < count; index += 1) {
    if (index > 0 && index % SLICE === 0) await new Promise((resolve) => setImmediate(resolve));
    const at = index * VALUE_STRIDE;
    answer[at] = HEAD[0];
    answer[at + 1] = HEAD[1];
    source.copy(answer, at + HEAD.length, index * VALUE_BYTES, (index + 1) * VALUE_BYTES);
  }
  return answer;
}
