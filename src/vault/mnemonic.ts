/**
 * BIP-39 with the English word list. Words that are made here exist as bytes only and are wiped; words that are
 * imported arrive as a string, which cannot be.
 * @module
 */
import { createHash, pbkdf2Sync } from "node:crypto";
import { mnemonicToEntropy } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { utf8 } from "../domain/bytes.ts";
import { SignerError } from "../domain/errors.ts";
import { wipe } from "./wipe.ts";

const WORD_COUNTS = [12, 15, 18, 21, 24];
const LIST = new Set(wordlist);
const WORD_BITS = 11;
const WORD_BYTES_MAX = 8;
const PBKDF2_ROUNDS = 2048;
export const SEED_BYTES = 64;

/**
 * Entropy (16 to 32 bytes) of an English mnemonic: single spaces, lower case, right checksum; NFKD-normalised first.
 * @throws SignerError `request.malformed` that says which rule is broken and never repeats a word
 */
export function entropyOfMnemonic(mnemonic: string): Uint8Array {
  const words = mnemonic.normalize("NFKD").split(" ");
  if (!WORD_COUNTS.includes(words.length)) {
    throw malformed(
      `must be ${WORD_COUNTS.join(", ")} words with single spaces between them, not ${words.length}`,
    );
  }
  const stranger = words.findIndex((word) => !LIST.has(word));
  if (stranger !== -1) {
    throw malformed(
      `word ${stranger + 1} is not in the English BIP-39 word list; no other language is supported`,
    );
  }
  try {
    return mnemonicToEntropy(words.join(" "), wordlist);
  } catch {
    throw malformed("the checksum in the last word does not match; look for a wrong or swapped word");
  }
}

/** The mnemonic of 16, 20, 24, 28 or 32 bytes of entropy as UTF-8; the caller's to wipe. */
export function mnemonicOfEntropy(entropy: Uint8Array): Uint8Array {
  const bits = entropy.length * 8;
  const checksum = createHash("sha256").update(entropy).digest();
  const numbered = new Uint8Array(entropy.length + 1);
  numbered.set(entropy);
  numbered[entropy.length] = checksum[0] ?? 0;
  const count = (bits + bits / 32) / WORD_BITS;
  const text = new Uint8Array(count * (WORD_BYTES_MAX + 1));
  let length = 0;
  try {
    for (let word = 0; word < count; word++) {
      const encoded = utf8(wordlist[indexAt(numbered, word * WORD_BITS)] ?? "");
      if (word > 0) text[length++] = 0x20;
      text.set(encoded, length);
      length += encoded.length;
    }
    return text.slice(0, length);
  } finally {
    wipe(numbered, text, checksum);
  }
}

function indexAt(bytes: Uint8Array, bit: number): number {
  let index = 0;
  for (let offset = bit; offset < bit + WORD_BITS; offset++) {
    index = (index << 1) | (((bytes[offset >> 3] ?? 0) >> (7 - (offset & 7))) & 1);
  }
  return index;
}

/** 64-byte BIP-39 seed: PBKDF2-HMAC-SHA512, 2048 rounds, salt `mnemonic` ‖ NFKD passphrase. The caller's to wipe. */
export function seedOfMnemonic(mnemonic: Uint8Array, passphrase: string): Uint8Array {
  const salt = utf8(`mnemonic${passphrase.normalize("NFKD")}`);
  try {
    return pbkdf2Sync(mnemonic, salt, PBKDF2_ROUNDS, SEED_BYTES, "sha512");
  } finally {
    wipe(salt);
  }
}

function malformed(rule: string): SignerError {
  return new SignerError("request.malformed", `/mnemonic: ${rule}`, { field: "/mnemonic" });
}
