/**
 * BIP-39 in each of its ten languages. Words that are made here are English, exist as bytes only and are wiped; words that
 * are imported arrive as a string, which cannot be.
 * @module
 */
import { createHash, pbkdf2Sync } from "node:crypto";
import { mnemonicToEntropy } from "@scure/bip39";
import { wordlist as english } from "@scure/bip39/wordlists/english.js";
import { utf8 } from "../../domain/bytes.ts";
import { SignerError } from "../../domain/errors.ts";
import { wipe } from "../wipe.ts";

const WORD_COUNTS = [12, 15, 18, 21, 24];
const WORD_BITS = 11;
const WORD_BYTES_MAX = 8;
const PBKDF2_ROUNDS = 2048;
export const SEED_BYTES = 64;

interface WordList {
  readonly language: string;
  readonly words: readonly string[];
}

/** The lists of BIP-39. Each but the English one is read when a mnemonic needs it: together they take megabytes. */
const LISTS: readonly (() => WordList | Promise<WordList>)[] = [
  () => ({ language: "English", words: english }),
  async () => listOf("Spanish", await import("@scure/bip39/wordlists/spanish.js")),
  async () => listOf("French", await import("@scure/bip39/wordlists/french.js")),
  async () => listOf("Italian", await import("@scure/bip39/wordlists/italian.js")),
  async () => listOf("Portuguese", await import("@scure/bip39/wordlists/portuguese.js")),
  async () => listOf("Czech", await import("@scure/bip39/wordlists/czech.js")),
  async () => listOf("Japanese", await import("@scure/bip39/wordlists/japanese.js")),
  async () => listOf("Korean", await import("@scure/bip39/wordlists/korean.js")),
  async () => listOf("simplified Chinese", await import("@scure/bip39/wordlists/simplified-chinese.js")),
  async () => listOf("traditional Chinese", await import("@scure/bip39/wordlists/traditional-chinese.js")),
];

/** An imported mnemonic. Both are the caller's to wipe. */
export interface Mnemonic {
  /** 16 to 32 bytes: what the words encode in the first list in which their checksum holds. */
  readonly entropy: Uint8Array;
  /** What the seed is made from: the words in NFKD with single spaces between them, UTF-8. */
  readonly sentence: Uint8Array;
}

/**
 * Reads a mnemonic of any BIP-39 language: 12, 15, 18, 21 or 24 words, single spaces (the ideographic one too), lower
 * case, all of one list and with its checksum. Composed and decomposed letters are the same. Words that are in two lists
 * (the Chinese ones share half) need the checksum in one of them; the seed comes from the words and is the same.
 * @throws SignerError `request.malformed` that says which rule is broken and never repeats a word
 */
export async function readMnemonic(mnemonic: string): Promise<Mnemonic> {
  // NFKD makes a space of the ideographic space that separates Japanese words.
  const sentence = mnemonic.normalize("NFKD");
  const words = sentence.split(" ");
  if (!WORD_COUNTS.includes(words.length)) {
    throw malformed(
      `must be ${WORD_COUNTS.join(", ")} words with single spaces between them, not ${words.length}`,
    );
  }
  let nearest = { language: "", known: 0, stranger: 0 };
  for (const load of LISTS) {
    const list = await load();
    const known = new Set(list.words);
    const strangers = words.flatMap((word, index) => (known.has(word) ? [] : [index]));
    const entropy = strangers.length === 0 ? entropyOf(words, list.words) : undefined;
    if (entropy !== undefined) return { entropy, sentence: utf8(sentence) };
    const found = words.length - strangers.length;
    if (found > nearest.known) {
      nearest = { language: list.language, known: found, stranger: strangers[0] ?? -1 };
    }
  }
  throw malformed(ruleBroken(nearest));
}

/** Undefined where the checksum does not hold. */
function entropyOf(words: readonly string[], list: readonly string[]): Uint8Array | undefined {
  try {
    return mnemonicToEntropy(words.join(" "), [...list]);
  } catch {
    return undefined;
  }
}

/** What is said of words that no list explains, from the list that knows most of them. */
function ruleBroken({
  language,
  known,
  stranger,
}: {
  readonly language: string;
  readonly known: number;
  readonly stranger: number;
}): string {
  if (known === 0) return "word 1 is not in any BIP-39 word list, and neither is another one";
  if (stranger !== -1) {
    return `word ${stranger + 1} is not in the ${language} BIP-39 word list, which most of the others are from`;
  }
  return "the checksum in the last word does not match; look for a wrong or swapped word";
}

/** A list in the form in which words are compared. */
function listOf(language: string, { wordlist }: { readonly wordlist: readonly string[] }): WordList {
  return { language, words: wordlist };
}

/** The English mnemonic of 16, 20, 24, 28 or 32 bytes of entropy as UTF-8; the caller's to wipe. */
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
      const encoded = utf8(english[indexAt(numbered, word * WORD_BITS)] ?? "");
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

/**
 * 64-byte BIP-39 seed: PBKDF2-HMAC-SHA512 of the sentence (NFKD, UTF-8), 2048 rounds, salt `mnemonic` ‖ NFKD passphrase.
 * The caller's to wipe.
 */
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
