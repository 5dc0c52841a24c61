/**
 * `claviger eots backup`: one finality provider's key in a file under a passphrase, with what it is known to have signed;
 * where a service runs, that one is asked for it.
 * @module
 */
import { existsSync } from "node:fs";
import { commandActor } from "../../access/actors.ts";
import { ROOT_NAMESPACE } from "../../access/roles.ts";
import { readBackup, type BackupStatement } from "../../administration/eots-backup-file.ts";
import { backupEotsKey } from "../../administration/eots-backup.ts";
import { publicKeyText } from "../../guard/eots/names.ts";
import { withUnsealed } from "../data-directory.ts";
import { writeNewFile } from "../new-file.ts";
import { CommandError, say, sayJson } from "../output.ts";
import { floorJson, privateFile } from "./backup-options.ts";
import { runningService, type ServiceOptions } from "./running-service.ts";
import type { NamespaceName } from "../../domain/kinds.ts";

export interface EotsBackupOptions extends ServiceOptions {
  readonly file: string;
  /** Key id, or 64 hex digits of the x-only public key. */
  readonly key: string;
  readonly namespace: NamespaceName;
  /** Not for a running service, which has its own. */
  readonly passphraseFile?: string;
}
/** Writes a key to a new file. It goes on signing here. */
export async function eotsBackup(options: EotsBackupOptions): Promise<void> {
  const { file, namespace, key } = options;
  if (existsSync(file))
    throw new CommandError("eots.file", `${file} exists already; name a new file, since none is overwritten`);
  const service = runningService(options);
  if (service !== undefined) {
    if (options.passphraseFile !== undefined)
      throw passphraseUsage(
        "is not for a running service, which seals under the one in " +
          "its keys.backupPassphraseFile; leave it out",
      );
    const text = `${JSON.stringify(await service.backup(key), null, 2)}\n`;
    await writeNewFile(file, [text]);
    tellBackup(
      options,
      readBackup(text).statement,
      "the passphrase in keys.backupPassphraseFile of the service",
    );
    return;
  }
  if (options.passphraseFile === undefined)
    throw passphraseUsage("give a file with the passphrase of the backup");
  const passphraseFile = privateFile(options.passphraseFile);
  await withUnsealed(options, async (parts) => {
    const actor = commandActor(ROOT_NAMESPACE, "claviger eots backup");
    const { text, statement } = await backupEotsKey(parts, { actor, namespace, key, passphraseFile });
    await writeNewFile(file, [text]);
    tellBackup(options, statement, `the passphrase in ${passphraseFile}`);
  });
}

function passphraseUsage(rule: string): CommandError {
  return new CommandError("usage", `--passphrase-file: ${rule}`, 2);
}

function tellBackup(options: EotsBackupOptions, statement: BackupStatement, under: string): void {
  const { file } = options;
  const publicKey = publicKeyText(statement.publicKey.subarray(1));
  const chains = statement.floors.map(floorJson);
  if (options.output === "json") {
    sayJson({ event: "backed_up", file, publicKey, chains });
    return;
  }
  say(
    `key ${publicKey} written to ${file}, under ${under}`,
    ...chains.map(({ chainId, floor }) => `  chain ${chainId}: signed up to ${floor}`),
    "It knows nothing that is signed from now on: keep exporting the history (claviger eots " +
      "export), and whoever",
    "restores it must state the last signed height of each chain.",
  );
}
