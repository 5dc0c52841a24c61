/** Which keys sign at all. Validators' clients know a 412 for one that does not; everybody else gets a code of its own. */
import { SignerError } from "./errors.ts";
import type { KeyRecord } from "./keys.ts";

/** @throws SignerError `guard.disabled` for a validator's key, `key.disabled` for any other that is not active */
export function assertActive({ state, chain, id, address }: KeyRecord, which = "this key"): void {
  if (state === "active") return;
  const validator = chain === "ethereum-validator";
  const detail =
    state === "disabled"
      ? "is disabled here and signs nothing; enable it with POST /v1/keys/{keyId}/enable"
      : "was deleted here and signs nothing; import it, or create it at its path, again first";
  throw new SignerError(validator ? "guard.disabled" : "key.disabled", `${which} ${detail}`, {
    state,
    keyId: id,
    address,
  });
}
