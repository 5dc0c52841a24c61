/**
 * Validator keys come into the vault here, whichever door they took. A key is active only when it is on disk and so is
 * the history that came with it; one that is here already never costs a key derivation again.
 * @module
 */
import { toHex } from "../../domain/bytes.ts";
import { canonicalJson } from "../../domain/canonical.ts";
import { SignerError } from "../../domain/errors.ts";
import type { KeyAttributes, KeyRecord } from "../../domain/keys.ts";
import type { KeySource } from "../../vault/keystore-protocol.ts";
import type { NewKey } from "../../vault/protocol.ts";
import { newIdentifier } from "../identifiers.ts";
import type { Actor } from "../record/operations.ts";
import type { AdministrationParts } from "./parts.ts";

/** What an import needs of the installation. */
export type ValidatorImportParts = Pick<AdministrationParts, "directory" | "ledger" | "vault">;

/**
 * `imported`: signs from now on; `duplicate`: did already, or stands in the same call before; `error`: see `message`;
 * `interrupted`: was not begun.
 */
export interface KeystoreOutcome {
  readonly status: string;
  readonly message?: string;
}

/** A key that asks to come in. */
export interface IncomingKey {
  /** 48 bytes as lowercase 0x-hex: what its source says it is. */
  readonly publicKey: string;
  /** Asked for when its turn comes, so that few passwords are in memory at once. A password in bytes is wiped here. */
  readonly source: () => KeySource;
}

export interface ValidatorImport {
  /** Whose namespace the keys belong to, and who stands in the audit log. */
  readonly actor: Actor;
  readonly attributes: KeyAttributes;
  /**
   * Brings the history of the opened keys before the first of them is active; resolves with why it failed, which none
   * of them survives, or null. Without it each key is committed as soon as it is open.
   */
  readonly history?: (keys: readonly NewKey[]) => Promise<string | null>;
  readonly onOutcome?: (index: number, outcome: KeystoreOutcome) => void;
  /** When aborted, no further key is begun; those under way are finished. */
  readonly signal?: AbortSignal;
}

/**
 * One outcome for each key, in order; what came as an outcome stays one. Keys are opened in parallel, as many as the
 * vault's keystore threads and memory allow.
 * @throws what is no SignerError, and whatever `history` throws
 */
export async function importValidatorKeys(
  parts: ValidatorImportParts,
  order: ValidatorImport,
  incoming: readonly (IncomingKey | KeystoreOutcome)[],
): Promise<readonly KeystoreOutcome[]> {
  const outcomes = incoming.map((one) => ("status" in one ? one : { status: "interrupted" }));
  const settle = (index: number, outcome: KeystoreOutcome): void => {
    outcomes[index] = outcome;
    order.onOutcome?.(index, outcome);
  };
  const missing = missingOf(parts, order, incoming, settle);
  const opened: (readonly [index: number, key: NewKey])[] = [];
  const { history } = order;
  await eachInTurn(missing, lanesOf(parts), order.signal, async ([index, one]) => {
    const key = await open(parts, order, one);
    if ("status" in key) settle(index, key);
    else if (history === undefined) settle(index, await activate(parts, order, key));
    else opened.push([index, key]);
  });
  if (history === undefined || opened.length === 0) return outcomes;
  const failure = await history(opened.map(([, key]) => key));
  await eachInTurn(opened, lanesOf(parts), undefined, async ([index, key]) => {
    settle(
      index,
      failure === null ? await activate(parts, order, key) : { status: "error", message: failure },
    );
  });
  return outcomes;
}

/** The keys that must be opened, with their index. */
function missingOf(
  { directory }: ValidatorImportParts,
  { actor }: ValidatorImport,
  incoming: readonly (IncomingKey | KeystoreOutcome)[],
  onSettled: (index: number, outcome: KeystoreOutcome) => void,
): readonly (readonly [index: number, one: IncomingKey])[] {
  const missing: (readonly [index: number, one: IncomingKey])[] = [];
  const seen = new Set<string>();
  for (const [index, one] of incoming.entries()) {
    if ("status" in one) continue;
    const known = directory.validator(actor.namespace, one.publicKey);
    if (seen.has(one.publicKey) || known?.state === "active") onSettled(index, { status: "duplicate" });
    else if (known?.state === "disabled") onSettled(index, DISABLED);
    else missing.push([index, one]);
    seen.add(one.publicKey);
  }
  return missing;
}

/** An import is no word on why somebody disabled the key. */
const DISABLED: KeystoreOutcome = {
  status: "error",
  message: "the key is here and was disabled; enable it with POST /v1/keys/{keyId}/enable",
};

/** Lets a key sign whose private half is here: one that was disabled, or that an export stopped. */
export async function restartValidatorKey(
  { ledger }: ValidatorImportParts,
  actor: Actor,
  { id, publicKey }: KeyRecord,
): Promise<void> {
  await ledger.call("slashingSetEnabled", { actor, publicKeys: [publicKey], enabled: true });
  await ledger.call("setKeyState", { actor, id, state: "active", answer: null });
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
  for (const one of ended) if (one.status === "rejected") throw one.reason;
}

async function open(
  { vault, directory }: ValidatorImportParts,
  { actor: { namespace } }: ValidatorImport,
  incoming: IncomingKey,
): Promise<NewKey | KeystoreOutcome> {
  const source = incoming.source();
  // One that was deleted comes back under the id that it had.
  const keyId = directory.validator(namespace, incoming.publicKey)?.id ?? newIdentifier("key");
  try {
    const made = await vault.importValidatorKey({ namespace, keyId, source });
    if (toHex(made.publicKey) === incoming.publicKey) return made;
    return { status: "error", message: "the key is another one now than when the import began" };
  } catch (error) {
    return outcomeOf(error);
  } finally {
    if (source.kind === "keystore" && "bytes" in source.password) source.password.bytes.fill(0);
  }
}

/** Stores the key, or wakes the one that was deleted before. */
async function activate(
  parts: ValidatorImportParts,
  order: ValidatorImport,
  made: NewKey,
): Promise<KeystoreOutcome> {
  const { actor } = order;
  try {
    await parts.ledger.call("slashingSetEnabled", { actor, publicKeys: [made.publicKey], enabled: true });
    const row = rowOf(order, made);
    const stored = await parts.ledger.call("createKey", { actor, row, sealed: made.rows, answer: null });
    if (!stored.existed) parts.directory.addKey(stored.row);
    // Somebody else brought it meanwhile.
    return stored.existed && stored.row.state !== "active" ? DISABLED : { status: "imported" };
  } catch (error) {
    const { message = "" } = outcomeOf(error);
    return { status: "error", message: `${toHex(made.publicKey)}: ${message}` };
  }
}

function rowOf({ actor, attributes }: ValidatorImport, made: NewKey) {
  return {
    id: made.rows.keySecret.keyId,
    namespace: actor.namespace,
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

/** @throws what is no SignerError: a bug is not an outcome */
export function outcomeOf(error: unknown): KeystoreOutcome {
  if (error instanceof SignerError) return { status: "error", message: error.message };
  throw error;
}
