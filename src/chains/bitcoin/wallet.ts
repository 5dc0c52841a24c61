/**
 * `bitcoin.psbt` for a wallet: every input at an address of its keys is signed, in one decision. An input at an address of
 * the wallet that has no key refuses all, so that nobody gets a transaction half signed without having asked for it.
 * @module
 */
import { refused } from "../../domain/errors.ts";
import type { KeyRecord } from "../../domain/keys.ts";
import type { DecodedRequest, SignRequest, WalletAdapter, WalletSurvey, WalletView } from "../adapter.ts";
import { statedPath } from "./derivations.ts";
import type { Spending } from "./inputs.ts";
import { pathName, spendingKeyOf } from "./keys.ts";
import type { SpendingKey } from "./keys.ts";
import { assertNoKeyMissing } from "./missing-keys.ts";
import { countOutputs } from "./outputs.ts";
import { addressOfScript, hex } from "./scripts.ts";
import type { Network } from "./scripts.ts";
import { singleKeySpender } from "./single-key.ts";
import { decodeSpend, readSpend } from "./spend.ts";
import { Spenders } from "./spenders.ts";
import { keyOnNetwork } from "./test-networks.ts";

export const bitcoinWallets: WalletAdapter = { survey, decode };

/** One network of each form of addresses: signet writes them as testnet does. */
const FORMS: readonly Network[] = ["mainnet", "testnet", "regtest"];

/** Indexes of an account's path: purpose, coin and account. */
const ACCOUNT_DEPTH = 3;

const WHOSE =
  "a key of this wallet; choose the wallet of the inputs, and create the keys of their addresses first";

/** Scripts that are spent and paid, as addresses of each network, and the accounts that inputs are said to lie in. */
function survey(request: SignRequest): WalletSurvey {
  const { psbt, spendings } = readSpend(request);
  const scripts = new Map<string, Uint8Array>();
  for (const { spent } of spendings) scripts.set(hex(spent.script), spent.script);
  const outputs = countOutputs(psbt.transaction);
  for (let position = 0; position < outputs; position += 1) {
    const { script } = psbt.transaction.getOutput(position);
    if (script !== undefined) scripts.set(hex(script), script);
  }
  const addresses = [...scripts.values()].flatMap((script) =>
    FORMS.flatMap((network) => addressOfScript(script, network) ?? []),
  );
  const accountPaths = spendings.flatMap(({ input }) => {
    const path = statedPath(input);
    return path === undefined ? [] : [pathName(path.slice(0, ACCOUNT_DEPTH))];
  });
  return { addresses, accountPaths: [...new Set(accountPaths)] };
}

function decode(request: SignRequest, view: WalletView): DecodedRequest {
  const asked = readSpend(request);
  const keys = keysOnNetwork(view.keys, asked.spendings, request);
  const [first] = keys;
  const { walletId } = view;
  const accounts = view.accounts.map((key) => onNetworkOf(first, spendingKeyOf(key)));
  assertNoKeyMissing(asked.spendings, { walletId, keys, accounts });
  if (first === undefined) throw refused("/psbt", `no input spends an output of ${WHOSE}`);
  return decodeSpend(asked, new Spenders(first.network, WHOSE, keys.map(singleKeySpender)));
}

/**
 * The keys that spend an input, on the one network of the request, then those that are only paid. The request names the
 * network, or it is the first of each key's.
 */
function keysOnNetwork(
  records: readonly KeyRecord[],
  spendings: readonly Spending[],
  request: SignRequest,
): readonly SpendingKey[] {
  const spent = new Set(spendings.map((spending) => hex(spending.spent.script)));
  const keys = records.map((record) => ({ record, key: spendingKeyOf(record) }));
  const spending = keys.flatMap(({ record, key }) => {
    if (!spent.has(hex(key.script))) return [];
    const there = keyOnNetwork(record, request);
    return [there === record ? key : spendingKeyOf(there)];
  });
  const [first, another] = new Map(spending.map((key) => [key.network, key])).values();
  if (first === undefined) return [];
  if (another !== undefined) {
    throw refused(
      "/psbt",
      `has inputs of keys of ${first.network} and of ${another.network}; a transaction is of one network, so split it, or ` +
        `name the network that all keys list`,
    );
  }
  const paid = keys.flatMap(({ key }) => (spent.has(hex(key.script)) ? [] : [onNetworkOf(first, key)]));
  return [...spending, ...paid];
}

/** Scripts are the same on every network; addresses are not. */
function onNetworkOf(first: SpendingKey | undefined, key: SpendingKey): SpendingKey {
  if (first === undefined || first.network === key.network) return key;
  const address = addressOfScript(key.script, first.network) ?? key.address;
  return { ...key, network: first.network, address };
}
