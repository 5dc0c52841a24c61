/** A log's Ed25519 key for tests: signs notes as the vault does, the audit code itself holds no private key. */
import { createPublicKey, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { formatCheckpoint, type Checkpoint } from "../../src/audit/checkpoint.ts";
import {
  assembleNote,
  formatVerifierKey,
  parseVerifierKey,
  type NoteVerifier,
} from "../../src/audit/note.ts";
import { utf8 } from "../../src/domain/bytes.ts";

export interface NoteKey {
  readonly name: string;
  readonly privateKey: KeyObject;
  readonly publicKey: Uint8Array;
  readonly verifier: NoteVerifier;
}

export function newNoteKey(name: string): NoteKey {
  return noteKey(name, generateKeyPairSync("ed25519").privateKey);
}

export function noteKey(name: string, privateKey: KeyObject): NoteKey {
  const { x = "" } = createPublicKey(privateKey).export({ format: "jwk" });
  const publicKey = new Uint8Array(Buffer.from(x, "base64url"));
  return { name, privateKey, publicKey, verifier: parseVerifierKey(formatVerifierKey(name, publicKey)) };
}

export function signNote(text: string, key: NoteKey): string {
  return assembleNote(text, key.name, key.publicKey, new Uint8Array(sign(null, utf8(text), key.privateKey)));
}

export function signCheckpoint(checkpoint: Checkpoint, key: NoteKey): string {
  return signNote(formatCheckpoint(checkpoint), key);
}
