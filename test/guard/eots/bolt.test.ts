/**
 * The reader of eotsd's store: what bbolt wrote is read exactly, and what is damaged is refused. bbolt keeps no checksum
 * of records, so a changed byte inside one is seen only where it breaks the record's own form.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { BoltReader } from "../../../src/guard/eots/bolt.ts";
import { eotsdRecord } from "../../../src/guard/eots/eotsd.ts";
import { SignerError } from "../../../src/domain/errors.ts";
import { readVectors, skipWithout } from "../../vectors.ts";
import { listedIn, MemoryFile, readAll, type ListedRecord } from "./bolt-files.ts";

const FOLDER = join(import.meta.dirname, "../../eots/bolt");
const FIXTURE = new Uint8Array(readFileSync(join(FOLDER, "fixture.db")));
const LISTED = listedIn(join(FOLDER, "fixture.json"));
const PAGE = 1024;

function changed(change: (bytes: Buffer) => void): MemoryFile {
  const bytes = Buffer.from(FIXTURE);
  change(bytes);
  return new MemoryFile(new Uint8Array(bytes));
}

function renamed(bytes: Buffer, from: string, to: string): void {
  for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 1)) bytes.write(to, at, "latin1");
}

const REFUSED: readonly [name: string, file: () => MemoryFile, message: RegExp][] = [
  ["an empty file", () => new MemoryFile(new Uint8Array()), /ends before/],
  ["no bbolt file", () => changed((bytes) => bytes.fill(1)), /does not begin as one/],
  [
    "another version",
    () => changed((bytes) => bytes.writeUInt32LE(3, 16 + 4)),
    /meta page 0 is of another version/,
  ],
  [
    "a damaged first meta page",
    () => changed((bytes) => bytes.writeUInt8(9, 16 + 50)),
    /meta page 0 is damaged/,
  ],
  [
    "a damaged second meta page",
    () => changed((bytes) => bytes.writeUInt8(9, PAGE + 16 + 50)),
    /meta page 1 is damaged/,
  ],
  [
    "the same meta page twice",
    () => changed((bytes) => bytes.copy(bytes, 16, PAGE + 16, PAGE + 16 + 64)),
    /one transaction/,
  ],
  [
    "a file cut short",
    () => new MemoryFile(FIXTURE.subarray(0, FIXTURE.length - PAGE)),
    /instead of \d+ pages/,
  ],
  ["a file cut inside the meta pages", () => new MemoryFile(FIXTURE.subarray(0, PAGE + 20)), /ends before/],
  [
    "no history",
    () => changed((bytes) => renamed(bytes, "signRecord", "aignRecord")),
    /unknown|out of order/,
  ],
  [
    "a bucket of another name",
    () => changed((bytes) => renamed(bytes, "fpKeyNames", "fpKeyNamex")),
    /is unknown/,
  ],
];

for (const [name, file, message] of REFUSED) {
  test(`bbolt: refused: ${name}`, () => {
    assert.throws(() => readAll(file()), { code: "request.malformed", message });
  });
}

test("bbolt: the fixture is read as bbolt wrote it: chain ids of any bytes, 2^64-1, empty and long messages", () => {
  assert.deepEqual(readAll(new MemoryFile(FIXTURE)), LISTED);
  const heights = LISTED.map((record) => record.height);
  assert.ok(heights.includes("18446744073709551615") && heights.includes("9007199254740993"));
  assert.ok(!heights.includes("5"), "what was deleted stays away");
  assert.ok(
    LISTED.some((record) => record.chainId === "") &&
      LISTED.some((record) => record.chainId.startsWith("fffe")),
  );
  assert.ok(
    LISTED.some((record) => record.message === "") && LISTED.some((record) => record.message.length === 3000),
  );
});

test("bbolt: a page that points at itself, at another's child or past the end is refused", () => {
  const original = Buffer.from(FIXTURE);
  const bucket = new BoltReader(new MemoryFile(FIXTURE)).buckets().get("signRecord");
  assert.ok(bucket !== undefined);
  const branch = Number(Buffer.from(bucket).readBigUInt64LE(0)) * PAGE;
  assert.equal(original.readUInt16LE(branch + 8), 1, "a branch page");
  const count = original.readUInt16LE(branch + 10);
  const children = Array.from({ length: count }, (_, index) =>
    original.readBigUInt64LE(branch + 24 + index * 16),
  );
  for (const target of [
    BigInt(branch / PAGE),
    children[1] ?? 0n,
    0n,
    1n,
    BigInt(FIXTURE.length / PAGE),
    2n ** 60n,
  ]) {
    const file = changed((bytes) => bytes.writeBigUInt64LE(target, branch + 24));
    assert.throws(() => readAll(file), { code: "request.malformed" }, `child ${target}`);
    assert.ok(file.bytesRead < FIXTURE.length * 2);
  }
});

test("bbolt: a store that changes while it is read is refused", () => {
  const bytes = Buffer.from(FIXTURE);
  const file = new MemoryFile(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length));
  // The reader must compare with what it saw at first.
  const copy = {
    size: () => file.size(),
    read: (at: number, length: number) => file.read(at, length).slice(),
  };
  const reader = new BoltReader(copy);
  bytes.writeUInt8(bytes.readUInt8(16 + 48) ^ 2, 16 + 48);
  assert.throws(() => reader.assertUnchanged(), { code: "request.conflict", message: /stop eotsd/ });
});

/** For every byte: whether it is part of a key or value that the reader gives. */
function payloadOf(bytes: Uint8Array): Uint8Array {
  const payload = new Uint8Array(bytes.length);
  const reader = new BoltReader(new MemoryFile(bytes));
  for (const bucket of reader.buckets().values()) {
    for (const { key, value } of reader.entries(bucket)) {
      for (const part of [key, value]) {
        const from = part.byteOffset - bytes.byteOffset;
        payload.fill(1, from, from + part.length);
      }
    }
  }
  return payload;
}

