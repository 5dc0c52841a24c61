/**
 * The sign history in eotsd's store: bucket `signRecord`, key chain id ‖ public key (32) ‖ height (8), value a protobuf
 * message of three fields. Anything else in the file is refused, for it could be history that this reader does not know.
 * @module
 */
import { toHex } from "../../domain/bytes.ts";
import { CHAIN_ID_BYTES_MAX } from "../../domain/eots.ts";
import { SignerError } from "../../domain/errors.ts";
import { heightOf, type EotsRecord } from "../../ledger/tables/eots.ts";
import type { BoltFile } from "./bolt-file.ts";
import { BoltReader, type BoltEntry } from "./bolt.ts";
import { EotsChunkBuilder } from "./import.ts";
import type { EotsChunk } from "./merge.ts";
import { keptRecord, type LongMessages } from "./long-record.ts";
import { publicKeyText } from "./names.ts";
import { assertWellFormed } from "./well-formed.ts";

const RECORDS = "signRecord";
const NAMES = "fpKeyNames";
const PLACE_BYTES = 40;
/** Milliseconds that a Date can hold. */
const TIME_MAX = 8_640_000_000_000_000n;

/** @throws SignerError `request.malformed`; `request.conflict` when the file changes meanwhile */
export function* readEotsd(file: BoltFile, long: LongMessages = "refuse"): Generator<EotsChunk> {
  const reader = new BoltReader(file);
  const buckets = reader.buckets();
  for (const name of buckets.keys()) {
    if (name !== RECORDS && name !== NAMES) {
      throw malformedStore(`bucket ${JSON.stringify(name.slice(0, 64))}`, "is unknown");
    }
  }
  const records = buckets.get(RECORDS);
  if (records === undefined) {
    throw malformedStore(
      `bucket ${RECORDS}`,
      "is missing: the file is not an eots.db, or its eotsd kept no history; set floors instead",
    );
  }
  for (const { key } of reader.entries(buckets.get(NAMES) ?? NO_ENTRIES)) {
    if (key.length !== 32) throw malformedStore(`bucket ${NAMES}`, "has a key that is not 32 bytes long");
  }
  const builder = new EotsChunkBuilder();
  for (const entry of reader.entries(records)) {
    builder.record(eotsdRecord(entry, long));
    if (builder.full) yield builder.take();
  }
  reader.assertUnchanged();
  yield builder.take();
}

/** A small bucket without entries: header, and a leaf page of none. */
const NO_ENTRIES = ((): Uint8Array => {
  const bytes = new Uint8Array(32);
  bytes[24] = 0x02;
  return bytes;
})();

/** @throws SignerError `request.malformed` naming the record */
export function eotsdRecord({ key, value }: BoltEntry, long: LongMessages = "refuse"): EotsRecord {
  if (key.length < PLACE_BYTES) throw malformedStore(`record ${toHex(key)}`, "has a key that is too short");
  // The chain id has no length before it: everything but the last 40 bytes.
  const end = key.length - PLACE_BYTES;
  const place = {
    chainId: new Uint8Array(key.subarray(0, end)),
    publicKey: new Uint8Array(key.subarray(end, end + 32)),
    height: heightOf(key.subarray(end + 32)),
  };
  if (place.chainId.length > CHAIN_ID_BYTES_MAX) {
    const name = `key ${publicKeyText(place.publicKey)}, height ${place.height}`;
    throw malformedStore(
      `record ${toHex(key.subarray(0, 128))}`,
      `(${name}) has a chain id of ${place.chainId.length} bytes, more than ${CHAIN_ID_BYTES_MAX}`,
    );
  }
  const fields = new FieldReader(value, `record ${toHex(key.subarray(0, 128))}`);
  const record = keptRecord({ ...place, ...signed(fields) }, long, (rule) => {
    throw malformedStore("signRecord", rule);
  });
  assertWellFormed(record);
  return record;
}

/** bytes message 1, bytes signature 2, int64 milliseconds 3; a field that is empty or 0 is not written. */
function signed(fields: FieldReader): Omit<EotsRecord, "chainId" | "publicKey" | "height"> {
  const message = fields.bytes(1);
  const signature = fields.bytes(2);
  const milliseconds = fields.varint(3);
  fields.end();
  if (signature.length !== 32) fields.fail("has a signature that is not 32 bytes long");
  if (milliseconds > TIME_MAX) fields.fail("has a time out of range");
  return { message, signature, at: new Date(Number(milliseconds)).toISOString() };
}

/** Fields in ascending order, each at most once, as every protobuf writer in use puts them. */
class FieldReader {
  readonly #bytes: Uint8Array;
  readonly #name: string;
  #at = 0;

  constructor(bytes: Uint8Array, name: string) {
    this.#bytes = bytes;
    this.#name = name;
  }

  /** Empty where the field is not there. */
  bytes(field: number): Uint8Array {
    if (this.#bytes[this.#at] !== ((field << 3) | 2)) return new Uint8Array();
    this.#at += 1;
    const length = Number(this.#number());
    if (length === 0 || this.#at + length > this.#bytes.length) this.fail("has a field of a wrong length");
    this.#at += length;
    return new Uint8Array(this.#bytes.subarray(this.#at - length, this.#at));
  }

  /** 0n where the field is not there. */
  varint(field: number): bigint {
    if (this.#bytes[this.#at] !== field << 3) return 0n;
    this.#at += 1;
    const value = this.#number();
    if (value === 0n) this.fail("has a number that need not be written");
    return value;
  }

  end(): void {
    if (this.#at !== this.#bytes.length) this.fail("has fields that no record has");
  }

  fail(rule: string): never {
    throw malformedStore(this.#name, rule);
  }

  /** Base 128, least significant first, in the shortest form. */
  #number(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) this.fail("is cut short");
      this.#at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) {
        if ((byte === 0 && shift > 0n) || value >= 2n ** 64n) this.fail("has a malformed number");
        return value;
      }
    }
    return this.fail("has a malformed number");
  }
}

function malformedStore(what: string, rule: string): SignerError {
  return new SignerError(
    "request.malformed",
    `${what}: ${rule}; nothing was imported. Take a fresh copy of eotsd's store, with eotsd stopped`,
    { field: what },
  );
}
