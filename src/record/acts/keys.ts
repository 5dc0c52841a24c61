/** Keys: made, disabled, enabled, deleted, made again. A key that is not active signs nothing that is recorded later. */
import { LOOSENS } from "../../access/loosening.ts";
import { SignerError } from "../../domain/errors.ts";
import type { KeyRecord } from "../../domain/keys.ts";
import type { Input } from "../contract.ts";
import { actOf, NOTHING, together, type Consequences } from "./act.ts";
import { ask, type OwnKey } from "./facts.ts";
import { askIncoming, bringIn, type Surroundings } from "./incoming-key.ts";
import { cameBack, isUnchanged, keyOutcome } from "./key-outcome.ts";
import { assertOwn } from "./reach.ts";
import { row } from "./rows.ts";
import { refuseOtherNetwork, refuseOtherPlace, sameKey } from "./same-key.ts";
import { freezeValidators } from "./validator-freezes.ts";

/** Does what `keyOutcome` says of the key as it was found; null, with nothing done, where it is another one by now. */
export const createKey = actOf<"createKey">()({
  permission: ({ key }) => [key.walletId === null ? "key.import" : "key.create"],
  facts: ({ key }) => askIncoming(key),
  judge(input, facts, { caller }) {
    const { key: asked, found } = input;
    assertOwn(caller, asked.namespace);
    const existing = sameKey(facts.samePublicKey, asked);
    refuseOtherPlace(facts, asked, existing);
    if (existing !== undefined) refuseOtherNetwork(existing, asked);
    if (!isUnchanged(found, existing ?? null)) return { reply: null, answerHolds: false };
    const { key, existed } = keyOutcome(found, asked);
    const { id, state } = key;
    return {
      reply: { key, existed },
      brought: { kind: "key", id, state },
      ...together(comesIn(input, facts), learns(input)),
    };
  },
});

/** What a new key, or one that comes back, needs. */
function comesIn({ key, found, sealed }: Input<"createKey">, facts: Surroundings): Consequences {
  if (found !== null && found.state !== "deleted") return NOTHING;
  if (sealed === null) throw new Error("a key that comes in needs its secret");
  return bringIn({ key, sealed }, found, facts);
}

/** What a key that was here learns. */
function learns({ key: asked, found }: Input<"createKey">): Consequences {
  const { key, change } = keyOutcome(found, asked);
  if (found === null || change === null) return NOTHING;
  const before = found.state === "deleted" ? cameBack(found, asked) : found;
  return {
    rows: [row("keyAmended", { key, before })],
    leaves: [{ action: "key.amend", target: key.id, ...change }],
    changes: [{ change: "keyChanged", key }],
  };
}

/** A key of the actor's own namespace. */
export const setKeyState = actOf<"setKeyState">()({
  permission: ({ state }) => [state === "active" ? LOOSENS.keyState : "key.disable"],
  facts: ({ actor: { namespace }, id }) => ({ key: ask("key", { namespace, id }) }),
  judge({ id, state }, { key }) {
    const moved = key === null ? NOTHING : moveKey(key, state);
    return { reply: { changed: moved.rows.length > 0 }, brought: { kind: "key", id, state }, ...moved };
  },
});

/** Nothing for a key that has the state already. @throws SignerError `request.conflict` for a deleted one */
export function moveKey(key: KeyRecord, state: "active" | "disabled"): Consequences {
  if (key.state === "deleted") {
    throw new SignerError(
      "request.conflict",
      "this key was deleted; create it again at its path, or import it, to sign with it",
    );
  }
  if (key.state === state) return NOTHING;
  const { namespace, id } = key;
  return {
    rows: [row("keyStateChanged", { namespace, id, state })],
    leaves: [{ action: state === "active" ? "key.enable" : "key.disable", target: id }],
    changes: [{ change: "keyChanged", key: { ...key, state } }],
  };
}

/**
 * Keys of the actor's own namespace. A validator's key is disabled for duties everywhere when `forEveryone` says so and no
 * other namespace holds it: one that does goes on.
 */
export const deleteKeys = actOf<"deleteKeys">()({
  permission: "key.delete",
  facts: ({ actor: { namespace }, ids }) => ({ keys: ask("ownKeys", { namespace, ids }) }),
  judge({ ids, forEveryone }, { keys }, { at }) {
    const byId = new Map(keys.map((own) => [own.key.id, own]));
    const ended = [...new Set(ids)].map((id) => ({ id, ...endKey(byId.get(id), { forEveryone, at }) }));
    const firstTime = new Map(ended.map(({ id, changed }) => [id, changed]));
    return {
      reply: ids.map((id) => {
        const changed = firstTime.get(id) === true;
        // Whoever is named twice was deleted by the first.
        firstTime.delete(id);
        return { changed, heldElsewhere: byId.get(id)?.isHeldElsewhere === true };
      }),
      ...together(...ended),
    };
  },
});

interface Ending {
  readonly forEveryone: boolean;
  readonly at: string;
}

function endKey(
  own: OwnKey | undefined,
  { forEveryone, at }: Ending,
): Consequences & { readonly changed: boolean } {
  if (own === undefined) return { ...NOTHING, changed: false };
  const { key, isHeldElsewhere, validator } = own;
  const ends = forEveryone && !isHeldElsewhere && key.chain === "ethereum-validator";
  const frozen = ends ? freezeValidators([{ publicKey: key.publicKey, row: validator }], true) : NOTHING;
  if (key.state === "deleted") return { ...frozen, changed: false };
  const { namespace, id } = key;
  const deleted: Consequences = {
    rows: [row("keyDeleted", { namespace, id, at })],
    leaves: [{ action: "key.delete", target: id }],
    changes: [{ change: "keyChanged", key: { ...key, state: "deleted" } }],
  };
  return { ...together(frozen, deleted), changed: true };
}
