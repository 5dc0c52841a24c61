/** What a duty's claim must be before anything is asked of it. */
import { SignerError } from "../../domain/errors.ts";
import type { DutyClaim } from "../../domain/guard.ts";

/** Slots and epochs are below this: SQLite's integers are signed 64-bit. */
export const SLOT_LIMIT = 2n ** 63n;

/** @throws SignerError `request.malformed` for a slot or epoch of 2^63 or more, or a key or root of a wrong length */
export function assertWellFormed(claim: DutyClaim): void {
  const flaw = flawOf(claim);
  if (flaw === undefined) return;
  throw new SignerError("request.malformed", `/${flaw.field}: ${flaw.rule}`, { field: `/${flaw.field}` });
}

/** Which field breaks which rule; undefined for a claim that is well formed. */
export function flawOf(claim: DutyClaim): { readonly field: string; readonly rule: string } | undefined {
  const { publicKey, genesisValidatorsRoot, signingRoot } = claim;
  return (
    lengthOf("publicKey", publicKey, 48) ??
    lengthOf("genesisValidatorsRoot", genesisValidatorsRoot, 32) ??
    lengthOf("signingRoot", signingRoot, 32) ??
    (claim.kind === "eip3076.block"
      ? sizeOf("slot", claim.slot)
      : (sizeOf("sourceEpoch", claim.sourceEpoch) ?? sizeOf("targetEpoch", claim.targetEpoch)))
  );
}

function lengthOf(field: string, bytes: Uint8Array, length: number): ReturnType<typeof flawOf> {
  if (bytes.length === length) return undefined;
  return { field, rule: `has ${bytes.length} bytes instead of ${length}` };
}

function sizeOf(field: string, value: bigint): ReturnType<typeof flawOf> {
  if (value >= 0n && value < SLOT_LIMIT) return undefined;
  return { field, rule: "must be from 0 to 2^63 - 1" };
}
