/** The history as JSON Lines: what is read, what is refused and by what name, and that nothing is lost on the way. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { readHistory } from "../../../src/guard/eots/history.ts";
import type { EotsRecord } from "../../../src/ledger/tables/eots.ts";
import { AT, Guard, HEIGHT_MAX, loadImplementation, message, publicKey } from "./guard.ts";

const CODE = await loadImplementation();
const HEADER = '{"format":"claviger.eots-history","version":1}';
const KEY = "ab".repeat(32);
const RECORD = { publicKey: KEY, chainId: "bbn-1", height: "5", message: "0x01", at: AT };

function lineWith(changes: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ ...RECORD, ...changes });
}

async function read(...lines: readonly (string | Uint8Array)[]): Promise<EotsRecord[]> {
  const records: EotsRecord[] = [];
  const source = lines.map((line) => Buffer.concat([Buffer.from(line), Buffer.from("\n")]));
  for await (const chunk of readHistory(source)) records.push(...chunk.records);
  return records;
}

const REFUSED: readonly [name: string, lines: (string | Uint8Array)[], message: RegExp][] = [
  ["an empty file", [], /line 1: must be the header/],
  ["no header", [lineWith({})], /line 1: \/publicKey: is not a member/],
  ["another format", ['{"format":"x","version":1}'], /line 1: \/format/],
  ["another version", ['{"format":"claviger.eots-history","version":2}'], /line 1: \/version/],
  ["a version as text", ['{"format":"claviger.eots-history","version":"1"}'], /\/version/],
  ["a header twice", [HEADER, HEADER], /line 2: \/format: is not a member/],
  [
    "fewer records than the header says",
    ['{"format":"claviger.eots-history","version":1,"records":2}', lineWith({})],
    /\/records: says 2, but the file has 1: it is not complete/,
  ],
  ["fewer floors", ['{"format":"claviger.eots-history","version":1,"floors":1}'], /\/floors: says 1/],
  ["a count that is none", ['{"format":"claviger.eots-history","version":1,"records":-1}'], /\/records/],
  ["an empty line", [HEADER, "", lineWith({})], /line 2: is not valid JSON/],
  ["no JSON", [HEADER, "{"], /line 2: is not valid JSON/],
  ["an array", [HEADER, "[]"], /line 2: must be an object/],
  ["null", [HEADER, "null"], /line 2: must be an object/],
  ["bytes that are no UTF-8", [HEADER, new Uint8Array([0x22, 0xff, 0x22])], /line 2: is not UTF-8/],
  ["a byte order mark", [`\uFEFF${HEADER}`], /line 1: is not valid JSON/],
  ["a line without end", [HEADER, " ".repeat(2 ** 22)], /line 2: is longer than 2129920 bytes/],
  ["an unknown member", [HEADER, lineWith({ note: "x" })], /\/note: is not a member/],
  ["a missing member", [HEADER, lineWith({ at: undefined })], /\/at: is missing/],
  ["a member twice", [HEADER, `{"height":"4",${lineWith({}).slice(1)}`], /has a member twice/],
  [
    "a member twice, one escaped",
    [HEADER, `{"\\u0068eight":"4",${lineWith({}).slice(1)}`],
    /has a member twice/,
  ],
  ["a nested member twice", [HEADER, lineWith({}).replace('"bbn-1"', '{"hex":"0x","hex":"0x01"}')], /twice/],
  ["a short key", [HEADER, lineWith({ publicKey: KEY.slice(2) })], /\/publicKey: must be 64 hex digits/],
  ["a height as number", [HEADER, lineWith({ height: 5 })], /\/height: must be a decimal string/],
  ["a height with a zero before it", [HEADER, lineWith({ height: "05" })], /\/height/],
  ["a negative height", [HEADER, lineWith({ height: "-1" })], /\/height/],
  ["a height of 2^64", [HEADER, lineWith({ height: String(HEIGHT_MAX + 1n) })], /\/height/],
  ["a message without 0x", [HEADER, lineWith({ message: "01" })], /\/message/],
  ["half a byte", [HEADER, lineWith({ message: "0x1" })], /\/message/],
  [
    "a long message",
    [HEADER, lineWith({ message: `0x${"00".repeat(8193)}` })],
    new RegExp(
      `line 2: /message: key ${KEY}, chain bbn-1, height \\d+: the message has 8193 bytes.*--long-messages`,
    ),
  ],
  [
    "a message of more than a mebibyte",
    [HEADER, lineWith({ message: `0x${"00".repeat(2 ** 20 + 1)}` })],
    /1048576/,
  ],
  [
    "a message and its hash",
    [HEADER, lineWith({ messageHash: `0x${"00".repeat(32)}` })],
    /\/message: is not a member/,
  ],
  [
    "a hash of 31 bytes",
    [HEADER, lineWith({ message: undefined, messageHash: `0x${"00".repeat(31)}` })],
    /\/messageHash: must be 32 bytes/,
  ],
  ["a short signature", [HEADER, lineWith({ signature: "0x01" })], /\/signature: must be 32 bytes/],
  ["a signature of null", [HEADER, lineWith({ signature: null })], /\/signature/],
  ["a long chain id", [HEADER, lineWith({ chainId: "x".repeat(65) })], /\/chainId/],
  ["a chain id of 33 letters of two bytes", [HEADER, lineWith({ chainId: "é".repeat(33) })], /\/chainId/],
  ["a lone surrogate", [HEADER, lineWith({}).replace("bbn-1", "\\ud800")], /\/chainId/],
  ["a chain id as number", [HEADER, lineWith({ chainId: 1 })], /\/chainId/],
  ["a chain id in another form", [HEADER, lineWith({ chainId: { base64: "" } })], /\/chainId/],
  ["a local time", [HEADER, lineWith({ at: "2026-01-02T03:04:05+01:00" })], /\/at/],
  ["no time", [HEADER, lineWith({ at: "2026-13-02T03:04:05Z" })], /\/at/],
  ["a floor with a message", [HEADER, lineWith({ floor: "5" })], /line 2: \/height: is not a member/],
  ["a floor that is none", [HEADER, JSON.stringify({ publicKey: KEY, chainId: "", floor: "x" })], /\/floor/],
  [
    "a key that needs no floor",
    [HEADER, JSON.stringify({ publicKey: KEY, requiresFloor: false })],
    /must be true/,
  ],
];

for (const [name, lines, message_] of REFUSED) {
  test(`history: refused: ${name}`, async () => {
    await assert.rejects(read(...lines), { code: "request.malformed", message: message_ });
  });
}

test("history: long messages are carried as their hash where the reader is told to, and written back so", async () => {
  const long = Buffer.alloc(8193, 9);
  const text = `${HEADER}\n${lineWith({ message: `0x${long.toString("hex")}` })}`;
  const records = [];
  for await (const chunk of readHistory([Buffer.from(text)], "hash")) records.push(...chunk.records);
  const messageHash = createHash("sha256").update(long).digest("hex");
  assert.deepEqual(
    records.map((record) => [record.message.length, Buffer.from(record.messageHash ?? []).toString("hex")]),
    [[0, messageHash]],
  );
  const again = await read(HEADER, lineWith({ message: undefined, messageHash: `0x${messageHash}` }));
  assert.deepEqual(again, records);
});

test("history: chain ids that look like members, spaces, CRLF and no end of line are read", async () => {
  const spaced = lineWith({})
    .replaceAll(":", " : ")
    .replaceAll("05 : ", "05:")
    .replaceAll("03 : 04 : ", "03:04:");
  const records = await read(
    HEADER,
    lineWith({ chainId: "floor" }),
    lineWith({ chainId: '"height":"9"' }),
    lineWith({ chainId: "requiresFloor", height: "6" }),
    `${lineWith({ chainId: { hex: "0xff" }, publicKey: `0x${KEY.toUpperCase()}` })}\r`,
    spaced,
  );
  assert.deepEqual(
    records.map((record) => Buffer.from(record.chainId).toString("latin1")),
    ["floor", '"height":"9"', "requiresFloor", "\xff", "bbn-1"],
  );
  const pieces = Array.from(Buffer.from(`${HEADER}\n${lineWith({})}`), (byte) => new Uint8Array([byte]));
  let count = 0;
  for await (const chunk of readHistory(pieces)) count += chunk.records.length;
  assert.equal(count, 1, "in pieces of one byte");
});

const bytes = (maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength });
const records = fc.uniqueArray(
  fc.record({
    publicKey: fc.integer({ min: 0, max: 2 }).map(publicKey),
    chainId: fc.oneof(
      bytes(64),
      fc.string({ unit: "binary", maxLength: 16 }).map((text) => new Uint8Array(Buffer.from(text))),
    ),
    height: fc.bigInt({ min: 0n, max: HEIGHT_MAX }),
    message: fc.oneof(bytes(60), fc.constant(new Uint8Array(8192).fill(7)), fc.constant(message(0))),
    signature: fc.option(fc.uint8Array({ minLength: 32, maxLength: 32 })),
    at: fc.constant(AT),
  }),
  { maxLength: 12, selector: (entry) => `${entry.publicKey.join()}/${entry.chainId.join()}/${entry.height}` },
);

test("history: what is exported and imported elsewhere is exported again to the same bytes", async () => {
  await fc.assert(
    fc.asyncProperty(records, async (list) => {
      const first = new Guard(CODE);
      for (const entry of list) first.eots.insert(entry);
      const text = first.export();
      const second = new Guard(CODE);
      await second.import(text);
      const without = (whole: string): string[] =>
        whole.split("\n").filter((line) => line.includes('"message"'));
      assert.deepEqual(without(second.export()), without(text));
      const third = new Guard(CODE);
      await third.import(second.export());
      assert.equal(third.export(), second.export());
      for (const guard of [first, second, third]) guard.database.close();
    }),
    { numRuns: 60 },
  );
});

test("history: a file that was cut short anywhere changes nothing", async () => {
  const full = new Guard(CODE);
  for (let height = 1n; height < 6n; height += 1n) {
    full.eots.insert({
      publicKey: publicKey(0),
      chainId: message(1),
      height,
      message: message(2),
      signature: null,
      at: AT,
    });
  }
  const text = full.export();
  for (let end = 0; end < text.length - 1; end += 7) {
    const guard = new Guard(CODE);
    await assert.rejects(guard.import(text.slice(0, end)), { code: "request.malformed" });
    assert.deepEqual(guard.keys(), []);
    guard.database.close();
  }
});
