/**
 * Descriptors of a wallet: outputs that it shares with other signers. What is registered decides which outputs are the wallet's
 * own, so each key that claims to be the wallet's is derived again from its seed, and a person compares the first addresses.
 * @module
 */
import { assertMay, type Principal } from "../access/principals.ts";
import type { DescriptorFacts } from "../chains/adapter.ts";
import { SignerError } from "../domain/errors.ts";
import type { KeyRecord } from "../domain/keys.ts";
import type { RegisteredDescriptor } from "../domain/wallets.ts";
import { assertRoom } from "../record/acts/descriptors.ts";
import { newIdentifier } from "../directory/identifiers.ts";
import { nextOf, rangeOf, type AddressQuery } from "./accounts.ts";
import { Keys } from "./keys.ts";
import { pageOf, type Page, type PageRequest } from "./pages.ts";
import { actorOf, begin, kept, type AdministrationParts, type Caller } from "./parts.ts";
import type { Address, DescriptorId, KeyId, WalletId } from "../domain/kinds.ts";

export interface DescriptorRequest {
  /** With its checksum. */
  readonly descriptor: string;
  readonly network?: string;
  readonly name: string;
}

export interface DescriptorAddress {
  readonly index: number;
  readonly branch: AddressQuery["branch"];
  readonly address: Address;
}

/** A registered descriptor, and what its chain says of it. */
export interface Descriptor {
  readonly registered: RegisteredDescriptor;
  readonly facts: DescriptorFacts;
}

export class Descriptors {
  readonly #parts: AdministrationParts;

  constructor(parts: AdministrationParts) {
    this.#parts = parts;
  }

  /**
   * Registers a descriptor; the keys in it that are the wallet's are made where they are not there yet.
   * @throws SignerError `auth.forbidden`, `wallet.not_found`, `request.malformed`, `request.conflict` (registered already, too
   *   many), `service.sealed`, and for the keys as `Keys.create`
   */
  async create(
    caller: Caller<Descriptor>,
    walletId: WalletId,
    { descriptor: text, network = "mainnet", name }: DescriptorRequest,
  ): Promise<Descriptor> {
    const { directory, chains, ledger } = this.#parts;
    await begin(this.#parts, caller, "descriptor.create");
    const { namespace } = caller.principal;
    const wallet = directory.wallet(namespace, walletId);
    const others = [...directory.descriptors.ofWallet(wallet.id)];
    // Before keys are made for it.
    assertRoom(others.length);
    const facts = await chains.readDescriptor("bitcoin", text, network);
    const known = others.some((other) => other.network === network && other.descriptor === facts.descriptor);
    // What exists already needs no new keys; the record transaction refuses it.
    const ownKeys = known ? [] : await makeOwnKeys(this.#parts, caller.principal, wallet.id, network, facts);
    const first = async (branch: number): Promise<string> => {
      const range = { branch, from: 0, count: 1 };
      const found = await chains.descriptorAddresses("bitcoin", facts.descriptor, network, range);
      return found[0]?.address ?? "";
    };
    const registered: RegisteredDescriptor = {
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
    const answer = kept(caller, { registered, facts });
    await ledger.createDescriptor({ actor: actorOf(caller.principal), descriptor: registered, answer });
    return { registered, facts };
  }

  /** @throws SignerError `auth.forbidden`, `wallet.not_found` */
  async list(principal: Principal, walletId: WalletId, page: PageRequest): Promise<Page<Descriptor>> {
    assertMay(principal, "account.read");
    const { id } = this.#parts.directory.wallet(principal.namespace, walletId);
    const { items, next } = pageOf(this.#parts.directory.descriptors.ofWallet(id), page);
    return { items: await Promise.all(items.map((registered) => this.#describe(registered))), next };
  }

  /** @throws SignerError `auth.forbidden`, `wallet.not_found`, `request.not_found` */
  async get(principal: Principal, walletId: WalletId, id: DescriptorId): Promise<Descriptor> {
    return this.#describe(registeredAt(this.#parts, principal, walletId, id));
  }

  /** @throws SignerError as `get`; `request.malformed` for a branch that it lacks, or an index past the last one */
  async addresses(
    principal: Principal,
    walletId: WalletId,
    id: DescriptorId,
    query: AddressQuery,
  ): Promise<Page<DescriptorAddress>> {
    const { descriptor, network } = registeredAt(this.#parts, principal, walletId, id);
    const range = rangeOf(query);
    const derived = await this.#parts.chains.descriptorAddresses("bitcoin", descriptor, network, range);
    const items = derived.map(({ index, address }) => ({ index, branch: query.branch, address }));
    return { items, next: nextOf(range) };
  }

  /**
   * Its outputs are no longer the wallet's own. What rests on it is recorded before this or not at all, and no signature of that
   * leaves after the answer. The keys in it stay.
   * @throws SignerError `auth.forbidden`, `wallet.not_found`, `request.not_found`
   */
  async delete(principal: Principal, walletId: WalletId, id: DescriptorId): Promise<void> {
    assertMay(principal, "descriptor.delete");
    const { directory, ledger } = this.#parts;
    const { namespace } = principal;
    const wallet = directory.wallet(namespace, walletId);
    const registered = directory.descriptors.get(namespace, wallet.id, id);
    await ledger.deleteDescriptor({ actor: actorOf(principal), namespace, id: registered.id });
  }

  async #describe(registered: RegisteredDescriptor): Promise<Descriptor> {
    const { descriptor, network } = registered;
    return { registered, facts: await this.#parts.chains.describeDescriptor("bitcoin", descriptor, network) };
  }
}

function registeredAt(
  { directory }: AdministrationParts,
  principal: Principal,
  walletId: WalletId,
  id: DescriptorId,
): RegisteredDescriptor {
  assertMay(principal, "account.read");
  const { namespace } = principal;
  return directory.descriptors.get(namespace, directory.wallet(namespace, walletId).id, id);
}

/** The keys that are the wallet's, as keys that sign: each stands for all keys below it. */
async function makeOwnKeys(
  parts: AdministrationParts,
  principal: Principal,
  walletId: WalletId,
  network: string,
  facts: DescriptorFacts,
): Promise<RegisteredDescriptor["ownKeys"]> {
  const paths = await ownPaths(parts, principal, walletId, facts);
  const made: { name: string; keyId: KeyId }[] = [];
  for (const { name, path } of paths) {
    const request = { chain: "bitcoin", path, network } as const;
    const known = keyAt(parts, walletId, path, network);
    const { key } =
      known ?? (await new Keys(parts).create({ principal, repeatable: null }, walletId, request));
    made.push({ name, keyId: key.id });
  }
  return made;
}

/** A key that is there already, of whatever purpose: it has the same private key. One for the other coin type does not do. */
function keyAt(
  { directory }: AdministrationParts,
  walletId: WalletId,
  path: string,
  network: string,
): { readonly key: KeyRecord } | undefined {
  const key = directory.keysAtPath(walletId, "bitcoin", path).find(({ state }) => state === "active");
  const same = key !== undefined && (key.attributes["network"] === "mainnet") === (network === "mainnet");
  return same ? { key } : undefined;
}

/** @throws SignerError `request.malformed` for a key that only claims to be the wallet's, or where none is */
async function ownPaths(
  parts: AdministrationParts,
  { namespace }: Principal,
  walletId: WalletId,
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
