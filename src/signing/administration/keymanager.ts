/**
 * The Keymanager API's three verbs. A key's history is in the ledger before the key can sign, and a key has stopped
 * before its history is given away: in between, a crash leaves a key that does not sign.
 * @module
 */
import { assertMay, type Principal } from "../../access/principals.ts";
import { fromHex, toHex, utf8 } from "../../domain/bytes.ts";
import { canonicalJson, type Json } from "../../domain/canonical.ts";
import { SignerError } from "../../domain/errors.ts";
import type { KeyRecord } from "../../domain/keys.ts";
import { importInterchange } from "../../guard/eip3076/import.ts";
import { parseKeystore, type Keystore } from "../../vault/keystore.ts";
import type { NewKey } from "../../vault/protocol.ts";
import { newIdentifier } from "../identifiers.ts";
import { ledgerImportTarget } from "../record/slashing-import.ts";
import { actorOf, type AdministrationParts } from "./parts.ts";

const PUBLIC_KEY_BYTES = 48;
const ROOT_BYTES = 32;

/** One entry of an answer. */
export interface KeystoreOutcome {
  readonly status: string;
  readonly message?: string;
}

/** Where imported keys belong. */
export interface ImportNetwork {
  readonly name: string;
  /** 32 bytes; null where every network of this kind has another one. */
  readonly genesisValidatorsRoot: Uint8Array | null;
}

export interface KeystoreImport {
  /** EIP-2335 documents as JSON texts, and one password for each. */
  readonly keystores: readonly string[];
  readonly passwords: readonly string[];
  /** An EIP-3076 document as JSON text. */
  readonly slashingProtection: string | undefined;
  readonly network: ImportNetwork;
}

/** Keys that can be deleted here; those of a wallet are `readonly`, since their wallet could derive them again. */
export function listKeystores(parts: AdministrationParts, principal: Principal): readonly Json[] {
  assertMay(principal, "key.read");
  return active(parts, principal.namespace).map((key) => ({
    validating_pubkey: key.address,
    ...(key.path === null ? {} : { derivation_path: key.path }),
    readonly: key.walletId !== null,
  }));
}

/**
 * One outcome for each keystore, in order: `imported`, `duplicate` or `error`.
 * @throws SignerError `auth.forbidden`, `service.sealed`, `request.malformed` for slashing data that cannot be read
 */
export async function importKeystores(
  parts: AdministrationParts,
  principal: Principal,
  request: KeystoreImport,
): Promise<readonly KeystoreOutcome[]> {
  assertMay(principal, "key.import");
  if (parts.vault.state() === "sealed") {
    throw new SignerError("service.sealed", "the service is sealed and takes no keys; unseal it first");
  }
  const { slashingProtection } = request;
  if (slashingProtection !== undefined) assertReadable(slashingProtection);
  const candidates = request.keystores.map((text) => candidateOf(text));
  const opened = await Promise.all(
    candidates.map((_, index) => open(parts, principal, candidates, index, request.passwords[index] ?? "")),
  );
  const keys = opened.flatMap((one) => ("key" in one ? [one.key] : []));
  if (slashingProtection !== undefined && keys.length > 0) {
    const failure = await importHistory(parts, principal, slashingProtection, keys, request.network);
    if (failure !== null) {
      return opened.map((one) => ("key" in one ? { status: "error", message: failure } : one.outcome));
    }
  }
  const outcomes: KeystoreOutcome[] = [];
  for (const one of opened) {
    outcomes.push(
      "key" in one ? await activate(parts, principal, one.key, request.network.name) : one.outcome,
    );
  }
  return outcomes;
}

/** Refused before any key derivation is paid for. */
function assertReadable(text: string): void {
  try {
    JSON.parse(text);
  } catch {
    throw new SignerError(
      "request.malformed",
      "/slashing_protection: is not valid JSON; send an EIP-3076 document",
      {
        field: "/slashing_protection",
      },
    );
  }
}

/** A keystore that could be read, or why not. */
type Candidate =
  { readonly keystore: Keystore; readonly publicKey: string } | { readonly outcome: KeystoreOutcome };
/** A key that may be stored, or what its keystore's outcome is already. */
type Opened = { readonly key: NewKey } | { readonly outcome: KeystoreOutcome };

function candidateOf(text: string): Candidate {
  try {
    const keystore = parseKeystore(text);
    return { keystore, publicKey: toHex(keystore.publicKey) };
  } catch (error) {
    return { outcome: failed(error) };
  }
}

