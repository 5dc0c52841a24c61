/**
 * C2SP checkpoints: a log's origin, size and root as the text of a signed note. Whoever keeps one can later tell
 * whether the log that grew from it was rewritten.
 * @module
 */
import { fromBase64, toBase64 } from "../domain/bytes.ts";
import { SignerError } from "../domain/errors.ts";
import { verifyNote, type NoteVerifier } from "./note.ts";
import { HASH_LENGTH } from "./tree.ts";

export interface Checkpoint {
  /** Names the log, e.g. `claviger.example/audit`; by convention also the name of the key that signs. */
  readonly origin: string;
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
}

export type CheckpointVerdict =
  | { readonly verified: true; readonly checkpoint: Checkpoint }
  | { readonly verified: false; readonly reason: string };

const DECIMAL = /^(?:0|[1-9][0-9]*)$/;

/**
 * Three lines: origin, size in decimal, root in base64; the text that is signed as a note. Never sign two of one origin
 * unless the smaller tree is a prefix of the larger.
 * @throws SignerError `request.malformed` for what could not be read back
 */
export function formatCheckpoint(checkpoint: Checkpoint): string {
  const text = `${checkpoint.origin}\n${checkpoint.size}\n${toBase64(checkpoint.root)}\n`;
  parseCheckpoint(text);
  return text;
}

/**
 * Reads the text of a checkpoint. Extension lines are refused: nothing that Claviger signs has them, and nobody can
 * audit them.
 * @throws SignerError `request.malformed`
 */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin = "", sizeText = "", rootText = "", end, ...more] = text.split("\n");
  if (origin === "" || end !== "" || more.length > 0) {
    throw new SignerError("request.malformed", "checkpoint: must be three lines: origin, tree size, root");
  }
  const size = DECIMAL.test(sizeText) ? Number(sizeText) : Number.NaN;
  if (!Number.isSafeInteger(size)) {
    throw new SignerError("request.malformed", "checkpoint: tree size must be a decimal integer below 2^53");
  }
  const root = fromBase64(rootText);
  if (root?.length !== HASH_LENGTH) {
    throw new SignerError("request.malformed", "checkpoint: root must be the base64 of 32 bytes");
  }
  return { origin, size, root };
}

/** What the note says, if `verifier` signed it and it is a checkpoint of `origin`. */
export function verifyCheckpoint(note: string, verifier: NoteVerifier, origin: string): CheckpointVerdict {
  const verdict = verifyNote(note, verifier);
  if (!verdict.verified) return verdict;
  try {
    const checkpoint = parseCheckpoint(verdict.text);
    if (checkpoint.origin === origin) return { verified: true, checkpoint };
    return { verified: false, reason: `checkpoint: is of log ${checkpoint.origin}, not ${origin}` };
  } catch (error) {
    if (error instanceof SignerError) return { verified: false, reason: error.message };
    throw error;
  }
}
