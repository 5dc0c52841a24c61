/**
 * Inputs at addresses of a wallet's accounts that have no key here. Found where the PSBT states the path, or the address is
 * among the first of an account that signs; a false path finds nothing, since the script is derived again.
 * @module
 */
import { SignerError } from "../../domain/errors.ts";
import { equalBytes } from "../../domain/bytes.ts";
import { statedPath } from "./derivations.ts";
import type { Spending } from "./inputs.ts";
import { accountPublicKey, isFindable, pathName } from "./keys.ts";
import type { KeyAccount, SpendingKey } from "./keys.ts";
import { hex, keyScript } from "./scripts.ts";
import type { KeyScript } from "./scripts.ts";
import type { WalletId } from "../../domain/kinds.ts";

/** Addresses of each chain of an account that are looked at without a stated path: BIP-44's gap limit. */
const SEARCHED = 20;

/** The wallet as far as the transaction touches it. */
export interface TouchedWallet {
  readonly walletId: WalletId;
  readonly keys: readonly SpendingKey[];
  /** One key of each account that the keys are in, or that an input is said to be in. */
  readonly accounts: readonly SpendingKey[];
}

/** A key in an account. */
type AccountKey = SpendingKey & { readonly account: KeyAccount };

interface Missing {
  readonly address: string;
  readonly path: string;
  readonly key: AccountKey;
}

/** @throws SignerError `wallet.key_missing` with `input`, `address` and `path` of the first */
export function assertNoKeyMissing(spendings: readonly Spending[], wallet: TouchedWallet): void {
  const known = new Set(wallet.keys.map(({ script }) => hex(script)));
  const spent = new Set(spendings.map((spending) => hex(spending.spent.script)));
  const accounts = wallet.accounts.flatMap((key) => (isAccountKey(key) ? [key] : []));
  const signing = new Set(
    wallet.keys.flatMap(({ script, account }) => (spent.has(hex(script)) ? [account?.xpub] : [])),
  );
  const searched = accounts.filter(({ account }) => signing.has(account.xpub));
  for (const [position, spending] of spendings.entries()) {
    if (known.has(hex(spending.spent.script))) continue;
    const missing = atStatedPath(spending, accounts) ?? amongFirst(spending.spent.script, searched);
    if (missing !== undefined) throw keyMissing(position, missing, wallet.walletId);
  }
}

function isAccountKey(key: SpendingKey): key is AccountKey {
  return key.account !== undefined;
}

function atStatedPath({ input, spent }: Spending, accounts: readonly AccountKey[]): Missing | undefined {
  const path = statedPath(input);
  if (path === undefined) return undefined;
  const name = pathName(path);
  for (const key of accounts) {
    const [branch = -1, index = -1, ...rest] = path.slice(key.account.path.length);
    if (name !== `${key.account.name}/${branch}/${index}` || rest.length > 0) continue;
    if (!isFindable(branch, index)) continue;
    const { script, address } = addressAt(key, branch, index);
    if (equalBytes(script, spent.script)) return { address, path: name, key };
  }
  return undefined;
}

function amongFirst(script: Uint8Array, accounts: readonly AccountKey[]): Missing | undefined {
  for (const key of accounts) {
    // Another kind of script: nothing needs to be derived.
    if (key.script.length !== script.length || key.script[0] !== script[0]) continue;
    const found = firstAddresses(key).get(hex(script));
    if (found !== undefined) return { ...found, key };
  }
  return undefined;
}

type FirstAddresses = ReadonlyMap<string, { readonly address: string; readonly path: string }>;

/** By script, of accounts that were searched: deriving them takes as long as reading a transaction. */
const searches = new Map<string, FirstAddresses>();
const SEARCHES_MAX = 64;

function firstAddresses(key: AccountKey): FirstAddresses {
  const name = `${key.purpose} ${key.network} ${key.account.xpub}`;
  const known = searches.get(name);
  if (known !== undefined) return known;
  const found = new Map<string, { readonly address: string; readonly path: string }>();
  for (const branch of [0, 1]) {
    const chain = key.account.node.deriveChild(branch);
    for (let index = 0; index < SEARCHED; index += 1) {
      const { publicKey } = chain.deriveChild(index);
      if (publicKey === null) throw new Error("derived node has no public key");
      const { script, address } = keyScript(publicKey, key.purpose, key.network);
      found.set(hex(script), { address, path: `${key.account.name}/${branch}/${index}` });
    }
  }
  if (searches.size >= SEARCHES_MAX) searches.clear();
  searches.set(name, found);
  return found;
}

function addressAt({ account, purpose, network }: AccountKey, branch: number, index: number): KeyScript {
  return keyScript(accountPublicKey(account.node, branch, index), purpose, network);
}

function keyMissing(position: number, missing: Missing, walletId: WalletId): SignerError {
  const { address, path, key } = missing;
  return new SignerError(
    "wallet.key_missing",
    `/psbt: input ${position}: spends ${address} at ${path}, an address of this wallet that has no key yet; nothing was ` +
      `signed. Create the key with POST /v1/wallets/${walletId}/keys (chain bitcoin, network ${key.network}, this path), then ` +
      `ask again`,
    { field: "/psbt", input: position, address, path },
  );
}
