/**
 * What typed data does to assets: permits, authorised transfers and Safe transactions move funds without a transaction
 * of the signer. A document that looks like one of those and is not exactly one that Claviger knows is opaque.
 * @module
 */
import { MAX_UINT256 } from "../../domain/amounts.ts";
import { soundsLikeMovingAssets } from "../../domain/asset-words.ts";
import { visitCall } from "./calls.ts";
import type { Effects } from "./effects.ts";
import { encodeType, reachableTypes, type TypedData, type Types } from "./typed-data.ts";
import { record, records, text, type Values } from "./values.ts";
import { safeCalls } from "./wrappers.ts";

interface Signed {
  readonly effects: Effects;
  readonly message: Values;
  /** Lowercase verifyingContract. */
  readonly contract: string;
  /** Lowercase address of the signing key. */
  readonly signer: string;
}

type Effect = (signed: Signed) => void;

const UNLIMITED = MAX_UINT256.toString();
const PERMIT_DETAILS = "PermitDetails(address token,uint160 amount,uint48 expiration,uint48 nonce)";
const TOKEN_PERMISSIONS = "TokenPermissions(address token,uint256 amount)";
const AUTHORIZED_TRANSFER =
  "(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)";
const SAFE_TX =
  "SafeTx(address to,uint256 value,bytes data,uint8 operation,uint256 safeTxGas,uint256 baseGas,uint256 gasPrice," +
  "address gasToken,address refundReceiver,uint256 nonce)";

const erc2612: Effect = ({ effects, message, contract }) => {
  const { owner, spender } = { owner: text(message, "owner"), spender: text(message, "spender") };
  effects.allow(`erc20:${contract}`, owner, spender, text(message, "value"), text(message, "deadline"));
};

const dai: Effect = ({ effects, message, contract }) => {
  const expiry = text(message, "expiry");
  const amount = message["allowed"] === true ? UNLIMITED : "0";
  // DAI reads an expiry of 0 as "never".
  const expiresAt = expiry === "0" ? undefined : expiry;
  effects.allow(`erc20:${contract}`, text(message, "holder"), text(message, "spender"), amount, expiresAt);
};

const erc4494: Effect = ({ effects, message, contract, signer }) => {
  const asset = `erc721:${contract}/${text(message, "tokenId")}`;
  effects.allow(asset, signer, text(message, "spender"), "1", text(message, "deadline"));
};

const authorizedTransfer: Effect = ({ effects, message, contract }) =>
  effects.transfer(`erc20:${contract}`, text(message, "from"), text(message, "to"), text(message, "value"));

function permit2Allowance(signed: Signed, details: Values): void {
  const expiration = text(details, "expiration");
  // Permit2 reads an expiration of 0 as the block that uses the permit, which the deadline bounds.
  const expiresAt = expiration === "0" ? text(signed.message, "sigDeadline") : expiration;
  signed.effects.allow(
    `erc20:${text(details, "token")}`,
    signed.signer,
    text(signed.message, "spender"),
    text(details, "amount"),
    expiresAt,
  );
}

/** The spender chooses the recipient, so this is an allowance that can be used once. */
function permit2Transfer(signed: Signed, permitted: Values): void {
  signed.effects.allow(
    `erc20:${text(permitted, "token")}`,
    signed.signer,
    text(signed.message, "spender"),
    text(permitted, "amount"),
    text(signed.message, "deadline"),
  );
}

const permit2TransferSingle: Effect = (signed) =>
  permit2Transfer(signed, record(signed.message, "permitted"));

const permit2TransferBatch: Effect = (signed) => {
  for (const permitted of records(signed.message, "permitted")) permit2Transfer(signed, permitted);
};

const safe: Effect = ({ effects, message, contract }) => {
  for (const site of safeCalls(effects, contract, message, "/typedData/message/data"))
    visitCall(effects, site);
};

/** Documents by their full EIP-712 type text: one renamed member makes it another document. */
const KNOWN: ReadonlyMap<string, Effect> = new Map<string, Effect>([
  ["Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)", erc2612],
  ["Permit(address holder,address spender,uint256 nonce,uint256 expiry,bool allowed)", dai],
  ["Permit(address spender,uint256 tokenId,uint256 nonce,uint256 deadline)", erc4494],
  [`TransferWithAuthorization${AUTHORIZED_TRANSFER}`, authorizedTransfer],
  [`ReceiveWithAuthorization${AUTHORIZED_TRANSFER}`, authorizedTransfer],
  [
    `PermitSingle(PermitDetails details,address spender,uint256 sigDeadline)${PERMIT_DETAILS}`,
    (signed) => permit2Allowance(signed, record(signed.message, "details")),
  ],
  [
    `PermitBatch(PermitDetails[] details,address spender,uint256 sigDeadline)${PERMIT_DETAILS}`,
    (signed) => {
      for (const details of records(signed.message, "details")) permit2Allowance(signed, details);
    },
  ],
  [
    `PermitTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline)${TOKEN_PERMISSIONS}`,
    permit2TransferSingle,
  ],
  [
    `PermitBatchTransferFrom(TokenPermissions[] permitted,address spender,uint256 nonce,uint256 deadline)${TOKEN_PERMISSIONS}`,
    permit2TransferBatch,
  ],
  [SAFE_TX, safe],
]);

/** Adds what signing `document` with the key of `signer` does; marks it opaque where that cannot be told. */
export function visitTypedData(effects: Effects, document: TypedData, signer: string): void {
  const effect = KNOWN.get(encodeType(document.types, document.primaryType));
  const contract = document.domain["verifyingContract"];
  if (effect !== undefined && typeof contract === "string") {
    effect({ effects, message: document.message, contract, signer });
    return;
  }
  if (effect !== undefined || looksLikeMovingAssets(document.types, document.primaryType)) {
    effects.opaque(
      "unknownTypedData",
      `typed data ${document.primaryType.slice(0, 64)} whose effect on assets is unknown`,
    );
    return;
  }
  effects.nothing("the document sounds like nothing that moves assets");
}

function looksLikeMovingAssets(types: Types, primaryType: string): boolean {
  return reachableTypes(types, primaryType).some((name) =>
    soundsLikeMovingAssets(
      name,
      (types.get(name) ?? []).map((field) => field.name),
    ),
  );
}
