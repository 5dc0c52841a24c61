/**
 * The history of EOTS keys as JSON Lines, version 1: a header, then one floor, key state or record a line. Read strictly
 * and in bounded memory; the header's counts tell a file that was cut short.
 * @module
 */
import { toHex } from "../../domain/bytes.ts";
import type { EotsRecord, EotsTable } from "../../ledger/tables/eots.ts";
import { EotsChunkBuilder } from "./import.ts";
import {
  assertMembers,
  bytesMember,
  chainIdMember,
  countMember,
  heightMember,
  malformedLine,
  membersOf,
  publicKeyMember,
  timeMember,
  type Line,
  type Members,
} from "./history-line.ts";
import { keptRecord, type LongMessages } from "./long-record.ts";
import type { EotsChunk } from "./merge.ts";
import { publicKeyText } from "./names.ts";
import { utf8Text, type EotsPlace } from "../../domain/eots.ts";
import type { XOnlyKey } from "../../domain/kinds.ts";

const HISTORY_FORMAT = "claviger.eots-history";
const HISTORY_VERSION = 1;

/** Bytes of a message that is read, if only to name its record or to hash it. */
const LONG_MESSAGE_BYTES_MAX = 1_048_576;
/** Bytes of one line: such a message in hex, and the other members. */
const LINE_BYTES_MAX = 2 * LONG_MESSAGE_BYTES_MAX + 32_768;
/** Records that an export reads at once. */
const EXPORT_ROWS = 512;

/**
 * Reads a document (UTF-8 in pieces of any size).
 * @throws SignerError `request.malformed` with the line and the member that break the format
 */
export async function* readHistory(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  long: LongMessages = "refuse",
): AsyncGenerator<EotsChunk> {
  const builder = new EotsChunkBuilder();
  const counts = { records: 0, floors: 0 };
  let header: Header | undefined;
  for await (const line of linesOf(source)) {
    if (header === undefined) {
      header = headerOf(line);
      continue;
    }
    read(line, builder, counts, long);
    if (builder.full) yield builder.take();
  }
  if (header === undefined) throw malformedLine(1, "", "must be the header; the file is empty");
  for (const name of ["records", "floors"] as const) {
    const expected = header[name];
    if (expected !== undefined && expected !== counts[name]) {
      throw malformedLine(
        1,
        `/${name}`,
        `says ${expected}, but the file has ${counts[name]}: it is not complete`,
      );
    }
  }
  yield builder.take();
}

interface Header {
  readonly records: number | undefined;
  readonly floors: number | undefined;
}

function headerOf(line: Line): Header {
  const { number } = line;
  const members = membersOf(line);
  assertMembers(number, members, ["format", "version"], ["records", "floors"]);
  if (members["format"] !== HISTORY_FORMAT)
    throw malformedLine(number, "/format", `must be ${HISTORY_FORMAT}`);
  if (members["version"] !== HISTORY_VERSION) {
    throw malformedLine(number, "/version", `must be ${HISTORY_VERSION}, the one version that is read`);
  }
  return {
    records: countMember(number, members, "records"),
    floors: countMember(number, members, "floors"),
  };
}

function read(
  line: Line,
  builder: EotsChunkBuilder,
  counts: { records: number; floors: number },
  long: LongMessages,
): void {
  const { number } = line;
  const members = membersOf(line);
  if (Object.hasOwn(members, "requiresFloor")) {
    assertMembers(number, members, ["publicKey", "requiresFloor"]);
    if (members["requiresFloor"] !== true) throw malformedLine(number, "/requiresFloor", "must be true");
    builder.requireFloor(publicKeyMember(number, members));
  } else if (Object.hasOwn(members, "floor")) {
    assertMembers(number, members, ["publicKey", "chainId", "floor"]);
    builder.floor({
      publicKey: publicKeyMember(number, members),
      chainId: chainIdMember(number, members),
      height: heightMember(number, members, "floor"),
    });
    counts.floors += 1;
  } else {
    builder.record(recordOf(number, members, long));
    counts.records += 1;
  }
}

