/**
 * Functions of tokens: ERC-20 with its extensions (2612, 3009, 677, 1363, 777), ERC-721, ERC-1155 and shares of ERC-4626 vaults.
 * A selector names a shape, not a contract: the asset of every effect names the contract, and policies decide by that.
 * @module
 */
import { MAX_UINT256 } from "../../../domain/amounts.ts";
import { invalid } from "../../../domain/errors.ts";
import { ZERO_ADDRESS } from "../address.ts";
import { text, texts } from "../values.ts";
import { nothing, type Effect, type Row } from "./row.ts";

const UNLIMITED = MAX_UINT256.toString();

const erc20 = (token: string): string => `erc20:${token}`;

const transfer: Effect = (effects, site, args) =>
  effects.transfer(erc20(site.to), site.from, text(args, "to"), text(args, "amount"));

/** The key's own tokens, somebody's who allowed it, or somebody's who signed for it: `from` says whose. */
const transferFrom: Effect = (effects, site, args) =>
  effects.transfer(erc20(site.to), text(args, "from"), text(args, "to"), text(args, "amount"));

const approve: Effect = (effects, site, args) =>
  effects.allow(erc20(site.to), site.from, text(args, "spender"), text(args, "amount"));

const burnFrom: Effect = (effects, site, args) =>
  effects.transfer(erc20(site.to), text(args, "from"), ZERO_ADDRESS, text(args, "amount"));

/** The deadline ends the signature, not the allowance, which therefore has no end. */
const permit: Effect = (effects, site, args) =>
  effects.allow(erc20(site.to), text(args, "owner"), text(args, "spender"), text(args, "value"));

/** The expiry too is the signature's alone. */
const daiPermit: Effect = (effects, site, args) => {
  const amount = args["allowed"] === true ? UNLIMITED : "0";
  effects.allow(erc20(site.to), text(args, "holder"), text(args, "spender"), amount);
};

const operator: Effect = (effects, site, args) =>
  effects.allow(erc20(site.to), site.from, text(args, "operator"), UNLIMITED);

const noOperator: Effect = (effects, site, args) =>
  effects.allow(erc20(site.to), site.from, text(args, "operator"), "0");

const erc721Transfer: Effect = (effects, site, args) =>
  effects.transfer(`erc721:${site.to}/${text(args, "tokenId")}`, text(args, "from"), text(args, "to"), "1");

const erc1155Transfer: Effect = (effects, site, args) =>
  effects.transfer(
    `erc1155:${site.to}/${text(args, "id")}`,
    text(args, "from"),
    text(args, "to"),
    text(args, "amount"),
  );

const erc1155Batch: Effect = (effects, site, args) => {
  const ids = texts(args, "ids");
  const amounts = texts(args, "amounts");
  if (ids.length !== amounts.length) {
    throw invalid(site.field, "ids and amounts of safeBatchTransferFrom must have the same length");
  }
  for (const [index, id] of ids.entries()) {
    effects.transfer(`erc1155:${site.to}/${id}`, text(args, "from"), text(args, "to"), amounts[index] ?? "0");
  }
};

/** One call may or may not be an ERC-721's or an ERC-1155's; the asset says `erc721:…/*` for both. */
const approvalForAll: Effect = (effects, site, args) => {
  const amount = args["approved"] === true ? UNLIMITED : "0";
  effects.allow(`erc721:${site.to}/*`, site.from, text(args, "operator"), amount);
};

/** Shares leave `owner`; what they are worth, which the call does not state, goes to `receiver`. */
const redeem: Effect = (effects, site, args) =>
  effects.transfer(erc20(site.to), text(args, "owner"), text(args, "receiver"), text(args, "shares"));

/**
 * What every ERC-20 token has. `transferFrom(address,address,uint256)` and `approve(address,uint256)` are the same bytes for
 * ERC-20 and ERC-721: both appear as `erc20:TOKEN` whose amount is then the token id.
 */
const ERC20: readonly Row[] = [
  ["0xa9059cbb", "transfer", "address to,uint256 amount", transfer],
  ["0x23b872dd", "transferFrom", "address from,address to,uint256 amount", transferFrom],
  ["0x095ea7b3", "approve", "address spender,uint256 amount", approve],
];

const AUTHORIZED =
  "address from,address to,uint256 amount,uint256 validAfter,uint256 validBefore,bytes32 nonce";

