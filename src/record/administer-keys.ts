/** Keys as rows: made, disabled, enabled, deleted, made again. A key that is not active signs nothing that is recorded later. */
import { SignerError } from "../domain/errors.ts";
import type { KeyRow } from "../ledger/tables/directory.ts";
import { withSourceOf } from "../domain/key-source.ts";
import { assertUnused, finish, type AdministrationTables } from "./acts.ts";
import type { Actor, Input, Reply } from "./operations.ts";
import {
  refuseFinalityProviderElsewhere,
  refuseNetworkTwin,
  refuseOtherNetwork,
  refuseOtherParity,
  refuseOtherPlace,
  sameKey,
} from "./same-key.ts";
import { setEnabled } from "./slashing.ts";

/**
 * Inserts the key, or answers with the one that is the same already.
 * @throws SignerError `request.conflict` where the namespace has the private key in another place (unless `whereverItIs`),
 * on another network or chain where it must not be shared, or with the other parity
 */
export function createKey(tables: AdministrationTables, input: Input<"createKey">): Reply<"createKey"> {
  assertUnused(tables, input.answer);
  const existing = sameKey(tables, input.row);
  if (input.whereverItIs !== true) refuseOtherPlace(tables, input.row, existing);
  if (existing !== undefined && input.whereverItIs !== true) refuseOtherNetwork(existing, input.row);
  if (existing !== undefined && (existing.state !== "deleted" || existing.id !== input.row.id)) {
    return { row: existing, existed: true };
  }
  refuseOtherParity(tables, input.row);
  refuseFinalityProviderElsewhere(tables, input.row);
  if (existing !== undefined) return revive(tables, existing, input);
  refuseNetworkTwin(tables, input.row);
  tables.directory.insertKey(input.row);
  tables.sealed.insertKey(input.sealed);
  finish(tables, input.actor, input.answer, {
    action: input.row.wallet_id === null ? "key.import" : "key.create",
    target: input.row.id,
    chain: input.row.chain,
    address: input.row.address,
  });
  return { row: input.row, existed: false };
}

/** The row comes back as it was but for how it came, so that wallet, bindings and history are those that it had. */
function revive(
  tables: AdministrationTables,
  row: KeyRow,
  { actor, sealed, answer, row: incoming }: Input<"createKey">,
): Reply<"createKey"> {
  // One that an earlier release deleted still has its secret.
  tables.sealed.wipeKey(row.id);
  tables.sealed.insertKey(sealed);
  const attributes = withSourceOf(row.attributes, incoming.attributes);
  tables.directory.reviveKey(row.namespace, row.id, attributes);
  finish(tables, actor, answer, {
    action: "key.revive",
    target: row.id,
    chain: row.chain,
    address: row.address,
  });
  return { row: { ...row, attributes, state: "active" }, existed: false };
}

/**
 * What is known of a live key of the actor's own namespace, beyond its secret: its networks, scheme or guardian.
 * @throws SignerError `request.conflict` where it was changed meanwhile
 */
export function amendKey(
  tables: AdministrationTables,
  { actor, before, row, change, answer }: Input<"amendKey">,
): Reply<"amendKey"> {
  assertUnused(tables, answer);
  const stored = tables.directory.key(actor.namespace, row.id);
  if (stored === undefined || !tables.directory.amendKey({ ...row, namespace: actor.namespace }, before)) {
    throw new SignerError(
      "request.conflict",
      "this key was changed at the same time; send the request again",
      {
        keyId: row.id,
      },
    );
  }
  finish(tables, actor, answer, { action: "key.amend", target: row.id, ...change });
  // Whoever asked may have read the key before it was disabled or enabled.
  return { ...row, state: stored.state };
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
    const row = tables.directory.key(actor.namespace, id);
    if (row === undefined) return { changed: false, heldElsewhere: false };
    const heldElsewhere = tables.directory.isHeldElsewhere(row);
    if (forEveryone && !heldElsewhere && row.chain === "ethereum-validator") {
      setEnabled(tables, { actor, publicKeys: [new Uint8Array(row.public_key)], enabled: false });
    }
    return { changed: deleteKey(tables, actor, id), heldElsewhere };
  });
}

function deleteKey(tables: AdministrationTables, actor: Actor, id: string): boolean {
  if (!tables.directory.deleteKey(actor.namespace, id, tables.log.now())) return false;
  tables.sealed.wipeKey(id);
  finish(tables, actor, null, { action: "key.delete", target: id });
  return true;
}
