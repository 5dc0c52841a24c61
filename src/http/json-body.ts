/** Strict reading of JSON bodies: what two readers could understand differently is refused before anyone acts on it. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { SignerError } from "../domain/errors.ts";

/** Levels of objects and arrays. EIP-712 documents are the deepest thing that users send; 32 is far above them. */
export const DEPTH_MAX = 32;

/** Characters of a field's name that an error repeats. */
const NAME_SHOWN_MAX = 64;

/**
 * The value of a JSON text in UTF-8 bytes. Beyond RFC 8259 it refuses: malformed UTF-8, more than DEPTH_MAX levels, a
 * name that comes twice in one object, lone surrogates, numbers that a double rounds (integers past 2^53, overflow to
 * infinity) and names that reach a prototype.
 * @throws SignerError `request.malformed`
 */
export function readJson(bytes: Uint8Array): unknown {
  const text = decoded(bytes);
  const flaw = structureFlaw(text);
  if (flaw !== null) throw malformed(flaw.pointer, flaw.rule);
  const value = parsed(text);
  const bad = valueFlaw(value);
  if (bad !== null) throw malformed(bad.pointer, bad.rule);
  return value;
}

/** Routes whose callers sign the bytes of the body, not what they mean. */
const KEPT = /^\/signer\/v1\//;
const kept = new WeakMap<FastifyRequest, Uint8Array>();

/** The bytes of a body on those routes; undefined where none was sent. */
export function bytesOf(request: FastifyRequest): Uint8Array | undefined {
  const bytes = kept.get(request);
  return bytes?.length === 0 ? undefined : bytes;
}

/** Replaces Fastify's parsers: JSON only, read as above. Bodies keep Fastify's size limit. */
export function useStrictJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, body, done) => {
    try {
      const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
      if (KEPT.test(request.routeOptions.url ?? "")) kept.set(request, bytes);
      // No body at all, as many clients send it with a POST that takes none; a route that needs one says so.
      done(null, bytes.length === 0 ? undefined : readJson(bytes));
    } catch (error) {
      done(error instanceof Error ? error : new Error("unreadable body"));
    }
  });
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw malformed("", "is not UTF-8; encode the JSON text in UTF-8");
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed("", "is not valid JSON; send one JSON object");
  }
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;

/** An object or array that is still open while its text is read. */
interface OpenValue {
  /** So far; null for an array. The last is the member that is being read. */
  readonly names: Set<string> | null;
  /** Commas so far: of an array the index of the element that is being read. */
  commas: number;
}

/** What is wrong with the nesting or the names of `text`, before it is parsed; null for anything else. */
function structureFlaw(text: string): Flaw | null {
  const open: OpenValue[] = [];
  let nameNext = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) {
      const end = endOfString(text, index);
      const names = nameNext ? open.at(-1)?.names : null;
      if (names instanceof Set) {
        const name = unescaped(text.slice(index, end + 1));
        if (names.has(name)) return { pointer: `${pathTo(open)}${pointerStep(name)}`, rule: TWICE };
        names.add(name);
      }
      nameNext = false;
      index = end;
    } else if (code === COMMA) {
      const parent = open.at(-1);
      if (parent !== undefined) parent.commas += 1;
      nameNext = parent?.names instanceof Set;
    } else if (code === 0x7b || code === 0x5b) {
      nameNext = code === 0x7b;
      open.push({ names: nameNext ? new Set() : null, commas: 0 });
      if (open.length > DEPTH_MAX) return { pointer: "", rule: TOO_DEEP };
    } else if (code === 0x7d || code === 0x5d) {
      open.pop();
      nameNext = false;
    }
  }
  return null;
}

const TWICE = "comes twice in one object; send it once";
const TOO_DEEP = `nests deeper than ${DEPTH_MAX} levels; flatten it`;

/** JSON pointer of the innermost open value. */
function pathTo(open: readonly OpenValue[]): string {
  const steps = open.slice(0, -1).map(({ names, commas }) => {
    return pointerStep(names === null ? String(commas) : ([...names].at(-1) ?? ""));
  });
  return steps.join("");
}

/** Index of the quote that ends the string which begins at `start`; the text's length when none does. */
function endOfString(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === BACKSLASH) index += 1;
    else if (code === QUOTE) return index;
  }
  return text.length;
}

/** The name behind a quoted text: two spellings of one name are one name. */
function unescaped(quoted: string): string {
  if (!quoted.includes("\\")) return quoted.slice(1, -1);
  try {
    return String(JSON.parse(quoted));
  } catch {
    // The parser will refuse the whole text.
    return quoted;
  }
}

interface Flaw {
  /** JSON pointer. */
  readonly pointer: string;
  readonly rule: string;
}

/** The first value or name that not every reader would understand alike. */
function valueFlaw(value: unknown): Flaw | null {
  if (typeof value === "string") return value.isWellFormed() ? null : { pointer: "", rule: LONE_SURROGATE };
  if (typeof value === "number") return numberFlaw(value);
  if (typeof value !== "object" || value === null) return null;
  for (const [name, member] of Object.entries(value)) {
    if (!name.isWellFormed()) return { pointer: "", rule: `a name ${LONE_SURROGATE}` };
    const flaw = isPrototypeName(name, member)
      ? { pointer: "", rule: "is not a name that a field may have" }
      : valueFlaw(member);
    if (flaw !== null) return { ...flaw, pointer: `${pointerStep(name)}${flaw.pointer}` };
  }
  return null;
}

const LONE_SURROGATE = "has a lone surrogate; send well-formed Unicode";

function numberFlaw(value: number): Flaw | null {
  if (Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))) return null;
  return { pointer: "", rule: "is a number that JSON readers round; send it as a decimal string" };
}

function isPrototypeName(name: string, member: unknown): boolean {
  if (name === "__proto__") return true;
  return (
    name === "constructor" &&
    typeof member === "object" &&
    member !== null &&
    Object.hasOwn(member, "prototype")
  );
}

/** One step of a JSON pointer (RFC 6901) to the member `name`. */
export function pointerStep(name: string): string {
  return `/${name.slice(0, NAME_SHOWN_MAX).toWellFormed().replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

function malformed(pointer: string, rule: string): SignerError {
  return new SignerError("request.malformed", `body${pointer === "" ? "" : ` ${pointer}`}: ${rule}`, {
    field: pointer === "" ? "/" : pointer,
  });
}