async function open(
  parts: AdministrationParts,
  { namespace }: Principal,
  candidates: readonly Candidate[],
  index: number,
  password: string,
): Promise<Opened> {
  const candidate = candidates[index];
  if (candidate === undefined) throw new RangeError("no such keystore");
  if ("outcome" in candidate) return candidate;
  const { keystore, publicKey } = candidate;
  const first = candidates.findIndex((one) => "publicKey" in one && one.publicKey === publicKey);
  const known = parts.directory.validator(namespace, publicKey);
  if (first < index || known?.state === "active") return { outcome: { status: "duplicate" } };
  const bytes = utf8(password);
  try {
    const keyId = newIdentifier("key");
    const source = { kind: "keystore", keystore, password: { bytes } } as const;
    return { key: await parts.vault.importValidatorKey({ namespace, keyId, source }) };
  } catch (error) {
    return { outcome: failed(error) };
  } finally {
    bytes.fill(0);
  }
}

/**
 * The history of `keys` and of no other key in the document; all of it or nothing. Why it failed, or null.
 * @throws SignerError `request.malformed` for a document that breaks the format
 */
async function importHistory(
  parts: AdministrationParts,
  principal: Principal,
  document: string,
  keys: readonly NewKey[],
  network: ImportNetwork,
): Promise<string | null> {
  const target = ledgerImportTarget(parts.ledger, actorOf(principal));
  const { genesis_validators_root: pinned } = await parts.ledger.call("readSlashingChain", null);
  const expectedRoot = pinned === null ? firstRoot(document, network) : null;
  const only = keys.map(({ publicKey }) => toHex(publicKey));
  try {
    await oneAtATime(parts, () => importInterchange([utf8(document)], target, { expectedRoot, only }));
    return null;
  } catch (error) {
    if (!(error instanceof SignerError)) throw error;
    if (error.code !== "request.malformed") return `slashing_protection: ${error.message}`;
    throw new SignerError("request.malformed", `/slashing_protection: ${error.message}`, {
      field: "/slashing_protection",
    });
  }
}

const importing = new WeakMap<AdministrationParts, Promise<unknown>>();

/** The ledger stages one import: a second one that began would end the first. */
async function oneAtATime(parts: AdministrationParts, work: () => Promise<unknown>): Promise<void> {
  const before = importing.get(parts) ?? Promise.resolve();
  const mine = before.then(work, work);
  importing.set(parts, mine);
  await mine;
}

/** What a data directory without a chain gets: the root of the keys' network, or the document's for a private one. */
function firstRoot(document: string, network: ImportNetwork): Uint8Array | null {
  if (network.genesisValidatorsRoot !== null) return network.genesisValidatorsRoot;
  const value: { readonly metadata?: { readonly genesis_validators_root?: unknown } } | null =
    JSON.parse(document);
  const root = value?.metadata?.genesis_validators_root;
  return typeof root === "string" ? (fromHex(root) ?? null) : null;
}

/** Stores the key, or wakes the one that was deleted before. */
async function activate(
  parts: AdministrationParts,
  principal: Principal,
  made: NewKey,
  network: string,
): Promise<KeystoreOutcome> {
  const actor = actorOf(principal);
  const publicKey = toHex(made.publicKey);
  try {
    await parts.ledger.call("slashingSetEnabled", { actor, publicKeys: [made.publicKey], enabled: true });
    const row = await rowOf(parts, principal, made, network);
    const stored = await parts.ledger.call("createKey", { actor, row, sealed: made.rows, answer: null });
    if (stored.existed) {
      await parts.ledger.call("setKeyState", { actor, ids: [stored.row.id], state: "active" });
      parts.directory.setKeyState(stored.row.id, "active");
    } else parts.directory.addKey(row);
    return { status: "imported" };
  } catch (error) {
    const outcome = failed(error);
    return { ...outcome, message: `${publicKey}: ${outcome.message ?? ""}` };
  }
}

async function rowOf(parts: AdministrationParts, { namespace }: Principal, made: NewKey, network: string) {
  const { attributes } = await parts.chains.planImport("ethereum-validator", { network });
  return {
    id: made.rows.keySecret.keyId,
    namespace,
    wallet_id: null,
    chain: "ethereum-validator",
    curve: "bls12-381",
    derivation: "imported",
    path: null,
    public_key: made.publicKey,
    address: toHex(made.publicKey),
    label: null,
    attributes: canonicalJson(attributes),
    state: "active",
    created_at: new Date().toISOString(),
  };
}

