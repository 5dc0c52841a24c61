/** Keys: made, disabled, enabled, deleted, made again. A key that is not active signs nothing that is recorded later. */
import { SignerError } from "../../domain/errors.ts";
import { withSourceOf, type KeyRecord } from "../../domain/keys.ts";
import { assertUnused, finish, type AdministrationTables } from "./act.ts";
import type { Actor, Input, Reply } from "../contract.ts";
import {
  refuseFinalityProviderElsewhere,
  refuseNetworkTwin,
  refuseOtherNetwork,
  refuseOtherParity,
  refuseOtherPlace,
  sameKey,
} from "./same-key.ts";
import { setEnabled } from "./slashing.ts";
import type { KeyId } from "../../domain/kinds.ts";

/**
 * Inserts the key, or answers with the one that is the same already.
 * @throws SignerError `request.conflict` where the namespace has the private key in another place (unless `whereverItIs`),
 * on another network or chain where it must not be shared, or with the other parity
 */
export function createKey(tables: AdministrationTables, input: Input<"createKey">): Reply<"createKey"> {
  assertUnused(tables, input.answer);
  const existing = sameKey(tables, input.key);
  if (input.whereverItIs !== true) refuseOtherPlace(tables, input.key, existing);
  if (existing !== undefined && input.whereverItIs !== true) refuseOtherNetwork(existing, input.key);
  if (existing !== undefined && (existing.state !== "deleted" || existing.id !== input.key.id)) {
    return { key: existing, existed: true };
  }
  refuseOtherParity(tables, input.key);
  refuseFinalityProviderElsewhere(tables, input.key);
  if (existing !== undefined) return revive(tables, existing, input);
  refuseNetworkTwin(tables, input.key);
  tables.directory.insertKey(input.key);
  tables.sealed.insertKey(input.sealed);
  finish(tables, input.actor, input.answer, {
    action: input.key.walletId === null ? "key.import" : "key.create",
    target: input.key.id,
    chain: input.key.chain,
    address: input.key.address,
  });
  return { key: input.key, existed: false };
}

/** The key comes back as it was but for how it came, so that wallet, bindings and history are those that it had. */
function revive(
  tables: AdministrationTables,
  key: KeyRecord,
  { actor, sealed, answer, key: incoming }: Input<"createKey">,
): Reply<"createKey"> {
  const { id, namespace, chain, address } = key;
  // One that an earlier release deleted still has its secret.
  tables.sealed.wipeKey(id);
  tables.sealed.insertKey(sealed);
  const attributes = withSourceOf(key.attributes, incoming.attributes);
  tables.directory.reviveKey(namespace, id, attributes);
  finish(tables, actor, answer, { action: "key.revive", target: id, chain, address });
  return { key: { ...key, attributes, state: "active" }, existed: false };
}

/**
 * What is known of a live key of the actor's own namespace, beyond its secret: its networks, scheme or guardian.
 * @throws SignerError `request.conflict` where it was changed meanwhile
 */
export function amendKey(
  tables: AdministrationTables,
  { actor, before, key, change, answer }: Input<"amendKey">,
): Reply<"amendKey"> {
  assertUnused(tables, answer);
  const stored = tables.directory.key(actor.namespace, key.id);
  if (stored === undefined || !tables.directory.amendKey({ ...key, namespace: actor.namespace }, before)) {
    throw new SignerError(
      "request.conflict",
      "this key was changed at the same time; send the request again",
      {
        keyId: key.id,
      },
    );
  }
  finish(tables, actor, answer, { action: "key.amend", target: key.id, ...change });
  // Whoever asked may have read the key before it was disabled or enabled.
  return { ...key, state: stored.state };
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
  if (!tables.directory.setKeyState(actor.namespace, id, state)) return { changed: false };
  finish(tables, actor, answer, { action: state === "active" ? "key.enable" : "key.disable", target: id });
  return { changed: true };
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
