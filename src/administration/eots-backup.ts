/**
 * Backup and restore of finality providers' keys. A backup knows what was signed until it was made and nothing later,
 * so a restore takes nobody's silence for an answer: the last signed height of each chain must be stated.
 * @module
 */
import { SYSTEM_NAMESPACE } from "../access/roles.ts";
import { equalBytes, toHex } from "../domain/bytes.ts";
import { SignerError } from "../domain/errors.ts";
import type { KeyRecord } from "../domain/keys.ts";
import { publicKeyText } from "../guard/eots/names.ts";
import { chainIdText } from "../domain/eots.ts";
import type { EotsImportedTrack } from "../guard/eots/merge.ts";
import type { KdfParameters } from "../vault/seal/seal.ts";
import type { Vault } from "../vault/vault.ts";
import { newIdentifier } from "../directory/identifiers.ts";
import type { EotsRestored, StatedFloor } from "../record/guard-state.ts";
import type { Ledger } from "../record/ledger.ts";
import type { Actor } from "../record/contract.ts";
import { backupText, statementText, type BackupFile, type BackupStatement } from "./eots-backup-file.ts";
import type { NamespaceName, XOnlyKey } from "../domain/kinds.ts";
import { higher } from "../domain/heights.ts";

/** An unsealed vault and its ledger, which nothing else uses meanwhile. */
export interface BackupParts {
  readonly ledger: Ledger;
  readonly vault: Vault;
}

export interface BackupRequest {
  readonly actor: Actor;
  readonly namespace: NamespaceName;
  /** The key's id, or 64 hex digits of its x-only public key. */
  readonly key: string;
  readonly passphraseFile: string;
  readonly kdf?: KdfParameters;
}

/**
 * The backup's text, and what it says in clear.
 * @throws SignerError `key.not_found`, `service.sealed`, `service.unseal_failed` (passphrase file), `request.malformed`
 */
export async function backupEotsKey(
  { ledger, vault }: BackupParts,
  { actor, namespace, key, passphraseFile, kdf }: BackupRequest,
): Promise<{ readonly text: string; readonly statement: BackupStatement }> {
  const { id: keyId, publicKey } = await findKey(ledger, namespace, key);
  const [state] = await ledger.readEotsKeys({ publicKey: publicKey.slice(1), count: false });
  const statement: BackupStatement = {
    publicKey,
    createdAt: new Date().toISOString(),
    floors: (state?.chains ?? []).flatMap(({ chainId, highest, floor }) => {
      const height = higher(highest, floor);
      return height === null ? [] : [{ chainId, height }];
    }),
  };
  const sealed = await vault.backupKey({
    keyId,
    publicKey,
    statement: statementText(statement),
    passphraseFile,
    ...(kdf === undefined ? {} : { kdf }),
  });
  await ledger.noteAct({ actor, action: `eots.backup ${keyId}` });
  return { text: backupText(statement, sealed), statement };
}

async function findKey(ledger: Ledger, namespace: NamespaceName, key: string): Promise<KeyRecord> {
  const keys = await ledger.readKeys({ namespace, chain: "babylon" });
  const wanted = key.toLowerCase().replace(/^0x/, "");
  const found = keys.filter(({ id, address }) => id === key || address === wanted);
  const [first] = found;
  if (first !== undefined && found.length === 1) return first;
  const what = first === undefined ? "no" : "more than one";
  throw new SignerError(
    "key.not_found",
    `${what} key ${key} of chain babylon in namespace ${namespace}; name it by its id`,
  );
}

export interface RestoreRequest {
  readonly actor: Actor;
  readonly namespace: NamespaceName;
  readonly file: BackupFile;
  readonly passphraseFile: string;
  /** What the operator says: the last height that the key signed, whoever signed it. */
  readonly stated: readonly StatedFloor[];
  /** What a history that was imported just now did; it stands for statements. */
  readonly imported: readonly EotsImportedTrack[];
}

