/** Functions of Permit2 (Uniswap/permit2, src/AllowanceTransfer.sol, SignatureTransfer.sol): allowances and signed transfers. */
import { invalid } from "../../../domain/errors.ts";
import type { CallSite, Effects } from "../effects.ts";
import { record, records, text, type Values } from "../values.ts";
import { nothing, type Effect, type Row } from "./row.ts";

/** An expiration of 0 means the block that stores it: shown without an end rather than as one long past. */
function allow(effects: Effects, owner: string, spender: string, details: Values): void {
  const expiration = text(details, "expiration");
  effects.allow(
    `erc20:${text(details, "token")}`,
    owner,
    spender,
    text(details, "amount"),
    expiration === "0" ? undefined : expiration,
  );
}

const approve: Effect = (effects, site, args) => allow(effects, site.from, text(args, "spender"), args);

const permitSingle: Effect = (effects, _site, args) => {
  const permit = record(args, "permit");
  allow(effects, text(args, "owner"), text(permit, "spender"), record(permit, "details"));
};

const permitBatch: Effect = (effects, _site, args) => {
  const permit = record(args, "permit");
  for (const details of records(permit, "details")) {
    allow(effects, text(args, "owner"), text(permit, "spender"), details);
  }
};

const transfer: Effect = (effects, _site, args) =>
  effects.transfer(
    `erc20:${text(args, "token")}`,
    text(args, "from"),
    text(args, "to"),
    text(args, "amount"),
  );

const transfers: Effect = (effects, site, args) => {
  for (const details of records(args, "transfers")) transfer(effects, site, details);
};

const lockdown: Effect = (effects, site, args) => {
  for (const approval of records(args, "approvals")) {
    effects.allow(`erc20:${text(approval, "token")}`, site.from, text(approval, "spender"), "0");
  }
};

/** What is requested leaves the owner, at most what was permitted: the contract refuses more. */
function signedTransfer(effects: Effects, owner: string, permitted: Values, details: Values): void {
  effects.transfer(
    `erc20:${text(permitted, "token")}`,
    owner,
    text(details, "to"),
    text(details, "requestedAmount"),
  );
}

const permitTransfer: Effect = (effects, _site, args) =>
  signedTransfer(
    effects,
    text(args, "owner"),
    record(record(args, "permit"), "permitted"),
    record(args, "transferDetails"),
  );

const permitTransfers = (effects: Effects, site: CallSite, args: Values): void => {
  const permitted = records(record(args, "permit"), "permitted");
  const details = records(args, "transferDetails");
  if (permitted.length !== details.length) {
    throw invalid(site.field, "permitted and transferDetails of Permit2 must have the same length");
  }
  for (const [index, token] of permitted.entries()) {
    signedTransfer(effects, text(args, "owner"), token, details[index] ?? {});
  }
};

const DETAILS = "(address token,uint160 amount,uint48 expiration,uint48 nonce)";
const PERMITTED = "(address token,uint256 amount)";
const REQUESTED = "(address to,uint256 requestedAmount)";
const SINGLE = `(${PERMITTED} permitted,uint256 nonce,uint256 deadline) permit,${REQUESTED} transferDetails,address owner`;
const BATCH = `(${PERMITTED}[] permitted,uint256 nonce,uint256 deadline) permit,${REQUESTED}[] transferDetails,address owner`;
const WITNESS = "bytes32 witness,string witnessTypeString";

export const PERMIT2: readonly Row[] = [
  ["0x87517c45", "approve", "address token,address spender,uint160 amount,uint48 expiration", approve],
  [
    "0x2b67b570",
    "permit",
    `address owner,(${DETAILS} details,address spender,uint256 sigDeadline) permit,bytes signature`,
    permitSingle,
  ],
  [
    "0x2a2d80d1",
    "permit",
    `address owner,(${DETAILS}[] details,address spender,uint256 sigDeadline) permit,bytes signature`,
    permitBatch,
  ],
  ["0x36c78516", "transferFrom", "address from,address to,uint160 amount,address token", transfer],
  [
    "0x0d58b1db",
    "transferFrom",
    "(address from,address to,uint160 amount,address token)[] transfers",
    transfers,
  ],
  ["0x30f28b7a", "permitTransferFrom", `${SINGLE},bytes signature`, permitTransfer],
  ["0xedd9444b", "permitTransferFrom", `${BATCH},bytes signature`, permitTransfers],
  ["0x137c29fe", "permitWitnessTransferFrom", `${SINGLE},${WITNESS},bytes signature`, permitTransfer],
  ["0xfe8ec1a7", "permitWitnessTransferFrom", `${BATCH},${WITNESS},bytes signature`, permitTransfers],
  ["0xcc53287f", "lockdown", "(address token,address spender)[] approvals", lockdown],
  [
    "0x65d9723c",
    "invalidateNonces",
    "address token,address spender,uint48 newNonce",
    nothing("invalidateNonces makes the sender's own permits unusable"),
  ],
  [
    "0x3ff9dcb1",
    "invalidateUnorderedNonces",
    "uint256 wordPos,uint256 mask",
    nothing("invalidateUnorderedNonces makes the sender's own permits unusable"),
  ],
];
