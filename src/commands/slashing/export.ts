/** `claviger slashing export`: writes an interchange file, and disables its keys first where they are to move. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { commandActor } from "../../access/actors.ts";
import { ROOT_NAMESPACE } from "../../access/roles.ts";
import { exportedKeys, exportInterchange } from "../../guard/eip3076/export.ts";
import { LEDGER_FILE } from "../../ledger/open.ts";
import { readSnapshot } from "../../ledger/snapshot.ts";
import { SlashingTable } from "../../ledger/tables/slashing.ts";
import { startLedger } from "../../record/ledger.ts";
import { resumeImport } from "../../record/slashing-import.ts";
import { lockedDirectory, readLedger } from "../data-directory.ts";
import { writeNewFile } from "../new-file.ts";
import type { CommandOptions } from "../options.ts";
import { CommandError, say, sayJson } from "../output.ts";

export interface SlashingExportOptions extends CommandOptions {
  readonly file: string;
  readonly minimal: boolean;
  readonly disableKeys: boolean;
}

/** Writes the history to a new file. */
export async function slashingExport(options: SlashingExportOptions): Promise<void> {
  // Before any key is disabled.
  if (existsSync(options.file))
    throw new CommandError(
      "slashing.file",
      `${options.file} exists already; name a new file, since none is overwritten`,
    );
  const { directory, lock } = lockedDirectory(options);
  try {
    const disabled = options.disableKeys || isMerging(directory) ? await prepare(directory, options) : 0;
    await readSnapshot(readLedger(directory), async (database) => {
      const tables = new SlashingTable(database);
      const text = exportInterchange(tables, { minimal: options.minimal, only: null });
      await writeNewFile(options.file, text);
      const keys = exportedKeys(tables, null).length;
      if (options.output === "json") {
        sayJson({ event: "exported", file: options.file, keys, minimal: options.minimal, disabled });
      } else {
        say(
          `history of ${keys} keys written to ${options.file}`,
          ...(options.disableKeys
            ? [`${disabled} keys disabled: this data directory signs no duty for them any more`]
            : [
                "the keys can still sign here: never run them in two places (--disable-keys freezes them first)",
              ]),
        );
      }
    });
  } finally {
    lock.release();
  }
}

function isMerging(directory: string): boolean {
  const database = readLedger(directory);
  try {
    return new SlashingTable(database).mergingKeys(1).length > 0;
  } finally {
    database.close();
  }
}

/** Ends an import that was under way, and disables the keys where that is wanted; the number of those. */
async function prepare(
  directory: string,
  { disableKeys }: Pick<SlashingExportOptions, "disableKeys">,
): Promise<number> {
  const ledger = await startLedger({ databasePath: join(directory, LEDGER_FILE) });
  try {
    await resumeImport(ledger);
    if (!disableKeys) return 0;
    const actor = commandActor(ROOT_NAMESPACE, "claviger slashing export");
    const { keys } = await ledger.setSlashingEnabled({ actor, publicKeys: null, enabled: false });
    return keys;
  } finally {
    await ledger.close();
  }
}
