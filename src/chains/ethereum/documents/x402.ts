/** x402 payments over Permit2: a proxy takes the token and can pay nobody but the recipient in the witness. */
import { record, text } from "../values.ts";
import type { Effect, KnownDocument } from "./document.ts";
import { PERMIT2, permittedTransfer, TOKEN_PERMISSIONS } from "./permit2.ts";

const STUB =
  "PermitWitnessTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline,Witness witness)";

/**
 * A transfer of the permitted amount where the spender is the proxy, which is the same contract on every chain. Any other
 * spender is free to ignore the recipient, so it gets an allowance.
 */
const payment =
  (proxy: string): Effect =>
  (signed) => {
    const { effects, message, signer } = signed;
    const permitted = record(message, "permitted");
    if (text(message, "spender") !== proxy) return permittedTransfer(signed, permitted, signer);
    const to = text(record(message, "witness"), "to");
    return effects.transfer(`erc20:${text(permitted, "token")}`, signer, to, text(permitted, "amount"));
  };

export const X402_DOCUMENTS: readonly KnownDocument[] = [
  {
    name: "x402 exact payment",
    type: `${STUB}${TOKEN_PERMISSIONS}Witness(address to,uint256 validAfter)`,
    domains: [PERMIT2],
    source: "coinbase/x402 contracts/evm/src/x402ExactPermit2Proxy.sol",
    effect: payment("0x402085c248eea27d92e8b30b2c58ed07f9e20001"),
  },
  {
    name: "x402 upto payment",
    type: `${STUB}${TOKEN_PERMISSIONS}Witness(address to,address facilitator,uint256 validAfter)`,
    domains: [PERMIT2],
    source: "coinbase/x402 contracts/evm/src/x402UptoPermit2Proxy.sol",
    effect: payment("0x4020a4f3b7b90cca423b9fabcc0ce57c6c240002"),
  },
];
