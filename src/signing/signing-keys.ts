/**
 * Which keys sign a request. A request to a key says so itself; of a request to a wallet either its transaction does, by the
 * addresses that it spends, or its name does. What is ambiguous is refused.
 * @module
 */
import type { DecodedRequest, WalletDescriptor } from "../chains/adapter.ts";
import type { Chains } from "../chains/chains.ts";
import { canonicalJson } from "../domain/canonical.ts";
import { toHex } from "../domain/bytes.ts";
import { SignerError } from "../domain/errors.ts";
import { rankOf } from "../domain/urgency.ts";
import { assertActive, CHAINS, type Chain, type KeyRecord } from "../domain/keys.ts";
import type { RegisteredDescriptor, Wallet } from "../domain/wallets.ts";
import type { Directory } from "../directory/directory.ts";
import type { Asked, Authorized, KeyName, SigningKeys, Submission } from "./stages.ts";
import { accountPathOf } from "../directory/wallet-keys.ts";
import type { KeyId, NamespaceName } from "../domain/kinds.ts";

/** What finding the keys needs of the directory. */
export interface KeyDirectory extends Pick<
  Directory,
  "key" | "keyAt" | "keyInAccount" | "wallet" | "walletKeys"
> {
  readonly freezes: Pick<Directory["freezes"], "assertNone" | "assertNoneOnWallet">;
  readonly descriptors: Pick<Directory["descriptors"], "ofWallet">;
}

/** Where keys and their requests are found. */
export interface KeyParts {
  readonly directory: KeyDirectory;
  readonly chains: Pick<Chains, "decode" | "decodeForWallet" | "spans" | "survey">;
}

/**
 * The key that signs, active and not frozen; or the wallet whose transaction must be read first.
 * @throws SignerError `wallet.not_found`, `key.not_found`, `key.disabled`, `key.frozen`, `guard.disabled`,
 *   `request.malformed`
 */
export function keysToUse(
  { directory, chains }: KeyParts,
  namespace: NamespaceName,
  { asked, request }: Pick<Submission, "asked" | "request">,
): Authorized["uses"] {
  if (isKey(asked)) return { key: usable(directory, directory.key(namespace, asked.keyId)) };
  const wallet = directory.wallet(namespace, asked.walletId);
  const chain = chains.spans(request.type);
  if (chain === undefined) {
    return { key: usable(directory, namedKey(directory, wallet, asked.named, request.type)) };
  }
  directory.freezes.assertNoneOnWallet(wallet);
  if (asked.named === null) return { walletId: wallet.id, chain };
  const field = "keyId" in asked.named ? "keyId" : "address";
  throw misnamed(field, `${request.type} is signed by the keys of all its inputs; leave it out`);
}

function isKey(asked: Asked): asked is { readonly keyId: KeyId } {
  return "keyId" in asked;
}

function usable({ freezes }: KeyDirectory, key: KeyRecord, which?: string): KeyRecord {
  assertActive(key, which);
  freezes.assertNone(key, which);
  return key;
}

/** The wallet's key with this name; without one, its only key of the type's chain. */
function namedKey(directory: KeyDirectory, wallet: Wallet, named: KeyName | null, type: string): KeyRecord {
  const chain = chainOf(type);
  if (named === null) return onlyKey(directory.walletKeys(wallet.id, chain), chain);
  const found =
    "keyId" in named
      ? directory.key(wallet.namespace, named.keyId)
      : directory.keyAt(wallet.id, chain, named.address);
  if (found?.walletId === wallet.id) return found;
  throw new SignerError(
    "key.not_found",
    `no key of this wallet has this ${"keyId" in named ? "id" : `address on ${chain}`}; list them with GET /v1/keys`,
  );
}

function onlyKey(keys: Iterable<KeyRecord>, chain: Chain): KeyRecord {
  let only: KeyRecord | undefined;
  for (const key of keys) {
    if (key.state === "deleted") continue;
    if (only !== undefined) {
      throw misnamed(
        "keyId",
        `is missing: this wallet has several keys of chain ${chain}, so name the one that signs by ?keyId= or ?address=`,
      );
    }
    only = key;
  }
  if (only !== undefined) return only;
  throw new SignerError("key.not_found", `this wallet has no key of chain ${chain}; create one first`);
}