/** Undefined for a clean refusal; anything else that is thrown fails the test. */
function tried(file: MemoryFile): ListedRecord[] | undefined {
  try {
    return readAll(file);
  } catch (error) {
    assert.ok(error instanceof SignerError && error.code === "request.malformed", String(error));
    return undefined;
  } finally {
    assert.ok(file.bytesRead <= FIXTURE.length * 3, "no page is read again and again");
  }
}

test("bbolt: one changed byte: refused, or the same records but for the one that it stands in", () => {
  const payload = payloadOf(FIXTURE);
  const seen = { refused: 0, same: 0, other: 0 };
  fc.assert(
    fc.property(fc.nat(FIXTURE.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const file = changed((bytes) => bytes.writeUInt8(bytes.readUInt8(at) ^ flip, at));
      const records = tried(file);
      if (records === undefined) {
        seen.refused += 1;
        return;
      }
      const differing = records.filter(
        (record, index) => JSON.stringify(record) !== JSON.stringify(LISTED[index]),
      );
      assert.equal(records.length, LISTED.length);
      assert.ok(differing.length <= (payload[at] === 1 ? 1 : 0), `byte ${at}`);
      if (differing.length === 0) seen.same += 1;
      else seen.other += 1;
    }),
    { numRuns: 4000 },
  );
  assert.ok(seen.refused > 100 && seen.same > 100 && seen.other > 100, JSON.stringify(seen));
});

test("bbolt: random damage of any kind ends in a refusal or a list, never in anything else", () => {
  const damage = fc.oneof(
    fc.array(fc.tuple(fc.nat(FIXTURE.length - 1), fc.nat(255)), { minLength: 1, maxLength: 12 }),
    // Numbers of headers and elements, where a wrong one leads astray.
    fc.array(
      fc.tuple(
        fc.nat(FIXTURE.length / 4 - 1).map((word) => word * 4),
        fc.constantFrom(0, 1, 2, 4, 16, 255),
      ),
      {
        minLength: 1,
        maxLength: 6,
      },
    ),
  );
  const cut = fc.option(fc.nat(FIXTURE.length), { freq: 5, nil: FIXTURE.length });
  const swap = fc.option(fc.tuple(fc.nat(FIXTURE.length / PAGE - 1), fc.nat(FIXTURE.length / PAGE - 1)));
  fc.assert(
    fc.property(damage, cut, swap, (bytesChanged, length, pages) => {
      const bytes = Buffer.from(FIXTURE);
      if (pages !== null) bytes.copy(bytes, pages[0] * PAGE, pages[1] * PAGE, (pages[1] + 1) * PAGE);
      for (const [at, value] of bytesChanged) bytes.writeUInt8(value, at);
      const records = tried(new MemoryFile(new Uint8Array(bytes.subarray(0, length))));
      assert.ok(records === undefined || records.length <= LISTED.length + 1);
    }),
    { numRuns: 3000 },
  );
});

