/** A freeze of a validator's public key is ordered or lifted: for every namespace that holds it. */
import { LOOSENS } from "../../access/loosening.ts";
import { toHex } from "../../domain/bytes.ts";
import { SignerError } from "../../domain/errors.ts";
import { actOf, type Consequences } from "./act.ts";
import { ask, type ValidatorFact } from "./facts.ts";
import { row } from "./rows.ts";

export const setSlashingEnabled = actOf<"setSlashingEnabled">()({
  permission: ({ publicKeys, enabled }) => [
    // A freeze is for every namespace that holds the key.
    enabled ? LOOSENS.freeze : "slashing.disable",
    ...(publicKeys === null ? (["slashing.everyKey"] as const) : []),
  ],
  facts: ({ publicKeys, enabled }) => ({
    validators: ask("validators", { publicKeys }),
    areActive:
      enabled && publicKeys !== null ? ask("areActive", { chain: "ethereum-validator", publicKeys }) : null,
  }),
  judge({ enabled }, { validators, areActive }) {
    const ended = areActive?.indexOf(false) ?? -1;
    if (ended !== -1) throw notActive(ended);
    const { keys, ...consequences } = freezeValidators(validators, !enabled);
    return { reply: { keys }, ...consequences };
  },
});

/** Of those named, the ones that change; a key that is frozen before it has any history gets a row. */
export function freezeValidators(
  validators: readonly ValidatorFact[],
  frozen: boolean,
): Consequences & { readonly keys: number } {
  const named = new Map(validators.map((validator) => [toHex(validator.publicKey), validator]));
  // Without a row nothing keeps the key from signing.
  const changed = [...named].filter(([, { row: before }]) => (before?.frozen ?? false) !== frozen);
  const publicKeys = changed.map(([name]) => name);
  return {
    keys: changed.length,
    rows: changed.map(([, { publicKey, row: before }]) =>
      row("validatorChanged", { publicKey, id: before?.id ?? null, frozen }),
    ),
    leaves:
      changed.length === 0 ? [] : [{ action: frozen ? "slashing.disable" : "slashing.enable", publicKeys }],
    changes: [],
  };
}

/** Of a key that no namespace has, only its history is here: whoever brings it may have lifted the freeze before. */
function notActive(index: number): SignerError {
  const field = `/publicKeys/${index}`;
  return new SignerError(
    "request.conflict",
    `${field}: is disabled or deleted; enable it (POST /v1/keys/{keyId}/enable), or import it again, first`,
    { field },
  );
}
