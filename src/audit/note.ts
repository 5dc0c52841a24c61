/**
 * C2SP signed notes: a text and signature lines by named Ed25519 keys. A note is read strictly, as one canonical text:
 * what another implementation could read differently is refused.
 * @module
 */
import { createHash, createPublicKey, verify, type KeyObject } from "node:crypto";
import { bytesToBigint, concat, equalBytes, fromBase64, toBase64, utf8 } from "../domain/bytes.ts";
import { SignerError } from "../domain/errors.ts";
import type { PublicKey } from "../domain/kinds.ts";

/** Signature types of the specification that Claviger knows: a note's own key, and a witness that states when it signed. */
const ED25519 = 0x01;
const COSIGNATURE_V1 = 0x04;

const KEY_ID_LENGTH = 4;
const SIGNATURE_LENGTH = 64;
const TIMESTAMP_LENGTH = 8;
/** The specification asks for at least 16. */
const SIGNATURES_MAX = 64;
const NOTE_LENGTH_MAX = 1_048_576;

const VERIFIER_KEY = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/;
const SIGNATURE_LINE = /^— (\S+) (\S+)$/;
// Control characters below U+0020 other than newline.
const FORBIDDEN = /[\0-\x09\x0b-\x1f]/; // oxlint-disable-line no-control-regex
// Unicode's spaces are JavaScript's \s and U+0085.
const NAME_FORBIDDEN = /[\s\u0085+\0-\x1f]/; // oxlint-disable-line no-control-regex

export interface NoteVerifier {
  readonly name: string;
  /** 4 bytes: tells keys of one name apart; no proof of anything. */
  readonly keyId: Uint8Array;
  readonly type: "ed25519" | "cosignature/v1";
  readonly publicKey: KeyObject;
}

export interface NoteSignature {
  readonly name: string;
  readonly keyId: Uint8Array;
  /** What follows the key id: 64 bytes for Ed25519. */
  readonly bytes: Uint8Array;
}

