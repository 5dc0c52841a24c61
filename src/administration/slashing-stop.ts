/** The signing stop, as Web3Signer's clients read it. */
import { assertMay, type Principal } from "../access/principals.ts";
import type { AdministrationParts } from "./parts.ts";

/** Nothing at or above is signed; decimal strings, absent without a stop. @throws SignerError `auth.forbidden` */
export async function highWatermark(
  parts: AdministrationParts,
  principal: Principal,
): Promise<{ readonly epoch?: string; readonly slot?: string }> {
  assertMay(principal, "key.read");
  const { epochBound: epoch, slotBound: slot } = await parts.ledger.readSlashingChain();
  return {
    ...(epoch === null ? {} : { epoch: String(epoch) }),
    ...(slot === null ? {} : { slot: String(slot) }),
  };
}
