/** The first initialisation of a data directory: seal, audit log, administrator. system.ts is about one that runs. */
import type { Actor } from "../access/actors.ts";
import { ROLES, ROOT_NAMESPACE, SYSTEM_NAMESPACE } from "../access/roles.ts";
import { hashToken } from "../access/tokens.ts";
import type { PrincipalRecord } from "../access/principals.ts";
import { AUDIT_KEY, type AuditLog } from "../domain/audit-log.ts";
import type { KeyRecord } from "../domain/keys.ts";
import type { Vault } from "../vault/vault.ts";
import { newIdentifier } from "../directory/identifiers.ts";
import type { Ledger } from "../record/ledger.ts";
import { makeCheckpoint } from "./audit.ts";
import type { AdministrationParts } from "./parts.ts";
import { newPrincipal } from "./principals.ts";
import type { KeyId, PrincipalId, PublicKey, WalletId } from "../domain/kinds.ts";
import type { Wallet } from "../domain/wallets.ts";

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
 * Makes everything that an empty ledger needs, in one commit: the seal, the audit log with its key, the first administrator.
 * The vault is unsealed afterwards. One that an earlier release was interrupted in making is completed, with the same passphrase.
 * @returns the administrator's id; null if there was an administrator already; the token of this call is then unused
 * @throws SignerError `service.unseal_failed` for another passphrase than that of the directory's seal
 */
export async function initialiseInstallation(
  { ledger, vault, keeper }: Pick<AdministrationParts, "ledger" | "vault" | "keeper">,
  request: Initialisation,
): Promise<{ readonly administratorId: string | null }> {
  const { initialised } = await ledger.readSeal();
  const made = initialised ? null : await makeInstallation(ledger, vault, request);
  await vault.unseal(request.passphrase);
  const administratorId = made ?? (await completeInstallation(ledger, vault, request));
  await makeCheckpoint({ ledger, keeper });
  return { administratorId };
}

const SYSTEM: Actor = { namespace: SYSTEM_NAMESPACE, principal: "system", tokenVersion: null };

/** The audit log's key comes from a separate wallet: it never signs anything but checkpoints. */
async function makeInstallation(ledger: Ledger, vault: Vault, request: Initialisation): Promise<PrincipalId> {
  const { passphrase, kdf } = request;
  const [walletId, keyId] = [newIdentifier("wal"), newIdentifier("key")];
  const firstKey = { namespace: SYSTEM_NAMESPACE, walletId, keyId, plan: AUDIT_KEY };
  const options = kdf === undefined ? {} : { kdf };
  const { first, ...sealed } = await vault.initialise({ passphrase, firstKey, ...options });
  if (first === null) throw new Error("the vault made a seal without the key that was asked for");
  const { wallet: sealedWallet, key: made } = first;
  const createdAt = new Date().toISOString();
  const administrator = administratorOf(request);
  const key = auditKey(keyId, walletId, made.publicKey);
  await ledger.initialise({
    actor: SYSTEM,
    sealed,
    namespaces: [ROOT_NAMESPACE, SYSTEM_NAMESPACE].map((name) => ({ name, createdAt })),
    audit: { wallet: auditWallet(walletId), sealedWallet, key, sealedKey: made.rows, log: logOf(key) },
    administrator,
  });
  return administrator.principal.id;
}

/**
 * What an earlier release left half made, each step in a commit of its own.
 * @returns the administrator's id; null where there was one
 */
async function completeInstallation(
  ledger: Ledger,
  vault: Vault,
  request: Initialisation,
): Promise<PrincipalId | null> {
  const { log } = await ledger.readSeal();
  if (log === null) await createAuditLog(ledger, vault);
  const principals = await ledger.readPrincipals();
  if (principals.length > 0) return null;
  // Last: a directory with a principal is set up.
  const created = administratorOf(request);
  await ledger.createPrincipal({ actor: SYSTEM, created, answer: null });
  return created.principal.id;
}

async function createAuditLog(ledger: Ledger, vault: Vault): Promise<void> {
  // The call that was interrupted may have come as far as the wallet, or the key.
  const stored = await ledger.readDirectory();
  const made = stored.keys.find(({ namespace }) => namespace === SYSTEM_NAMESPACE);
  const wallet = stored.wallets.find(({ namespace }) => namespace === SYSTEM_NAMESPACE);
  const key =
    made ?? (await createAuditKey(ledger, vault, wallet?.id ?? (await createAuditWallet(ledger, vault))));
  await ledger.createAuditLog({ log: logOf(key) });
}

async function createAuditWallet(ledger: Ledger, vault: Vault): Promise<WalletId> {
  const walletId = newIdentifier("wal");
  const sealed = await vault.createWallet({ walletId, namespace: SYSTEM_NAMESPACE, words: 24 });
  await ledger.createWallet({ actor: SYSTEM, wallet: auditWallet(walletId), sealed, answer: null });
  return walletId;
}

async function createAuditKey(ledger: Ledger, vault: Vault, walletId: WalletId): Promise<KeyRecord> {
  const keyId = newIdentifier("key");
  const derived = await vault.deriveKey({ namespace: SYSTEM_NAMESPACE, walletId, keyId, plan: AUDIT_KEY });
  const key = auditKey(keyId, walletId, derived.publicKey);
  await ledger.createKey({ actor: SYSTEM, key, found: null, sealed: derived.rows, answer: null });
  return key;
}

function administratorOf(request: Initialisation): PrincipalRecord {
  const { administratorName: name, administratorRoles, administratorToken } = request;
  const roles = administratorRoles === "all" ? ROLES : (["NamespaceAdmin"] as const);
  return newPrincipal(ROOT_NAMESPACE, { name, roles }, hashToken(administratorToken));
}

function auditWallet(id: WalletId): Wallet {
  return { id, namespace: SYSTEM_NAMESPACE, name: "audit log", createdAt: new Date().toISOString() };
}

function auditKey(id: KeyId, walletId: WalletId, publicKey: PublicKey): KeyRecord {
  const createdAt = new Date().toISOString();
  return { ...AUDIT_KEY, id, namespace: SYSTEM_NAMESPACE, walletId, publicKey, state: "active", createdAt };
}

function logOf({ id: keyId, publicKey }: KeyRecord): AuditLog {
  return { origin: `claviger.${newIdentifier("wal").slice(4)}/audit`, keyId, publicKey };
}
