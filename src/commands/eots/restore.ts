/**
 * `claviger eots restore`: stores the key of a backup, with floors at or above everything that it may have signed. It holds
 * the lock of the data directory, so that nothing signs meanwhile.
 * @module
 */
import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import { commandActor, type Actor } from "../../access/actors.ts";
import { ROOT_NAMESPACE } from "../../access/roles.ts";
import { readBackup } from "../../administration/eots-backup-file.ts";
import { restoreEotsKey } from "../../administration/eots-backup.ts";
import { readHistory } from "../../guard/eots/history.ts";
import { importEots } from "../../guard/eots/import.ts";
import type { EotsImportedTrack } from "../../guard/eots/merge.ts";
import { chainIdOf, heightOfText, publicKeyText } from "../../guard/eots/names.ts";
import type { EotsRestored, StatedFloor } from "../../record/guard-state.ts";
import { eotsImportTarget } from "../../record/eots-import.ts";
import type { Ledger } from "../../record/ledger.ts";
import { withUnsealed } from "../data-directory.ts";
import type { CommandOptions } from "../options.ts";
import { CommandError, say, sayJson } from "../output.ts";
import { recordProgress } from "../record-progress.ts";
import { floorJson, privateFile } from "./backup-options.ts";
import type { NamespaceName } from "../../domain/kinds.ts";

export interface EotsRestoreOptions extends CommandOptions {
  readonly file: string;
  readonly namespace: NamespaceName;
  readonly passphraseFile: string;
  /** `CHAIN=HEIGHT` each. */
  readonly floor: readonly string[];
  readonly history?: string;
}

const BACKUP_BYTES_MAX = 1_048_576;

/** Stores the key of a backup, with floors at or above everything that it may have signed. */
export async function eotsRestore(options: EotsRestoreOptions): Promise<void> {
  const stated = options.floor.map(statedFloor);
  const file = readBackup(readSmall(options.file));
  const passphraseFile = privateFile(options.passphraseFile);
  await withUnsealed(options, async (parts) => {
    const actor = commandActor(ROOT_NAMESPACE, "claviger eots restore");
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
  actor: Actor,
  file: string,
  options: CommandOptions,
): Promise<readonly EotsImportedTrack[]> {
  if (!existsSync(file) || !statSync(file).isFile())
    throw new CommandError("eots.file", `${file} is not a file; check the path`);
  return importEots(readHistory(createReadStream(file)), eotsImportTarget(ledger, actor), {
    // Whoever disabled a key did so to sign with it elsewhere.
    enableKeys: false,
    onProgress: recordProgress(options, "records read"),
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
      .filter((track) => track.publicKey === publicKey)
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
      `id that is not text`,
    2,
  );
}

function readSmall(file: string): string {
  if (!existsSync(file) || !statSync(file).isFile() || statSync(file).size > BACKUP_BYTES_MAX) {
    throw new CommandError(
      "eots.file",
      `${file} is not a backup of a key; name one that claviger eots backup wrote`,
    );
  }
  return readFileSync(file, "utf8");
}
