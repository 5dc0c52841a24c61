/** An interchange import into the ledger thread: many small calls, so that signing goes on between them. */
import { SignerError } from "../domain/errors.ts";
import {
  importInterchange,
  stageInterchange,
  type ImportOptions,
  type ImportTarget,
  type StagedDocument,
} from "../guard/eip3076/import.ts";
import type { ImportedKey } from "../guard/eip3076/merge.ts";
import { ReaderThread } from "./interchange.ts";
import type { Ledger } from "./ledger.ts";
import type { Actor } from "./contract.ts";

/** Where `importInterchange` puts its chunks; the audit leaf names `actor`. */
export function ledgerImportTarget(ledger: Ledger, actor: Actor): ImportTarget {
  return {
    begin: () => ledger.beginSlashingImport(),
    stage: async (number, chunk) => {
      await ledger.stageSlashingImport({ number, chunk });
    },
    merge: (number, options) => ledger.mergeSlashingImport({ actor, number, options }),
    discard: async (number) => {
      await ledger.discardSlashingImport({ number });
    },
  };
}

/** The import that is under way on each ledger, which stages one at a time: a second one that began would end it. */
const underWay = new WeakMap<Ledger, Promise<unknown>>();

/** What happens while another import is under way: this one waits for it, or is refused with `request.conflict`. */
type Turn = "wait" | "refuse";

/**
 * Imports a document that another thread reads, all or nothing; signing goes on but for the merge at the end.
 * @throws SignerError `request.malformed` with the field, `guard.genesis_root`, `request.conflict`
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
 * Stages a document that another thread reads, after any import that is under way. `use` merges it key by key; what is
 * staged is forgotten afterwards. @throws SignerError `request.malformed` with the field, and whatever `use` throws
 */
export function withStagedDocument<Result>(
  ledger: Ledger,
  actor: Actor,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  use: (staged: StagedDocument) => Promise<Result>,
): Promise<Result> {
  const target = ledgerImportTarget(ledger, actor);
  return inTurn(ledger, "wait", () =>
    stageInterchange(source, target, { reader: new ReaderThread() }, async (staged) => {
      const result = await use(staged);
      await target.discard(staged.number);
      return result;
    }),
  );
}

function inTurn<Result>(ledger: Ledger, turn: Turn, work: () => Promise<Result>): Promise<Result> {
  const before = underWay.get(ledger);
  if (before !== undefined && turn === "refuse") {
    return Promise.reject(
      new SignerError("request.conflict", "another import is under way; repeat this one when it has ended"),
    );
  }
  const mine = before === undefined ? work() : before.then(work, work);
  underWay.set(ledger, mine);
  const ended = (): void => {
    if (underWay.get(ledger) === mine) underWay.delete(ledger);
  };
  mine.then(ended, ended);
  return mine;
}
