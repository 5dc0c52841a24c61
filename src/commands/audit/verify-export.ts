/** Re-checks the log of an export, from its file alone: it has no nodes and no requests, and is checked as a whole. */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { parseVerifierKey } from "../../audit/note.ts";
import { withKept, type CheckpointNote } from "../../audit/report.ts";
import { hexOf } from "../../audit/tree.ts";
import { LogVerifier, type WrittenLeaf } from "../../audit/verify.ts";
import { fromBase64 } from "../../domain/bytes.ts";
import { CommandError } from "../output.ts";
import { showProgress } from "../progress.ts";
import { CLOCK_STEP_MAX_MS, type ExportHead, type Verified, type VerifyOptions } from "./log.ts";

/** @throws CommandError `audit.export.malformed` */
export async function verifyExport(file: string, { kept, output }: VerifyOptions): Promise<Verified> {
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
  const progress = showProgress(output, "entries", undefined);
  let head: ReadHead | undefined;
  let verifier: LogVerifier | undefined;
  let number = 0;
  for await (const line of lines) {
    number += 1;
    if (verifier === undefined) {
      head = readHead(line);
      verifier = verifierOf(head, kept);
      continue;
    }
    const row = readRow(line, number);
    if ((isCheckpoint(row) ? verifier.addCheckpoint(row) : verifier.add(row)) !== undefined) break;
    progress.step();
  }
  progress.end();
  if (head === undefined || verifier === undefined) throw malformed(`${file} is empty; export the log again`);
  return { report: verifier.finish(), verifierKey: head.verifierKey };
}

/** `checkpoints`: those of an export of version 1. */
interface ReadHead extends Pick<ExportHead, "origin" | "verifierKey"> {
  readonly checkpoints: readonly CheckpointNote[];
}

function verifierOf(head: ReadHead, kept: readonly CheckpointNote[]): LogVerifier {
  return new LogVerifier({
    origin: head.origin,
    verifier: readVerifierKey(head.verifierKey),
    checkpoints: withKept(head.checkpoints, kept),
    clockStepMaxMs: CLOCK_STEP_MAX_MS,
  });
}

function readVerifierKey(text: string): ReturnType<typeof parseVerifierKey> {
  try {
    return parseVerifierKey(text);
  } catch {
    throw malformed("line 1: verifierKey must be a C2SP verifier key");
  }
}

function readHead(line: string): ReadHead {
  const { claviger, version, origin, verifierKey, ...more } = readLine(line, 1);
  const checkpoints = version === 1 ? more["checkpoints"] : [];
  if (
    claviger === "audit-export" &&
    (version === 1 || version === 2) &&
    typeof origin === "string" &&
    typeof verifierKey === "string" &&
    Array.isArray(checkpoints) &&
    checkpoints.every(isCheckpoint)
  ) {
    return { origin, verifierKey, checkpoints };
  }
  throw malformed("line 1: must be the head of an audit export of version 1 or 2");
}

function isCheckpoint(value: unknown): value is CheckpointNote {
  if (typeof value !== "object" || value === null || !("size" in value) || !("note" in value)) return false;
  return Number.isSafeInteger(value.size) && typeof value.note === "string";
}

function readRow(line: string, number: number): WrittenLeaf | CheckpointNote {
  const read = readLine(line, number);
  if (isCheckpoint(read)) return { size: read.size, note: read.note };
  const { sequence, entry, hash } = read;
  const bytes = typeof hash === "string" ? fromBase64(hash) : undefined;
  if (typeof sequence !== "number" || typeof entry !== "string" || bytes === undefined) {
    throw malformed(
      `line ${number}: must be an entry with sequence, entry and hash, or a checkpoint with size and note`,
    );
  }
  return { sequence, entry, hash: hexOf(bytes) };
}

function readLine(line: string, number: number): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === "object" && value !== null) return { ...value };
  } catch {
    // Said below.
  }
  throw malformed(`line ${number}: must be a JSON object`);
}

function malformed(message: string): CommandError {
  return new CommandError("audit.export.malformed", message);
}
