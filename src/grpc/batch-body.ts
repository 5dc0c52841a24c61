/**
 * The body of SignBatchEOTS in parts. The daemon sets no bound on heights, and 16 MiB hold hundreds of thousands: so only
 * where each part is is remembered, and a part is decoded when its turn comes. The parts together are the body, byte for byte.
 * @module
 */
import { decodeRequest, malformed, type Message } from "./messages.ts";

/** Items that are decoded, recorded and signed together: a daemon's catch-up by its default settings. */
export const PART_ITEMS = 1000;

/** A batch whose items were counted and not yet decoded. */
export interface BatchBody {
  /** Items of all parts. */
  readonly count: number;
  /** At least one part, which may be empty. */
  readonly parts: number;
  /** `uid`, `chainId`, and up to 1,000 `items`. @throws SignerError `request.malformed` */
  part(index: number): Message;
}

/** Field 3, length-delimited. */
const ITEM_TAG = (3 << 3) | 2;
/** Fields 1 and 2, length-delimited, come before the items. */
const HEAD_TAGS: readonly number[] = [(1 << 3) | 2, (2 << 3) | 2];

/**
 * Finds the items. @param itemsMax how many there may be; 16 MiB hold eight million empty ones
 * @throws SignerError `request.malformed` for what is not a message of this form
 * @throws RangeError for more items than `itemsMax`
 */
export function readBatchBody(body: Buffer, itemsMax: number): BatchBody {
  const headEnd = endOfHead(body);
  const head = body.subarray(0, headEnd);
  const ends: number[] = [];
  let count = 0;
  let offset = headEnd;
  while (offset < body.length) {
    if (body[offset] !== ITEM_TAG) throw malformed(FORM);
    offset = endOfField(body, offset);
    count += 1;
    if (count > itemsMax) throw new RangeError(`more than ${itemsMax} items`);
    if (count % PART_ITEMS === 0) ends.push(offset);
  }
  if (ends.at(-1) !== body.length) ends.push(body.length);
  return {
    count,
    parts: ends.length,
    part: (index) => {
      const from = ends[index - 1] ?? headEnd;
      return decodeRequest("SignBatchEOTS", Buffer.concat([head, body.subarray(from, ends[index] ?? from)]));
    },
  };
}

const FORM = "the body is no SignBatchEOTS request: uid, chain_id, then the items; see eots-manager.proto";

function endOfHead(body: Buffer): number {
  let offset = 0;
  while (offset < body.length && HEAD_TAGS.includes(body[offset] ?? 0)) offset = endOfField(body, offset);
  return offset;
}

/** Of a field with a tag of one byte and a length. */
function endOfField(body: Buffer, start: number): number {
  let length = 0;
  for (let index = 1; index <= LENGTH_BYTES_MAX; index += 1) {
    const byte = body[start + index];
    if (byte === undefined) break;
    length += (byte & 0x7f) * 2 ** (7 * (index - 1));
    if (byte >= 0x80) continue;
    const end = start + index + 1 + length;
    if (end > body.length) break;
    return end;
  }
  throw malformed(FORM);
}

/** Longer ones pass every message that may be sent. */
const LENGTH_BYTES_MAX = 5;
