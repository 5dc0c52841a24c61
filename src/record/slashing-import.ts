/**
 * An interchange import into the ledger thread: many small calls, so that signing goes on between them. A large one is merged in
 * pieces, and whoever finds one that was left goes on with it.
 * @module
 */
import { fromHex } from "../domain/bytes.ts";
import { SignerError } from "../domain/errors.ts";
import type { ImportTarget } from "../guard/eip3076/import.ts";
import type { ImportedKey } from "../guard/eip3076/merge.ts";
import { Examination } from "./interchange.ts";
import type { Ledger } from "./ledger.ts";
import type { Actor } from "./contract.ts";

/** Keys of one part of a report. */
const REPORTED_KEYS = 500;

/** What goes beside the pieces of an import. */
export interface Merging {
  /** No further piece is begun after it. */
  readonly signal?: AbortSignal;
  /** How many keys wait for the import; 0 when they wait no more. */
  readonly onKeys?: (keys: number) => void;
}

/**
 * Where `importInterchange` puts its chunks; the audit leaf names `actor`. A large import is merged in pieces. If a piece fails,
 * or the signal comes first, the import is under way still.
 */
export function ledgerImportTarget(ledger: Ledger, actor: Actor, merging: Merging = {}): ImportTarget {
  return {
    async begin(reach) {
      // What a process left that ended, or that could not go on.
      await goOn(ledger, merging);
      return ledger.beginSlashingImport({ reach });
    },
    stage: async (number, chunk) => {
      await ledger.stageSlashingImport({ number, chunk });
    },
    async merge(number, options) {
      const small = await ledger.mergeSlashingImport({ actor, number, options });
      if (small !== null) return small;
      try {
        await mergeRest(ledger, merging);
      } catch (error) {
        throw error instanceof SignerError ? begunAlready(error) : error;
      }
      const keys = await report(ledger);
      await forgetStaged(ledger, merging);
      return keys;
    },
    discard: async (number) => {
      await ledger.discardSlashingImport({ number });
      await forgetStaged(ledger, merging);
    },
  };
}

function begunAlready({ code, message, members }: SignerError): SignerError {
  const then =
    "the document is in the ledger, and the service goes on with it by itself; its keys sign when that has ended";
  return new SignerError(code, `${message}; ${then}`, members);
}

/** Ends what is under way, and forgets what was staged. */
async function goOn(ledger: Ledger, merging: Merging): Promise<void> {
  await mergeRest(ledger, merging);
  await forgetStaged(ledger, merging);
}

/**
 * Merges what is left of a large import, if there is one. Its pieces come behind all duties.
 * @throws SignerError `service.stopping` when the signal came first
 */
async function mergeRest(ledger: Ledger, { signal, onKeys }: Merging): Promise<void> {
  const keys = await ledger.readSlashingMergingCount();
  onKeys?.(keys);
  if (keys === 0) return;
  let examination: Examination | undefined;
  try {
    for (;;) {
      if (signal?.aborted === true) throw stopping();
      const step = await ledger.advanceSlashingImport();
      if (step.next === "ended" || step.next === "none") break;
      if (step.next === "rows") continue;
      examination ??= new Examination(ledger.databasePath);
      await ledger.raiseSlashingImport({ findings: await examination.next(step.after) });
    }
  } finally {
    await examination?.close();
  }
  onKeys?.(0);
}

function stopping(): SignerError {
  return new SignerError(
    "service.stopping",
    "the service stops before a history is merged; start it again, which goes on with that",
  );
}

async function report(ledger: Ledger): Promise<readonly ImportedKey[]> {
  const keys: ImportedKey[] = [];
  let after: Uint8Array | undefined = new Uint8Array();
  while (after !== undefined) {
    const part = await ledger.readSlashingReport({ after, limit: REPORTED_KEYS });
    keys.push(...part);
    const last = part.at(-1)?.publicKey;
    after = last === undefined ? undefined : fromHex(last);
  }
  return keys;
}

/** What is left after the signal means nothing, and the next import begins with it. */
export async function forgetStaged(ledger: Ledger, { signal }: Merging = {}): Promise<void> {
  for (;;) if (signal?.aborted === true || !(await ledger.clearSlashingStage())) return;
}

/** Goes on with a large import that was under way when a process ended: until it has ended its keys sign nothing. */
export async function resumeImport(ledger: Ledger, merging: Merging = {}): Promise<void> {
  // Asked first: a ledger that has none is not written to.
  if (await isImportUnderWay(ledger)) await goOn(ledger, merging);
}

/** Whether there is an import to go on with. */
export async function isImportUnderWay(ledger: Ledger): Promise<boolean> {
  return (await ledger.readSlashingMerging({ publicKeys: null })).length > 0;
}
