/**
 * Validator keys come into the vault here, whichever door they took. Each is one commit, with the history that came with it;
 * one that is here already never costs a key derivation again.
 * @module
 */
import { toHex } from "../domain/bytes.ts";
import { SignerError } from "../domain/errors.ts";
import { inCanonicalOrder, RAW_KEY, type KeyAttributes, type KeyRecord } from "../domain/keys.ts";
import type { KeySource } from "../vault/keystores/keystore-thread.ts";
import type { NewKey } from "../vault/contract.ts";
import { newIdentifier } from "../directory/identifiers.ts";
import type { Actor, StagedHistory } from "../record/contract.ts";
import type { AdministrationParts } from "./parts.ts";
import type { KeyId, ValidatorPublicKey } from "../domain/kinds.ts";

/** What an import needs of the installation. */
export type ValidatorImportParts = Pick<AdministrationParts, "directory" | "ledger" | "vault">;

/**
 * `imported`: signs from now on; `restarted`: does again; `present`: did already, or is in the same call before; `withheld`:
 * was deleted or disabled here and may sign elsewhere now; `failed`: see `message`; `notBegun`: a signal came first.
 */
export type ImportOutcome = "imported" | "restarted" | "present" | "withheld" | "failed" | "notBegun";

/** What became of one key. */
export interface ImportResult {
  readonly outcome: ImportOutcome;
  readonly message?: string;
  /** 0x-hex, of a key that its source did not name. */
  readonly publicKey?: string;
}

/** A key that asks to come in. */
export interface IncomingKey {
  /** 48 bytes as lowercase 0x-hex: what its source says it is; null where only opening it tells. */
  readonly publicKey: string | null;
  /** Asked for when its turn comes, so that few passwords are in memory at once. A password in bytes is wiped here. */
  readonly source: () => KeySource;
}

export interface ValidatorImport {
  /** Whose namespace the keys belong to, and whom the audit log names. */
  readonly actor: Actor;
  readonly attributes: KeyAttributes;
  /**
   * Stages the document that came with the keys, and calls `work`, in which each of them is committed with its part of it. What
   * a large document says of them is merged before, and `work` gets null.
   * Resolves with null, or with why the document could not be used; then `work` was not called and no key is stored.
   * Without it each key is committed as soon as it is open.
   */
  readonly history?: (
    publicKeys: readonly ValidatorPublicKey[],
    work: (staged: StagedHistory | null) => Promise<void>,
  ) => Promise<string | null>;
  /** Asked for each key that its source does not name, when it is open: a result, or undefined for one that may come in. */
  readonly judge?: (publicKey: string) => Promise<ImportResult | undefined>;
  readonly onResult?: (index: number, result: ImportResult) => void;
  /** When aborted, no further key is begun; those under way are finished. */
  readonly signal?: AbortSignal;
}

/**
 * One result for each key, in order; what came as a result stays one. Keys are opened in parallel, as many as the
 * vault's keystore threads and memory allow; those that name no public key after the others, and told apart in their order.
 * @throws what is no SignerError, and whatever `history` throws
 */
export async function importValidatorKeys(
  parts: ValidatorImportParts,
  order: ValidatorImport,
  incoming: readonly (IncomingKey | ImportResult)[],
): Promise<readonly ImportResult[]> {
  const results = incoming.map((incomingKey): ImportResult =>
    "outcome" in incomingKey ? incomingKey : { outcome: "notBegun" },
  );
  const settle = (index: number, result: ImportResult): void => {
    results[index] = result;
    order.onResult?.(index, result);
  };
  const missing = missingOf(parts, order, incoming, settle);
  const opened: OpenedKey[] = [];
  const { history } = order;
  const take = async (openedKey: OpenedKey): Promise<void> => {
    if (history === undefined) settle(openedKey.index, await activate(parts, order, openedKey, null));
    else opened.push(openedKey);
  };
  const taken = new Set<string>();
  await eachInTurn(missing.filter(isNamed), lanesOf(parts), order.signal, async (incomingKey) => {
    const found = await open(parts, order, incomingKey);
    if ("outcome" in found) return settle(incomingKey.index, found);
    taken.add(toHex(found.key.publicKey));
    return take(found);
  });
  const unnamed = missing.filter((incomingKey) => !isNamed(incomingKey));
  await openUnnamed(parts, order, unnamed, { taken, take, settle });
  if (history === undefined || opened.length === 0) return results;
  const publicKeys = opened.map(({ key }) => key.publicKey);
  const failure = await history(publicKeys, (staged) =>
    eachInTurn(opened, lanesOf(parts), undefined, async (openedKey) => {
      settle(openedKey.index, await activate(parts, order, openedKey, staged));
    }),
  );
  if (failure === null) return results;
  for (const { index } of opened) settle(index, { outcome: "failed", message: failure });
  return results;
}