/** Extensions of ERC-20, and the other token standards. */
export const TOKENS: readonly Row[] = [
  ...ERC20,
  // The total afterwards is unknown to an offline signer; the amount is what is added.
  ["0x39509351", "increaseAllowance", "address spender,uint256 amount", approve],
  [
    "0xa457c2d7",
    "decreaseAllowance",
    "address spender,uint256 amount",
    nothing("decreaseAllowance takes an allowance back"),
  ],
  // burn(uint256) is left out: an ERC-721's has the same bytes and takes from an owner whom they do not name.
  ["0x79cc6790", "burnFrom", "address from,uint256 amount", burnFrom],
  [
    "0xd505accf",
    "permit",
    "address owner,address spender,uint256 value,uint256 deadline,uint8 v,bytes32 r,bytes32 s",
    permit,
  ],
  // Circle, stablecoin-evm: FiatTokenV2_2
  [
    "0x9fd5a6cf",
    "permit",
    "address owner,address spender,uint256 value,uint256 deadline,bytes signature",
    permit,
  ],
  [
    "0x8fcbaf0c",
    "permit",
    "address holder,address spender,uint256 nonce,uint256 expiry,bool allowed,uint8 v,bytes32 r,bytes32 s",
    daiPermit,
  ],
  // ERC-3009, and with a signature of any length: Circle, stablecoin-evm: FiatTokenV2_2
  ["0xe3ee160e", "transferWithAuthorization", `${AUTHORIZED},uint8 v,bytes32 r,bytes32 s`, transferFrom],
  ["0xcf092995", "transferWithAuthorization", `${AUTHORIZED},bytes signature`, transferFrom],
  ["0xef55bec6", "receiveWithAuthorization", `${AUTHORIZED},uint8 v,bytes32 r,bytes32 s`, transferFrom],
  ["0x88b7ab63", "receiveWithAuthorization", `${AUTHORIZED},bytes signature`, transferFrom],
  [
    "0x5a049a70",
    "cancelAuthorization",
    "address authorizer,bytes32 nonce,uint8 v,bytes32 r,bytes32 s",
    nothing("cancelAuthorization makes an authorisation unusable"),
  ],
  [
    "0xb7b72899",
    "cancelAuthorization",
    "address authorizer,bytes32 nonce,bytes signature",
    nothing("cancelAuthorization makes an authorisation unusable"),
  ],
  // ERC-677 and ERC-1363: the receiver or spender is called as well, by the token.
  ["0x4000aea0", "transferAndCall", "address to,uint256 amount,bytes data", transfer],
  ["0x1296ee62", "transferAndCall", "address to,uint256 amount", transfer],
  ["0xd8fbe994", "transferFromAndCall", "address from,address to,uint256 amount", transferFrom],
  ["0xc1d34b89", "transferFromAndCall", "address from,address to,uint256 amount,bytes data", transferFrom],
  ["0x3177029f", "approveAndCall", "address spender,uint256 amount", approve],
  ["0xcae9ca51", "approveAndCall", "address spender,uint256 amount,bytes data", approve],
  // ERC-777
  ["0x9bd9bbc6", "send", "address to,uint256 amount,bytes data", transfer],
  [
    "0x62ad1b83",
    "operatorSend",
    "address from,address to,uint256 amount,bytes data,bytes operatorData",
    transferFrom,
  ],
  ["0x959b8c3f", "authorizeOperator", "address operator", operator],
  ["0xfad8b32a", "revokeOperator", "address operator", noOperator],
  // ERC-721 and ERC-1155
  ["0x42842e0e", "safeTransferFrom", "address from,address to,uint256 tokenId", erc721Transfer],
  ["0xb88d4fde", "safeTransferFrom", "address from,address to,uint256 tokenId,bytes data", erc721Transfer],
  [
    "0xf242432a",
    "safeTransferFrom",
    "address from,address to,uint256 id,uint256 amount,bytes data",
    erc1155Transfer,
  ],
  [
    "0x2eb2c2d6",
    "safeBatchTransferFrom",
    "address from,address to,uint256[] ids,uint256[] amounts,bytes data",
    erc1155Batch,
  ],
  ["0xa22cb465", "setApprovalForAll", "address operator,bool approved", approvalForAll],
  // ERC-4626. deposit, mint and withdraw are left out: no call data says which token leaves, or how many shares.
  ["0xba087652", "redeem", "uint256 shares,address receiver,address owner", redeem],
];

/** Functions of the contracts that wrap a chain's own coin (WETH9): what is paid in is held as a token by who paid. */
export const WRAPPED_NATIVE: readonly Row[] = [
  ...ERC20,
  ["0xd0e30db0", "deposit", "", nothing("the sender holds what it paid in as a token")],
  [
    "0x2e1a7d4d",
    "withdraw",
    "uint256 amount",
    // The token goes back to its contract; the coin that comes for it goes to the sender.
    (effects, site, args) => effects.transfer(erc20(site.to), site.from, site.to, text(args, "amount")),
  ],
];
