/** Arguments of calls as policies see them: complete where they are short, and counted and hashed where they are long. */
import { sha256 } from "@noble/hashes/sha2.js";
import { toHex, utf8 } from "../../domain/bytes.ts";
import { canonicalJson, type Json } from "../../domain/canonical.ts";

/** Longer lists are shown by count, hash and their first items. */
const LIST_MAX = 64;
const LIST_SHOWN = 8;
/** Longer text, bytes in 0x-hex included, is shown by its length in characters, its hash and how it begins. */
const TEXT_MAX = 4_096;
const TEXT_SHOWN = 64;

/**
 * `value` with every long list as `{count, sha256, first}` and every long text as `{characters, sha256, first}`; the hash is that
 * of the list's canonical JSON (RFC 8785) or of the text's UTF-8. Never for what names recipients, spenders or controls: those
 * are complete in the intent's own lists.
 */
export function shortened(value: Json): Json {
  if (typeof value === "string") {
    if (value.length <= TEXT_MAX) return value;
    return { characters: value.length, sha256: digest(value), first: beginning(value) };
  }
  if (value === null || typeof value !== "object") return value;
  if (isList(value)) {
    if (value.length <= LIST_MAX) return value.map(shortened);
    const first = value.slice(0, LIST_SHOWN).map(shortened);
    return { count: value.length, sha256: digest(canonicalJson(value)), first };
  }
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) =>
      member === undefined ? [] : [[name, shortened(member)]],
    ),
  );
}

function digest(text: string): string {
  return toHex(sha256(utf8(text)));
}

/** Never half of a surrogate pair. */
function beginning(text: string): string {
  return text.slice(0, TEXT_SHOWN).toWellFormed();
}

function isList(value: object): value is readonly Json[] {
  return Array.isArray(value);
}
