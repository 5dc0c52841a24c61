/**
 * The contract functions whose effects Claviger knows, by 4-byte selector. A selector names a shape, not a contract: any
 * contract may answer to it, so policies that trust these effects also check `calls[].to` or the token in `asset`.
 * @module
 */
import { MAX_UINT256 } from "../../domain/amounts.ts";
import { invalid } from "../../domain/errors.ts";
import { parseParameters, typeName, type AbiParameter } from "./abi.ts";
import type { CallSite, Effects } from "./effects.ts";
import { records, text, texts, type Values } from "./values.ts";
import { WRAPPERS, type Inner } from "./wrappers.ts";

type Effect = (effects: Effects, site: CallSite, args: Values) => void;

export interface KnownFunction {
  /** `transfer(address,uint256)`: the form that the selector hashes. */
  readonly signature: string;
  readonly parameters: readonly AbiParameter[];
  /** What the call does to assets by itself. */
  readonly effect?: Effect;
  /** The calls that it makes in turn. */
  readonly inner?: Inner;
  /** True where the inner calls say everything, so that repeating their bytes as arguments would only fill the intent. */
  readonly transparent?: boolean;
}

const UNLIMITED = MAX_UINT256.toString();

const erc20 = (token: string): string => `erc20:${token}`;

const approve: Effect = (effects, site, args) =>
  effects.allow(erc20(site.to), site.from, text(args, "spender"), text(args, "amount"));

const permit: Effect = (effects, site, args) => {
  const { to } = site;
  effects.allow(
    erc20(to),
    text(args, "owner"),
    text(args, "spender"),
    text(args, "value"),
    text(args, "deadline"),
  );
};

const daiPermit: Effect = (effects, site, args) => {
  const amount = args["allowed"] === true ? UNLIMITED : "0";
  const expiry = text(args, "expiry");
  // DAI reads an expiry of 0 as "never".
  const expiresAt = expiry === "0" ? undefined : expiry;
  effects.allow(erc20(site.to), text(args, "holder"), text(args, "spender"), amount, expiresAt);
};

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

const permit2Approve: Effect = (effects, site, args) =>
  effects.allow(
    erc20(text(args, "token")),
    site.from,
    text(args, "spender"),
    text(args, "amount"),
    text(args, "expiration"),
  );

const permit2Transfer: Effect = (effects, _site, args) =>
  effects.transfer(erc20(text(args, "token")), text(args, "from"), text(args, "to"), text(args, "amount"));

const permit2Transfers: Effect = (effects, site, args) => {
  for (const transfer of records(args, "transfers")) permit2Transfer(effects, site, transfer);
};

/**
 * Selector, name, parameters, effect. `transferFrom(address,address,uint256)` and `approve(address,uint256)` are the same bytes
 * for ERC-20 and ERC-721: both appear as `erc20:TOKEN` whose amount is then the token id.
 */
const ASSET_FUNCTIONS: readonly (readonly [string, string, string, Effect?])[] = [
  [
    "0xa9059cbb",
    "transfer",
    "address to,uint256 amount",
    (effects, site, args) =>
      effects.transfer(erc20(site.to), site.from, text(args, "to"), text(args, "amount")),
  ],
  [
    "0x23b872dd",
    "transferFrom",
    "address from,address to,uint256 amount",
    (effects, site, args) =>
      effects.transfer(erc20(site.to), text(args, "from"), text(args, "to"), text(args, "amount")),
  ],
  ["0x095ea7b3", "approve", "address spender,uint256 amount", approve],
  // The total afterwards is unknown to an offline signer; the amount is what is added.
  ["0x39509351", "increaseAllowance", "address spender,uint256 amount", approve],
  // Grants nothing, so it leaves only its call entry.
  ["0xa457c2d7", "decreaseAllowance", "address spender,uint256 amount"],
  [
    "0xd505accf",
    "permit",
    "address owner,address spender,uint256 value,uint256 deadline,uint8 v,bytes32 r,bytes32 s",
    permit,
  ],
  [
    "0x8fcbaf0c",
    "permit",
    "address holder,address spender,uint256 nonce,uint256 expiry,bool allowed,uint8 v,bytes32 r,bytes32 s",
    daiPermit,
  ],
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
  // Permit2, the contract
  ["0x87517c45", "approve", "address token,address spender,uint160 amount,uint48 expiration", permit2Approve],
  ["0x36c78516", "transferFrom", "address from,address to,uint160 amount,address token", permit2Transfer],
  [
    "0x0d58b1db",
    "transferFrom",
    "(address from,address to,uint160 amount,address token)[] transfers",
    permit2Transfers,
  ],
];

/** Every known function by its selector. */
export const FUNCTIONS: ReadonlyMap<string, KnownFunction> = new Map([
  ...ASSET_FUNCTIONS.map(([selector, name, parameters, effect]) =>
    tableRow(selector, name, parameters, effect ? { effect } : {}),
  ),
  ...WRAPPERS.map(([selector, name, parameters, inner, transparent]) =>
    tableRow(selector, name, parameters, { inner, transparent }),
  ),
]);

function tableRow(
  selector: string,
  name: string,
  parameterText: string,
  rest: Pick<KnownFunction, "effect" | "inner" | "transparent">,
): [string, KnownFunction] {
  const parameters = parseParameters(parameterText);
  const signature = `${name}(${parameters.map((parameter) => typeName(parameter.type)).join(",")})`;
  return [selector, { signature, parameters, ...rest }];
}
