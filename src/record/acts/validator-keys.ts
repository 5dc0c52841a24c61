/**
 * A validator's key comes in, or signs again: its row, its sealed secret, the history that came with it and the end of its
 * freeze, in one transaction. So a key that signs has its history on disk, whenever the process is killed.
 * @module
 */
import { assertMayLoosen, LOOSENS } from "../../access/loosening.ts";
import { SignerError } from "../../domain/errors.ts";
import type { KeyRecord } from "../../domain/keys.ts";
import { actOf, NOTHING, together } from "./act.ts";
import { ask } from "./facts.ts";
import { askIncoming, bringInWhereverItIs } from "./incoming-key.ts";
import { moveKey } from "./keys.ts";
import { tie } from "./slashing-imports.ts";
import { freezeValidators } from "./validator-freezes.ts";

/**
 * A key that is here and signs stays as it is, and takes the history. A freeze is lifted, since whoever brings the private key
 * says that it signs here. Its history comes last, in the same transaction: see `mergeHistory`.
 */
export const importValidatorKey = actOf<"importValidatorKey">()({
  permission: LOOSENS.freezeOfImported,
  facts: ({ key, history }) => ({
    ...askIncoming(key),
    chain: history === null ? null : ask("guardedChain", {}),
    validators: ask("validators", { publicKeys: [key.publicKey] }),
    elsewhere: ask("areHeldElsewhere", { ...key, publicKeys: [key.publicKey] }),
  }),
  judge({ key, sealed, history }, facts, { caller }) {
    const { chain } = facts;
    const tied = chain === null || history === null ? NOTHING : tie(chain, history, caller);
    const { stored, ...incoming } = bringInWhereverItIs({ key, sealed }, facts, caller);
    const brought = together(tied, incoming);
    if (stored.existed && stored.key.state !== "active") throw notActive(stored.key);
    const { validators, elsewhere } = facts;
    if (stored.existed || validators.every(({ row }) => row?.frozen !== true)) {
      return { reply: stored, ...brought };
    }
    const isHeldElsewhere = elsewhere.includes(true);
    assertMayLoosen(caller, "freezeOfImported", { isHeldElsewhere, whose: key.address });
    return { reply: stored, ...together(brought, freezeValidators(validators, false)) };
  },
});

export const restartValidatorKey = actOf<"restartValidatorKey">()({
  permission: "installation",
  facts: ({ actor: { namespace }, id }) => ({ keys: ask("ownKeys", { namespace, ids: [id] }) }),
  judge(_, { keys: [own] }) {
    if (own === undefined) {
      throw new SignerError(
        "key.not_found",
        "no key with this id in the namespace; list them with GET /v1/keys",
      );
    }
    const { key, validator } = own;
    const thawed =
      validator === null ? NOTHING : freezeValidators([{ publicKey: key.publicKey, row: validator }], false);
    return { reply: undefined, ...together(moveKey(key, "active"), thawed) };
  },
});

function notActive({ state }: KeyRecord): SignerError {
  return new SignerError(
    "key.disabled",
    state === "disabled"
      ? "the key is here and was disabled; enable it with POST /v1/keys/{keyId}/enable"
      : "the key was brought here and deleted meanwhile; import it again",
  );
}