interface Missing {
  readonly index: number;
  readonly incoming: IncomingKey;
}

/** A key that is open and sealed, and not stored yet. */
interface OpenedKey extends Missing {
  readonly key: NewKey;
  /** Its source was a raw key. */
  readonly raw: boolean;
}

function isNamed({ incoming }: Missing): boolean {
  return incoming.publicKey !== null;
}

/**
 * Keys that their sources do not name, some at a time: whether one is here already shows when it is open. Which of two
 * that are the same is the duplicate is decided by their order, not by which was open first.
 */
async function openUnnamed(
  parts: ValidatorImportParts,
  order: ValidatorImport,
  missing: readonly Missing[],
  work: {
    readonly taken: Set<string>;
    readonly take: (openedKey: OpenedKey) => Promise<void>;
    readonly settle: (index: number, outcome: ImportResult) => void;
  },
): Promise<void> {
  const { taken, take, settle } = work;
  const lanes = lanesOf(parts);
  for (let from = 0; from < missing.length && order.signal?.aborted !== true; from += lanes) {
    const part = missing.slice(from, from + lanes);
    const opened = await Promise.all(part.map((incomingKey) => open(parts, order, incomingKey)));
    for (const [at, found] of opened.entries()) {
      if ("outcome" in found) {
        settle(part[at]?.index ?? -1, found);
        continue;
      }
      const publicKey = toHex(found.key.publicKey);
      const settled = taken.has(publicKey)
        ? PRESENT
        : ((await order.judge?.(publicKey)) ?? resultOfHeld(parts, order, publicKey));
      taken.add(publicKey);
      if (settled === undefined) await take(found);
      else settle(found.index, { ...settled, publicKey });
    }
  }
}

/** The keys that must be opened. */
function missingOf(
  parts: ValidatorImportParts,
  order: ValidatorImport,
  incoming: readonly (IncomingKey | ImportResult)[],
  onSettled: (index: number, outcome: ImportResult) => void,
): readonly Missing[] {
  const missing: Missing[] = [];
  const seen = new Set<string>();
  for (const [index, incomingKey] of incoming.entries()) {
    if ("outcome" in incomingKey) continue;
    const { publicKey } = incomingKey;
    const settled =
      publicKey === null ? undefined : seen.has(publicKey) ? PRESENT : resultOfHeld(parts, order, publicKey);
    if (settled === undefined) missing.push({ index, incoming: incomingKey });
    else onSettled(index, settled);
    if (publicKey !== null) seen.add(publicKey);
  }
  return missing;
}

const PRESENT: ImportResult = { outcome: "present" };

/** The result for a key that is here already; undefined for one that is not, or was deleted. */
function resultOfHeld(
  { directory }: ValidatorImportParts,
  { actor }: ValidatorImport,
  publicKey: string,
): ImportResult | undefined {
  const known = directory.validator(actor.namespace, publicKey);
  if (known?.state === "active") return PRESENT;
  return known?.state === "disabled" ? DISABLED : undefined;
}

/** An import says nothing of why somebody disabled the key. */
const DISABLED: ImportResult = {
  outcome: "failed",
  message: "the key is here and was disabled; enable it with POST /v1/keys/{keyId}/enable",
};