/** Types are named after their chains. */
function chainOf(type: string): Chain {
  const chain = CHAINS.find((name) => type.startsWith(`${name}.`));
  if (chain === undefined) throw new Error(`${type} is a request of no chain`);
  return chain;
}

function misnamed(field: "keyId" | "address", rule: string): SignerError {
  return new SignerError("request.malformed", `query /${field}: ${rule}`, { field: `/${field}` });
}

export interface DecodedFor {
  readonly decoded: DecodedRequest;
  readonly keys: SigningKeys;
}

/**
 * Decodes the request for the keys that it uses.
 * @throws SignerError as `Steps.decode`; one key of a wallet's transaction that is not active, or frozen, refuses all
 */
export async function decodeFor(
  parts: KeyParts,
  { request, uses, urgency }: Pick<Authorized, "request" | "uses" | "urgency">,
): Promise<DecodedFor> {
  if ("key" in uses) {
    const decoded = await parts.chains.decode(request, uses.key, rankOf(urgency));
    return { decoded, keys: [uses.key] };
  }
  const { walletId, chain } = uses;
  const rank = rankOf(urgency);
  const survey = await parts.chains.survey(chain, request, rank);
  const keys = distinct(
    survey.addresses.flatMap((address) => parts.directory.keyAt(walletId, chain, address) ?? []),
  );
  const paths = new Set([...survey.accountPaths, ...keys.flatMap((key) => accountPathOf(key) ?? [])]);
  const accounts = [...paths].flatMap((path) => parts.directory.keyInAccount(walletId, chain, path) ?? []);
  const descriptors = chain === "bitcoin" ? [...parts.directory.descriptors.ofWallet(walletId)] : [];
  const view = { walletId, keys, accounts, descriptors: descriptors.map(descriptorOf) };
  const decoded = await parts.chains.decodeForWallet(chain, request, view, rank);
  const shared = descriptors.flatMap(({ namespace, ownKeys }) =>
    ownKeys.map(({ keyId }) => parts.directory.key(namespace, keyId)),
  );
  return { decoded, keys: keysThatSign(parts.directory, decoded, distinct([...keys, ...shared])) };
}

function descriptorOf({ id, descriptor, network, ownKeys }: RegisteredDescriptor): WalletDescriptor {
  return { id, descriptor, network, ownKeys };
}

function distinct(keys: readonly KeyRecord[]): readonly KeyRecord[] {
  return [...new Map(keys.map((key) => [key.id, key])).values()];
}

/** The keys that sign, in the order of the first payload of each. */
function keysThatSign(
  directory: KeyDirectory,
  { payloads, signedBy = [] }: DecodedRequest,
  keys: readonly KeyRecord[],
): SigningKeys {
  if (signedBy.length !== payloads.length) throw new Error("a wallet's payload has no key");
  const byId = new Map(keys.map((key) => [key.id, key]));
  const [first, ...others] = [...new Set(signedBy)].map((id) => {
    const key = byId.get(id);
    if (key === undefined) throw new Error(`key ${id} was not asked to sign`);
    const which = `nothing was signed: key ${id} (${key.address}), which this transaction spends from,`;
    return usable(directory, key, which);
  });
  if (first === undefined) throw new Error("a wallet's transaction has nothing to sign");
  return [first, ...others];
}

const keyTexts = new WeakMap<KeyRecord, string>();

/** Canonical JSON of a key as policies read it. */
export function keyText(key: KeyRecord): string {
  const known = keyTexts.get(key);
  if (known !== undefined) return known;
  const text = canonicalJson({
    id: key.id,
    walletId: key.walletId,
    chain: key.chain,
    path: key.path,
    publicKey: toHex(key.publicKey),
    address: key.address,
    label: key.label,
  });
  keyTexts.set(key, text);
  return text;
}

/** Canonical JSON of all keys that sign. */
export function keysText(keys: SigningKeys): string {
  return `[${keys.map(keyText).join(",")}]`;
}
