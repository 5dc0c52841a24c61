/**
 * Validator keys as keystores, with their history: list, import, delete. A key's history comes in the commit that lets it
 * sign, and a key signs no more before its history is given away: in between, a crash leaves a key that does not sign.
 * @module
 */
import { assertMay, type Principal } from "../access/principals.ts";
import { fromHex, toHex, utf8 } from "../domain/bytes.ts";
import { parseJson, type Json } from "../domain/canonical.ts";
import { SignerError } from "../domain/errors.ts";
import { isRawKey, type KeyRecord } from "../domain/keys.ts";
import type { MergeOptions } from "../guard/eip3076/merge.ts";
import { surveyInterchange } from "../guard/eip3076/survey.ts";
import { parseKeystore } from "../vault/keystores/keystore.ts";
import { ReaderThread } from "../record/interchange.ts";
import type { StagedHistory } from "../record/contract.ts";
import { withStagedDocument } from "../record/import-turns.ts";
import { keysDeleted } from "./keys.ts";
import { actorOf, type AdministrationParts } from "./parts.ts";
import {
  failureOf,
  importValidatorKeys,
  type Failure,
  type ImportResult,
  type IncomingKey,
} from "./validator-import.ts";
import type { GenesisValidatorsRoot, KeyId, ValidatorPublicKey } from "../domain/kinds.ts";

const PUBLIC_KEY_BYTES = 48;
const ROOT_BYTES = 32;

/** Where imported keys belong. */
export interface ImportNetwork {
  readonly name: string;
  /** 32 bytes; null where every network of this kind has another one. */
  readonly genesisValidatorsRoot: GenesisValidatorsRoot | null;
}

export interface KeystoreImport {
  /** EIP-2335 documents as JSON texts, and one password for each. */
  readonly keystores: readonly string[];
  readonly passwords: readonly string[];
  /** An EIP-3076 document as JSON text. */
  readonly slashingProtection: string | undefined;
  readonly network: ImportNetwork;
}

/**
 * `deleted`: signed until now; `historyOnly`: is not here to be deleted, and has history here, however long ago it was deleted;
 * `unknown`: neither; `failed`: a read-only key, one that another namespace holds too, or the ledger failed.
 */
export type DeletionResult = { readonly outcome: "deleted" | "historyOnly" | "unknown" } | Failure;

export interface ListedKeystore {
  readonly key: KeyRecord;
  /** It is not deleted here. */
  readonly readOnly: boolean;
}

export class Keystores {
  readonly #parts: AdministrationParts;

  constructor(parts: AdministrationParts) {
    this.#parts = parts;
  }

  /** Keys that sign, and whether each can be deleted here: what came as a keystore. @throws SignerError `auth.forbidden` */
  list(principal: Principal): readonly ListedKeystore[] {
    assertMay(principal, "key.read");
    const { directory } = this.#parts;
    return directory.activeValidators(principal.namespace).flatMap((publicKey) => {
      const key = directory.validator(principal.namespace, publicKey);
      return key === undefined ? [] : [{ key, readOnly: readOnlyOf(key) !== null }];
    });
  }