/**
 * Stores the key with its floors. Without a floor on a chain it signs nothing there.
 * @throws SignerError `request.malformed` for a chain without a statement, `request.conflict` for one below what the
 * backup knows, `service.unseal_failed` for a wrong passphrase or a changed backup, `service.sealed`
 */
export async function restoreEotsKey(
  { ledger, vault }: BackupParts,
  request: RestoreRequest,
): Promise<EotsRestored> {
  const { actor, namespace, file, passphraseFile } = request;
  const { statement, sealed: backup } = file;
  const floors = floorsOf(request);
  await assertNamespace(ledger, namespace);
  const keyId = (await deletedKey(ledger, namespace, statement.publicKey)) ?? newIdentifier("key");
  const restored = await vault.restoreKey({
    namespace,
    keyId,
    curve: "secp256k1",
    passphraseFile,
    statement: statementText(statement),
    publicKey: statement.publicKey,
    backup,
  });
  const key: KeyRecord = {
    id: keyId,
    namespace,
    walletId: null,
    chain: "babylon",
    curve: "secp256k1",
    derivation: "imported",
    path: null,
    publicKey: restored.publicKey,
    address: publicKeyText(restored.publicKey.subarray(1)),
    label: null,
    attributes: {},
    state: "active",
    createdAt: new Date().toISOString(),
  };
  return ledger.restoreEotsKey({ actor, key, sealed: restored.rows, floors });
}

/** A key that was deleted comes back under the id that it had. */
async function deletedKey(
  ledger: Ledger,
  namespace: NamespaceName,
  publicKey: XOnlyKey,
): Promise<string | undefined> {
  const keys = await ledger.readKeys({ namespace, chain: "babylon" });
  return keys.find((key) => key.state === "deleted" && equalBytes(key.publicKey, publicKey))?.id;
}

async function assertNamespace(ledger: Ledger, name: string): Promise<void> {
  const { namespaces } = await ledger.readDirectory();
  if (name !== SYSTEM_NAMESPACE && namespaces.some((namespace) => namespace.name === name)) return;
  throw new SignerError("request.malformed", `--namespace: there is no namespace ${name}; make it first`);
}

/** Statements for all chains that the backup knows, and for any others that were made. */
function floorsOf({ file, stated, imported }: RestoreRequest): readonly StatedFloor[] {
  const byChain = new Map<string, StatedFloor>();
  for (const floor of stated) {
    const chain = toHex(floor.chainId);
    if (byChain.has(chain)) {
      throw new SignerError("request.malformed", `--floor: names chain ${chainIdText(floor.chainId)} twice`);
    }
    byChain.set(chain, floor);
  }
  const mine = publicKeyText(file.statement.publicKey.subarray(1));
  for (const known of file.statement.floors) {
    const name = chainIdText(known.chainId);
    const track = imported.find(({ publicKey, chainId }) => publicKey === mine && chainId === name);
    assertCovered(known, byChain.get(toHex(known.chainId)), track);
  }
  return [...byChain.values()];
}

function assertCovered(
  known: StatedFloor,
  stated: StatedFloor | undefined,
  track: EotsImportedTrack | undefined,
): void {
  const name = chainIdText(known.chainId);
  if (stated !== undefined && stated.height < known.height) {
    throw new SignerError(
      "request.conflict",
      `--floor ${name}=${stated.height}: ${known.height} was signed before this backup was made; state the last height ` +
        "that the key signed anywhere",
    );
  }
  if (stated !== undefined) return;
  if (track === undefined) {
    throw new SignerError(
      "request.malformed",
      `--floor: chain ${name} is missing; state the last height that this key signed there, ${known.height} or later ` +
        `(--floor ${name}=HEIGHT), or give the newest export of its history`,
    );
  }
  if (track.floor !== null && BigInt(track.floor) >= known.height) return;
  throw new SignerError(
    "request.conflict",
    `--history: ends on chain ${name} at ${track.floor ?? "no height"}, before this backup was made (${known.height}); ` +
      "give the newest export",
  );
}
