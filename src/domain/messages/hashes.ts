/** Messages that are, or may be, a hash in disguise: what its signature approves cannot be seen. */
import { fromBase64 } from "../bytes.ts";

const HASH_BYTES = 32;

/** EIP-191 and EIP-712: what follows is a hash behind the prefix of signed data, not a text. */
const SIGNED_DATA = new Map([
  [0x00, "bytes that begin 0x1900 are what a contract's owner approves (EIP-191 version 0)"],
  [
    0x01,
    "bytes that begin 0x1901 are hashed typed data (EIP-712), which a contract may take for its approval",
  ],
  [0x45, "bytes that begin 0x1945 are a personal message in the form in which it is hashed (EIP-191)"],
]);

/** White space, control characters and marks that print nothing. */
const INVISIBLE = /[\s\p{Cc}\p{Cf}]/gu;

/** Why a message may be a hash; undefined where it cannot. `text` is the bytes as UTF-8, where they are. */
export function hashReason(bytes: Uint8Array, text: string | undefined): string | undefined {
  if (bytes.length === HASH_BYTES)
    return "a message of 32 bytes may be a hash, which Safe and ERC-4337 accounts take for the approval of what was hashed";
  const prefixed = bytes[0] === 0x19 ? SIGNED_DATA.get(bytes[1] ?? -1) : undefined;
  if (prefixed !== undefined) return prefixed;
  // Longer text is not 32 bytes in any of the three forms; it is not worth the time to strip it.
  if (text === undefined || text.length > 4096) return undefined;
  const word = text.replaceAll(INVISIBLE, "");
  if (/^(?:0x)?[0-9a-f]{64}$/i.test(word)) return written("hex");
  if (base58Bytes(word) === HASH_BYTES) return written("base58");
  return base64Bytes(word) === HASH_BYTES ? written("base64") : undefined;
}

function written(form: string): string {
  return `the ${form} of 32 bytes may be a hash, which programs and accounts take for the approval of what was hashed`;
}

const BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/** How many bytes `text` is the base58 of; undefined for any other text, and for far more bytes than a hash. */
function base58Bytes(text: string): number | undefined {
  if (text.length === 0 || text.length > 2 * HASH_BYTES) return undefined;
  let value = 0n;
  for (const letter of text) {
    const digit = BASE58.indexOf(letter);
    if (digit < 0) return undefined;
    value = value * 58n + BigInt(digit);
  }
  const zeros = /^1*/.exec(text)?.[0].length ?? 0;
  return zeros + (value === 0n ? 0 : Math.ceil(value.toString(16).length / 2));
}

/** The same for base64 in both alphabets, padded or not. */
function base64Bytes(text: string): number | undefined {
  const standard = text.replaceAll("-", "+").replaceAll("_", "/").replace(/=+$/, "");
  return fromBase64(standard.padEnd(Math.ceil(standard.length / 4) * 4, "="))?.length;
}
