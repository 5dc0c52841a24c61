/**
 * Actions of a Hyperliquid account that its owner signs. Assets are `hyperliquid:USDC`, `hyperliquid:NAME:0x…` and, on the
 * test network, `hyperliquid-testnet:…`; amounts are in 10^-8 of a token. What cannot be read exactly is opaque.
 * @module
 */
import { text } from "../values.ts";
import {
  fixed,
  FULL,
  hidden,
  type Domain,
  type Effect,
  type KnownDocument,
  type Signed,
} from "./document.ts";

const SOURCE = "hyperliquid-dex/hyperliquid-python-sdk hyperliquid/utils/signing.py";
/** The chain id is whichever the wallet is on: it says nothing about where the action counts. */
const DOMAIN: Domain = fixed(FULL, {
  name: ["HyperliquidSignTransaction"],
  version: ["1"],
  verifyingContract: [`0x${"00".repeat(20)}`],
});

const NETWORKS: ReadonlyMap<string, string> = new Map([
  ["Mainnet", "hyperliquid"],
  ["Testnet", "hyperliquid-testnet"],
]);
const DECIMALS = 8;
const AMOUNT = /^(0|[1-9][0-9]{0,18})(?:\.([0-9]{1,8}))?$/;
const ADDRESS = /^0x[0-9a-fA-F]{40}$/;
const TOKEN = /^[A-Za-z0-9]{1,16}(?::0x[0-9a-f]{32})?$/;

/** A decimal amount in 10^-8, or undefined where it is written in another way. */
function units(amount: string): string | undefined {
  const parts = AMOUNT.exec(amount);
  if (parts === null) return undefined;
  return BigInt(`${parts[1]}${(parts[2] ?? "").padEnd(DECIMALS, "0")}`).toString();
}

interface Payment {
  readonly from?: string;
  readonly to: string;
  readonly token: string;
  readonly amount: string;
}

/** Adds a transfer, or says that one of its parts is written in a way that cannot be read. */
function pay({ effects, message, signer }: Signed, payment: Payment): void {
  const network = NETWORKS.get(text(message, "hyperliquidChain"));
  const amount = units(payment.amount);
  const from = payment.from ?? signer;
  const readable = ADDRESS.test(payment.to) && ADDRESS.test(from) && TOKEN.test(payment.token);
  if (network === undefined || amount === undefined || !readable) {
    effects.opaque("unknownTypedData", "a Hyperliquid payment whose parts are not in their usual form");
    return;
  }
  effects.transfer(`${network}:${payment.token}`, from.toLowerCase(), payment.to.toLowerCase(), amount);
}

const usdSend: Effect = (signed) =>
  pay(signed, {
    to: text(signed.message, "destination"),
    token: "USDC",
    amount: text(signed.message, "amount"),
  });

const spotSend: Effect = (signed) =>
  pay(signed, {
    to: text(signed.message, "destination"),
    token: text(signed.message, "token"),
    amount: text(signed.message, "amount"),
  });

/** Between the account's own balances; an amount that names a sub-account is not in the usual form, hence opaque. */
const usdClassTransfer: Effect = (signed) =>
  pay(signed, { to: signed.signer, token: "USDC", amount: text(signed.message, "amount") });

const sendAsset: Effect = (signed) => {
  const subAccount = text(signed.message, "fromSubAccount");
  pay(signed, {
    ...(subAccount === "" ? {} : { from: subAccount }),
    to: text(signed.message, "destination"),
    token: text(signed.message, "token"),
    amount: text(signed.message, "amount"),
  });
};

/** Staked tokens count as paid to the validator, and as paid back by it. */
const tokenDelegate: Effect = (signed) => {
  const { effects, message, signer } = signed;
  const network = NETWORKS.get(text(message, "hyperliquidChain"));
  if (network === undefined) {
    effects.opaque("unknownTypedData", "a Hyperliquid action for an unknown network");
    return;
  }
  const [from, to] = [signer, text(message, "validator")];
  const [payer, payee] = message["isUndelegate"] === true ? [to, from] : [from, to];
  effects.transfer(`${network}:HYPE`, payer, payee, text(message, "wei"));
};

const approveAgent: Effect = ({ effects, message, signer }) =>
  effects.controls("delegate", signer, text(message, "agentAddress"));

/** The account belongs to the named signers from then on, and its own key alone no longer moves it. */
const convertToMultiSig: Effect = ({ effects, message, signer }) => {
  const owners = authorizedUsers(text(message, "signers"));
  if (owners === undefined) {
    effects.opaque("accountChange", "a Hyperliquid account changes its signers to some that cannot be read");
  }
  for (const owner of owners ?? []) effects.controls("owner", signer, owner);
  effects.controls("account", signer, null);
};

/**
 * Addresses in `{"authorizedUsers":[…],"threshold":n}`, which must be written as JSON libraries write it: another reader of
 * a freer form might find others.
 */
function authorizedUsers(json: string): readonly string[] | undefined {
  const compact = json.replaceAll(": ", ":").replaceAll(", ", ",");
  const list = SIGNERS.exec(compact)?.[1];
  return list?.split(",").map((quoted) => quoted.slice(1, -1).toLowerCase());
}

const SIGNERS =
  /^\{"authorizedUsers":\[("0x[0-9a-fA-F]{40}"(?:,"0x[0-9a-fA-F]{40}")*)\],"threshold":[1-9][0-9]?\}$/;

const row = (action: string, members: string, effect: KnownDocument["effect"]): KnownDocument => ({
  name: `Hyperliquid ${action}`,
  type: `HyperliquidTransaction:${action}(string hyperliquidChain,${members})`,
  domains: [DOMAIN],
  source: SOURCE,
  effect,
});

export const HYPERLIQUID_DOCUMENTS: readonly KnownDocument[] = [
  row("UsdSend", "string destination,string amount,uint64 time", usdSend),
  row("SpotSend", "string destination,string token,string amount,uint64 time", spotSend),
  row("Withdraw", "string destination,string amount,uint64 time", usdSend),
  row("UsdClassTransfer", "string amount,bool toPerp,uint64 nonce", usdClassTransfer),
  row(
    "SendAsset",
    "string destination,string sourceDex,string destinationDex,string token,string amount,string fromSubAccount,uint64 nonce",
    sendAsset,
  ),
  row("ApproveAgent", "address agentAddress,string agentName,uint64 nonce", approveAgent),
  row(
    "ApproveBuilderFee",
    "string maxFeeRate,address builder,uint64 nonce",
    hidden("a builder may take a share of every later order: how much that is nobody can tell"),
  ),
  row("TokenDelegate", "address validator,uint64 wei,bool isUndelegate,uint64 nonce", tokenDelegate),
  row("ConvertToMultiSigUser", "string signers,uint64 nonce", convertToMultiSig),
  row(
    "SendMultiSig",
    "bytes32 multiSigActionHash,uint64 nonce",
    hidden("an action of a Hyperliquid account, of which only a hash is shown"),
  ),
];