  /**
   * One result for each keystore, in order.
   * @throws SignerError `auth.forbidden`, `service.sealed`, `request.malformed` for slashing data that cannot be read
   */
  async importAll(principal: Principal, request: KeystoreImport): Promise<readonly ImportResult[]> {
    assertMay(principal, "key.import");
    if (this.#parts.vault.state() === "sealed") {
      throw new SignerError("service.sealed", "the service is sealed and takes no keys; unseal it first");
    }
    const { slashingProtection } = request;
    if (slashingProtection !== undefined) await assertReadable(slashingProtection);
    const { attributes } = await this.#parts.chains.planImport("ethereum-validator", {
      network: request.network.name,
    });
    const candidates = request.keystores.map((text, index) =>
      candidateOf(text, request.passwords[index] ?? ""),
    );
    const order = { actor: actorOf(principal), attributes };
    return importValidatorKeys(
      this.#parts,
      slashingProtection === undefined
        ? order
        : {
            ...order,
            history: (publicKeys, work) =>
              withHistory(this.#parts, principal, { ...request, slashingProtection }, { publicKeys, work }),
          },
      candidates,
    );
  }

  /**
   * Deletes the keys, then exports what they signed. A key that another namespace holds too may go on signing there.
   * @param publicKeys in 0x-hex
   * @throws SignerError `auth.forbidden`
   */
  async delete(
    principal: Principal,
    publicKeys: readonly string[],
  ): Promise<{ readonly results: readonly DeletionResult[]; readonly slashingProtection: string }> {
    // Who may bring keys may take them away.
    assertMay(principal, "key.import");
    const keys = publicKeys.map((text) => fromHex(text.toLowerCase()));
    const known = await historyOf(this.#parts, keys);
    const deleted = await deleteHeld(this.#parts, principal, keys);
    // Whoever deleted one that is gone may wait for the answer still, and this one says so, too.
    if (deleted.includes(undefined)) await this.#parts.departures.settled();
    const results = keys.map(
      (key, index) =>
        deleted[index] ?? without(this.#parts, principal, key, key !== undefined && known.has(toHex(key))),
    );
    const only = keys.filter((key, index) => {
      const outcome = results[index]?.outcome;
      return key !== undefined && (outcome === "deleted" || outcome === "historyOnly");
    });
    try {
      return {
        results,
        slashingProtection: await exportOf(
          this.#parts,
          only.flatMap((key) => key ?? []),
        ),
      };
    } catch (error) {
      // The keys stay deleted: a key whose history nobody has must not be moved, and may be deleted once more.
      const failure = failureOf(error);
      return { results: results.map(() => failure), slashingProtection: emptyDocument(null) };
    }
  }
}

/** Why a key cannot be deleted here; null for one that came as a keystore, which whoever holds it can bring again. */
function readOnlyOf(key: KeyRecord): string | null {
  if (key.walletId !== null) return `derived from a wallet, ${ELSEWHERE}`;
  return isRawKey(key) ? `came as a raw key and not as a keystore, ${ELSEWHERE}` : null;
}

const ELSEWHERE = "so that it is not deleted here: use DELETE /v1/keys/{keyId}";

/**
 * Before any key derivation is paid for, and whichever keys are here already: a document that cannot be read is refused
 * with the whole call.
 */
async function assertReadable(text: string): Promise<void> {
  try {
    await surveyInterchange([utf8(text)], new ReaderThread());
  } catch (error) {
    throw ofDocument(error);
  }
}

function ofDocument(error: unknown): unknown {
  if (!(error instanceof SignerError) || error.code !== "request.malformed") return error;
  return new SignerError("request.malformed", `/slashing_protection: ${error.message}`, {
    field: "/slashing_protection",
  });
}

/** A keystore that could be read, or why not. */
function candidateOf(text: string, password: string): IncomingKey | ImportResult {
  try {
    const keystore = parseKeystore(text);
    return {
      publicKey: keystore.publicKey === null ? null : toHex(keystore.publicKey),
      source: () => ({ kind: "keystore", keystore, password: { bytes: utf8(password) } }),
    };
  } catch (error) {
    return failureOf(error);
  }
}

interface BroughtKeys {
  readonly publicKeys: readonly ValidatorPublicKey[];
  readonly work: (staged: StagedHistory | null) => Promise<void>;
}

/**
 * Stages the document while `work` brings the keys, each in one commit with its part of it: what the document says of any
 * other key is left out. Not one commit for all: the ledger would sign nothing for as long as ten thousand keys take. A large
 * document is merged before any of the keys signs, for the same reason.
 * Why the document could not be used, or null.
 * @throws SignerError `request.malformed` for a document that breaks the format
 */
async function withHistory(
  parts: AdministrationParts,
  principal: Principal,
  { slashingProtection: document, network }: KeystoreImport & { readonly slashingProtection: string },
  { publicKeys, work }: BroughtKeys,
): Promise<string | null> {
  const { genesisValidatorsRoot: pinned } = await parts.ledger.readSlashingChain();
  const expected = pinned === null ? firstRoot(document, network) : { expectedRoot: null };
  try {
    const reach = { of: "keys", publicKeys: new Set(publicKeys.map(toHex)) } as const;
    await withStagedDocument(
      parts,
      actorOf(principal),
      [utf8(document)],
      { reach },
      async (staged, target) => {
        const { number, genesisValidatorsRoot } = staged;
        if (!(await parts.ledger.readIsImportLarge({ number }))) return work({ ...staged, ...expected });
        await target.merge(number, { genesisValidatorsRoot, ...expected });
        return work(null);
      },
    );
    return null;
  } catch (error) {
    if (!(error instanceof SignerError)) throw error;
    if (error.code !== "request.malformed") return `slashing_protection: ${error.message}`;
    throw ofDocument(error);
  }
}

/**
 * What a data directory without a chain gets: the root of the keys' network, or for a private one the document's, which the
 * caller brings.
 */
function firstRoot(
  document: string,
  { genesisValidatorsRoot }: ImportNetwork,
): Pick<MergeOptions, "expectedRoot" | "namedBy"> {
  if (genesisValidatorsRoot !== null)
    return { expectedRoot: genesisValidatorsRoot, namedBy: "configuration" };
  const root = memberOf(memberOf(parseJson(document), "metadata"), "genesis_validators_root");
  return { expectedRoot: typeof root === "string" ? (fromHex(root) ?? null) : null };
}

function memberOf(value: Json | undefined, name: string): Json | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  return new Map<string, Json | undefined>(Object.entries(value)).get(name);
}

/** Another namespace still holds the key; which one is not told. */
const HELD_ELSEWHERE: Failure = {
  outcome: "failed",
  message:
    "this installation holds the key outside your namespace too and may go on signing with it: it signs nothing for you " +
    "any more, but it is not disabled, and its history is not given. Do not start it on another machine",
};

/** Of a key that is not there to be deleted. What others hold or held is theirs: it is neither disabled nor shown. */
function without(
  { directory }: AdministrationParts,
  { namespace }: Principal,
  key: Uint8Array | undefined,
  history: boolean,
): DeletionResult {
  const name = key === undefined ? "" : toHex(key);
  const own = directory.validator(namespace, name);
  const others = directory.validatorHolders(name).filter((holder) => holder.namespace !== namespace);
  if (own === undefined && others.length > 0) return { outcome: "unknown" };
  if (others.some(({ state }) => state !== "deleted")) return HELD_ELSEWHERE;
  return { outcome: history ? "historyOnly" : "unknown" };
}

/** Public keys that the history knows, as it was before anything was deleted. */
async function historyOf(
  parts: AdministrationParts,
  keys: readonly (Uint8Array | undefined)[],
): Promise<ReadonlySet<string>> {
  const publicKeys = keys.flatMap((key) => (key?.length === PUBLIC_KEY_BYTES ? [key] : []));
  const found = await parts.ledger.readSlashingKeys({ publicKeys });
  return new Set(found.flatMap((key) => (key === null ? [] : [key.publicKey])));
}

/** Results of the keys that were not deleted before; undefined for the others. */
async function deleteHeld(
  parts: AdministrationParts,
  principal: Principal,
  keys: readonly (Uint8Array | undefined)[],
): Promise<readonly (DeletionResult | undefined)[]> {
  const half = new Set(
    await parts.ledger.readSlashingMerging({
      publicKeys: keys.flatMap((key) => (key?.length === PUBLIC_KEY_BYTES ? [key] : [])),
    }),
  );
  const records = keys.map((key) => {
    const record = key === undefined ? undefined : parts.directory.validator(principal.namespace, toHex(key));
    return record?.state === "deleted" ? undefined : record;
  });
  const reasonOf = (record: KeyRecord): string | null =>
    half.has(toHex(record.publicKey)) ? MERGING : prefixed(readOnlyOf(record));
  const deletable = records.filter((record) => record !== undefined && reasonOf(record) === null);
  const ids = [...new Set(deletable.flatMap((key) => key?.id ?? []))];
  const outcomes = await deleteAll(parts, principal, ids);
  return records.map((record) => {
    if (record === undefined) return undefined;
    const message = reasonOf(record);
    return message === null ? outcomes.get(record.id) : { outcome: "failed", message };
  });
}

/** Nobody would get the other half of its history. */
const MERGING = "its history is being imported; delete the key when the import has ended";

function prefixed(reason: string | null): string | null {
  return reason === null ? null : `readonly: ${reason}`;
}

/** By the id of the key. What was recorded before has been answered when this resolves. */
async function deleteAll(
  parts: AdministrationParts,
  principal: Principal,
  ids: readonly KeyId[],
): Promise<ReadonlyMap<string, DeletionResult>> {
  if (ids.length === 0) return new Map();
  try {
    const actor = actorOf(principal);
    const replies = await parts.ledger.deleteKeys({ actor, ids, forEveryone: true });
    await keysDeleted(parts, ids);
    return new Map(
      ids.map((id, index) => [
        id,
        replies[index]?.heldElsewhere === true ? HELD_ELSEWHERE : { outcome: "deleted" },
      ]),
    );
  } catch (error) {
    const failure = failureOf(error);
    return new Map(ids.map((id) => [id, failure]));
  }
}

async function exportOf(
  parts: AdministrationParts,
  publicKeys: readonly ValidatorPublicKey[],
): Promise<string> {
  const { genesisValidatorsRoot: root } = await parts.ledger.readSlashingChain();
  if (root === null || publicKeys.length === 0) return emptyDocument(root);
  return parts.ledger.readSlashingExport({ publicKeys, minimal: false });
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
