/** The first initialisation of a data directory: seal, audit log, administrator. system.ts is about one that runs. */
import { ROLES, ROOT_NAMESPACE, SYSTEM_NAMESPACE } from "../access/roles.ts";
import { hashToken } from "../access/tokens.ts";
import { AUDIT_KEY } from "../domain/audit-log.ts";
import type { KeyRecord } from "../domain/keys.ts";
import type { Vault } from "../vault/vault.ts";
import { newIdentifier } from "../directory/identifiers.ts";
import type { Ledger } from "../record/ledger.ts";
import { makeCheckpoint } from "./audit.ts";
import { newPrincipal } from "./principals.ts";
import type { WalletId } from "../domain/kinds.ts";

export interface Initialisation {
  /** Wiped by the caller when the promise settles. */
  readonly passphrase: Uint8Array;
  readonly kdf?: { readonly memoryKiB: number; readonly passes: number; readonly lanes: number };
  /** Bearer token of the first administrator. */
  readonly administratorToken: string;
  readonly administratorName: string;
  /** `NamespaceAdmin` alone, or all roles for a development service. */
  readonly administratorRoles: "NamespaceAdmin" | "all";
}

/**
 * Seals an empty ledger, makes the audit log's key and the first administrator. The vault is unsealed afterwards. Each step
 * commits by itself; called again after an interruption it goes on where that one stopped, with the same passphrase.
 * @returns the administrator's id; null if there was an administrator already; the token of this call is then unused
 * @throws SignerError `service.unseal_failed` for another passphrase than that of the call that was interrupted
 */
export async function initialiseInstallation(
  ledger: Ledger,
  vault: Vault,
  request: Initialisation,
): Promise<{ readonly administratorId: string | null }> {
  const { initialised, log } = await ledger.readSeal();
  if (!initialised) await sealLedger(ledger, vault, request);
  await vault.unseal(request.passphrase);
  if (log === null) await createAuditLog(ledger, vault);
  const { principals } = await ledger.readDirectory();
  // Last: a directory with a principal is set up.
  const administratorId = principals.length > 0 ? null : await createAdministrator(ledger, request);
  await makeCheckpoint({ ledger, vault });
  return { administratorId };
}

const SYSTEM = { namespace: SYSTEM_NAMESPACE, principal: "system" };

async function sealLedger(ledger: Ledger, vault: Vault, { passphrase, kdf }: Initialisation): Promise<void> {
  const sealed = await vault.initialise(kdf === undefined ? { passphrase } : { passphrase, kdf });
  const at = new Date().toISOString();
  await ledger.initialise({
    sealed,
    namespaces: [
      { name: ROOT_NAMESPACE, createdAt: at },
      { name: SYSTEM_NAMESPACE, createdAt: at },
    ],
  });
}

async function createAdministrator(ledger: Ledger, request: Initialisation): Promise<string> {
  const { administratorName: name, administratorRoles, administratorToken } = request;
  const roles = administratorRoles === "all" ? ROLES : (["NamespaceAdmin"] as const);
  const created = newPrincipal(ROOT_NAMESPACE, { name, roles }, hashToken(administratorToken));
  await ledger.createPrincipal({ actor: SYSTEM, created, answer: null });
  return created.principal.id;
}

/** The audit log's key comes from a separate wallet: it never signs anything but checkpoints. */
async function createAuditLog(ledger: Ledger, vault: Vault): Promise<void> {
  // An earlier call may have come as far as the wallet, or the key.
  const stored = await ledger.readDirectory();
  const made = stored.keys.find(({ namespace }) => namespace === SYSTEM_NAMESPACE);
  const wallet = stored.wallets.find(({ namespace }) => namespace === SYSTEM_NAMESPACE);
  const key =
    made ?? (await createAuditKey(ledger, vault, wallet?.id ?? (await createAuditWallet(ledger, vault))));
  const origin = `claviger.${newIdentifier("wal").slice(4)}/audit`;
  await ledger.createAuditLog({ log: { origin, keyId: key.id, publicKey: key.publicKey } });
}

async function createAuditWallet(ledger: Ledger, vault: Vault): Promise<string> {
  const id = newIdentifier("wal");
  const namespace = SYSTEM_NAMESPACE;
  const sealed = await vault.createWallet({ walletId: id, namespace, words: 24 });
  const wallet = { id, namespace, name: "audit log", createdAt: new Date().toISOString() };
  await ledger.createWallet({ actor: SYSTEM, wallet, sealed, answer: null });
  return id;
}

async function createAuditKey(ledger: Ledger, vault: Vault, walletId: WalletId): Promise<KeyRecord> {
  const id = newIdentifier("key");
  const namespace = SYSTEM_NAMESPACE;
  const derived = await vault.deriveKey({ namespace, walletId, keyId: id, plan: AUDIT_KEY });
  const key: KeyRecord = {
    ...AUDIT_KEY,
    id,
    namespace,
    walletId,
    publicKey: derived.publicKey,
    state: "active",
    createdAt: new Date().toISOString(),
  };
  await ledger.createKey({ actor: SYSTEM, key, sealed: derived.rows, answer: null });
  return key;
}
