/**
 * Descriptors of a wallet: outputs that it shares with other signers. What is registered decides which outputs are the wallet's
 * own, so each key that claims to be the wallet's is derived again from its seed, and a person compares the first addresses.
 * @module
 */
import { assertMay } from "../access/principals.ts";
import type { DescriptorFacts } from "../chains/adapter.ts";
import type { Json } from "../domain/canonical.ts";
import { SignerError } from "../domain/errors.ts";
import type { KeyRecord } from "../domain/keys.ts";
import type { RegisteredDescriptor } from "../domain/wallets.ts";
import { newIdentifier } from "../directory/identifiers.ts";
import { ADDRESS_INDEX_MAX, ADDRESSES_MAX, type AddressQuery } from "./accounts.ts";
import { createKey } from "./keys.ts";
import { actorOf, type AdministrationParts, type Caller } from "./parts.ts";

/** Each one is looked at for each input and output that states a derivation. */
const DESCRIPTORS_MAX = 64;

export interface DescriptorRequest {
  /** With its checksum. */
  readonly descriptor: string;
  readonly network?: string;
  readonly name: string;
}

type Asker = Pick<Caller, "principal">;

/**
 * Registers a descriptor; the keys in it that are the wallet's are made where they are not there yet.
 * @throws SignerError `auth.forbidden`, `wallet.not_found`, `request.malformed`, `request.conflict` (registered already, too
 *   many), `service.sealed`, and for the keys as `createKey`
 */
export async function createDescriptor(
  parts: AdministrationParts,
  caller: Caller,
  walletId: string,
  { descriptor: text, network = "mainnet", name }: DescriptorRequest,
): Promise<RegisteredDescriptor> {
  assertMay(caller.principal, "descriptor.create");
  const { namespace } = caller.principal;
  const wallet = parts.directory.wallet(namespace, walletId);
  const registered = parts.directory.descriptors.ofWallet(wallet.id);
  if (registered.length >= DESCRIPTORS_MAX) {
    throw new SignerError(
      "request.conflict",
      `this wallet has ${DESCRIPTORS_MAX} descriptors, as many as it may; delete one first`,
    );
  }
  const facts = await parts.chains.readDescriptor("bitcoin", text, network);
  const known = registered.some((one) => one.network === network && one.descriptor === facts.descriptor);
  // What exists already needs no new keys; the record transaction refuses it.
  const ownKeys = known ? [] : await makeOwnKeys(parts, caller, wallet.id, network, facts);
  const first = async (branch: number): Promise<string> => {
    const range = { branch, from: 0, count: 1 };
    const found = await parts.chains.descriptorAddresses("bitcoin", facts.descriptor, network, range);
    return found[0]?.address ?? "";
  };
  const made: RegisteredDescriptor = {
    id: newIdentifier("dsc"),
    namespace,
    walletId: wallet.id,
    name,
    network,
    descriptor: facts.descriptor,
    ownKeys,
    receiveAddress: await first(0),
    changeAddress: facts.branches === 2 ? await first(1) : null,
    createdAt: new Date().toISOString(),
  };
  const answer = caller.remember(201, descriptorJson(made, facts));
  await parts.ledger.createDescriptor({ actor: actorOf(caller.principal), descriptor: made, answer });
  parts.directory.descriptors.add(made);
  return made;
}

/** The keys that are the wallet's, as keys that sign: each stands for all keys below it. */
async function makeOwnKeys(
  parts: AdministrationParts,
  caller: Caller,
  walletId: string,
  network: string,
  facts: DescriptorFacts,
): Promise<RegisteredDescriptor["ownKeys"]> {
  const paths = await ownPaths(parts, caller, walletId, facts);
  const made: { name: string; keyId: string }[] = [];
  for (const { name, path } of paths) {
    const request = { chain: "bitcoin", path, network } as const;
    const known = keyAt(parts, caller, walletId, path, network);
    const { key } = known ?? (await createKey(parts, { ...caller, remember: () => null }, walletId, request));
    made.push({ name, keyId: key.id });
  }
  return made;
}

/** A key that is there already, of whatever purpose: it has the same private key. One for the other coin type does not do. */
function keyAt(
  { directory }: AdministrationParts,
  { principal: { namespace } }: Asker,
  walletId: string,
  path: string,
  network: string,
): { readonly key: KeyRecord } | undefined {
  const key = directory
    .keys(namespace)
    .find(
      (one) =>
        one.walletId === walletId && one.chain === "bitcoin" && one.path === path && one.state === "active",
    );
  const same = key !== undefined && (key.attributes["network"] === "mainnet") === (network === "mainnet");
  return same ? { key } : undefined;
}

