/** Checkpoints that somebody kept: each is a file with a signed note, as `GET /v1/audit/checkpoint` answers. */
import { readFileSync } from "node:fs";
import { parseCheckpoint } from "../../audit/checkpoint.ts";
import { parseNote } from "../../audit/note.ts";
import type { CheckpointNote } from "../../audit/report.ts";
import { SignerError } from "../../domain/errors.ts";
import { CommandError } from "../output.ts";

/** No signature is verified here. @throws CommandError `audit.checkpoint.malformed` for a file that has no checkpoint */
export function readKept(file: string): CheckpointNote {
  const note = readFileSync(file, "utf8");
  try {
    return { size: parseCheckpoint(parseNote(note).text).size, note, kept: file };
  } catch (error) {
    if (!(error instanceof SignerError)) throw error;
    throw new CommandError(
      "audit.checkpoint.malformed",
      `${file}: ${error.message}; keep what GET /v1/audit/checkpoint answers, as it is`,
    );
  }
}

/** What `--from` says: a size that is a number, or a file. */
export function readFrom(text: string): CheckpointNote | number {
  return /^\d{1,15}$/.test(text) ? Number(text) : readKept(text);
}
