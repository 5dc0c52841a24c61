/** The six roles and what each may do. What is not listed here is denied. */

export const ROLES = ["KeyAdmin", "KeyUser", "PolicyAdmin", "Approver", "Auditor", "NamespaceAdmin"] as const;
export type Role = (typeof ROLES)[number];

const EVERYONE: readonly Role[] = ROLES;

/**
 * Permission → roles that carry it. KeyAdmin makes keys but cannot sign; KeyUser signs but cannot make or import;
 * PolicyAdmin decides the rules but neither makes keys nor signs; Auditor only reads.
 */
export const PERMISSIONS = {
  "wallet.create": ["KeyAdmin"],
  "wallet.read": EVERYONE,
  /** Extended public keys: with one leaked private key of the account they give all of its private keys. */
  "account.read": ["KeyAdmin"],
  /** What is registered decides which outputs are a wallet's own. */
  "descriptor.create": ["KeyAdmin"],
  "descriptor.delete": ["KeyAdmin"],
  "key.create": ["KeyAdmin"],
  "key.import": ["KeyAdmin"],
  "key.read": EVERYONE,
  /** Disabling is for whoever sees that something is wrong; it can be undone. */
  "key.disable": ["KeyAdmin", "NamespaceAdmin"],
  "key.enable": ["KeyAdmin"],
  /** Whoever may disable a key may freeze what there is around it. */
  "freeze.create": ["KeyAdmin", "NamespaceAdmin"],
  "freeze.read": EVERYONE,
  /** Of a key or a wallet. */
  "freeze.lift": ["KeyAdmin"],
  /** Of a namespace, or of everything. */
  "freeze.liftNamespace": ["NamespaceAdmin"],
  "key.delete": ["KeyAdmin"],
  "request.sign": ["KeyUser"],
  "request.evaluate": ["KeyUser", "PolicyAdmin"],
  /** All requests of the namespace; a KeyUser without it reads its own. */
  "request.read": ["Auditor", "PolicyAdmin", "Approver"],
  "request.readOwn": ["KeyUser"],
  "request.approve": ["Approver"],
  "policy.create": ["PolicyAdmin"],
  "policy.read": ["PolicyAdmin", "Auditor", "Approver", "KeyUser", "KeyAdmin"],
  "binding.create": ["PolicyAdmin"],
  "binding.update": ["PolicyAdmin"],
  "binding.delete": ["PolicyAdmin"],
  "binding.read": ["PolicyAdmin", "Auditor", "Approver"],
  "audit.read": ["Auditor"],
  /** What validator keys of the namespace signed, their watermarks included. */
  "slashing.read": ["KeyAdmin", "NamespaceAdmin", "Auditor"],
  "slashing.import": ["KeyAdmin", "NamespaceAdmin"],
  "slashing.disable": ["KeyAdmin", "NamespaceAdmin"],
  /** Both only forbid more: floors rise, and bounds are set or moved down. */
  "slashing.floor": ["KeyAdmin", "NamespaceAdmin"],
  "slashing.bound": ["KeyAdmin", "NamespaceAdmin"],
  /** A bound is lifted or moved up: what was forbidden is signed again. */
  "slashing.lift": ["KeyAdmin"],
  /** What finality providers' keys of the namespace signed, and their floors. */
  "eots.read": ["KeyAdmin", "NamespaceAdmin", "Auditor"],
  /** Floors only rise. */
  "eots.floor": ["KeyAdmin", "NamespaceAdmin"],
  "eots.disable": ["KeyAdmin", "NamespaceAdmin"],
  /** A private key in a file, under the passphrase that the installation has for it. */
  "key.backup": ["KeyAdmin"],
  "principal.create": ["NamespaceAdmin"],
  "principal.update": ["NamespaceAdmin"],
  "principal.rotate": ["NamespaceAdmin"],
  "principal.delete": ["NamespaceAdmin"],
  "principal.read": ["NamespaceAdmin", "Auditor"],
  /** These act on the whole installation: they also need the root namespace. */
  "namespace.create": ["NamespaceAdmin"],
  "namespace.read": ["NamespaceAdmin", "Auditor"],
  /** Every key's history, and lifting a freeze: history is shared by all namespaces. */
  "slashing.everyKey": ["NamespaceAdmin"],
  /** The history and floors of every finality provider's key, known or not. */
  "eots.everyKey": ["NamespaceAdmin"],
  /** Another namespace, or the whole installation. */
  "freeze.everything": ["KeyAdmin", "NamespaceAdmin"],
  "system.seal": ["NamespaceAdmin"],
  "system.unseal": ["NamespaceAdmin"],
  "system.status": EVERYONE,
} as const satisfies Record<string, readonly Role[]>;

export type Permission = keyof typeof PERMISSIONS;

/** The namespace that exists from the start. Its NamespaceAdmins look after the installation. */
export const ROOT_NAMESPACE = "default";

/** Holds the audit log's key. No principal can be in it, and nobody can make another namespace of its name. */
export const SYSTEM_NAMESPACE = "claviger";

/** Permissions that reach beyond one namespace. */
export const ROOT_PERMISSIONS: readonly Permission[] = [
  "namespace.create",
  "slashing.everyKey",
  "eots.everyKey",
  "freeze.everything",
  "system.seal",
  "system.unseal",
];