/** With `message`, or with `messageHash` where that is all that was kept of a long one. */
function recordOf(number: number, members: Members, long: LongMessages): EotsRecord {
  const hashed = Object.hasOwn(members, "messageHash");
  const message = hashed ? "messageHash" : "message";
  assertMembers(number, members, ["publicKey", "chainId", "height", message, "at"], ["signature"]);
  const bytes = hashed
    ? bytesMember(number, members, message, (length) => length === 32, "32")
    : bytesMember(number, members, message, (length) => length <= LONG_MESSAGE_BYTES_MAX, "at most 1048576");
  const record = {
    publicKey: publicKeyMember(number, members),
    chainId: chainIdMember(number, members),
    height: heightMember(number, members, "height"),
    ...(hashed ? { message: new Uint8Array(), messageHash: bytes } : { message: bytes }),
    signature: Object.hasOwn(members, "signature")
      ? bytesMember(number, members, "signature", (length) => length === 32, "32")
      : null,
    at: timeMember(number, members),
  };
  return keptRecord(record, long, (rule) => {
    throw malformedLine(number, "/message", rule);
  });
}

/** Lines without their ends; the last one may have none. */
async function* linesOf(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Line> {
  let number = 0;
  let rest = Buffer.alloc(0);
  const line = (bytes: Uint8Array): Line => {
    number += 1;
    if (bytes.length > LINE_BYTES_MAX)
      throw malformedLine(number, "", `is longer than ${LINE_BYTES_MAX} bytes`);
    const text = utf8Text(bytes);
    if (text === undefined) throw malformedLine(number, "", "is not UTF-8");
    return { number, text };
  };
  for await (const piece of source) {
    rest = Buffer.concat([rest, piece]);
    let from = 0;
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10, from)) {
      yield line(rest.subarray(from, end));
      from = end + 1;
    }
    rest = rest.subarray(from);
    if (rest.length > LINE_BYTES_MAX) line(rest);
  }
  if (rest.length > 0) yield line(rest);
}

/** The history as text in pieces, of all keys (null) or of some. Call inside a transaction. */
export function* historyText(table: EotsTable, publicKeys: readonly XOnlyKey[] | null): Generator<string> {
  const names = publicKeys === null ? null : new Set(publicKeys.map(publicKeyText));
  const wanted = (key: Uint8Array): boolean => names === null || names.has(publicKeyText(key));
  const tracks = [...table.tracks()].filter((track) => wanted(track.publicKey));
  const floors = tracks.flatMap((track) => {
    const height = table.floor(track);
    return height === null ? [] : [{ ...track, height }];
  });
  const records = tracks.reduce((sum, track) => sum + table.count(track), 0);
  const header = { format: HISTORY_FORMAT, version: HISTORY_VERSION, records, floors: floors.length };
  yield `${JSON.stringify(header)}\n`;
  for (const key of table.keys().filter(wanted)) {
    if (table.key(key)?.requiresFloor !== true) continue;
    yield `${JSON.stringify({ publicKey: publicKeyText(key), requiresFloor: true })}\n`;
  }
  for (const floor of floors) yield floorLine(floor);
  for (const key of publicKeys ?? [null]) yield* recordLines(table, key);
}

function* recordLines(table: EotsTable, publicKey: XOnlyKey | null): Generator<string> {
  for (let after: EotsPlace | null = null; ;) {
    const rows: EotsRecord[] = table.records(publicKey, after, EXPORT_ROWS);
    yield rows.map(recordLine).join("");
    if (rows.length < EXPORT_ROWS) return;
    after = rows.at(-1) ?? null;
  }
}

function floorLine({ publicKey, chainId, height }: EotsPlace): string {
  return `${JSON.stringify({
    publicKey: publicKeyText(publicKey),
    chainId: chainIdJson(chainId),
    floor: String(height),
  })}\n`;
}

function recordLine(record: EotsRecord): string {
  const { publicKey, chainId, height, message, messageHash, signature, at } = record;
  return `${JSON.stringify({
    publicKey: publicKeyText(publicKey),
    chainId: chainIdJson(chainId),
    height: String(height),
    ...(messageHash === undefined ? { message: toHex(message) } : { messageHash: toHex(messageHash) }),
    ...(signature === null ? {} : { signature: toHex(signature) }),
    at,
  })}\n`;
}

function chainIdJson(chainId: Uint8Array): string | { readonly hex: string } {
  return utf8Text(chainId) ?? { hex: toHex(chainId) };
}
