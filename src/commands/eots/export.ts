/** `claviger eots export`: writes the history as JSON Lines; where a service runs, that one is asked for it. */
import { createReadStream, existsSync } from "node:fs";
import { join } from "node:path";
import { commandActor } from "../../access/actors.ts";
import { ROOT_NAMESPACE } from "../../access/roles.ts";
import { historyText, readHistory } from "../../guard/eots/history.ts";
import { publicKeyText } from "../../guard/eots/names.ts";
import { LEDGER_FILE } from "../../ledger/open.ts";
import { readSnapshot } from "../../ledger/snapshot.ts";
import { EotsTable } from "../../ledger/tables/eots.ts";
import { startLedger } from "../../record/ledger.ts";
import { lockedDirectory, readLedger } from "../data-directory.ts";
import { writeNewFile } from "../new-file.ts";
import { CommandError, say, sayJson } from "../output.ts";
import { publicKeyOption } from "./public-key.ts";
import { runningService, type ServiceOptions } from "./running-service.ts";
import type { PublicKey } from "../../domain/kinds.ts";

export interface EotsExportOptions extends ServiceOptions {
  readonly file: string;
  /** 64 hex digits. */
  readonly publicKey?: string;
  readonly disableKeys: boolean;
}

/** Writes the history to a new file. */
export async function eotsExport(options: EotsExportOptions): Promise<void> {
  const { file } = options;
  const publicKey = options.publicKey === undefined ? null : publicKeyOption(options.publicKey);
  // Before any key is disabled.
  if (existsSync(file))
    throw new CommandError("eots.file", `${file} exists already; name a new file, since none is overwritten`);
  const service = runningService(options);
  if (service !== undefined) {
    await writeNewFile(file, service.history(publicKey, options.disableKeys));
    // Read once more, as whoever imports it will: a file that was cut short says so.
    let records = 0;
    for await (const chunk of readHistory(createReadStream(file))) records += chunk.records.length;
    tellExport(options, { records });
    return;
  }
  await exportOffline(options, publicKey === null ? null : [publicKey]);
}

async function exportOffline(
  options: EotsExportOptions,
  publicKeys: readonly PublicKey[] | null,
): Promise<void> {
  const { directory, lock } = lockedDirectory(options);
  try {
    const disabled = await noteExport(directory, publicKeys, options.disableKeys);
    await readSnapshot(readLedger(directory), async (database) => {
      const table = new EotsTable(database);
      const names = publicKeys?.map(publicKeyText);
      const tracks = [...table.tracks()].filter(
        (track) => names === undefined || names.includes(publicKeyText(track.publicKey)),
      );
      const records = tracks.reduce((sum, track) => sum + table.count(track), 0);
      await writeNewFile(options.file, historyText(table, publicKeys));
      tellExport(options, { records, tracks: tracks.length, disabled });
    });
  } finally {
    lock.release();
  }
}

function tellExport(
  { file, output, disableKeys }: EotsExportOptions,
  done: { readonly records: number; readonly tracks?: number; readonly disabled?: number },
): void {
  if (output === "json") {
    sayJson({ event: "exported", file, ...done });
    return;
  }
  const { records, tracks, disabled } = done;
  const what = tracks === undefined ? "records" : `records of ${tracks} keys and chains`;
  say(
    `${records} ${what} written to ${file}`,
    disableKeys
      ? `${disabled === undefined ? "the" : disabled} keys disabled: this data directory signs nothing with them any more`
      : "the keys can still sign here: two signers with one key reveal it (--disable-keys freezes them first)",
  );
}

async function noteExport(
  directory: string,
  publicKeys: readonly PublicKey[] | null,
  disable: boolean,
): Promise<number> {
  const ledger = await startLedger({ databasePath: join(directory, LEDGER_FILE) });
  try {
    const actor = commandActor(ROOT_NAMESPACE, "claviger eots export");
    const { disabled } = await ledger.noteEotsExport({ actor, publicKeys, disable });
    return disabled;
  } finally {
    await ledger.close();
  }
}
