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
    return Array.isArray(value) ? value.map((item: object) => new Message(item)) : [];
  }
}

/** @throws SignerError `request.malformed` for bytes that are not exactly one message of this method */
export function decodeRequest(method: Method, bytes: Uint8Array): Message {
  const definition = DEFINITIONS[method];
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
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