/** @throws SignerError `request.malformed` for a key that only claims to be the wallet's, or where none is */
async function ownPaths(
  parts: AdministrationParts,
  { principal: { namespace } }: Asker,
  walletId: string,
  { keys }: DescriptorFacts,
): Promise<readonly { readonly name: string; readonly path: string }[]> {
  const { masterFingerprint } = await parts.vault.accountKey({ namespace, walletId, path: "m" });
  const own: { name: string; path: string }[] = [];
  for (const { name, xpub, origin } of keys) {
    if (xpub === undefined || origin?.fingerprint !== masterFingerprint) continue;
    const key = await parts.vault.accountKey({ namespace, walletId, path: origin.path });
    if (key.extendedPublicKey !== xpub) {
      throw malformed(
        `${name} has this wallet's fingerprint and is not its key at ${origin.path}; take it from ` +
          `GET /v1/wallets/${walletId}/accounts/{account}`,
      );
    }
    own.push({ name, path: origin.path });
  }
  if (own.length > 0) return own;
  throw malformed(
    `has no key of this wallet, whose fingerprint is ${masterFingerprint}; write the keyExpression of ` +
      `GET /v1/wallets/${walletId}/accounts/{account} into it, e.g. of bitcoin-mainnet-48-0-2`,
  );
}

function malformed(rule: string): SignerError {
  return new SignerError("request.malformed", `/descriptor: ${rule}`, { field: "/descriptor" });
}

/** @throws SignerError `auth.forbidden`, `wallet.not_found` */
export function descriptorsOf(
  parts: AdministrationParts,
  { principal }: Asker,
  walletId: string,
): readonly RegisteredDescriptor[] {
  assertMay(principal, "account.read");
  return parts.directory.descriptors.ofWallet(parts.directory.wallet(principal.namespace, walletId).id);
}

/** @throws SignerError `auth.forbidden`, `wallet.not_found`, `request.not_found` */
export function descriptorOfWallet(
  parts: AdministrationParts,
  { principal }: Asker,
  walletId: string,
  id: string,
): RegisteredDescriptor {
  assertMay(principal, "account.read");
  const { namespace } = principal;
  return parts.directory.descriptors.get(namespace, parts.directory.wallet(namespace, walletId).id, id);
}

/**
 * Its outputs are no longer the wallet's own. What rests on it is recorded before this or not at all, and no signature of that
 * leaves after the answer. The keys in it stay.
 * @throws SignerError `auth.forbidden`, `wallet.not_found`, `request.not_found`
 */
export async function deleteDescriptor(
  parts: AdministrationParts,
  caller: Caller,
  walletId: string,
  id: string,
): Promise<void> {
  assertMay(caller.principal, "descriptor.delete");
  const { namespace } = caller.principal;
  const wallet = parts.directory.wallet(namespace, walletId);
  const found = parts.directory.descriptors.get(namespace, wallet.id, id);
  await parts.ledger.deleteDescriptor({ actor: actorOf(caller.principal), namespace, id: found.id });
  parts.directory.descriptors.remove(found.id);
  await parts.underWay.settled([found.id]);
}

/** Descriptor as the API shows it. */
export async function showDescriptor(
  parts: AdministrationParts,
  registered: RegisteredDescriptor,
): Promise<Record<string, Json>> {
  const { descriptor, network } = registered;
  return descriptorJson(registered, await parts.chains.describeDescriptor("bitcoin", descriptor, network));
}

function descriptorJson(registered: RegisteredDescriptor, facts: DescriptorFacts): Record<string, Json> {
  const { id, walletId, name, network, ownKeys, receiveAddress, changeAddress, createdAt } = registered;
  const owned = new Map(ownKeys.map((ownKey) => [ownKey.name, ownKey.keyId]));
  return {
    id,
    walletId,
    name,
    network,
    type: facts.type,
    descriptor: `${facts.descriptor}#${facts.checksum}`,
    checksum: facts.checksum,
    keys: facts.keys.map((key) => ({ name: key.name, key: key.text, keyId: owned.get(key.name) ?? null })),
    firstAddresses: { receive: receiveAddress, change: changeAddress },
    createdAt,
  };
}

/** @throws SignerError `request.malformed` for a branch that it lacks */
export async function descriptorAddresses(
  parts: AdministrationParts,
  { descriptor, network }: RegisteredDescriptor,
  { branch, from, limit }: AddressQuery,
): Promise<{ readonly items: readonly Json[]; readonly next: string | null }> {
  const count = Math.max(0, Math.min(limit, ADDRESSES_MAX, ADDRESS_INDEX_MAX + 1 - from));
  const range = { branch: branch === "change" ? 1 : 0, from, count };
  const derived = await parts.chains.descriptorAddresses("bitcoin", descriptor, network, range);
  const items = derived.map(({ index, address }) => ({ index, branch, address }));
  const end = from + count;
  return { items, next: end <= ADDRESS_INDEX_MAX ? `${end}` : null };
}
