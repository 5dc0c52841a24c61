/**
 * Keys: derived from a wallet or imported raw, disabled, enabled and deleted. The public record and the sealed secret are stored
 * in one transaction. A disabled key signs nothing from the commit on; the answer comes when what was recorded before has been
 * signed and answered, so that no signature leaves after it.
 * @module
 */
import { assertMay, type Principal } from "../access/principals.ts";
import type { KeyOptions } from "../chains/adapter.ts";
import { canonicalPath } from "../domain/derivation-path.ts";
import { SignerError } from "../domain/errors.ts";
import {
  inCanonicalOrder,
  RAW_KEY,
  type Chain,
  type Curve,
  type Derivation,
  type KeyAttributes,
  type KeyRecord,
} from "../domain/keys.ts";
import type { SealedKey } from "../domain/sealed.ts";
import { newIdentifier } from "../directory/identifiers.ts";
import { pageOf, type Page, type PageRequest } from "./pages.ts";
import { keyOutcome } from "../record/acts/key-outcome.ts";
import { actorOf, begin, kept, type AdministrationParts, type Caller } from "./parts.ts";
import type { Address, KeyId, NamespaceName, PublicKey, WalletId } from "../domain/kinds.ts";

export interface KeyRequest extends KeyOptions {
  readonly chain: Chain;
  readonly label?: string;
}

export interface ImportRequest extends KeyRequest {
  /** As its chain's wallets export it: 0x-hex, a WIF, base58, a list of numbers. */
  readonly privateKey: string | readonly number[];
}

/** `existed` is true when the namespace already had this key and had not deleted it; it is returned as it was. */
export interface CreatedKey {
  readonly key: KeyRecord;
  readonly existed: boolean;
}

interface NewKey {
  readonly id: KeyId;
  readonly walletId: WalletId | null;
  readonly chain: Chain;
  readonly label: string | undefined;
  readonly curve: Curve;
  readonly derivation: Derivation;
  readonly path: string | null;
  readonly publicKey: PublicKey;
  readonly attributes: KeyAttributes;
  readonly sealed: SealedKey;
}

export class Keys {
  readonly #parts: AdministrationParts;

  constructor(parts: AdministrationParts) {
    this.#parts = parts;
  }

  /** Keys of all namespaces that were not deleted. */
  get count(): number {
    return this.#parts.directory.counts.live;
  }

