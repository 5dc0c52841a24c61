/** Validator keys that were found on disk, before anything is decided: what `import` and `migrate` have in common. */
import { openSync, closeSync, fstatSync, readFileSync } from "node:fs";
import { toHex } from "../../domain/bytes.ts";
import { SignerError } from "../../domain/errors.ts";
import { parseKeystore, type Keystore } from "../../vault/keystores/keystore.ts";
import type { KeySource } from "../../vault/keystores/keystore-thread.ts";

/** A key that can be tried. */
export interface Candidate {
  /** Where it was found, for people: a path, with the document's number where a file has several. */
  readonly name: string;
  /** 48 bytes as lowercase 0x-hex; null for a keystore that names none. */
  readonly publicKey: string | null;
  readonly source: KeySource;
}

/** What looks like a key and cannot be taken; it counts as a failure. */
export interface Unusable {
  readonly name: string;
  readonly message: string;
}

/** Everything of one folder. */
export interface Gathered {
  readonly candidates: readonly Candidate[];
  readonly unusable: readonly Unusable[];
  /** What was passed over, and why; no failure. */
  readonly notes: readonly string[];
}

/** Twice what a keystore's text may have. */
const FILE_BYTES_MAX = 131_072;

/**
 * The text of a small regular file; symbolic links are followed.
 * @throws SignerError `request.malformed` that says why it cannot be read
 */
export function readSmallFile(file: string): string {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, "r");
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) throw new SignerError("request.malformed", "must be a regular file");
    if (stat.size > FILE_BYTES_MAX) {
      throw new SignerError("request.malformed", `is larger than ${FILE_BYTES_MAX} bytes: no keystore`);
    }
    return readFileSync(descriptor, "utf8");
  } catch (error) {
    if (error instanceof SignerError) throw error;
    throw new SignerError("request.malformed", `cannot be read (${systemCode(error)}); check permissions`);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** @throws SignerError `request.malformed` */
export function readKeystore(text: string): {
  readonly keystore: Keystore;
  readonly publicKey: string | null;
} {
  const keystore = parseKeystore(text);
  return { keystore, publicKey: keystore.publicKey === null ? null : toHex(keystore.publicKey) };
}

export function reasonOf(error: unknown): string {
  if (error instanceof SignerError) return error.message;
  throw error;
}

/** ENOENT and the like. */
function systemCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown error";
}