export interface SignedNote {
  /** Ends in a newline; the blank line is not part of it. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

export type NoteVerdict =
  /** `signedAt`, in Unix seconds, only for a cosignature. */
  | { readonly verified: true; readonly text: string; readonly signedAt?: bigint }
  | { readonly verified: false; readonly reason: string };

/** First 4 bytes of SHA-256(name ‖ newline ‖ type ‖ 32-byte public key). */
function keyIdOf(name: string, type: number, publicKey: PublicKey): Uint8Array {
  const digest = createHash("sha256")
    .update(utf8(`${name}\n`))
    .update(Uint8Array.of(type))
    .update(publicKey)
    .digest();
  return new Uint8Array(digest.subarray(0, KEY_ID_LENGTH));
}

/** What auditors configure: `name+keyid+base64(type ‖ public key)`, the key id as 8 hex digits. `publicKey`: 32 bytes. */
export function formatVerifierKey(name: string, publicKey: PublicKey): string {
  assertKeyName(name);
  const keyId = Buffer.from(keyIdOf(name, ED25519, publicKey)).toString("hex");
  return `${name}+${keyId}+${toBase64(concat(Uint8Array.of(ED25519), publicKey))}`;
}

/** @throws SignerError `request.malformed` for another form or type, or a key id that is not the key's */
export function parseVerifierKey(text: string): NoteVerifier {
  const [, name = "", keyIdHex = "", encoded = ""] = VERIFIER_KEY.exec(text) ?? [];
  const key = fromBase64(encoded);
  if (!isKeyName(name) || key?.length !== 33)
    throw malformed("verifier key", "must be name+8 hex digits+base64 of 33 bytes");
  const [typeByte = 0] = key;
  const type = typeOf(typeByte);
  if (type === undefined)
    throw malformed("verifier key", `has type ${typeByte}; known are 1 (Ed25519) and 4 (cosignature/v1)`);
  const raw = key.subarray(1);
  const keyId = keyIdOf(name, typeByte, raw);
  if (Buffer.from(keyId).toString("hex") !== keyIdHex)
    throw malformed("verifier key", "has a key id of another name or key; copy the whole verifier key again");
  return { name, keyId, type, publicKey: ed25519PublicKey(raw) };
}

/**
 * A note with one signature line, from a signature that was made where the key is: Ed25519 over the UTF-8 of `text`.
 * @param text ends in a newline
 * @param publicKey 32 bytes
 * @throws SignerError `request.malformed` where `text` or `name` cannot be in a note
 */
export function assembleNote(
  text: string,
  name: string,
  publicKey: PublicKey,
  signature: Uint8Array,
): string {
  assertKeyName(name);
  assertText(text);
  if (signature.length !== SIGNATURE_LENGTH)
    throw malformed("note", "an Ed25519 signature must have 64 bytes");
  return `${text}\n— ${name} ${toBase64(concat(keyIdOf(name, ED25519, publicKey), signature))}\n`;
}

/**
 * Splits a note at its last blank line. No signature is verified here: use `verifyNote`.
 * @throws SignerError `request.malformed` for anything that is not exactly a signed note
 */
export function parseNote(note: string): SignedNote {
  if (note.length > NOTE_LENGTH_MAX) throw malformed("note", `is longer than ${NOTE_LENGTH_MAX} characters`);
  const split = note.lastIndexOf("\n\n");
  if (split < 0 || !note.endsWith("\n"))
    throw malformed("note", "must be a text, a blank line and signature lines");
  const text = note.slice(0, split + 1);
  assertText(text);
  const lines = note.slice(split + 2, -1).split("\n");
  if (lines.length > SIGNATURES_MAX) throw malformed("note", `has more than ${SIGNATURES_MAX} signatures`);
  return { text, signatures: lines.map(parseSignature) };
}

/**
 * Whether `verifier` signed the note. Lines by other keys are ignored; a bad line by this key refuses the note, even
 * where another line by it is good.
 */
export function verifyNote(note: string, verifier: NoteVerifier): NoteVerdict {
  let parsed: SignedNote;
  try {
    parsed = parseNote(note);
  } catch (error) {
    if (error instanceof SignerError) return { verified: false, reason: error.message };
    throw error;
  }
  const mine = parsed.signatures.filter(
    (signature) => signature.name === verifier.name && equalBytes(signature.keyId, verifier.keyId),
  );
  const [first] = mine;
  if (first === undefined) return { verified: false, reason: `note: has no signature by ${verifier.name}` };
  if (!mine.every(({ bytes }) => isValid(parsed.text, bytes, verifier))) {
    return { verified: false, reason: `note: signature by ${verifier.name} is invalid` };
  }
  if (verifier.type === "ed25519") return { verified: true, text: parsed.text };
  return {
    verified: true,
    text: parsed.text,
    signedAt: bytesToBigint(first.bytes.subarray(0, TIMESTAMP_LENGTH)),
  };
}

function isValid(text: string, bytes: Uint8Array, verifier: NoteVerifier): boolean {
  switch (verifier.type) {
    case "ed25519":
      return bytes.length === SIGNATURE_LENGTH && verify(null, utf8(text), verifier.publicKey, bytes);
    case "cosignature/v1": {
      if (bytes.length !== TIMESTAMP_LENGTH + SIGNATURE_LENGTH) return false;
      const time = bytesToBigint(bytes.subarray(0, TIMESTAMP_LENGTH));
      const message = utf8(`cosignature/v1\ntime ${time}\n${text}`);
      return verify(null, message, verifier.publicKey, bytes.subarray(TIMESTAMP_LENGTH));
    }
  }
}

function parseSignature(line: string): NoteSignature {
  const [, name = "", encoded = ""] = SIGNATURE_LINE.exec(line) ?? [];
  const bytes = fromBase64(encoded);
  if (!isKeyName(name) || bytes === undefined || bytes.length <= KEY_ID_LENGTH) {
    throw malformed("note", "has a signature line that must be: em dash, space, key name, space, base64");
  }
  return { name, keyId: bytes.subarray(0, KEY_ID_LENGTH), bytes: bytes.subarray(KEY_ID_LENGTH) };
}

function typeOf(byte: number): NoteVerifier["type"] | undefined {
  if (byte === ED25519) return "ed25519";
  return byte === COSIGNATURE_V1 ? "cosignature/v1" : undefined;
}

function isKeyName(name: string): boolean {
  return name !== "" && name.isWellFormed() && !NAME_FORBIDDEN.test(name);
}

function assertKeyName(name: string): void {
  if (!isKeyName(name)) throw malformed("key name", "must be non-empty, without white space and plus signs");
}

function assertText(text: string): void {
  if (!text.endsWith("\n")) throw malformed("note", "text must end in a newline");
  if (FORBIDDEN.test(text) || !text.isWellFormed())
    throw malformed("note", "text must be Unicode without control characters");
}

function malformed(what: string, rule: string): SignerError {
  return new SignerError("request.malformed", `${what}: ${rule}`);
}

function ed25519PublicKey(raw: Uint8Array): KeyObject {
  const x = Buffer.from(raw).toString("base64url");
  return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
}
