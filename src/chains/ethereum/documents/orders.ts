/**
 * Orders of exchanges whose maker's side is plain: what may leave the maker is an allowance to the exchange, whatever the
 * price, and whoever else is paid is a transfer. Exchanges with hidden parts are not here, and so opaque.
 * @module
 */
import { text, texts } from "../values.ts";
import { contractOf, fixed, FULL, type Effect, type KnownDocument, type Signed } from "./document.ts";
import { currency, payOthers } from "./payouts.ts";

const ZERO = `0x${"00".repeat(20)}`;
const COW_SETTLEMENT = "0x9008d19f58aabd9ed0d60971565aa8510560ab41";
/** The settlement's own contract that tokens are approved to; both addresses are the same on every chain. */
const COW_VAULT_RELAYER = "0xc92e8bdf79f0507f65a392b0ab4667716bfe0110";
const COW_BALANCES = new Set(["erc20", "external", "internal"]);

function unread({ effects }: Signed, what: string): void {
  effects.opaque("unknownTypedData", what);
}

/**
 * Bought tokens, and whatever the trade yields beyond `buyAmount`, go to the receiver. A receiver who is not the owner
 * is paid all that is sold, so the intent names it as the spender.
 */
const cow: Effect = (signed) => {
  const { effects, message, signer } = signed;
  const kind = text(message, "kind");
  const known =
    (kind === "sell" || kind === "buy") &&
    COW_BALANCES.has(text(message, "sellTokenBalance")) &&
    COW_BALANCES.has(text(message, "buyTokenBalance"));
  if (!known) return unread(signed, "a CoW order of an unknown kind");
  const receiver = text(message, "receiver");
  const spender = receiver === ZERO || receiver === signer ? COW_VAULT_RELAYER : receiver;
  const most = BigInt(text(message, "sellAmount")) + BigInt(text(message, "feeAmount"));
  const asset = `erc20:${text(message, "sellToken")}`;
  effects.allow(asset, signer, spender, most.toString(), text(message, "validTo"));
};

/** What the maker gives, for 0x's and ParaSwap's orders. */
const makerSide =
  (asset: string, amount: string, expiry: (signed: Signed) => string): Effect =>
  (signed) => {
    const { effects, message } = signed;
    const token = `erc20:${text(message, asset)}`;
    effects.allow(token, text(message, "maker"), contractOf(signed), text(message, amount), expiry(signed));
  };

const expiryMember = ({ message }: Signed): string => text(message, "expiry");
/** Expiry, nonce bucket and nonce in one number: 64, 64 and 128 bits. */
const otcExpiry = ({ message }: Signed): string =>
  (BigInt(text(message, "expiryAndNonce")) >> 192n).toString();

/** Maker and taker sign the same document. */
const otc: Effect = (signed) => {
  const { message, signer } = signed;
  const { maker, taker } = { maker: text(message, "maker"), taker: text(message, "taker") };
  if (signer !== taker || maker === taker) makerSide("makerToken", "makerAmount", otcExpiry)(signed);
  if (signer === maker) return;
  const asset = `erc20:${text(message, "takerToken")}`;
  signed.effects.allow(asset, taker, contractOf(signed), text(message, "takerAmount"), otcExpiry(signed));
};

/** Bit of makerTraits: the salt commits to an extension, which the document does not show. */
const HAS_EXTENSION = 1n << 249n;
const EXPIRY_SHIFT = 80n;
const EXPIRY_MASK = (1n << 40n) - 1n;

const oneInch: Effect = (signed) => {
  const { effects, message } = signed;
  const traits = BigInt(text(message, "makerTraits"));
  if ((traits & HAS_EXTENSION) !== 0n)
    return unread(signed, "a 1inch order with an extension, of which only a hash is shown");
  const maker = text(message, "maker");
  const expiry = (traits >> EXPIRY_SHIFT) & EXPIRY_MASK;
  effects.allow(
    `erc20:${text(message, "makerAsset")}`,
    maker,
    contractOf(signed),
    text(message, "makingAmount"),
    expiry === 0n ? undefined : expiry.toString(),
  );
  const receiver = text(message, "receiver");
  if (receiver === ZERO) return;
  const asset = `erc20:${text(message, "takerAsset")}`;
  payOthers(effects, maker, [{ asset, to: receiver, amount: text(message, "takingAmount") }]);
};

/** Only the standard strategy's price is the document's; others compute it from what it does not say. */
const looksRare: Effect = (signed) => {
  const { effects, message } = signed;
  const standard = text(message, "strategyId") === "0";
  const [ids, amounts] = [texts(message, "itemIds"), texts(message, "amounts")];
  const kind = ["erc721", "erc1155"][Number(text(message, "collectionType"))];
  if (!standard || kind === undefined || ids.length !== amounts.length)
    return unread(signed, "a LooksRare order whose terms cannot be read");
  const owner = text(message, "signer");
  const [spender, expiresAt] = [contractOf(signed), text(message, "endTime")];
  switch (text(message, "quoteType")) {
    case "0":
      effects.allow(currency(text(message, "currency")), owner, spender, text(message, "price"), expiresAt);
      return undefined;
    case "1":
      for (const [index, id] of ids.entries()) {
        const asset = `${kind}:${text(message, "collection")}/${id}`;
        effects.allow(asset, owner, spender, amounts[index] ?? "0", expiresAt);
      }
      return undefined;
    default:
      return unread(signed, "a LooksRare order that neither bids nor asks");
  }
};

