/** Uniswap's Permit2: allowances that it keeps, and transfers that it makes once. Its own contract must be the verifier. */
import { record, records, text, type Values } from "../values.ts";
import { fixed, UNVERSIONED, type Domain, type Effect, type KnownDocument, type Signed } from "./document.ts";

const SOURCE = "Uniswap/permit2 src/libraries/PermitHash.sol, src/EIP712.sol";

/** Who verifies: what it does is known of these deployments only. */
export const PERMIT2: Domain = fixed(UNVERSIONED, {
  name: ["Permit2"],
  verifyingContract: [
    "0x000000000022d473030f116ddee9f6b43ac78ba3",
    // ZKsync Era and Abstract (Uniswap/sdks permit2-sdk/src/constants.ts)
    "0x0000000000225e31d15943971f47ad3022f714fa",
    // PancakeSwap's on BNB Smart Chain (pancakeswap/infinity-universal-router script/deployParameters)
    "0x31c2f6fcff4f8759b3bd5bf0e1084a055615c768",
  ],
});

export const TOKEN_PERMISSIONS = "TokenPermissions(address token,uint256 amount)";
/** What the two one-time transfers share, after `permitted`. */
const ONCE = `,address spender,uint256 nonce,uint256 deadline)${TOKEN_PERMISSIONS}`;
const DETAILS = "PermitDetails(address token,uint160 amount,uint48 expiration,uint48 nonce)";

function allowance(signed: Signed, details: Values): void {
  const expiration = text(details, "expiration");
  // Permit2 reads an expiration of 0 as the block that uses the permit, which the deadline bounds.
  const expiresAt = expiration === "0" ? text(signed.message, "sigDeadline") : expiration;
  const spender = text(signed.message, "spender");
  const asset = `erc20:${text(details, "token")}`;
  signed.effects.allow(asset, signed.signer, spender, text(details, "amount"), expiresAt);
}

/** The spender chooses the recipient, so this is an allowance that can be used once. */
export function permittedTransfer({ effects, message }: Signed, permitted: Values, owner: string): void {
  const asset = `erc20:${text(permitted, "token")}`;
  const spender = text(message, "spender");
  effects.allow(asset, owner, spender, text(permitted, "amount"), text(message, "deadline"));
}

const permitSingle: Effect = (signed) => allowance(signed, record(signed.message, "details"));

const permitBatch: Effect = (signed) => {
  for (const details of records(signed.message, "details")) allowance(signed, details);
};

const transferSingle: Effect = (signed) =>
  permittedTransfer(signed, record(signed.message, "permitted"), signed.signer);

const transferBatch: Effect = (signed) => {
  for (const permitted of records(signed.message, "permitted"))
    permittedTransfer(signed, permitted, signed.signer);
};

export const PERMIT2_DOCUMENTS: readonly KnownDocument[] = [
  {
    name: "Permit2 PermitSingle",
    type: `PermitSingle(PermitDetails details,address spender,uint256 sigDeadline)${DETAILS}`,
    domains: [PERMIT2],
    source: SOURCE,
    effect: permitSingle,
  },
  {
    name: "Permit2 PermitBatch",
    type: `PermitBatch(PermitDetails[] details,address spender,uint256 sigDeadline)${DETAILS}`,
    domains: [PERMIT2],
    source: SOURCE,
    effect: permitBatch,
  },
  {
    name: "Permit2 PermitTransferFrom",
    type: `PermitTransferFrom(TokenPermissions permitted${ONCE}`,
    domains: [PERMIT2],
    source: SOURCE,
    effect: transferSingle,
  },
  {
    name: "Permit2 PermitBatchTransferFrom",
    type: `PermitBatchTransferFrom(TokenPermissions[] permitted${ONCE}`,
    domains: [PERMIT2],
    source: SOURCE,
    effect: transferBatch,
  },
];