  /** @throws SignerError `auth.forbidden` */
  list(principal: Principal, page: PageRequest): Page<KeyRecord> {
    assertMay(principal, "key.read");
    return pageOf(this.#parts.directory.keys(principal.namespace), page);
  }

  /** @throws SignerError `auth.forbidden`, `key.not_found` */
  get(principal: Principal, id: KeyId): KeyRecord {
    assertMay(principal, "key.read");
    return this.#parts.directory.key(principal.namespace, id);
  }

  /**
   * @throws SignerError `auth.forbidden`, `wallet.not_found`, `request.malformed` (path, options), `request.conflict`,
   *   `service.sealed`
   */
  async create(caller: Caller<CreatedKey>, walletId: WalletId, request: KeyRequest): Promise<CreatedKey> {
    await begin(this.#parts, caller, "key.create");
    const { namespace } = caller.principal;
    const wallet = this.#parts.directory.wallet(namespace, walletId);
    const plan = await this.#parts.chains.planKey(request.chain, optionsOf(request));
    return store(this.#parts, caller, async (id) => {
      const derived = await this.#parts.vault.deriveKey({ namespace, walletId: wallet.id, keyId: id, plan });
      const { accountXpub } = derived;
      return {
        id,
        walletId: wallet.id,
        chain: request.chain,
        label: request.label,
        curve: plan.curve,
        derivation: plan.derivation,
        path: plan.path,
        publicKey: derived.publicKey,
        attributes: accountXpub === undefined ? plan.attributes : { ...plan.attributes, accountXpub },
        sealed: derived.rows,
      };
    });
  }

  /** @throws SignerError `auth.forbidden`, `key.import_disabled`, `request.malformed` (form, scalar), `request.conflict` */
  async importRaw(caller: Caller<CreatedKey>, request: ImportRequest): Promise<CreatedKey> {
    await begin(this.#parts, caller, "key.import");
    if (!this.#parts.allowImport) {
      throw new SignerError(
        "key.import_disabled",
        "raw keys cannot be imported here; set keys.allowImport, or create the key in a wallet",
      );
    }
    const { namespace } = caller.principal;
    const plan = await this.#parts.chains.planImport(request.chain, optionsOf(request));
    return store(this.#parts, caller, async (id) => {
      const { curve, attributes } = plan;
      const { chain, privateKey: encoded } = request;
      const { network } = attributes;
      const imported = await this.#parts.vault.importEncodedKey({
        namespace,
        keyId: id,
        curve,
        chain,
        encoded,
        ...(typeof network === "string" ? { network } : {}),
      });
      return {
        id,
        walletId: null,
        chain,
        label: request.label,
        curve,
        derivation: "imported",
        path: null,
        publicKey: imported.publicKey,
        attributes: chain === "ethereum-validator" ? { ...attributes, ...RAW_KEY } : attributes,
        sealed: imported.rows,
      };
    });
  }

  /** @throws SignerError `auth.forbidden`, `key.not_found`, `request.conflict` for a deleted key */
  async disable(caller: Caller<KeyRecord>, keyId: KeyId): Promise<KeyRecord> {
    await begin(this.#parts, caller, "key.disable");
    return setState(this.#parts, caller, keyId, "disabled");
  }

  /** A validator's key may still be disabled for duties. @throws SignerError as `disable` */
  async enable(caller: Caller<KeyRecord>, keyId: KeyId): Promise<KeyRecord> {
    await begin(this.#parts, caller, "key.enable");
    return setState(this.#parts, caller, keyId, "active");
  }

  /**
   * Wipes the key's sealed secret; its record, its bindings and what it signed stay. Repeating it changes nothing.
   * @throws SignerError `auth.forbidden`, `key.not_found`
   */
  async delete(principal: Principal, keyId: KeyId): Promise<void> {
    assertMay(principal, "key.delete");
    const { id } = this.#parts.directory.key(principal.namespace, keyId);
    await this.#parts.ledger.deleteKeys({ actor: actorOf(principal), ids: [id], forEveryone: false });
    await keysDeleted(this.#parts, [id]);
  }
}

/** Times that a key is looked up again, when somebody else changes it between the look and the act. */
const LOOKS_MAX = 5;

/** Stores the key that `make` seals for an id, in one act; one that was deleted comes back under the id that it had. */
async function store(
  parts: AdministrationParts,
  caller: Caller<CreatedKey>,
  make: (id: KeyId) => Promise<NewKey>,
): Promise<CreatedKey> {
  const { namespace } = caller.principal;
  const { sealed, ...made } = await make(newIdentifier("key"));
  const { address, attributes } = await parts.chains.identify(made.chain, made.publicKey, made.attributes);
  const asked = recordOf({ ...made, attributes }, namespace, address);
  for (let look = 0; look < LOOKS_MAX; look += 1) {
    const found = await parts.ledger.readSameKey({ key: asked });
    const foreseen = keyOutcome(found, asked);
    const stored = await parts.ledger.createKey({
      actor: actorOf(caller.principal),
      key: asked,
      found,
      sealed: foreseen.comesBack ? (await make(foreseen.key.id)).sealed : found === null ? sealed : null,
      answer: kept(caller, foreseen),
    });
    if (stored === null) continue;
    return stored;
  }
  throw new SignerError("request.conflict", "this key was changed at the same time; send the request again", {
    keyId: asked.id,
  });
}

function recordOf(made: Omit<NewKey, "sealed">, namespace: NamespaceName, address: Address): KeyRecord {
  return {
    ...made,
    namespace,
    address,
    label: made.label ?? null,
    // As they will be read back: a repeat gets the same bytes.
    attributes: inCanonicalOrder(made.attributes),
    state: "active",
    createdAt: new Date().toISOString(),
  };
}

/** Options that one chain alone knows; its adapter says which of them go together. */
const STARKNET_OPTIONS = ["scheme", "accountAddress", "classHash", "guardian", "salt"] as const;

/** @throws SignerError `request.malformed` for an option of another chain */
function optionsOf(request: KeyRequest): KeyOptions {
  const { account, index, path, purpose, network, accountType } = request;
  return {
    ...(account === undefined ? {} : { account }),
    ...(index === undefined ? {} : { index }),
    ...(path === undefined ? {} : { path: canonicalPath(path) }),
    ...(purpose === undefined ? {} : { purpose }),
    ...(network === undefined ? {} : { network }),
    ...(accountType === undefined ? {} : { accountType }),
    ...starknetOptions(request),
  };
}

function starknetOptions(request: KeyRequest): KeyOptions {
  const given = STARKNET_OPTIONS.filter((name) => request[name] !== undefined);
  const [first] = given;
  if (first !== undefined && request.chain !== "starknet") {
    const field = `/${first}`;
    throw new SignerError("request.malformed", `${field}: is for StarkNet keys; leave it out`, { field });
  }
  return Object.fromEntries(given.map((name) => [name, request[name]]));
}

/** After the commit that deleted keys: nothing more leaves, and the vault has nothing of them in memory. */
export async function keysDeleted(
  { departures, vault }: AdministrationParts,
  ids: readonly KeyId[],
): Promise<void> {
  // What was recorded before is still signed.
  await departures.settled();
  await vault.forget(ids);
}

async function setState(
  parts: AdministrationParts,
  caller: Caller<KeyRecord>,
  keyId: KeyId,
  state: "active" | "disabled",
): Promise<KeyRecord> {
  const { principal } = caller;
  const key: KeyRecord = { ...parts.directory.key(principal.namespace, keyId), state };
  const answer = kept(caller, key);
  await parts.ledger.setKeyState({
    actor: actorOf(principal),
    id: key.id,
    state,
    answer,
  });
  return key;
}
