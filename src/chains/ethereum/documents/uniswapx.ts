/** UniswapX orders: Permit2 transfers to a reactor, with the order as witness (Uniswap/UniswapX src/lib/*OrderLib.sol). */
import { record, records, text, type Values } from "../values.ts";
import type { Effect, KnownDocument } from "./document.ts";
import { currency, larger, payOthers, type Payout } from "./payouts.ts";
import { PERMIT2, permittedTransfer, TOKEN_PERMISSIONS } from "./permit2.ts";

const INFO =
  "OrderInfo(address reactor,address swapper,uint256 nonce,uint256 deadline,address additionalValidationContract," +
  "bytes additionalValidationData)";
const OUTPUT = "DutchOutput(address token,uint256 startAmount,uint256 endAmount,address recipient)";
const STUB =
  "PermitWitnessTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline,";

/** Type names in the order in which encodeType puts them. */
const typeText = (witness: string, ...structs: readonly string[]): string =>
  `${STUB}${witness} witness)${structs.join("")}`;

type ReadOutput = (output: Values) => string;

const dutch: ReadOutput = (output) => larger(text(output, "startAmount"), text(output, "endAmount"));
const stated =
  (member: string): ReadOutput =>
  (output) =>
    text(output, member);

/**
 * The permit bounds what leaves: Permit2 gives the reactor no more than `permitted.amount`. A cosigner or filler may raise
 * what recipients get, at their own cost.
 */
const order =
  (outputs: string, amount: ReadOutput): Effect =>
  (signed) => {
    const witness = record(signed.message, "witness");
    const swapper = text(record(witness, "info"), "swapper");
    // A spender that is not a reactor takes from the signer, whatever the order says about its swapper.
    if (swapper !== signed.signer) {
      signed.effects.opaque("unknownTypedData", `a UniswapX order of ${swapper}, which is not the signer`);
      return;
    }
    permittedTransfer(signed, record(signed.message, "permitted"), swapper);
    const payouts = records(witness, outputs).map((output): Payout => ({
      asset: currency(text(output, "token")),
      to: text(output, "recipient"),
      amount: amount(output),
    }));
    payOthers(signed.effects, swapper, payouts);
  };

const source = (file: string): string => `Uniswap/UniswapX src/lib/${file}.sol (PERMIT2_ORDER_TYPE)`;

export const UNISWAPX_DOCUMENTS: readonly KnownDocument[] = [
  {
    name: "UniswapX DutchOrder",
    type: typeText(
      "DutchOrder",
      "DutchOrder(OrderInfo info,uint256 decayStartTime,uint256 decayEndTime,address inputToken,uint256 inputStartAmount," +
        "uint256 inputEndAmount,DutchOutput[] outputs)",
      OUTPUT,
      INFO,
      TOKEN_PERMISSIONS,
    ),
    domains: [PERMIT2],
    source: source("DutchOrderLib"),
    effect: order("outputs", dutch),
  },
  {
    name: "UniswapX ExclusiveDutchOrder",
    type: typeText(
      "ExclusiveDutchOrder",
      OUTPUT,
      "ExclusiveDutchOrder(OrderInfo info,uint256 decayStartTime,uint256 decayEndTime,address exclusiveFiller," +
        "uint256 exclusivityOverrideBps,address inputToken,uint256 inputStartAmount,uint256 inputEndAmount," +
        "DutchOutput[] outputs)",
      INFO,
      TOKEN_PERMISSIONS,
    ),
    domains: [PERMIT2],
    source: source("ExclusiveDutchOrderLib"),
    effect: order("outputs", dutch),
  },
  {
    name: "UniswapX V2DutchOrder",
    type: typeText(
      "V2DutchOrder",
      OUTPUT,
      INFO,
      TOKEN_PERMISSIONS,
      "V2DutchOrder(OrderInfo info,address cosigner,address baseInputToken,uint256 baseInputStartAmount," +
        "uint256 baseInputEndAmount,DutchOutput[] baseOutputs)",
    ),
    domains: [PERMIT2],
    source: source("V2DutchOrderLib"),
    effect: order("baseOutputs", dutch),
  },
  {
    name: "UniswapX V3DutchOrder",
    type: typeText(
      "V3DutchOrder",
      "NonlinearDutchDecay(uint256 relativeBlocks,int256[] relativeAmounts)",
      INFO,
      TOKEN_PERMISSIONS,
      "V3DutchInput(address token,uint256 startAmount,NonlinearDutchDecay curve,uint256 maxAmount," +
        "uint256 adjustmentPerGweiBaseFee)",
      "V3DutchOrder(OrderInfo info,address cosigner,uint256 startingBaseFee,V3DutchInput baseInput," +
        "V3DutchOutput[] baseOutputs)",
      "V3DutchOutput(address token,uint256 startAmount,NonlinearDutchDecay curve,address recipient,uint256 minAmount," +
        "uint256 adjustmentPerGweiBaseFee)",
    ),
    domains: [PERMIT2],
    source: source("V3DutchOrderLib"),
    effect: order("baseOutputs", stated("startAmount")),
  },
  {
    name: "UniswapX PriorityOrder",
    type: typeText(
      "PriorityOrder",
      INFO,
      "PriorityInput(address token,uint256 amount,uint256 mpsPerPriorityFeeWei)",
      "PriorityOrder(OrderInfo info,address cosigner,uint256 auctionStartBlock,uint256 baselinePriorityFeeWei," +
        "PriorityInput input,PriorityOutput[] outputs)",
      "PriorityOutput(address token,uint256 amount,uint256 mpsPerPriorityFeeWei,address recipient)",
      TOKEN_PERMISSIONS,
    ),
    domains: [PERMIT2],
    source: source("PriorityOrderLib"),
    effect: order("outputs", stated("amount")),
  },
  {
    name: "UniswapX LimitOrder",
    type: typeText(
      "LimitOrder",
      "LimitOrder(OrderInfo info,address inputToken,uint256 inputAmount,OutputToken[] outputs)",
      INFO,
      "OutputToken(address token,uint256 amount,address recipient)",
      TOKEN_PERMISSIONS,
    ),
    domains: [PERMIT2],
    source: source("LimitOrderLib"),
    effect: order("outputs", stated("amount")),
  },
];
