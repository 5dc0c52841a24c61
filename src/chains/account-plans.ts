/**
 * The names and paths of accounts, and which account a key is in. Pure text, so that the main thread can list accounts
 * without loading a chain; Babylon and StarkNet have none: their keys must not follow from a public one.
 * @module
 */
import type { KeyRecord } from "../domain/keys.ts";
import type { AccountPlan } from "./adapter.ts";
import { isNetwork, isPurpose } from "./bitcoin/names.ts";
import type { Network } from "./bitcoin/names.ts";

const LEVEL = "0|[1-9][0-9]{0,9}";
const BITCOIN = new RegExp(`^bitcoin-([a-z]+)-(44|49|84|86)-(${LEVEL})$`);
/** BIP-48: one key of several. The last level is 1 for P2SH-P2WSH and 2 for P2WSH. */
const BITCOIN_SHARED = new RegExp(`^bitcoin-([a-z]+)-48-(${LEVEL})-([12])$`);
const ETHEREUM = new RegExp(`^ethereum-(${LEVEL})$`);

const HARDENED = 2 ** 31;

/** The account that clients call `id`, whether or not it has a key; undefined for any other text. */
export function accountOfName(id: string): AccountPlan | undefined {
  const [, network, purpose, account] = BITCOIN.exec(id) ?? [];
  if (network !== undefined) return bitcoinAccount(network, Number(purpose), Number(account));
  const [, sharedNetwork, shared, script] = BITCOIN_SHARED.exec(id) ?? [];
  if (sharedNetwork !== undefined) return bitcoinAccount(sharedNetwork, 48, Number(shared), Number(script));
  const [, ethereum] = ETHEREUM.exec(id) ?? [];
  return ethereum === undefined ? undefined : ethereumAccount(Number(ethereum));
}

/** The account that a wallet's key is in; undefined for imported keys, other paths and other chains. */
export function accountOfKey(key: Pick<KeyRecord, "chain" | "path" | "attributes">): AccountPlan | undefined {
  if (key.path === null) return undefined;
  if (key.chain === "ethereum") {
    const account = /^m\/44'\/60'\/([0-9]+)'\/0\/[0-9]+$/.exec(key.path)?.[1];
    return account === undefined ? undefined : ethereumAccount(Number(account));
  }
  return key.chain === "bitcoin" ? bitcoinAccountOf(key.path, key.attributes) : undefined;
}

function bitcoinAccountOf(
  path: string,
  { purpose, network }: KeyRecord["attributes"],
): AccountPlan | undefined {
  if (!isNetwork(network)) return undefined;
  const shared = /^m\/48'\/[01]'\/([0-9]+)'\/([12])'(?:\/[01]\/[0-9]+)?$/.exec(path);
  const single = /^m\/([0-9]+)'\/[01]'\/([0-9]+)'\/[01]\/[0-9]+$/.exec(path);
  if (shared === null && Number(single?.[1]) !== purpose) return undefined;
  const plan =
    shared === null
      ? bitcoinAccount(network, Number(single?.[1]), Number(single?.[2]))
      : bitcoinAccount(network, 48, Number(shared[1]), Number(shared[2]));
  // A path of the other coin type belongs to another network, whatever the key says.
  const inside = plan !== undefined && (path === plan.path || path.startsWith(`${plan.path}/`));
  return inside ? plan : undefined;
}

function bitcoinAccount(
  network: string,
  purpose: number,
  account: number,
  script?: number,
): AccountPlan | undefined {
  if (!isNetwork(network) || !(isPurpose(purpose) || purpose === 48) || account >= HARDENED) return undefined;
  const base = `m/${purpose}'/${coinType(network)}'/${account}'`;
  const path = script === undefined ? base : `${base}/${script}'`;
  const name = `bitcoin-${network}-${purpose}-${account}`;
  const id = script === undefined ? name : `${name}-${script}`;
  return { id, chain: "bitcoin", path, purpose, account, network };
}

function ethereumAccount(account: number): AccountPlan | undefined {
  if (account >= HARDENED) return undefined;
  return {
    id: `ethereum-${account}`,
    chain: "ethereum",
    path: `m/44'/60'/${account}'`,
    purpose: 44,
    account,
  };
}

function coinType(network: Network): 0 | 1 {
  return network === "mainnet" ? 0 : 1;
}
