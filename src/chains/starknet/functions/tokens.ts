/**
 * Tokens. ERC-721 shares `transfer_from` and `approve` with ERC-20, selector and shape: both appear as
 * `starknet-erc20:CONTRACT`, whose amount is then the token id.
 * @module
 */
import { MAX_UINT256 } from "../../../domain/amounts.ts";
import { invalid } from "../../../domain/errors.ts";
import type { Fields } from "../calldata.ts";
import { nothing } from "../../../domain/intent.ts";
import { erc20, transfer, type Effect } from "../effects.ts";
import type { Form, KnownFunction } from "./row.ts";
import { text, texts } from "../values.ts";

const UNLIMITED = MAX_UINT256.toString();

const CAIRO = "OpenZeppelin/cairo-contracts v4.0.0-alpha.1 packages/interfaces/src/token";
const ERC20 = `${CAIRO}/erc20.cairo`;
const ERC721 = `${CAIRO}/erc721.cairo`;
const ERC1155 = `${CAIRO}/erc1155.cairo`;
const ALLOWANCES = "OpenZeppelin/cairo-contracts v0.7.0 src/token/erc20/erc20.cairo";

const transferred: Effect = (values, { account, to }) => ({
  transfers: [transfer(erc20(to), account, text(values, "recipient"), text(values, "amount"))],
});

const transferredFrom: Effect = (values, { to }) => ({
  transfers: [transfer(erc20(to), text(values, "sender"), text(values, "recipient"), text(values, "amount"))],
});

/** Of an increase the amount is what is added: the total afterwards is not known offline. */
const approved: Effect = (values, { account, to }) => ({
  allowances: [
    {
      asset: erc20(to),
      owner: account,
      spender: text(values, "spender"),
      amount: text(values, "amount"),
    },
  ],
});

/** The deadline ends the signature that is sent along, not the allowance. */
const permitted: Effect = (values, { to }) => ({
  allowances: [
    {
      asset: erc20(to),
      owner: text(values, "owner"),
      spender: text(values, "spender"),
      amount: text(values, "amount"),
    },
  ],
});

const erc721Transferred: Effect = (values, { to }) => ({
  transfers: [
    transfer(
      `starknet-erc721:${to}/${text(values, "token_id")}`,
      text(values, "from"),
      text(values, "to"),
      "1",
    ),
  ],
});

const erc1155Transferred: Effect = (values, { to }) => ({
  transfers: [
    transfer(
      `starknet-erc1155:${to}/${text(values, "token_id")}`,
      text(values, "from"),
      text(values, "to"),
      text(values, "value"),
    ),
  ],
});

const erc1155Batch: Effect = (values, { to, field }) => {
  const amounts = texts(values, "values");
  const ids = texts(values, "token_ids");
  if (ids.length !== amounts.length) {
    throw invalid(field, "token_ids and values of a batch transfer must have the same length");
  }
  if (ids.length === 0) return nothing("a batch transfer of no token moves nothing");
  const [from, recipient] = [text(values, "from"), text(values, "to")];
  return {
    transfers: ids.map((id, index) =>
      transfer(`starknet-erc1155:${to}/${id}`, from, recipient, amounts[index] ?? "0"),
    ),
  };
};

/** Asked of an ERC-721 or an ERC-1155: the asset says `starknet-erc721:…/*` for both. */
const approvedForAll: Effect = (values, { account, to }) => ({
  allowances: [
    {
      asset: `starknet-erc721:${to}/*`,
      owner: account,
      spender: text(values, "operator"),
      amount: values["approved"] === true ? UNLIMITED : "0",
    },
  ],
});

const RECIPIENT: Fields = [
  ["recipient", "address"],
  ["amount", "u256"],
];
const SENDER_RECIPIENT: Fields = [["sender", "address"], ...RECIPIENT];
const SPENDER: Fields = [
  ["spender", "address"],
  ["amount", "u256"],
];
const PERMIT: Fields = [["owner", "address"], ...SPENDER, ["deadline", "u64"], ["signature", "felts"]];
const FROM_TO: Fields = [
  ["from", "address"],
  ["to", "address"],
];
const ERC721_SAFE: Form = {
  fields: [...FROM_TO, ["token_id", "u256"], ["data", "felts"]],
  effect: erc721Transferred,
};
const ERC1155_SAFE: Form = {
  fields: [...FROM_TO, ["token_id", "u256"], ["value", "u256"], ["data", "felts"]],
  effect: erc1155Transferred,
};
const ERC1155_BATCH: Form = {
  fields: [...FROM_TO, ["token_ids", { list: "u256" }], ["values", { list: "u256" }], ["data", "felts"]],
  effect: erc1155Batch,
};
const FOR_ALL: Form = {
  fields: [
    ["operator", "address"],
    ["approved", "bool"],
  ],
  effect: approvedForAll,
};
const DECREASE: Form = {
  fields: SPENDER,
  effect: nothing("a decrease of an allowance grants nothing"),
};

/** A function that is known with one declaration, under both of its spellings. */
function named(
  names: readonly string[],
  source: string,
  forms: readonly [Form, ...Form[]],
  strict = false,
): KnownFunction[] {
  return names.map((name) => ({ name, source, forms, strict }));
}

export const TOKEN_FUNCTIONS: readonly KnownFunction[] = [
  ...named(["transfer"], ERC20, [{ fields: RECIPIENT, effect: transferred }], true),
  ...named(
    ["transfer_from", "transferFrom"],
    ERC20,
    [{ fields: SENDER_RECIPIENT, effect: transferredFrom }],
    true,
  ),
  ...named(["approve"], ERC20, [{ fields: SPENDER, effect: approved }], true),
  ...named(
    ["increase_allowance", "increaseAllowance"],
    ALLOWANCES,
    [{ fields: SPENDER, effect: approved }],
    true,
  ),
  ...named(["decrease_allowance", "decreaseAllowance"], ALLOWANCES, [DECREASE], true),
  ...named(["permit"], ERC20, [{ fields: PERMIT, effect: permitted }]),
  ...named(["safe_transfer_from", "safeTransferFrom"], `${ERC721}; ${ERC1155}`, [ERC721_SAFE, ERC1155_SAFE]),
  ...named(["safe_batch_transfer_from", "safeBatchTransferFrom"], ERC1155, [ERC1155_BATCH]),
  ...named(["set_approval_for_all", "setApprovalForAll"], ERC721, [FOR_ALL]),
];
