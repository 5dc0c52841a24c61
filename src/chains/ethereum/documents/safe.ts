/** What owners of a Safe sign. Its versions before 1.3 have no chain in their domain: those signatures are opaque. */
import { visitCall } from "../calls.ts";
import { safeCalls } from "../wrappers.ts";
import { contractOf, hidden, type Domain, type Effect, type KnownDocument } from "./document.ts";

const SOURCE = "safe-fndn/safe-smart-account contracts/Safe.sol, 1.3.0 to 1.5.0";
const SAFE: Domain = { members: "chainId,verifyingContract" };

const safeTransaction: Effect = (signed) => {
  const field = `${signed.field}/data`;
  for (const site of safeCalls(signed.effects, contractOf(signed), signed.message, field))
    visitCall(signed.effects, site);
};

export const SAFE_DOCUMENTS: readonly KnownDocument[] = [
  {
    name: "SafeTx",
    type:
      "SafeTx(address to,uint256 value,bytes data,uint8 operation,uint256 safeTxGas,uint256 baseGas,uint256 gasPrice," +
      "address gasToken,address refundReceiver,uint256 nonce)",
    domains: [SAFE],
    source: SOURCE,
    effect: safeTransaction,
  },
  {
    name: "SafeMessage",
    type: "SafeMessage(bytes message)",
    domains: [SAFE],
    source: "safe-fndn/safe-smart-account contracts/handler/CompatibilityFallbackHandler.sol",
    effect: hidden("the message of a Safe is a hash of something that is not shown"),
  },
];
