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
  withSourceOf,
  type Chain,
  type Curve,
  type Derivation,
  type KeyAttributes,
  type KeyRecord,
} from "../domain/keys.ts";
import type { SealedKey } from "../domain/sealed.ts";
import { newIdentifier } from "../directory/identifiers.ts";
import { amendmentOf, type Amendment } from "./key-amendments.ts";
import { pageOf, type Page, type PageRequest } from "./pages.ts";
import { actorOf, keepUnchanged, kept, type AdministrationParts, type Caller } from "./parts.ts";
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
    assertMay(caller.principal, "key.create");
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
    assertMay(caller.principal, "key.import");
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
  disable(caller: Caller<KeyRecord>, keyId: KeyId): Promise<KeyRecord> {
    assertMay(caller.principal, "key.disable");
    return setState(this.#parts, caller, keyId, "disabled");
  }

  /** A validator's key may still be disabled for duties. @throws SignerError as `disable` */
  enable(caller: Caller<KeyRecord>, keyId: KeyId): Promise<KeyRecord> {
    assertMay(caller.principal, "key.enable");
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

/** Stores the key that `make` seals for an id; one that was deleted comes back under the id that it had. */
async function store(
  parts: AdministrationParts,
  caller: Caller<CreatedKey>,
  make: (id: KeyId) => Promise<NewKey>,
): Promise<CreatedKey> {
  const { namespace } = caller.principal;
  const { sealed, ...made } = await make(newIdentifier("key"));
  const { address, attributes } = await parts.chains.identify(made.chain, made.publicKey, made.attributes);
  const asked = recordOf({ ...made, attributes }, namespace, address);
  const stored = await insert(parts, caller, asked, sealed);
  if (!stored.existed) return keep(parts, stored.key, false);
  const deleted = stored.key.state === "deleted";
  const live = deleted ? revived(stored.key, asked) : stored.key;
  const amended = amendmentOf(live, asked);
  if (deleted) {
    const again = await make(stored.key.id);
    // The answer that is kept is the last one.
    const reviver = amended === undefined ? caller : { ...caller, repeatable: null };
    const inserted = await insert(parts, reviver, live, again.sealed);
    if (!inserted.existed) {
      const created = keep(parts, inserted.key, false);
      if (amended === undefined) return created;
    }
  }
  if (amended !== undefined) return amend(parts, caller, live, amended);
  const key = parts.directory.key(namespace, stored.key.id);
  const found = { key, existed: true };
  await keepUnchanged(parts, caller, found);
  return found;
}

function keep({ directory }: AdministrationParts, key: KeyRecord, existed: boolean): CreatedKey {
  directory.addKey(key);
  return { key, existed };
}

/** A deleted key that came back: as before, except for its source. */
function revived(stored: KeyRecord, { attributes }: KeyRecord): KeyRecord {
  return { ...stored, attributes: withSourceOf(stored.attributes, attributes), state: "active" };
}

async function amend(
  parts: AdministrationParts,
  caller: Caller<CreatedKey>,
  before: KeyRecord,
  { key, change }: Amendment,
): Promise<CreatedKey> {
  const answer = kept(caller, { key, existed: true });
  const actor = actorOf(caller.principal);
  return keep(parts, await parts.ledger.amendKey({ actor, before, key, change, answer }), true);
}

function insert(parts: AdministrationParts, caller: Caller<CreatedKey>, key: KeyRecord, sealed: SealedKey) {
  const answer = kept(caller, { key, existed: false });
  return parts.ledger.createKey({ actor: actorOf(caller.principal), key, sealed, answer });
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

/** After the commit that deleted keys: nothing of them is left in memory, and nothing more leaves. */
export async function keysDeleted(
  { directory, underWay, vault }: AdministrationParts,
  ids: readonly KeyId[],
): Promise<void> {
  for (const id of ids) directory.setKeyState(id, "deleted");
  await underWay.settled(ids);
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
  const { changed } = await parts.ledger.setKeyState({
    actor: actorOf(principal),
    id: key.id,
    state,
    answer,
  });
  if (changed) parts.directory.setKeyState(key.id, state);
  else await keepUnchanged(parts, caller, key);
  // Also where it was disabled already: whoever did it may be waiting still.
  if (state === "disabled") await parts.underWay.settled([key.id]);
  return key;
}
