/**
 * Keys stop and start here. A key stops in the commit of the act: what is recorded later is refused. The answer comes when
 * what was recorded before has been signed and answered, so no signature leaves after it.
 * @module
 */
import { assertMay } from "../access/principals.ts";
import type { KeyRecord } from "../domain/keys.ts";
import { keyJson } from "./keys.ts";
import { actorOf, rememberUnchanged, type AdministrationParts, type Caller } from "./parts.ts";

/** @throws SignerError `auth.forbidden`, `key.not_found`, `request.conflict` for a deleted key */
export function disableKey(parts: AdministrationParts, caller: Caller, keyId: string): Promise<KeyRecord> {
  assertMay(caller.principal, "key.disable");
  return setState(parts, caller, keyId, "disabled");
}

/** A validator's key may still be disabled for duties. @throws SignerError as `disableKey` */
export function enableKey(parts: AdministrationParts, caller: Caller, keyId: string): Promise<KeyRecord> {
  assertMay(caller.principal, "key.enable");
  return setState(parts, caller, keyId, "active");
}

/**
 * Wipes the key's sealed secret; its record, its bindings and what it signed stay. Repeating it changes nothing.
 * @throws SignerError `auth.forbidden`, `key.not_found`
 */
export async function deleteKey(parts: AdministrationParts, caller: Caller, keyId: string): Promise<void> {
  assertMay(caller.principal, "key.delete");
  const { id } = parts.directory.key(caller.principal.namespace, keyId);
  await parts.ledger.deleteKeys({ actor: actorOf(caller.principal), ids: [id], forEveryone: false });
  await keysDeleted(parts, [id]);
}

/** After the commit that deleted keys: nothing of them is left in memory, and nothing more leaves. */
export async function keysDeleted(
  { directory, underWay, vault }: AdministrationParts,
  ids: readonly string[],
): Promise<void> {
  for (const id of ids) directory.setKeyState(id, "deleted");
  await underWay.settled(ids);
  await vault.forget(ids);
}

async function setState(
  parts: AdministrationParts,
  caller: Caller,
  keyId: string,
  state: "active" | "disabled",
): Promise<KeyRecord> {
  const { principal } = caller;
  const key: KeyRecord = { ...parts.directory.key(principal.namespace, keyId), state };
  const answer = caller.remember(200, keyJson(key));
  const { changed } = await parts.ledger.setKeyState({
    actor: actorOf(principal),
    id: key.id,
    state,
    answer,
  });
  if (changed) parts.directory.setKeyState(key.id, state);
  else await rememberUnchanged(parts, caller, 200, keyJson(key));
  // Also where it was disabled already: whoever did it may be waiting still.
  if (state === "disabled") await parts.underWay.settled([key.id]);
  return key;
}
