/**
 * Reads an EIP-3076 interchange document, version 5, token by token: strict, and in bounded memory however large the
 * file is. Members may come in any order, so a record can arrive before the key that it belongs to.
 * @module
 */
import { fromHex } from "../../domain/bytes.ts";
import { SignerError } from "../../domain/errors.ts";
import type { SigningRoot } from "../../domain/signing-root.ts";
import { SLOT_LIMIT } from "./well-formed.ts";
import type { GenesisValidatorsRoot, ValidatorPublicKey } from "../../domain/kinds.ts";

export const INTERCHANGE_VERSION = "5";

/** What a JSON tokenizer reports (stream-json's tokens with strings in chunks). */
export interface JsonToken {
  readonly name: string;
  readonly value?: string | boolean | null;
}

/** Receives the document's parts as they are complete. `entry`: index in `data`; roots 32 bytes or empty. */
export interface InterchangeSink {
  metadata(genesisValidatorsRoot: GenesisValidatorsRoot): void;
  entry(entry: number, publicKey: ValidatorPublicKey): void;
  block(entry: number, slot: bigint, signingRoot: Uint8Array): void;
  attestation(entry: number, source: bigint, target: bigint, signingRoot: Uint8Array): void;
}

type ObjectName = "document" | "metadata" | "entry" | "block" | "attestation";
type ArrayName = "data" | "blocks" | "attestations";
type Member = ObjectName | ArrayName | "text" | "text?";

const OBJECTS: Readonly<Record<ObjectName, Readonly<Record<string, Member>>>> = {
  document: { metadata: "metadata", data: "data" },
  metadata: { interchange_format_version: "text", genesis_validators_root: "text" },
  entry: { pubkey: "text", signed_blocks: "blocks", signed_attestations: "attestations" },
  block: { slot: "text", signing_root: "text?" },
  attestation: { source_epoch: "text", target_epoch: "text", signing_root: "text?" },
};
const ARRAYS: Readonly<Record<ArrayName, ObjectName>> = {
  data: "entry",
  blocks: "block",
  attestations: "attestation",
};

interface ObjectFrame {
  readonly name: ObjectName;
  /** Text members so far, and an empty text for each other one. */
  readonly members: Map<string, string>;
  key: string;
}
interface ArrayFrame {
  readonly name: ArrayName;
  index: number;
}
type Frame = ObjectFrame | ArrayFrame;

/** Longest text that is kept while a string is read; a public key has 98 characters. */
const TEXT_MAX = 256;
const NO_ROOT = new Uint8Array();

export class InterchangeReader {
  readonly #sink: InterchangeSink;
  readonly #frames: Frame[] = [];
  #text = "";
  #entries = 0;
  #complete = false;

  constructor(sink: InterchangeSink) {
    this.#sink = sink;
  }

  /** @throws SignerError `request.malformed` with the JSON pointer of what breaks the format */
  token({ name, value }: JsonToken): void {
    switch (name) {
      case "startObject":
        return this.#open(this.#expected(), "object");
      case "startArray":
        return this.#open(this.#expected(), "array");
      case "endObject":
        return this.#closeObject();
      case "endArray":
        this.#frames.pop();
        return;
      case "startKey":
      case "startString":
        this.#text = "";
        return;
      case "stringChunk":
        this.#text += String(value);
        if (this.#text.length > TEXT_MAX) this.#fail(`is longer than ${TEXT_MAX} characters`);
        return;
      case "endKey":
        return this.#member(this.#text);
      case "endString":
        return this.#string(this.#text);
      case "nullValue":
        // Some exporters write null where the root is unknown.
        if (this.#expected() === "text?") return;
        return this.#fail(`must be ${described(this.#expected())}, not null`);
      default:
        return this.#fail(`must be ${described(this.#expected())}`);
    }
  }

  /** Call after the last token. @throws SignerError `request.malformed` for a document that is not complete */
  end(): void {
    if (!this.#complete) this.#fail("ends before it is complete");
  }

  #expected(): Member {
    const frame = this.#frames.at(-1);
    if (frame === undefined) return "document";
    if ("index" in frame) return ARRAYS[frame.name];
    return OBJECTS[frame.name][frame.key] ?? "text";
  }

  #open(expected: Member, found: "object" | "array"): void {
    if (this.#complete) this.#fail("has something after its end");
    const parent = this.#frames.at(-1);
    if (parent !== undefined && "index" in parent) parent.index += 1;
    if (found === "object" && isObject(expected)) {
      this.#frames.push({ name: expected, members: new Map(), key: "" });
    } else if (found === "array" && isArray(expected)) {
      this.#frames.push({ name: expected, index: -1 });
    } else {
      this.#fail(`must be ${described(expected)}, not an ${found}`);
    }
  }

  #member(key: string): void {
    const frame = this.#frames.at(-1);
    if (frame === undefined || "index" in frame) return;
    frame.key = key;
    if (!Object.hasOwn(OBJECTS[frame.name], key)) this.#fail("is not a member of the interchange format");
    if (frame.members.has(key)) this.#fail("occurs twice");
    frame.members.set(key, "");
  }

  #string(text: string): void {
    const frame = this.#frames.at(-1);
    const expected = this.#expected();
    if (expected !== "text" && expected !== "text?")
      this.#fail(`must be ${described(expected)}, not a string`);
    if (frame === undefined || "index" in frame) return;
    // From here on an empty text means an absent member, so it must not be taken for a root.
    if (text === "") this.#fail("is empty");
    frame.members.set(frame.key, text);
  }