/** Makes a key sign again whose private key is here: one that was disabled, or that an export froze. */
export async function restartValidatorKey(
  { ledger }: ValidatorImportParts,
  actor: Actor,
  { id }: KeyRecord,
): Promise<void> {
  await ledger.restartValidatorKey({ actor, id });
}

/** Enough to keep each keystore thread busy while other keys are being sealed and committed. */
function lanesOf({ vault }: ValidatorImportParts): number {
  return 2 * vault.keystoreThreads + 2;
}

/** Runs `work` on each item, `lanes` at a time, in order of their beginning. The first failure ends it. */
async function eachInTurn<Item>(
  items: readonly Item[],
  lanes: number,
  signal: AbortSignal | undefined,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const waiting = items.values();
  let failed = false;
  const lane = async (): Promise<void> => {
    for (const item of waiting) {
      try {
        await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
      if (failed || signal?.aborted === true) return;
    }
  };
  if (signal?.aborted === true) return;
  const ended = await Promise.allSettled(Array.from({ length: lanes }, lane));
  for (const result of ended) if (result.status === "rejected") throw result.reason;
}

async function open(
  { vault, directory }: ValidatorImportParts,
  { actor: { namespace } }: ValidatorImport,
  { index, incoming }: Missing,
): Promise<OpenedKey | ImportResult> {
  const source = incoming.source();
  // One that was deleted comes back under the id that it had.
  const keyIdOf = (publicKey: ValidatorPublicKey): KeyId =>
    directory.validator(namespace, toHex(publicKey))?.id ?? newIdentifier("key");
  try {
    const key = await vault.importValidatorKey({ namespace, keyIdOf, source });
    const { publicKey } = incoming;
    if (publicKey === null || toHex(key.publicKey) === publicKey) {
      return { index, incoming, key, raw: source.kind === "keyConfig" };
    }
    return { outcome: "failed", message: "the key is another one now than when the import began" };
  } catch (error) {
    return failureOf(error);
  } finally {
    if (source.kind === "keystore" && "bytes" in source.password) source.password.bytes.fill(0);
  }
}

/** Stores the key with its part of the document, or wakes the one that was deleted before. */
async function activate(
  parts: ValidatorImportParts,
  order: ValidatorImport,
  opened: OpenedKey,
  history: StagedHistory | null,
): Promise<ImportResult> {
  const { actor } = order;
  const { key: made, raw } = opened;
  const publicKey = toHex(made.publicKey);
  try {
    const key = recordOf(order, made, raw);
    await parts.ledger.importValidatorKey({ actor, key, sealed: made.rows, history });
    return { outcome: "imported", ...(isNamed(opened) ? {} : { publicKey }) };
  } catch (error) {
    const { message } = failureOf(error);
    // The document is of another chain: that is so for all of its keys.
    const ofDocument = error instanceof SignerError && error.code === "guard.genesis_root";
    return { outcome: "failed", message: `${ofDocument ? "slashing_protection" : publicKey}: ${message}` };
  }
}

function recordOf({ actor, attributes }: ValidatorImport, made: NewKey, raw: boolean): KeyRecord {
  return {
    id: made.rows.keySecret.keyId,
    namespace: actor.namespace,
    walletId: null,
    chain: "ethereum-validator",
    curve: "bls12-381",
    derivation: "imported",
    path: null,
    publicKey: made.publicKey,
    address: toHex(made.publicKey),
    label: null,
    attributes: inCanonicalOrder(raw ? { ...attributes, ...RAW_KEY } : attributes),
    state: "active",
    createdAt: new Date().toISOString(),
  };
}

export interface Failure {
  readonly outcome: "failed";
  readonly message: string;
}

/** @throws what is no SignerError: a bug is not an outcome */
export function failureOf(error: unknown): Failure {
  if (error instanceof SignerError) return { outcome: "failed", message: error.message };
  throw error;
}
