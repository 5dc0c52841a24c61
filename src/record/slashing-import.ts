/** An interchange import into the ledger thread: many small calls, so that signing goes on between them. */
import { fromHex } from "../domain/bytes.ts";
import { SignerError } from "../domain/errors.ts";
import {
  importInterchange,
  stageInterchange,
  type ImportOptions,
  type ImportTarget,
  type StagedDocument,
} from "../guard/eip3076/import.ts";
import type { ImportedKey } from "../guard/eip3076/merge.ts";
import { Examination, ReaderThread } from "./interchange.ts";
import type { Ledger } from "./ledger.ts";
import type { Actor } from "./contract.ts";

/** Keys of one part of a report. */
const REPORTED_KEYS = 500;

/** Where `importInterchange` puts its chunks; the audit leaf names `actor`. A large import is merged in pieces. */
export function ledgerImportTarget(ledger: Ledger, actor: Actor): ImportTarget {
  return {
    async begin() {
      // What a process left that ended, or that could not go on.
      await goOn(ledger);
      return ledger.beginSlashingImport();
    },
    stage: async (number, chunk) => {
      await ledger.stageSlashingImport({ number, chunk });
    },
    merge: async (number, options) =>
      (await ledger.mergeSlashingImport({ actor, number, options })) ?? goOn(ledger),
    discard: async (number) => {
      await ledger.discardSlashingImport({ number });
      await clear(ledger);
    },
  };
}

/**
 * Merges what is left of a large import, and forgets what was staged. Its pieces come behind all duties.
 * @returns what it did to each key; nothing where none was under way, or `signal` came first
 */
async function goOn(ledger: Ledger, signal?: AbortSignal): Promise<readonly ImportedKey[]> {
  let examination: Examination | undefined;
  try {
    for (;;) {
      if (signal?.aborted === true) return [];
      const step = await ledger.advanceSlashingImport();
      if (step.next === "ended") break;
      if (step.next === "none") {
        await clear(ledger);
        return [];
      }
      if (step.next === "rows") continue;
      examination ??= new Examination(ledger.databasePath);
      await ledger.raiseSlashingImport({ findings: await examination.next(step.after) });
    }
  } finally {
    await examination?.close();
  }
  const keys = await report(ledger);
  await clear(ledger);
  return keys;
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

async function clear(ledger: Ledger): Promise<void> {
  while (await ledger.clearSlashingStage());
}

/**
 * Goes on with a large import that was under way when the process before ended: until it has ended its keys sign nothing.
 * An import that begins meanwhile waits or is refused, as for any other. After `signal` no further piece is begun.
 */
export async function resumeImport(ledger: Ledger, signal?: AbortSignal): Promise<void> {
  // Asked first: a ledger that has none is not written to.
  if (await isImportUnderWay(ledger)) await inTurn(ledger, "wait", () => goOn(ledger, signal));
}

/** Whether there is an import to go on with. */
export async function isImportUnderWay(ledger: Ledger): Promise<boolean> {
  return (await ledger.readSlashingMerging({ publicKeys: null })).length > 0;
}

/** The import that is under way on each ledger file, which stages one at a time: a second one that began would end it. */
const underWay = new Map<string, Promise<unknown>>();

/** What happens while another import is under way: this one waits for it, or is refused with `request.conflict`. */
type Turn = "wait" | "refuse";

/**
 * Imports a document that another thread reads, all or nothing; signing goes on, but for the keys of a large import while it is
 * merged. @throws SignerError `request.malformed` with the field, `guard.genesis_root`, `request.conflict`
 */
export function importDocument(
  ledger: Ledger,
  actor: Actor,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: Pick<ImportOptions, "expectedRoot" | "only"> & { readonly turn: Turn },
): Promise<readonly ImportedKey[]> {
  const { turn, ...rest } = options;
  return inTurn(ledger, turn, () =>
    importInterchange(source, ledgerImportTarget(ledger, actor), { ...rest, reader: new ReaderThread() }),
  );
}

/**
 * Stages a document that another thread reads, after any import that is under way. `use` merges it, whole or key by key; what is
 * staged is forgotten afterwards. @throws SignerError `request.malformed` with the field, and whatever `use` throws
 */
export function withStagedDocument<Result>(
  ledger: Ledger,
  actor: Actor,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  use: (staged: StagedDocument, target: Pick<ImportTarget, "merge">) => Promise<Result>,
): Promise<Result> {
  const target = ledgerImportTarget(ledger, actor);
  return inTurn(ledger, "wait", () =>
    stageInterchange(source, target, { reader: new ReaderThread() }, async (staged) => {
      const result = await use(staged, target);
      await target.discard(staged.number);
      return result;
    }),
  );
}

function inTurn<Result>(
  { databasePath }: Pick<Ledger, "databasePath">,
  turn: Turn,
  work: () => Promise<Result>,
): Promise<Result> {
  const before = underWay.get(databasePath);
  if (before !== undefined && turn === "refuse") {
    return Promise.reject(
      new SignerError("request.conflict", "another import is under way; repeat this one when it has ended"),
    );
  }
  const mine = before === undefined ? work() : before.then(work, work);
  underWay.set(databasePath, mine);
  const ended = (): void => {
    if (underWay.get(databasePath) === mine) underWay.delete(databasePath);
  };
  mine.then(ended, ended);
  return mine;
}