  #closeObject(): void {
    const frame = this.#frames.at(-1);
    if (frame === undefined || "index" in frame) return;
    for (const [key, member] of Object.entries(OBJECTS[frame.name])) {
      frame.key = key;
      if (member !== "text?" && !frame.members.has(key)) this.#fail("is missing");
    }
    switch (frame.name) {
      case "metadata":
        this.#metadata(frame);
        break;
      case "entry":
        this.#sink.entry(this.#entries, this.#bytes(frame, "pubkey", 48));
        this.#entries += 1;
        break;
      case "block":
        this.#sink.block(this.#entries, this.#number(frame, "slot"), this.#root(frame));
        break;
      case "attestation": {
        const source = this.#number(frame, "source_epoch");
        this.#sink.attestation(this.#entries, source, this.#number(frame, "target_epoch"), this.#root(frame));
        break;
      }
      case "document":
        this.#complete = true;
        break;
    }
    this.#frames.pop();
  }

  #metadata(frame: ObjectFrame): void {
    frame.key = "interchange_format_version";
    if (frame.members.get(frame.key) !== INTERCHANGE_VERSION) {
      this.#fail(`must be "${INTERCHANGE_VERSION}", the one version that is read`);
    }
    this.#sink.metadata(this.#bytes(frame, "genesis_validators_root", 32));
  }

  #root(frame: ObjectFrame): Uint8Array {
    return (frame.members.get("signing_root") ?? "") === ""
      ? NO_ROOT
      : this.#bytes(frame, "signing_root", 32);
  }

  #bytes(frame: ObjectFrame, key: string, length: number): Uint8Array {
    frame.key = key;
    const bytes = fromHex(frame.members.get(key) ?? "");
    if (bytes?.length !== length) return this.#fail(`must be ${length} bytes of 0x-hex`);
    return bytes;
  }

  #number(frame: ObjectFrame, key: string): bigint {
    frame.key = key;
    const text = frame.members.get(key) ?? "";
    if (!/^(?:0|[1-9]\d{0,18})$/.test(text)) this.#fail("must be a decimal string from 0 to 2^63 - 1");
    const value = BigInt(text);
    if (value >= SLOT_LIMIT) this.#fail("must be a decimal string from 0 to 2^63 - 1");
    return value;
  }

  #fail(rule: string): never {
    const parts = this.#frames.map((frame) => ("index" in frame ? String(frame.index) : frame.key));
    throw malformedInterchange(parts.map((part) => `/${part}`).join(""), rule);
  }
}

/** @returns the error for a document that breaks the format at `field`, a JSON pointer */
export function malformedInterchange(field: string, rule: string): SignerError {
  const shown = field === "" ? "the document" : shortened(field);
  return new SignerError("request.malformed", `${shown}: ${rule}`, { field: shortened(field) });
}

/** A member's name comes from the file: a long one is not worth repeating. */
function shortened(field: string): string {
  return field.length <= TEXT_MAX ? field : `${field.slice(0, TEXT_MAX)}…`;
}

function isObject(member: Member): member is ObjectName {
  return Object.hasOwn(OBJECTS, member);
}

function isArray(member: Member): member is ArrayName {
  return Object.hasOwn(ARRAYS, member);
}

function described(member: Member): string {
  if (isObject(member)) return "an object";
  return isArray(member) ? "an array" : "a string";
}

/** `[{...}]` written member by member, always in the same order: the same history gives the same bytes. */
export function recordText(record: {
  readonly slot?: bigint;
  readonly source?: bigint;
  readonly target?: bigint;
  readonly signingRoot: SigningRoot;
}): string {
  const numbers =
    record.slot === undefined
      ? `"source_epoch":"${record.source}","target_epoch":"${record.target}"`
      : `"slot":"${record.slot}"`;
  return record.signingRoot.isKnown
    ? `{${numbers},"signing_root":"${record.signingRoot.toString()}"}`
    : `{${numbers}}`;
}
