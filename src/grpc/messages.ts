/**
 * Requests and answers of eots-manager.proto. Decoding is total: a request is encoded again, and refused unless that gives the
 * bytes that arrived. So an unknown, repeated or misplaced field is never ignored, and no body passes for another method's by
 * chance alone.
 * @module
 */
import { join } from "node:path";
import { loadSync, type MethodDefinition } from "@grpc/proto-loader";
import { SignerError } from "../domain/errors.ts";

const SERVICE = "proto.EOTSManager";

export const METHODS = [
  "Ping",
  "CreateRandomnessPairList",
  "SignEOTS",
  "UnsafeSignEOTS",
  "SignSchnorrSig",
  "SignBatchEOTS",
  "SaveEOTSKeyName",
  "UnlockKey",
  "Backup",
] as const;
export type Method = (typeof METHODS)[number];

/** Items of a batch; each costs memory as soon as it is decoded. */
export const BATCH_MAX = 2000;

type Definition = MethodDefinition<object, object>;

const DEFINITIONS = load();

/** Path of a method, e.g. `/proto.EOTSManager/Ping`. */
export function pathOf(method: Method): string {
  return DEFINITIONS[method].path;
}

/** One message by the names of its fields in camelCase. What is absent has the default of proto3. */
export class Message {
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(fields: object) {
    this.#fields = { ...fields };
  }

  bytes(name: string): Uint8Array {
    const value = this.#fields[name];
    return value instanceof Uint8Array ? value : new Uint8Array();
  }

  text(name: string): string {
    const value = this.#fields[name];
    return typeof value === "string" ? value : "";
  }

  /** A uint32 or uint64. */
  whole(name: string): bigint {
    const value = this.#fields[name];
    return typeof value === "string" || typeof value === "number" ? BigInt(value) : 0n;
  }

  list(name: string): readonly Message[] {
    const value = this.#fields[name];
    return Array.isArray(value) ? value.map((one: object) => new Message(one)) : [];
  }
}

/** @throws SignerError `request.malformed` for bytes that are not exactly one message of this method */
export function decodeRequest(method: Method, bytes: Uint8Array): Message {
  const definition = DEFINITIONS[method];
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (method === "SignBatchEOTS") assertItems(body);
  let decoded: object;
  let encoded: Buffer;
  try {
    decoded = definition.requestDeserialize(body);
    encoded = definition.requestSerialize(decoded);
  } catch {
    throw malformed(`the body is no ${method} request; see eots-manager.proto`);
  }
  if (encoded.equals(body)) return new Message(decoded);
  throw malformed(
    `the body has fields that ${method} does not know, or has them twice or out of order; send those of eots-manager.proto`,
  );
}

/** The answer of `method` by the names of its fields in camelCase; uint64 as bigint's text. */
export function encodeAnswer(method: Method, fields: object): Buffer {
  return DEFINITIONS[method].responseSerialize(fields);
}

export function malformed(message: string): SignerError {
  return new SignerError("request.malformed", message);
}

function load(): Readonly<Record<Method, Definition>> {
  const file = join(import.meta.dirname, "eots-manager.proto");
  const service = loadSync(file, { longs: String })[SERVICE];
  if (service === undefined || "format" in service) throw new Error(`${file} has no service ${SERVICE}`);
  const found = METHODS.map((method): [Method, Definition] => {
    const definition = service[method];
    if (definition === undefined) throw new Error(`${file} has no method ${method}`);
    return [method, definition];
  });
  // Every method was just looked up.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return Object.fromEntries(found) as Record<Method, Definition>;
}

const ITEMS_TAG = (3 << 3) | 2;
/** Wire types of protobuf, without the groups of proto2. */
const VARINT = 0;
const FIXED64 = 1;
const DELIMITED = 2;
const FIXED32 = 5;

/** Counts the items where they lie: 16 MiB hold eight million empty ones. @throws SignerError `request.malformed` */
function assertItems(body: Uint8Array): void {
  let items = 0;
  for (let offset = 0; offset < body.length;) {
    const tag = varint(body, offset);
    if (tag.value === ITEMS_TAG) items += 1;
    if (items > BATCH_MAX) throw malformed(`items: must be 1 to ${BATCH_MAX}`);
    offset = skip(body, tag.end, tag.value & 7);
  }
}

function skip(body: Uint8Array, offset: number, wireType: number): number {
  switch (wireType) {
    case VARINT:
      return varint(body, offset).end;
    case FIXED64:
      return offset + 8;
    case FIXED32:
      return offset + 4;
    case DELIMITED: {
      const length = varint(body, offset);
      return length.end + length.value;
    }
    default:
      throw malformed("the body is no protobuf message");
  }
}

/** A value above 2^53 loses its last digits: as a length it ends the walk, and the decoder refuses it. */
function varint(body: Uint8Array, offset: number): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let index = 0; index < 10; index += 1) {
    const byte = body[offset + index];
    if (byte === undefined) break;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, end: offset + index + 1 };
  }
  throw malformed("the body is no protobuf message");
}
