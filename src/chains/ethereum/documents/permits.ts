/** Permits and authorised transfers that tokens check themselves; `verifyingContract` is the token. */
import { MAX_UINT256 } from "../../../domain/amounts.ts";
import { text } from "../values.ts";
import { nothing } from "../../../domain/intent.ts";
import { contractOf, FULL, SALTED, UNVERSIONED, type Effect, type KnownDocument } from "./document.ts";

const UNLIMITED = MAX_UINT256.toString();
/** Tokens differ in the members of their domain; the contract and the chain are in all of these. */
const TOKEN_DOMAINS = [FULL, UNVERSIONED, SALTED];
const AUTHORIZATION =
  "(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)";
const EIP_3009 =
  "EIP-3009; circlefin/stablecoin-evm contracts/v2/EIP3009.sol; maticnetwork/pos-portal EIP712Base.sol (salt)";

/** The deadline ends the use of the signature, not the allowance that it grants: so no `expiresAt`, here and below. */
const erc2612: Effect = (signed) => {
  const { effects, message } = signed;
  const asset = `erc20:${contractOf(signed)}`;
  effects.allow(asset, text(message, "owner"), text(message, "spender"), text(message, "value"));
};

const dai: Effect = (signed) => {
  const { effects, message } = signed;
  const amount = message["allowed"] === true ? UNLIMITED : "0";
  effects.allow(`erc20:${contractOf(signed)}`, text(message, "holder"), text(message, "spender"), amount);
};

const erc4494: Effect = (signed) => {
  const { effects, message, signer } = signed;
  const asset = `erc721:${contractOf(signed)}/${text(message, "tokenId")}`;
  effects.allow(asset, signer, text(message, "spender"), "1");
};

const permitForAll: Effect = (signed) => {
  const { effects, message, signer } = signed;
  const amount = message["approved"] === true ? UNLIMITED : "0";
  effects.allow(`erc721:${contractOf(signed)}/*`, signer, text(message, "operator"), amount);
};

const authorizedTransfer: Effect = (signed) => {
  const { effects, message } = signed;
  const asset = `erc20:${contractOf(signed)}`;
  effects.transfer(asset, text(message, "from"), text(message, "to"), text(message, "value"));
};

/** A debt token's allowance: who has it may borrow in the signer's name. */
const creditDelegation: Effect = (signed) => {
  const { effects, message, signer } = signed;
  effects.allow(`erc20:${contractOf(signed)}`, signer, text(message, "delegatee"), text(message, "value"));
};

export const PERMIT_DOCUMENTS: readonly KnownDocument[] = [
  {
    name: "ERC-2612 Permit",
    type: "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)",
    domains: TOKEN_DOMAINS,
    source: "ERC-2612",
    effect: erc2612,
  },
  {
    name: "DAI Permit",
    type: "Permit(address holder,address spender,uint256 nonce,uint256 expiry,bool allowed)",
    domains: TOKEN_DOMAINS,
    source: "makerdao/dss src/dai.sol; maticnetwork/pos-portal UChildDAI.sol (salt)",
    effect: dai,
  },
  {
    name: "ERC-4494 Permit",
    type: "Permit(address spender,uint256 tokenId,uint256 nonce,uint256 deadline)",
    domains: [FULL, UNVERSIONED],
    source: "ERC-4494; Uniswap/v3-periphery ERC721Permit.sol; Uniswap/v4-periphery ERC721PermitHash.sol",
    effect: erc4494,
  },
  {
    name: "Uniswap v4 PermitForAll",
    type: "PermitForAll(address operator,bool approved,uint256 nonce,uint256 deadline)",
    domains: [UNVERSIONED],
    source: "Uniswap/v4-periphery src/libraries/ERC721PermitHash.sol",
    effect: permitForAll,
  },
  {
    name: "EIP-3009 TransferWithAuthorization",
    type: `TransferWithAuthorization${AUTHORIZATION}`,
    domains: TOKEN_DOMAINS,
    source: EIP_3009,
    effect: authorizedTransfer,
  },
  {
    name: "EIP-3009 ReceiveWithAuthorization",
    type: `ReceiveWithAuthorization${AUTHORIZATION}`,
    domains: TOKEN_DOMAINS,
    source: EIP_3009,
    effect: authorizedTransfer,
  },
  {
    name: "EIP-3009 CancelAuthorization",
    type: "CancelAuthorization(address authorizer,bytes32 nonce)",
    domains: TOKEN_DOMAINS,
    source: EIP_3009,
    effect: nothing("it makes one authorised transfer void"),
  },
  {
    name: "Aave DelegationWithSig",
    type: "DelegationWithSig(address delegatee,uint256 value,uint256 nonce,uint256 deadline)",
    domains: [FULL],
    source: "aave/aave-v3-core contracts/protocol/tokenization/base/DebtTokenBase.sol",
    effect: creditDelegation,
  },
];
