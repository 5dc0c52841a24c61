/**
 * `bitcoin.psbt` for a wallet: every input at an address of its keys is signed, in one decision. An input at an address of
 * the wallet that has no key refuses all, so that nobody gets a transaction half signed without having asked for it.
 * @module
 */
import { invalid, refused } from "../../domain/errors.ts";
import type { KeyRecord } from "../../domain/keys.ts";
import type { DecodedRequest, SignRequest, WalletAdapter, WalletSurvey, WalletView } from "../adapter.ts";
import { OwnDescriptors } from "./descriptors/registered.ts";
import { storedDescriptor } from "./descriptors/scheme.ts";
import { descriptorSpender } from "./descriptors/spender.ts";
import { statedPath } from "./derivations.ts";
import type { Spending } from "./inputs.ts";
import { pathName, spendingKeyOf } from "./keys.ts";
import type { SpendingKey } from "./keys.ts";
import { assertNoKeyMissing } from "./missing-keys.ts";
import { countOutputs } from "./outputs.ts";
import { addressOfScript, hex } from "./scripts.ts";
import { isNetwork, type Network } from "./names.ts";
import { singleKeySpender } from "./single-key.ts";
import { decodeSpend, readSpend } from "./spend.ts";
import { Spenders } from "./spenders.ts";
import { scriptsOfStaker, stakersIn, stakingSpenders } from "./staking/spender.ts";
import { keyOnNetwork } from "./test-networks.ts";

export const bitcoinWallets: WalletAdapter = { survey, decode };

/** One network of each form of addresses: signet writes them as testnet does. */
const FORMS: readonly Network[] = ["mainnet", "testnet", "regtest"];

/** Indexes of an account's path: purpose, coin and account. */
const ACCOUNT_DEPTH = 3;

const WHOSE =
  "a key or a registered descriptor of this wallet; choose the wallet of the inputs, and create the keys of their addresses, " +
  "or register the descriptor, first. A descriptor's inputs need their derivation fields";

/** Scripts that are spent and paid, as addresses of each network, and the accounts that inputs are said to be in. */
function survey(request: SignRequest): WalletSurvey {
  const { psbt, spendings } = readSpend(request);
  const scripts = new Map<string, Uint8Array>();
  for (const { spent } of spendings) scripts.set(hex(spent.script), spent.script);
  const outputs = countOutputs(psbt.transaction);
  for (let position = 0; position < outputs; position += 1) {
    const { script } = psbt.transaction.getOutput(position);
    if (script !== undefined) scripts.set(hex(script), script);
  }
  // A staker's key is not spent itself: the stake names it.
  for (const staker of stakersIn(spendings)) {
    for (const script of scriptsOfStaker(staker)) scripts.set(hex(script), script);
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
  const registered = registeredOf(view);
  const shared = registered.spent(asked.spendings);
  const network = oneNetwork([
    ...keys.map((key) => key.network),
    ...shared.map(({ own }) => own.descriptor.network),
  ]);
  if (network === undefined)
    throw refused("/psbt", `no input spends an output of ${WHOSE}; name the wallet whose coins it spends`);
  if (shared.length > 0 && request["network"] !== undefined && request["network"] !== network) {
    throw invalid(
      "/network",
      `must be that of the descriptor, ${network}; leave it out, or register the descriptor for it`,
    );
  }
  const spenders = [
    ...keys.map(singleKeySpender),
    ...stakingSpenders(keys, asked.spendings),
    ...shared.map(({ own, output }) => descriptorSpender(own, output, registered)),
  ];
  return decodeSpend(asked, new Spenders(network, WHOSE, spenders));
}

function registeredOf({ descriptors }: WalletView): OwnDescriptors {
  return new OwnDescriptors(
    descriptors.map(({ id, descriptor, network, ownKeys }) => {
      if (!isNetwork(network)) throw new Error("a registered descriptor has a network");
      const keyIds = new Map(ownKeys.map(({ name, keyId }) => [name, keyId]));
      return { id, descriptor: storedDescriptor(descriptor, network), keyIds };
    }),
  );
}

function oneNetwork(networks: readonly Network[]): Network | undefined {
  const [first, another] = new Set(networks);
  if (another === undefined) return first;
  throw refused(
    "/psbt",
    `has inputs of keys or descriptors of ${first} and of ${another}; a transaction is of one network, so split it`,
  );
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
  const stakers = stakersIn(spendings);
  const signs = ({ script, publicKey }: SpendingKey): boolean =>
    spent.has(hex(script)) || stakers.has(hex(publicKey.subarray(1)));
  const keys = records.map((record) => ({ record, key: spendingKeyOf(record) }));
  const spending = keys.flatMap(({ record, key }) => {
    if (!signs(key)) return [];
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
  const paid = keys.flatMap(({ key }) => (signs(key) ? [] : [onNetworkOf(first, key)]));
  return [...spending, ...paid];
}

/** Scripts are the same on every network; addresses are not. */
function onNetworkOf(first: SpendingKey | undefined, key: SpendingKey): SpendingKey {
  if (first === undefined || first.network === key.network) return key;
  const address = addressOfScript(key.script, first.network) ?? key.address;
  return { ...key, network: first.network, address };
}
