/** An interchange import into the ledger thread: many small calls, so that signing goes on between them. */
import { SignerError } from "../domain/errors.ts";
import { importInterchange, type ImportOptions, type ImportTarget } from "../guard/eip3076/import.ts";
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

/**
 * Imports a document that another thread reads, all or nothing; signing goes on but for the merge at the end.
 * @param turn what happens while another import is under way: `wait` for it, or `refuse` with `request.conflict`
 * @throws SignerError `request.malformed` with the field, `guard.genesis_root`, `request.conflict`
 */
export function importDocument(
  ledger: Ledger,
  actor: Actor,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: Pick<ImportOptions, "expectedRoot" | "only"> & { readonly turn: "wait" | "refuse" },
): Promise<readonly ImportedKey[]> {
  const { turn, ...rest } = options;
  const before = underWay.get(ledger);
  if (before !== undefined && turn === "refuse") {
    return Promise.reject(
      new SignerError("request.conflict", "another import is under way; repeat this one when it has ended"),
    );
  }
  const work = (): Promise<readonly ImportedKey[]> =>
    importInterchange(source, ledgerImportTarget(ledger, actor), { ...rest, reader: new ReaderThread() });
  const mine = before === undefined ? work() : before.then(work, work);
  underWay.set(ledger, mine);
  const ended = (): void => {
    if (underWay.get(ledger) === mine) underWay.delete(ledger);
  };
  mine.then(ended, ended);
  return mine;
}
