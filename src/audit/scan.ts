/**
 * Proves that a text is canonical JSON without parsing it. It proves plain texts only: no escapes, no characters beyond the basic
 * plane, numbers that are small whole ones. Of any other text it says nothing, canonical or not.
 * @module
 */
import type { Json } from "../domain/canonical.ts";

/** The members of an entry that a check reads. */
export interface Members {
  readonly action?: Json | undefined;
  readonly at?: Json | undefined;
  readonly decision?: Json | undefined;
  readonly from?: Json | undefined;
  readonly requestId?: Json | undefined;
  readonly sequence?: Json | undefined;
  readonly type?: Json | undefined;
}

/** An escape, a control character, half of a surrogate pair. Without them a string ends at the next quotation mark. */
// oxlint-disable-next-line no-control-regex
const NOT_PLAIN = /[\\\x00-\x1f\ud800-\udfff]/;
/** Whole numbers of that many digits are written as they are. */
const DIGITS_MAX = 15;
const DEPTH_MAX = 32;

const QUOTE = 0x22;
const COMMA = 0x2c;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** What the named members of an object hold, if its text is found canonical and they are strings; undefined says nothing. */
export function scanMembers(text: string): Members | undefined {
  if (text.charCodeAt(0) !== OPEN_OBJECT || NOT_PLAIN.test(text)) return undefined;
  const members: Writable = {
    action: undefined,
    at: undefined,
    decision: undefined,
    from: undefined,
    requestId: undefined,
    sequence: undefined,
    type: undefined,
  };
  return scanObject(text, 0, 0, members) === text.length ? members : undefined;
}

type Writable = { -readonly [Name in keyof Members]-?: string | undefined };

/** Each of these answers where what it scans ends, or -1 for no proof. `from` is at its first character. */
function scanValue(text: string, from: number, depth: number): number {
  const first = text.charCodeAt(from);
  if (first === QUOTE) return scanString(text, from);
  if (first === OPEN_OBJECT) return scanObject(text, from, depth + 1, undefined);
  if (first === OPEN_LIST) return scanList(text, from, depth + 1);
  if (first >= ZERO && first <= NINE) return scanNumber(text, from);
  for (const word of ["true", "false", "null"]) {
    if (text.startsWith(word, from)) return from + word.length;
  }
  return -1;
}

function scanString(text: string, from: number): number {
  // -1 + 1 is 0, which is no end of a string either.
  return text.indexOf('"', from + 1) + 1 || -1;
}

function scanNumber(text: string, from: number): number {
  let end = from + 1;
  while (isDigit(text.charCodeAt(end))) end += 1;
  if (end - from > DIGITS_MAX) return -1;
  return text.charCodeAt(from) === ZERO && end - from > 1 ? -1 : end;
}

function scanList(text: string, from: number, depth: number): number {
  if (depth > DEPTH_MAX) return -1;
  if (text.charCodeAt(from + 1) === CLOSE_LIST) return from + 2;
  for (let at = from; ;) {
    at = scanValue(text, at + 1, depth);
    if (at < 0) return -1;
    const next = text.charCodeAt(at);
    if (next === CLOSE_LIST) return at + 1;
    if (next !== COMMA) return -1;
  }
}

/** Names must ascend, so that none is there twice. */
function scanObject(text: string, from: number, depth: number, members: Writable | undefined): number {
  if (depth > DEPTH_MAX) return -1;
  if (text.charCodeAt(from + 1) === CLOSE_OBJECT) return from + 2;
  let before: string | undefined;
  for (let at = from; ;) {
    if (text.charCodeAt(at + 1) !== QUOTE) return -1;
    const ended = scanString(text, at + 1);
    if (ended < 0 || text.charCodeAt(ended) !== COLON) return -1;
    const name = text.slice(at + 2, ended - 1);
    if (before !== undefined && name <= before) return -1;
    before = name;
    at = scanValue(text, ended + 1, depth);
    if (at < 0 || (members !== undefined && !keep(members, name, text, ended + 1, at))) return -1;
    const next = text.charCodeAt(at);
    if (next === CLOSE_OBJECT) return at + 1;
    if (next !== COMMA) return -1;
  }
}

/** False where the value of a named member is no string. */
function keep(members: Writable, name: string, text: string, from: number, end: number): boolean {
  switch (name) {
    case "action":
    case "at":
    case "decision":
    case "from":
    case "requestId":
    case "sequence":
    case "type":
      if (text.charCodeAt(from) !== QUOTE) return false;
      members[name] = text.slice(from + 1, end - 1);
      return true;
    default:
      return true;
  }
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}
