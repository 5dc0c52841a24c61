/**
 * `claviger eots backup|restore`: one finality provider's key in a file under a passphrase, with what is known to be
 * signed. A restore takes the lock of the data directory, so that nothing can be signed meanwhile; a backup asks the service
 * where one runs.
 * @module
 */
import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import { ROOT_NAMESPACE } from "../access/roles.ts";
import { exposureOf } from "../domain/secret-files.ts";
import { readHistory } from "../guard/eots/history.ts";
import { importEots } from "../guard/eots/import.ts";
import type { EotsImportedTrack } from "../guard/eots/merge.ts";
import { chainIdOf, chainIdText, heightOfText, publicKeyText } from "../guard/eots/names.ts";
import { backupEotsKey, restoreEotsKey } from "../administration/eots-backup.ts";
import { readBackup, type BackupStatement } from "../administration/eots-backup-file.ts";
import type { EotsRestored, StatedFloor } from "../record/eots-restore.ts";
import { eotsImportTarget } from "../record/eots.ts";
import type { Ledger } from "../record/ledger.ts";
import { withUnsealed } from "./data-directory.ts";
import { runningService, type ServiceOptions } from "./eots-service.ts";
import { eotsProgress, type EotsOptions } from "./eots.ts";
import { writeNewFile } from "./new-file.ts";
import { CommandError, say, sayJson } from "./output.ts";

export interface EotsBackupOptions extends ServiceOptions {
  readonly file: string;
  /** Key id, or 64 hex digits of the x-only public key. */
  readonly key: string;
  readonly namespace: string;
  /** Not for a running service, which has its own. */
  readonly passphraseFile?: string;
}
export interface EotsRestoreOptions extends EotsOptions {
  readonly file: string;
  readonly namespace: string;
  readonly passphraseFile: string;
  /** `CHAIN=HEIGHT` each. */
  readonly floor: readonly string[];
  readonly history?: string;
}

const BACKUP_BYTES_MAX = 1_048_576;

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
    const actor = { namespace: ROOT_NAMESPACE, principal: "claviger eots backup" };
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

/** Stores the key of a backup, with floors at or above everything that it may have signed. */
export async function eotsRestore(options: EotsRestoreOptions): Promise<void> {
  const stated = options.floor.map(statedFloor);
  const file = readBackup(readSmall(options.file));
  const passphraseFile = privateFile(options.passphraseFile);
  await withUnsealed(options, async (parts) => {
    const actor = { namespace: ROOT_NAMESPACE, principal: "claviger eots restore" };
    const imported =
      options.history === undefined ? [] : await importHistory(parts.ledger, actor, options.history, options);
    const { namespace } = options;
    const restored = await restoreEotsKey(parts, {
      actor,
      namespace,
      file,
      passphraseFile,
      stated,
      imported,
    });
    const publicKey = publicKeyText(file.statement.publicKey.subarray(1));
    tell(options, publicKey, restored, imported);
  });
}

async function importHistory(
  ledger: Ledger,
  actor: { readonly namespace: string; readonly principal: string },
  file: string,
  options: EotsOptions,
): Promise<readonly EotsImportedTrack[]> {
  if (!existsSync(file) || !statSync(file).isFile())
    throw new CommandError("eots.file", `${file} is no file; check the path`);
  return importEots(readHistory(createReadStream(file)), eotsImportTarget(ledger, actor), {
    // Whoever disabled a key did so to sign with it elsewhere.
    enableKeys: false,
    onProgress: eotsProgress(options, "records read"),
  });
}

function tell(
  options: EotsRestoreOptions,
  publicKey: string,
  restored: EotsRestored,
  imported: readonly EotsImportedTrack[],
): void {
  const { keyId, existed, enabled } = restored;
  const floors = new Map(
    imported
      .filter((one) => one.publicKey === publicKey)
      .map(({ chainId, floor }) => [chainId, { chainId, floor }] as const),
  );
  for (const floor of restored.floors.map(floorJson)) floors.set(floor.chainId, floor);
  const chains = [...floors.values()];
  if (options.output === "json") {
    sayJson({ event: "restored", file: options.file, keyId, publicKey, existed, enabled, chains });
    return;
  }
  say(
    `key ${publicKey} is ${existed ? "here already" : "restored"}, as ${keyId}`,
    ...chains.map(
      ({ chainId, floor }) => `  chain ${chainId}: signs nothing new at or below ${floor ?? "no height"}`,
    ),
    "On any other chain it signs nothing before it has a floor there (claviger eots floor).",
    ...(enabled
      ? []
      : ["It is disabled here and signs nothing: import its history with --enable-keys to use it."]),
    "Make sure that it signs nowhere else: two signers with one key reveal it.",
  );
}

function floorJson({ chainId, height }: StatedFloor): { readonly chainId: string; readonly floor: string } {
  return { chainId: chainIdText(chainId), floor: String(height) };
}

/** `CHAIN=HEIGHT`; a chain id may hold `=` itself. */
function statedFloor(text: string): StatedFloor {
  const at = text.lastIndexOf("=");
  const chainId = at < 0 ? undefined : chainIdOf(text.slice(0, at));
  const height = heightOfText(text.slice(at + 1));
  if (chainId !== undefined && height !== undefined) {
    return { chainId, height };
  }
  throw new CommandError(
    "usage",
    `--floor: ${text} must be CHAIN=HEIGHT, with a height from 0 to 2^64 - 1 and 0x-hex for a chain ` +
      `id that is no text`,
    2,
  );
}

function readSmall(file: string): string {
  if (!existsSync(file) || !statSync(file).isFile() || statSync(file).size > BACKUP_BYTES_MAX) {
    throw new CommandError(
      "eots.file",
      `${file} is no backup of a key; name one that claviger eots backup wrote`,
    );
  }
  return readFileSync(file, "utf8");
}

/** A passphrase that others can read protects nothing. */
function privateFile(file: string): string {
  if (!existsSync(file))
    throw new CommandError("eots.passphrase", `passphrase file ${file} does not exist; check the path`);
  const exposure = exposureOf(file, statSync(file), process.getuid !== undefined);
  if (exposure === null) return file;
  throw new CommandError("eots.passphrase", exposure);
}
