/** Keys: made, disabled, enabled, deleted, made again. A key that is not active signs nothing that is recorded later. */
import { isInstallation } from "../../access/actors.ts";
import { SignerError } from "../../domain/errors.ts";
import type { KeyRecord } from "../../domain/keys.ts";
import type { SealedKey } from "../../domain/sealed.ts";
import { assertUnused, finish, keepAnswer, type AdministrationTables } from "./over-tables.ts";
import { cameBack, isUnchanged, keyOutcome } from "./key-outcome.ts";
import type { Actor, Input, Reply } from "../contract.ts";
import {
  refuseFinalityProviderElsewhere,
  refuseNetworkTwin,
  refuseOtherNetwork,
  refuseOtherParity,
  refuseOtherPlace,
  sameKey,
} from "./same-key.ts";
import { assertOwn } from "./reach.ts";
import { setEnabled } from "./slashing.ts";
import type { KeyId } from "../../domain/kinds.ts";

/**
 * Does what `keyOutcome` says of the key as it was found; null, with nothing done, where it was found otherwise than it is now.
 * @throws SignerError `request.conflict` where the namespace has the private key in another place, on another network or chain
 * where it must not be shared, or with the other parity
 */
export function createKey(tables: AdministrationTables, input: Input<"createKey">): Reply<"createKey"> {
  const { actor, key: asked, found, sealed, answer } = input;
  assertUnused(tables, answer);
  assertOwnKey(actor, asked);
  const existing = sameKey(tables, asked);
  refuseOtherPlace(tables, asked, existing);
  if (existing !== undefined) refuseOtherNetwork(existing, asked);
  if (!isUnchanged(found, existing ?? null)) return null;
  const { key, existed, comesBack, change } = keyOutcome(found, asked);
  if (found === null || comesBack) {
    if (sealed === null) throw new Error("a key that comes in needs its secret");
    bringIn(tables, actor, { key: asked, deleted: found, sealed });
  }
  if (found !== null && change !== null) {
    tables.directory.amendKey(key, comesBack ? cameBack(found, asked) : found);
    finish(tables, actor, null, { action: "key.amend", target: key.id, ...change });
  }
  keepAnswer(tables, answer);
  return { key, existed };
}

/**
 * Inserts the key in whatever wallet it is already, since the caller names it by its public key; or answers with the one that is
 * the same. A deleted one comes back, if the secret was sealed for the id that it has. @throws SignerError `request.conflict`
 */
export function createKeyWhereverItIs(
  tables: AdministrationTables,
  { actor, key, sealed }: Pick<Input<"createKey">, "actor" | "key"> & { readonly sealed: SealedKey },
): { readonly key: KeyRecord; readonly existed: boolean } {
  assertOwnKey(actor, key);
  const existing = sameKey(tables, key) ?? null;
  if (existing !== null && (existing.state !== "deleted" || existing.id !== key.id)) {
    return { key: existing, existed: true };
  }
  return { key: bringIn(tables, actor, { key, deleted: existing, sealed }), existed: false };
}

/** @throws SignerError `auth.forbidden` for a key of another namespace */
function assertOwnKey(actor: Actor, { namespace }: KeyRecord): void {
  assertOwn({ namespace: actor.namespace, isInstallation: isInstallation(actor) }, namespace);
}

/** @throws SignerError `wallet.not_found` for a key of a wallet that its namespace does not have */
function assertWallet({ presence }: AdministrationTables, { namespace, walletId }: KeyRecord): void {
  if (walletId === null || presence.hasWallet(namespace, walletId)) return;
  throw new SignerError(
    "wallet.not_found",
    "no wallet with this id in your namespace; list them with GET /v1/wallets",
  );
}

interface Incoming {
  readonly key: KeyRecord;
  /** The key that it is, which was deleted; null for a new one. */
  readonly deleted: KeyRecord | null;
  readonly sealed: SealedKey;
}

/** A new key, or one that comes back as it was but for how it came: wallet, bindings and history are those that it had. */
function bringIn(tables: AdministrationTables, actor: Actor, { key, deleted, sealed }: Incoming): KeyRecord {
  assertWallet(tables, key);
  refuseOtherParity(tables, key);
  refuseFinalityProviderElsewhere(tables, key);
  if (deleted !== null) {
    const { namespace, id, chain, address } = deleted;
    const live = cameBack(deleted, key);
    // One that an earlier release deleted still has its secret.
    tables.sealed.wipeKey(id);
    tables.sealed.insertKey(sealed);
    tables.directory.reviveKey(namespace, id, live.attributes);
    finish(tables, actor, null, { action: "key.revive", target: id, chain, address });
    return live;
  }
  refuseNetworkTwin(tables, key);
  tables.directory.insertKey(key);
  tables.sealed.insertKey(sealed);
  const { id, walletId, chain, address } = key;
  const action = walletId === null ? "key.import" : "key.create";
  finish(tables, actor, null, { action, target: id, chain, address });
  return key;
}

/** A key of the actor's own namespace. @throws SignerError `request.conflict` for a deleted one */
export function setKeyState(
  tables: AdministrationTables,
  { actor, id, state, answer }: Input<"setKeyState">,
): Reply<"setKeyState"> {
  assertUnused(tables, answer);
  if (tables.directory.key(actor.namespace, id)?.state === "deleted") {
    throw new SignerError(
      "request.conflict",
      "this key was deleted; create it again at its path, or import it, to sign with it",
    );
  }
  const changed = tables.directory.setKeyState(actor.namespace, id, state);
  if (!changed) {
    keepAnswer(tables, answer);
    return { changed };
  }
  finish(tables, actor, answer, { action: state === "active" ? "key.enable" : "key.disable", target: id });
  return { changed };
}

/**
 * Keys of the actor's own namespace. A validator's key is disabled for duties everywhere when `forEveryone` says so and no
 * other namespace holds it: one that does goes on.
 */
export function deleteKeys(
  tables: AdministrationTables,
  { actor, ids, forEveryone }: Input<"deleteKeys">,
): Reply<"deleteKeys"> {
  return ids.map((id) => {
    const key = tables.directory.key(actor.namespace, id);
    if (key === undefined) return { changed: false, heldElsewhere: false };
    const heldElsewhere = tables.directory.isHeldElsewhere(key);
    if (forEveryone && !heldElsewhere && key.chain === "ethereum-validator") {
      setEnabled(tables, { actor, publicKeys: [key.publicKey], enabled: false });
    }
    return { changed: deleteKey(tables, actor, id), heldElsewhere };
  });
}

function deleteKey(tables: AdministrationTables, actor: Actor, id: KeyId): boolean {
  if (!tables.directory.deleteKey(actor.namespace, id, tables.log.now())) return false;
  tables.sealed.wipeKey(id);
  finish(tables, actor, null, { action: "key.delete", target: id });
  return true;
}