/**
 * Stops the keys, then exports what they signed. `deleted`: signed until now; `not_active`: has history here, however
 * long ago it was deleted; `not_found`; `error`: a wallet's key, or the ledger failed.
 * @param publicKeys in 0x-hex
 * @throws SignerError `auth.forbidden`
 */
export async function deleteKeystores(
  parts: AdministrationParts,
  principal: Principal,
  publicKeys: readonly string[],
): Promise<{ readonly data: readonly KeystoreOutcome[]; readonly slashingProtection: string }> {
  // Who may bring keys may take them away.
  assertMay(principal, "key.import");
  const keys = publicKeys.map((text) => fromHex(text.toLowerCase()));
  const known = await historyOf(parts, keys);
  const stopped = await stop(parts, principal, keys);
  const data = keys.map(
    (key, index) => stopped[index] ?? without(key !== undefined && known.has(toHex(key))),
  );
  const only = keys.filter((key, index) => {
    const status = data[index]?.status;
    return key !== undefined && (status === "deleted" || status === "not_active");
  });
  try {
    return {
      data,
      slashingProtection: await exportOf(
        parts,
        only.flatMap((key) => key ?? []),
      ),
    };
  } catch (error) {
    // The keys stay stopped: a key whose history nobody has must not be moved, and may be deleted once more.
    const outcome = failed(error);
    return { data: data.map(() => outcome), slashingProtection: emptyDocument(null) };
  }
}

function without(history: boolean): KeystoreOutcome {
  return { status: history ? "not_active" : "not_found" };
}

/** Public keys that the history knows, as it was before anything was stopped. */
async function historyOf(
  parts: AdministrationParts,
  keys: readonly (Uint8Array | undefined)[],
): Promise<ReadonlySet<string>> {
  const publicKeys = keys.flatMap((key) => (key?.length === PUBLIC_KEY_BYTES ? [key] : []));
  const found = await parts.ledger.call("readSlashingKeys", { publicKeys });
  return new Set(found.flatMap((one) => (one === null ? [] : [one.publicKey])));
}

/** Outcomes of the keys that were active; undefined for the others. */
async function stop(
  parts: AdministrationParts,
  principal: Principal,
  keys: readonly (Uint8Array | undefined)[],
): Promise<readonly (KeystoreOutcome | undefined)[]> {
  const actor = actorOf(principal);
  const records = keys.map((key) =>
    key === undefined ? undefined : parts.directory.validator(principal.namespace, toHex(key)),
  );
  const stopping = new Set(records.filter((one) => one?.state === "active" && one.walletId === null));
  const ids = [...stopping].flatMap((one) => one?.id ?? []);
  const publicKeys = [...stopping].flatMap((one) => (one === undefined ? [] : [one.publicKey]));
  // In memory first: from here on no request for the key begins. One that has begun meets the guard, which refuses.
  for (const id of ids) parts.directory.setKeyState(id, "disabled");
  let failure: KeystoreOutcome | undefined;
  try {
    if (ids.length > 0) {
      await parts.ledger.call("slashingSetEnabled", { actor, publicKeys, enabled: false });
      await parts.ledger.call("setKeyState", { actor, ids, state: "disabled" });
    }
  } catch (error) {
    failure = failed(error);
  }
  return records.map((record) => {
    if (record?.state !== "active") return undefined;
    if (record.walletId !== null) return { status: "error", message: "readonly: derived from a wallet" };
    return failure ?? { status: "deleted" };
  });
}

async function exportOf(parts: AdministrationParts, publicKeys: readonly Uint8Array[]): Promise<string> {
  const { genesis_validators_root: root } = await parts.ledger.call("readSlashingChain", null);
  if (root === null || publicKeys.length === 0) return emptyDocument(root);
  return parts.ledger.call("readSlashingExport", { publicKeys, minimal: false });
}

/** A document that says nothing of any key. Before anything pinned a chain there is no root to name: all zero. */
function emptyDocument(root: Uint8Array | null): string {
  return JSON.stringify({
    metadata: {
      interchange_format_version: "5",
      genesis_validators_root: toHex(root ?? new Uint8Array(ROOT_BYTES)),
    },
    data: [],
  });
}

function active(parts: AdministrationParts, namespace: string): readonly KeyRecord[] {
  return parts.directory.validators(namespace).filter(({ state }) => state === "active");
}

/** @throws what is no SignerError: a bug is not an outcome */
function failed(error: unknown): KeystoreOutcome {
  if (error instanceof SignerError) return { status: "error", message: error.message };
  throw error;
}
