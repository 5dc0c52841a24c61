/**
 * A validator's key comes in, or signs again: its row, its sealed secret, the history that came with it and the end of its
 * freeze, in one transaction. So a key that signs has its history on disk, whenever the process is killed.
 * @module
 */
import { assertMayLoosen, LOOSENS } from "../../access/loosening.ts";
import { SignerError } from "../../domain/errors.ts";
import type { KeyRecord } from "../../domain/keys.ts";
import type { Input } from "../contract.ts";
import { actOf, NOTHING, together } from "./act.ts";
import { ask } from "./facts.ts";
import { askIncoming, bringInWhereverItIs } from "./incoming-key.ts";
import { moveKey } from "./keys.ts";
import { noteImport, type SlashingTables } from "./slashing.ts";
import { freezeValidators } from "./validator-freezes.ts";

/**
 * A key that is here and signs stays as it is, and takes the history. A freeze is lifted, since whoever brings the private key
 * says that it signs here. Its history comes first: see `mergeHistory`.
 */
export const importValidatorKey = actOf<"importValidatorKey">()({
  permission: LOOSENS.freezeOfImported,
  facts: ({ key }) => ({
    ...askIncoming(key),
    validators: ask("validators", { publicKeys: [key.publicKey] }),
    elsewhere: ask("areHeldElsewhere", { ...key, publicKeys: [key.publicKey] }),
  }),
  judge({ key, sealed }, facts, { caller }) {
    const { stored, ...brought } = bringInWhereverItIs({ key, sealed }, facts, caller);
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

/** What a staged document says of the key that comes in. @throws SignerError `guard.genesis_root`, `request.conflict` */
export function mergeHistory(
  tables: Pick<SlashingTables, "stage" | "log">,
  { actor, key, history }: Input<"importValidatorKey">,
): void {
  if (history === null) return;
  const { number, ...options } = history;
  const merged = tables.stage.mergeKey(number, options, key.publicKey);
  if (merged !== null) noteImport(tables, actor, [merged]);
}

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
