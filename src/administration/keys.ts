/** Keys: derived from a wallet or imported raw. The public record and the sealed secret are stored in one transaction. */
import { assertMay } from "../access/principals.ts";
import type { KeyOptions } from "../chains/adapter.ts";
import { toHex } from "../domain/bytes.ts";
import type { Json } from "../domain/canonical.ts";
import { canonicalPath } from "../domain/derivation-path.ts";
import { SignerError } from "../domain/errors.ts";
import {
  inCanonicalOrder,
  networksOf,
  SCHEMES,
  type Chain,
  type Curve,
  type Derivation,
  type KeyAttributes,
  type KeyRecord,
} from "../domain/keys.ts";
import type { SealedKey } from "../ledger/sealed-rows.ts";
import { newIdentifier } from "../directory/identifiers.ts";
import { RAW_KEY, withSourceOf } from "../domain/key-source.ts";
import { amendmentOf, type Amendment } from "./key-amendments.ts";
import { actorOf, rememberUnchanged, type AdministrationParts, type Caller } from "./parts.ts";

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
  readonly id: string;
  readonly walletId: string | null;
  readonly chain: Chain;
  readonly label: string | undefined;
  readonly curve: Curve;
  readonly derivation: Derivation;
  readonly path: string | null;
  readonly publicKey: Uint8Array;
  readonly attributes: KeyAttributes;
  readonly sealed: SealedKey;
}

/**
 * @throws SignerError `auth.forbidden`, `wallet.not_found`, `request.malformed` (path, options), `request.conflict`,
 *   `service.sealed`
 */
export async function createKey(
  parts: AdministrationParts,
  caller: Caller,
  walletId: string,
  request: KeyRequest,
): Promise<CreatedKey> {
  assertMay(caller.principal, "key.create");
  const { namespace } = caller.principal;
  const wallet = parts.directory.wallet(namespace, walletId);
  const plan = await parts.chains.planKey(request.chain, optionsOf(request));
  return store(parts, caller, async (id) => {
    const derived = await parts.vault.deriveKey({ namespace, walletId: wallet.id, keyId: id, plan });
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
export async function importKey(
  parts: AdministrationParts,
  caller: Caller,
  request: ImportRequest,
): Promise<CreatedKey> {
  assertMay(caller.principal, "key.import");
  if (!parts.allowImport) {
    throw new SignerError(
      "key.import_disabled",
      "raw keys cannot be imported here; set keys.allowImport, or create the key in a wallet",
    );
  }
  const { namespace } = caller.principal;
  const plan = await parts.chains.planImport(request.chain, optionsOf(request));
  return store(parts, caller, async (id) => {
    const { curve, attributes } = plan;
    const { chain, privateKey: encoded } = request;
    const { network } = attributes;
    const imported = await parts.vault.importEncodedKey({
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

/** Stores the key that `make` seals for an id; one that was deleted comes back under the id that it had. */
async function store(
  parts: AdministrationParts,
  caller: Caller,
  make: (id: string) => Promise<NewKey>,
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
    const reviver = amended === undefined ? caller : { ...caller, remember: () => null };
    const inserted = await insert(parts, reviver, live, again.sealed);
    if (!inserted.existed) {
      const created = keep(parts, inserted.key, false);
      if (amended === undefined) return created;
    }
  }
  if (amended !== undefined) return amend(parts, caller, live, amended);
  const key = parts.directory.key(namespace, stored.key.id);
  await rememberUnchanged(parts, caller, 200, keyJson(key));
  return { key, existed: true };
}

function keep({ directory }: AdministrationParts, key: KeyRecord, existed: boolean): CreatedKey {
  directory.addKey(key);
  return { key, existed };
}

/** A deleted key as it comes back: as it was, but for how it came now. */
function revived(stored: KeyRecord, { attributes }: KeyRecord): KeyRecord {
  return { ...stored, attributes: withSourceOf(stored.attributes, attributes), state: "active" };
}

async function amend(
  parts: AdministrationParts,
  caller: Caller,
  before: KeyRecord,
  { key, change }: Amendment,
): Promise<CreatedKey> {
  const answer = caller.remember(200, keyJson(key));
  const actor = actorOf(caller.principal);
  return keep(parts, await parts.ledger.amendKey({ actor, before, key, change, answer }), true);
}

function insert(parts: AdministrationParts, caller: Caller, key: KeyRecord, sealed: SealedKey) {
  const answer = caller.remember(201, keyJson(key));
  return parts.ledger.createKey({ actor: actorOf(caller.principal), key, sealed, answer });
}

function recordOf(made: Omit<NewKey, "sealed">, namespace: string, address: string): KeyRecord {
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

/** Key as the API shows it. The account's extended public key stays inside: with one private key it opens siblings. */
export function keyJson(key: KeyRecord): Record<string, Json> {
  const shown = Object.entries(key.attributes).filter(([name]) => name !== "accountXpub");
  const networks = key.chain === "bitcoin" ? { networks: networksOf(key) } : {};
  const scheme = SCHEMES[key.derivation];
  return {
    id: key.id,
    walletId: key.walletId,
    chain: key.chain,
    path: key.path,
    publicKey: toHex(key.publicKey),
    address: key.address,
    label: key.label,
    state: key.state,
    createdAt: key.createdAt,
    ...Object.fromEntries(shown),
    ...networks,
    ...(scheme === undefined ? {} : { scheme }),
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
