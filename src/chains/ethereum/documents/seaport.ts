/**
 * Orders of Seaport 1.1 to 1.6, alone and as trees of orders. What is offered may leave at any price; whoever is paid
 * for it, but the offerer, is a recipient in the intent.
 * @module
 */
import { records, text, type Values } from "../values.ts";
import {
  contractOf,
  fixed,
  FULL,
  type Domain,
  type Effect,
  type KnownDocument,
  type Signed,
} from "./document.ts";
import { larger, payOthers } from "./payouts.ts";

const SOURCE = "ProjectOpenSea/seaport contracts/lib/ConsiderationBase.sol, 1.1 to 1.6";
const domainOf = (...version: readonly string[]): Domain => fixed(FULL, { name: ["Seaport"], version });

const ZERO = `0x${"00".repeat(20)}`;
/** Tree heights whose every leaf fits into one document: the contract takes up to 24. */
const HEIGHT_MAX = 6;

const CONSIDERATION =
  "ConsiderationItem(uint8 itemType,address token,uint256 identifierOrCriteria,uint256 startAmount,uint256 endAmount," +
  "address recipient)";
const OFFER =
  "OfferItem(uint8 itemType,address token,uint256 identifierOrCriteria,uint256 startAmount,uint256 endAmount)";
const COMPONENTS =
  "OrderComponents(address offerer,address zone,OfferItem[] offer,ConsiderationItem[] consideration,uint8 orderType," +
  "uint256 startTime,uint256 endTime,bytes32 zoneHash,uint256 salt,bytes32 conduitKey,uint256 counter)";

/** By itemType; criteria stand for any token of the collection. */
const ASSETS: readonly ((token: string, id: string) => string)[] = [
  () => "native",
  (token) => `erc20:${token}`,
  (token, id) => `erc721:${token}/${id}`,
  (token, id) => `erc1155:${token}/${id}`,
  (token) => `erc721:${token}/*`,
  (token) => `erc1155:${token}/*`,
];

interface Item {
  readonly asset: string;
  readonly amount: string;
}

function itemOf(item: Values): Item | undefined {
  const asset = ASSETS[Number(text(item, "itemType"))];
  if (asset === undefined) return undefined;
  return {
    asset: asset(text(item, "token"), text(item, "identifierOrCriteria")),
    amount: larger(text(item, "startAmount"), text(item, "endAmount")),
  };
}

function visitOrder(signed: Signed, order: Values): void {
  const { effects } = signed;
  const offerer = text(order, "offerer");
  for (const offered of records(order, "offer")) {
    const item = itemOf(offered);
    if (item === undefined) effects.opaque("unknownTypedData", "a Seaport order of an unknown kind of item");
    else effects.allow(item.asset, offerer, contractOf(signed), item.amount, text(order, "endTime"));
  }
  for (const paid of records(order, "consideration")) {
    const item = itemOf(paid);
    if (item === undefined) effects.opaque("unknownTypedData", "a Seaport order of an unknown kind of item");
    else payOthers(effects, offerer, [{ ...item, to: text(paid, "recipient") }]);
  }
}

const single: Effect = (signed) => visitOrder(signed, signed.message);

/** Trees are filled up with orders of nobody, which nobody can sign. */
const tree =
  (height: number): Effect =>
  (signed) => {
    for (const order of leaves(signed.message, height)) {
      if (text(order, "offerer") !== ZERO) visitOrder(signed, order);
    }
  };

function leaves(message: Values, height: number): readonly Values[] {
  let level: unknown = message["tree"];
  for (let depth = 1; depth < height; depth++) level = Array.isArray(level) ? level.flat() : level;
  return Array.isArray(level) ? records({ leaves: level }, "leaves") : [];
}

const BULK_ORDERS: readonly KnownDocument[] = Array.from({ length: HEIGHT_MAX }, (_, index) => ({
  name: "Seaport BulkOrder",
  type: `BulkOrder(OrderComponents${"[2]".repeat(index + 1)} tree)${CONSIDERATION}${OFFER}${COMPONENTS}`,
  domains: [domainOf("1.2", "1.3", "1.4", "1.5", "1.6")],
  source: "ProjectOpenSea/seaport-js src/utils/eip712/bulk-orders.ts",
  effect: tree(index + 1),
}));

export const SEAPORT_DOCUMENTS: readonly KnownDocument[] = [
  {
    name: "Seaport OrderComponents",
    type: `${COMPONENTS}${CONSIDERATION}${OFFER}`,
    domains: [domainOf("1.1", "1.2", "1.3", "1.4", "1.5", "1.6")],
    source: SOURCE,
    effect: single,
  },
  ...BULK_ORDERS,
];
