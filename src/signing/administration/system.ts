/** The installation itself: first initialisation, seal and unseal, status. */
import { assertMay, type Principal } from "../../access/principals.ts";
import { ROLES, ROOT_NAMESPACE, SYSTEM_NAMESPACE } from "../../access/roles.ts";
import { hashToken } from "../../access/tokens.ts";
import type { Json } from "../../domain/canonical.ts";
import type { Vault } from "../../vault/vault.ts";
import { newIdentifier } from "../identifiers.ts";
import type { Ledger } from "../record/ledger.ts";
import { makeCheckpoint } from "./audit.ts";
import { actorOf, type AdministrationParts, type Caller } from "./parts.ts";
import { principalRow } from "./principals.ts";

/** Version of this release, as status and the OpenAPI document show it. */
export const VERSION = "0.1.0";

/** SLIP-0010 path of the audit log's key in the installation's own wallet. */
const AUDIT_KEY_PATH = "m/44'/501'/0'/0'";

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
 * Seals an empty ledger, makes the audit log's key and the first administrator. The vault is unsealed afterwards.
 * @throws SignerError `request.conflict` when the ledger has a seal already
 */
export async function initialiseInstallation(
  ledger: Ledger,
  vault: Vault,
  request: Initialisation,
): Promise<{ readonly administratorId: string }> {
  const { passphrase, kdf } = request;
  const sealed = await vault.initialise(kdf === undefined ? { passphrase } : { passphrase, kdf });
  const at = new Date().toISOString();
  await ledger.call("initialise", {
    sealed,
    namespaces: [
      { name: ROOT_NAMESPACE, created_at: at },
      { name: SYSTEM_NAMESPACE, created_at: at },
    ],
  });
  await vault.unseal(passphrase);
  await createAuditKey(ledger, vault);
  const row = principalRow(
    ROOT_NAMESPACE,
    {
      name: request.administratorName,
      roles: request.administratorRoles === "all" ? ROLES : ["NamespaceAdmin"],
    },
    hashToken(request.administratorToken),
  );
  await ledger.call("createPrincipal", { actor: SYSTEM, row, answer: null });
  await makeCheckpoint({ ledger, vault });
  return { administratorId: row.id };
}

const SYSTEM = { namespace: SYSTEM_NAMESPACE, principal: "system" };

/** The audit log's key comes from a wallet of its own: it never signs anything but checkpoints. */
async function createAuditKey(ledger: Ledger, vault: Vault): Promise<void> {
  const walletId = newIdentifier("wal");
  const created_at = new Date().toISOString();
  const namespace = SYSTEM_NAMESPACE;
  const sealed = await vault.createWallet({ walletId, namespace, words: 24 });
  const row = { id: walletId, namespace, name: "audit log", created_at };
  await ledger.call("createWallet", { actor: SYSTEM, row, sealed, answer: null });
  const keyId = newIdentifier("key");
  const derivation = "slip10-ed25519";
  const curve = "ed25519";
  const key = await vault.deriveKey({
    namespace,
    walletId,
    keyId,
    plan: { path: AUDIT_KEY_PATH, derivation, curve },
  });
  await ledger.call("createKey", {
    actor: SYSTEM,
    row: {
      id: keyId,
      namespace,
      wallet_id: walletId,
      chain: "solana",
      curve,
      derivation,
      path: AUDIT_KEY_PATH,
      public_key: key.publicKey,
      address: "audit-log",
      label: "signs checkpoints of the audit log",
      attributes: "{}",
      state: "active",
      created_at,
    },
    sealed: key.rows,
    answer: null,
  });
  const origin = `claviger.${newIdentifier("wal").slice(4)}/audit`;
  await ledger.call("createAuditLog", { log: { origin, key_id: keyId, public_key: key.publicKey } });
}

/** Wipes every secret from memory. Signing answers `service.sealed` until someone unseals. */
export async function seal(parts: AdministrationParts, caller: Caller): Promise<void> {
  assertMay(caller.principal, "system.seal");
  await parts.ledger.call("note", { actor: actorOf(caller.principal), action: "system.seal" });
  await parts.vault.seal();
}

/** @throws SignerError `auth.forbidden`, `service.unseal_failed` */
export async function unseal(
  parts: AdministrationParts,
  caller: Caller,
  passphrase: Uint8Array,
): Promise<void> {
  assertMay(caller.principal, "system.unseal");
  await parts.vault.unseal(passphrase);
  await parts.ledger.call("note", { actor: actorOf(caller.principal), action: "system.unseal" });
}

/** State, version and load of this process. */
export async function status(parts: AdministrationParts, principal: Principal): Promise<Json> {
  assertMay(principal, "system.status");
  const [vault, head] = await Promise.all([parts.vault.status(), parts.ledger.call("readHead", null)]);
  return {
    state: vault.state,
    version: VERSION,
    namespace: principal.namespace,
    keys: parts.directory.keys(principal.namespace).filter(({ state }) => state !== "deleted").length,
    auditSize: head.size,
    queues: {
      ledger: parts.ledger.depth,
      vault: parts.vault.depth,
      policy: parts.policies.depth,
      chains: parts.chains.depth,
    },
    backends: { ...vault.backends },
  };
}
