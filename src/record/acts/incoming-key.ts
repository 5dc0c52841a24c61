/**
 * A private key comes into a namespace: as a new key, or as the one that it was before it was deleted. What the namespace has of
 * it in other places may refuse it.
 * @module
 */
import type { LiveCaller } from "../../access/actors.ts";
import { SignerError } from "../../domain/errors.ts";
import type { KeyRecord } from "../../domain/keys.ts";
import type { SealedKey } from "../../domain/sealed.ts";
import { NOTHING, type Consequences } from "./act.ts";
import { ask, type Facts } from "./facts.ts";
import { cameBack } from "./key-outcome.ts";
import { assertOwn } from "./reach.ts";
import { row } from "./rows.ts";
import {
  askPlaces,
  refuseFinalityProviderElsewhere,
  refuseNetworkTwin,
  refuseOtherParity,
  sameKey,
} from "./same-key.ts";

/** What must be known of the namespace before a key comes in. */
export function askIncoming(key: KeyRecord) {
  const { namespace, walletId } = key;
  return {
    ...askPlaces(key),
    walletExists:
      walletId === null ? null : ask("scopeExists", { namespace, scope: { kind: "wallet", id: walletId } }),
  };
}

export type Surroundings = Facts<ReturnType<typeof askIncoming>>;

interface Incoming {
  readonly key: KeyRecord;
  readonly sealed: SealedKey;
}

/**
 * A new key, or one that comes back as it was but for how it came: wallet, bindings and history are those that it had.
 * @param deleted the key that it is, which was deleted; null for a new one
 * @throws SignerError `wallet.not_found`, `request.conflict`
 */
export function bringIn(
  { key, sealed }: Incoming,
  deleted: KeyRecord | null,
  facts: Surroundings,
): Consequences {
  assertWallet(facts);
  refuseOtherParity(facts, key);
  refuseFinalityProviderElsewhere(facts, key);
  if (deleted !== null) {
    const live = cameBack(deleted, key);
    const { id, chain, address } = live;
    return {
      rows: [row("keyRevived", { key: live, sealed })],
      leaves: [{ action: "key.revive", target: id, chain, address }],
      changes: [{ change: "keyChanged", key: live }],
    };
  }
  refuseNetworkTwin(facts, key);
  const { id, walletId, chain, address } = key;
  return {
    rows: [row("keyAdded", { key, sealed })],
    leaves: [{ action: walletId === null ? "key.import" : "key.create", target: id, chain, address }],
    changes: [{ change: "keyChanged", key }],
  };
}

/** A key that is where it was named by its public key: the one that is the same, or a new one. */
interface Brought extends Consequences {
  readonly stored: { readonly key: KeyRecord; readonly existed: boolean };
}

/**
 * Inserts the key in whatever wallet it is already, since the caller names it by its public key; or answers with the one that is
 * the same. A deleted one comes back, if the secret was sealed for the id that it has.
 * @throws SignerError `auth.forbidden` for a key of another namespace, `wallet.not_found`, `request.conflict`
 */
export function bringInWhereverItIs(incoming: Incoming, facts: Surroundings, caller: LiveCaller): Brought {
  const { key } = incoming;
  assertOwn(caller, key.namespace);
  const existing = sameKey(facts.samePublicKey, key) ?? null;
  if (existing !== null && (existing.state !== "deleted" || existing.id !== key.id)) {
    return { ...NOTHING, stored: { key: existing, existed: true } };
  }
  const brought = existing === null ? key : cameBack(existing, key);
  return { ...bringIn(incoming, existing, facts), stored: { key: brought, existed: false } };
}

function assertWallet({ walletExists }: Surroundings): void {
  if (walletExists !== false) return;
  throw new SignerError(
    "wallet.not_found",
    "no wallet with this id in your namespace; list them with GET /v1/wallets",
  );
}