/** Of the exchange below, on Polygon (Polymarket/clob-client src/config.ts). */
const POLYMARKET = {
  exchange: "0x4bfb41d5b3570defd03c39a9a4d8de6bd8b8982e",
  collateral: "0x2791bca1f2de4661ed88a30c99a7a9449aa84174",
  shares: "0x4d97dcd97ec945f40cf65f87097ace5ea0476045",
};

/** Buyers give collateral, sellers shares; fees come out of what they get. */
const polymarket: Effect = (signed) => {
  const { effects, message } = signed;
  const { collateral, shares } = POLYMARKET;
  const asset = [`erc20:${collateral}`, `erc1155:${shares}/${text(message, "tokenId")}`][
    Number(text(message, "side"))
  ];
  if (asset === undefined) return unread(signed, "a Polymarket order that neither buys nor sells");
  const expiration = text(message, "expiration");
  return effects.allow(
    asset,
    text(message, "maker"),
    contractOf(signed),
    text(message, "makerAmount"),
    expiration === "0" ? undefined : expiration,
  );
};

const ZERO_EX = [fixed(FULL, { name: ["ZeroEx"], version: ["1.0.0"] })];
const ZERO_EX_SOURCE = "0xProject/protocol contracts/zero-ex/contracts/src/features/libs/LibNativeOrder.sol";

export const ORDER_DOCUMENTS: readonly KnownDocument[] = [
  {
    name: "CoW Order",
    type:
      "Order(address sellToken,address buyToken,address receiver,uint256 sellAmount,uint256 buyAmount,uint32 validTo," +
      "bytes32 appData,uint256 feeAmount,string kind,bool partiallyFillable,string sellTokenBalance,string buyTokenBalance)",
    domains: [
      fixed(FULL, { name: ["Gnosis Protocol"], version: ["v2"], verifyingContract: [COW_SETTLEMENT] }),
    ],
    source: "cowprotocol/contracts src/contracts/libraries/GPv2Order.sol",
    effect: cow,
  },
  {
    name: "0x LimitOrder",
    type:
      "LimitOrder(address makerToken,address takerToken,uint128 makerAmount,uint128 takerAmount," +
      "uint128 takerTokenFeeAmount,address maker,address taker,address sender,address feeRecipient,bytes32 pool," +
      "uint64 expiry,uint256 salt)",
    domains: ZERO_EX,
    source: ZERO_EX_SOURCE,
    effect: makerSide("makerToken", "makerAmount", expiryMember),
  },
  {
    name: "0x RfqOrder",
    type:
      "RfqOrder(address makerToken,address takerToken,uint128 makerAmount,uint128 takerAmount,address maker," +
      "address taker,address txOrigin,bytes32 pool,uint64 expiry,uint256 salt)",
    domains: ZERO_EX,
    source: ZERO_EX_SOURCE,
    effect: makerSide("makerToken", "makerAmount", expiryMember),
  },
  {
    name: "0x OtcOrder",
    type:
      "OtcOrder(address makerToken,address takerToken,uint128 makerAmount,uint128 takerAmount,address maker," +
      "address taker,address txOrigin,uint256 expiryAndNonce)",
    domains: ZERO_EX,
    source: ZERO_EX_SOURCE,
    effect: otc,
  },
  {
    name: "ParaSwap Order",
    type:
      "Order(uint256 nonceAndMeta,uint128 expiry,address makerAsset,address takerAsset,address maker,address taker," +
      "uint256 makerAmount,uint256 takerAmount)",
    domains: [fixed(FULL, { name: ["AUGUSTUS RFQ"], version: ["1"] })],
    source: "ethereum/clear-signing-erc7730-registry registry/paraswap/eip712-paraswap.json",
    effect: makerSide("makerAsset", "makerAmount", expiryMember),
  },
  {
    name: "1inch Order",
    type:
      "Order(uint256 salt,address maker,address receiver,address makerAsset,address takerAsset,uint256 makingAmount," +
      "uint256 takingAmount,uint256 makerTraits)",
    domains: [
      fixed(FULL, { name: ["1inch Limit Order Protocol"], version: ["4"] }),
      fixed(FULL, { name: ["1inch Aggregation Router"], version: ["6"] }),
    ],
    source: "1inch/limit-order-protocol 4.0.0 contracts/OrderLib.sol",
    effect: oneInch,
  },
  {
    name: "LooksRare Maker",
    type:
      "Maker(uint8 quoteType,uint256 globalNonce,uint256 subsetNonce,uint256 orderNonce,uint256 strategyId," +
      "uint8 collectionType,address collection,address currency,address signer,uint256 startTime,uint256 endTime," +
      "uint256 price,uint256[] itemIds,uint256[] amounts,bytes additionalParameters)",
    domains: [fixed(FULL, { name: ["LooksRareProtocol"], version: ["2"] })],
    source: "LooksRare/contracts-exchange-v2 contracts/libraries/OrderStructs.sol",
    effect: looksRare,
  },
  {
    name: "Polymarket Order",
    type:
      "Order(uint256 salt,address maker,address signer,address taker,uint256 tokenId,uint256 makerAmount," +
      "uint256 takerAmount,uint256 expiration,uint256 nonce,uint256 feeRateBps,uint8 side,uint8 signatureType)",
    domains: [
      fixed(FULL, {
        name: ["Polymarket CTF Exchange"],
        version: ["1"],
        chainId: ["137"],
        verifyingContract: [POLYMARKET.exchange],
      }),
    ],
    source: "Polymarket/ctf-exchange src/exchange/libraries/OrderStructs.sol",
    effect: polymarket,
  },
];