interface EncodingVectors {
  readonly vectors: readonly {
    readonly chain_id_hex: string;
    readonly pk: string;
    readonly height: string;
    readonly bbolt_key: string;
    readonly value_proto: string;
    readonly msg: string;
    readonly sig: string;
    readonly timestamp_ms: number;
  }[];
}

function isVectors(value: unknown): value is EncodingVectors {
  return typeof value === "object" && value !== null && "vectors" in value;
}

test("eotsd: records are decoded as the vectors say", { skip: skipWithout("babylon") }, () => {
  const file = readVectors("babylon", "sign_record_encoding.json");
  assert.ok(isVectors(file) && file.vectors.length > 0);
  for (const vector of file.vectors) {
    const key = Buffer.from(vector.bbolt_key, "hex");
    const value = Buffer.from(vector.value_proto, "hex");
    assert.deepEqual(eotsdRecord({ key, value }), {
      chainId: new Uint8Array(Buffer.from(vector.chain_id_hex, "hex")),
      publicKey: new Uint8Array(Buffer.from(vector.pk, "hex")),
      height: BigInt(vector.height),
      message: new Uint8Array(Buffer.from(vector.msg, "hex")),
      signature: new Uint8Array(Buffer.from(vector.sig, "hex")),
      at: new Date(vector.timestamp_ms).toISOString(),
    });
  }
});

const PLACE = Buffer.alloc(45, 7);
const SIGNATURE = `1220${"ab".repeat(32)}`;
const MALFORMED: readonly [name: string, key: Buffer, value: string][] = [
  ["a key of 39 bytes", PLACE.subarray(0, 39), `0a0101${SIGNATURE}1801`],
  ["a chain id of 65 bytes", Buffer.alloc(105), `0a0101${SIGNATURE}1801`],
  ["a message of 8193 bytes", PLACE, `0a8140${"00".repeat(8193)}${SIGNATURE}1801`],
  ["no signature", PLACE, "0a01011801"],
  ["a signature of 31 bytes", PLACE, `0a0101121f${"ab".repeat(31)}1801`],
  ["fields in another order", PLACE, `${SIGNATURE}0a01011801`],
  ["a field twice", PLACE, `0a01010a0102${SIGNATURE}1801`],
  ["an unknown field", PLACE, `0a0101${SIGNATURE}18012001`],
  ["a field of another kind", PLACE, `0801${SIGNATURE}1801`],
  ["a length past the end", PLACE, `${SIGNATURE}1801`.replace("1220", "1240")],
  ["a number that does not end", PLACE, `0a0101${SIGNATURE}18ff`],
  ["a number in eleven bytes", PLACE, `0a0101${SIGNATURE}18${"ff".repeat(10)}01`],
  ["a number above 64 bits", PLACE, `0a0101${SIGNATURE}18${"ff".repeat(9)}7f`],
  ["a number that is padded", PLACE, `0a0101${SIGNATURE}188100`],
  ["an empty field that is written", PLACE, `0a00${SIGNATURE}1801`],
  ["a negative time", PLACE, `0a0101${SIGNATURE}18${"ff".repeat(9)}01`],
  ["nothing", PLACE, ""],
];
test("eotsd: a long message is named with key, chain and height, and carried as its hash where that is asked for", () => {
  const entry = { key: PLACE, value: Buffer.from(`0a8140${"00".repeat(8193)}${SIGNATURE}1801`, "hex") };
  assert.throws(() => eotsdRecord(entry), {
    code: "request.malformed",
    message: /key (?:07){32}, chain 0x(?:07){5}, height 506381209866536711: the message has 8193 bytes/,
  });
  const { message, messageHash } = eotsdRecord(entry, "hash");
  assert.equal(message.length, 0);
  assert.deepEqual(Buffer.from(messageHash ?? []), createHash("sha256").update(Buffer.alloc(8193)).digest());
  assert.throws(() => eotsdRecord({ key: Buffer.alloc(105), value: entry.value }, "hash"), {
    message: /key (?:00){32}, height 0\) has a chain id of 65 bytes/,
  });
});

for (const [name, key, value] of MALFORMED) {
  test(`eotsd: refused: a record with ${name}`, () => {
    assert.throws(() => eotsdRecord({ key, value: Buffer.from(value, "hex") }), {
      code: "request.malformed",
    });
  });
}
