/**
 * Slashing protection as it is administered while the service runs. History belongs to the public key and is shared by
 * all namespaces, so a namespace may only make it stricter, for keys of its own; what loosens it, or reaches keys of
 * others, is for administrators of the root namespace.
 * @module
 */
import { assertMay, may, type Principal } from "../access/principals.ts";
import { fromHex, toHex } from "../domain/bytes.ts";
import type { Json } from "../domain/canonical.ts";
import { SignerError } from "../domain/errors.ts";
import { nothingToExport } from "../guard/eip3076/export.ts";
import type { ImportedKey } from "../guard/eip3076/merge.ts";
import { exportedPieces } from "../record/interchange.ts";
import { importDocument } from "../record/slashing-import.ts";
import type { SlashingKey } from "../record/guard-state.ts";
import { admitExport, ExportStream } from "./export-stream.ts";
import { actorOf, type AdministrationParts } from "./parts.ts";

const KEY_BYTES = 48;

export interface HistoryExport {
  /** 0x-hex; undefined: every key within the caller's reach. */
  readonly publicKeys: readonly string[] | undefined;
  readonly minimal: boolean;
  /** Stops the keys first, durably. */
  readonly disableKeys: boolean;
}

/** Chain, settings and counts; slots and epochs are decimal strings. @throws SignerError `auth.forbidden` */
export async function protectionStatus(parts: AdministrationParts, principal: Principal): Promise<Json> {
  assertMay(principal, "slashing.read");
  const chain = await parts.ledger.readSlashingChain();
  return {
    genesisValidatorsRoot: chain.genesisValidatorsRoot === null ? null : toHex(chain.genesisValidatorsRoot),
    mode: chain.mode,
    unknownHistory: chain.unknownHistory,
    floorSlot: text(chain.floorSlot),
    floorEpoch: text(chain.floorEpoch),
    stopSlot: text(chain.slotBound),
    stopEpoch: text(chain.epochBound),
    ...(await counts(parts, principal)),
  };
}

async function counts(parts: AdministrationParts, principal: Principal) {
  if (may(principal, "slashing.everyKey")) {
    const { keys, disabled, known } = await parts.ledger.readSlashingCounts();
    return { keys, disabledKeys: disabled, keysWithHistory: known };
  }
  const states = await statesOf(parts, ownKeys(parts, principal));
  return {
    keys: states.length,
    disabledKeys: states.filter((state) => !state.enabled).length,
    keysWithHistory: states.filter((state) => state.known).length,
  };
}

/** Keys and their watermarks by public key, after `cursor`. @throws SignerError `auth.forbidden`, `request.malformed` */
export async function protectedKeys(
  parts: AdministrationParts,
  principal: Principal,
  cursor: string | undefined,
  limit: number,
): Promise<{ readonly items: readonly Json[]; readonly next: string | null }> {
  assertMay(principal, "slashing.read");
  const after = cursor === undefined ? new Uint8Array() : fromHex(cursor);
  if (after === undefined) {
    throw new SignerError("request.malformed", "query /cursor: must be `next` of the page before", {
      field: "/cursor",
    });
  }
  const everyKey = may(principal, "slashing.everyKey");
  // A key has a row when it has signed, was imported or stopped; those that are merely here have none.
  const rows = everyKey ? await parts.ledger.readSlashingPage({ after, limit: limit + 1 }) : [];
  const here = everyKey ? keysOfAll(parts) : ownKeys(parts, principal);
  const known = new Set(rows.map((row) => row.publicKey));
  const others = await statesOf(
    parts,
    here.filter((key) => key > toHex(after) && !known.has(key)).slice(0, limit + 1),
  );
  const found = [...rows, ...others].toSorted((a, b) => (a.publicKey < b.publicKey ? -1 : 1));
  const items = found.slice(0, limit);
  return { items: items.map(keyJson), next: found.length > limit ? (items.at(-1)?.publicKey ?? null) : null };
}

async function statesOf(
  parts: AdministrationParts,
  names: readonly string[],
): Promise<readonly SlashingKey[]> {
  const rows = await parts.ledger.readSlashingKeys({ publicKeys: bytesOf(names) });
  return names.map((publicKey, index) => rows[index] ?? { ...NOTHING, publicKey });
}

/** What is known of a key that never signed. */
const NOTHING = {
  enabled: true,
  known: false,
  lowSlot: null,
  lowSourceEpoch: null,
  lowTargetEpoch: null,
  stopSlot: null,
  stopEpoch: null,
};

/**
 * Merges an interchange document (UTF-8 in pieces) into the history, all or nothing. Of a namespace other than the root
 * namespace's administrators, only what the document says of its own keys counts. Repeating it changes nothing.
 * @param expectedRoot 32 bytes; a data directory that has no chain yet gets this one
 * @throws SignerError `auth.forbidden`, `request.malformed` with the field, `guard.genesis_root`, `request.conflict`
 * while another import is under way
 */
export async function importHistory(
  parts: AdministrationParts,
  principal: Principal,
  source: AsyncIterable<Uint8Array>,
  expectedRoot: Uint8Array | null,
): Promise<readonly ImportedKey[]> {
  assertMay(principal, "slashing.import");
  const everyKey = may(principal, "slashing.everyKey");
  const { genesisValidatorsRoot: pinned } = await parts.ledger.readSlashingChain();
  // The first root ties the whole data directory to a chain for good.
  if (pinned === null) assertMay(principal, "slashing.everyKey");
  const only = everyKey ? null : ownKeys(parts, principal);
  return importDocument(parts.ledger, actorOf(principal), source, { expectedRoot, only, turn: "refuse" });
}

/**
 * An interchange document in pieces; read it to its end, or return it. With `disableKeys` nothing more is let pass for
 * its keys from before the first piece is read, and what was let pass is in it.
 * @throws SignerError `auth.forbidden`, `key.not_found`, `guard.genesis_root`, `service.overloaded`
 */
export async function exportHistory(
  parts: AdministrationParts,
  principal: Principal,
  request: HistoryExport,
): Promise<AsyncIterableIterator<string>> {
  assertMay(principal, request.disableKeys ? "slashing.disable" : "slashing.read");
  const only = await chosen(parts, principal, request.publicKeys);
  const { ledger } = parts;
  const release = admitExport(ledger);
  try {
    // Asked first: no key is stopped for a document that there cannot be.
    const { genesisValidatorsRoot: root } = await ledger.readSlashingChain();
    if (root === null) throw nothingToExport();
    if (request.disableKeys) {
      const actor = actorOf(principal);
      await ledger.slashingSetEnabled({ actor, publicKeys: only, enabled: false });
      await ledger.note({ actor, action: "slashing.export" });
      await parts.underWay.settled(idsOf(parts, only?.map(toHex) ?? keysOfAll(parts)));
    }
    const pieces = exportedPieces(ledger.databasePath, { minimal: request.minimal, only });
    // Where there is nothing to export, that is the answer and not a broken document.
    const first = await pieces.next();
    return new ExportStream(first, pieces, release);
  } catch (error) {
    release();
    throw error;
  }
}

/** Keeps keys from signing duties. @throws SignerError `auth.forbidden`, `key.not_found` */
export async function disableKeys(
  parts: AdministrationParts,
  principal: Principal,
  publicKeys: readonly string[],
): Promise<{ readonly changed: number }> {
  assertMay(principal, "slashing.disable");
  const keys = (await chosen(parts, principal, publicKeys)) ?? [];
  const actor = actorOf(principal);
  const reply = await parts.ledger.slashingSetEnabled({ actor, publicKeys: keys, enabled: false });
  await parts.underWay.settled(idsOf(parts, keys.map(toHex)));
  return { changed: reply.keys };
}

/**
 * Lets keys that were stopped sign again. Whether such a key runs elsewhere meanwhile only people know, and it may be
 * another namespace's too: so this is for administrators of the root namespace.
 * @throws SignerError `auth.forbidden`, `key.not_found`, `request.conflict` for a key that was disabled or deleted by itself
 */
export async function enableKeys(
  parts: AdministrationParts,
  principal: Principal,
  publicKeys: readonly string[],
): Promise<{ readonly changed: number }> {
  assertMay(principal, "slashing.everyKey");
  const keys = (await chosen(parts, principal, publicKeys)) ?? [];
  for (const [index, key] of keys.entries()) {
    const held = holders(parts, toHex(key));
    if (held.length === 0 || held.some(({ state }) => state === "active")) continue;
    throw new SignerError(
      "request.conflict",
      `/publicKeys/${index}: is disabled or deleted; enable it (POST /v1/keys/{keyId}/enable), or import it again, first`,
      { field: `/publicKeys/${index}` },
    );
  }
  const actor = actorOf(principal);
  const reply = await parts.ledger.slashingSetEnabled({ actor, publicKeys: keys, enabled: true });
  return { changed: reply.keys };
}

/**
 * The keys that a request names; else those within the caller's reach, null where that is every key there is.
 * @throws SignerError `key.not_found`
 */
export async function chosen(
  parts: AdministrationParts,
  principal: Principal,
  publicKeys: readonly string[] | undefined,
): Promise<readonly Uint8Array[] | null> {
  const everyKey = may(principal, "slashing.everyKey");
  if (publicKeys === undefined) return everyKey ? null : bytesOf(ownKeys(parts, principal));
  const keys = publicKeys.map((publicKey, index) => publicKeyOf(publicKey, index));
  const rows = everyKey ? await parts.ledger.readSlashingKeys({ publicKeys: keys }) : [];
  for (const [index, key] of keys.entries()) {
    const name = toHex(key);
    const reached = everyKey
      ? (rows[index] ?? null) !== null || holders(parts, name).length > 0
      : parts.directory.validator(principal.namespace, name) !== undefined;
    if (reached) continue;
    const field = `/publicKeys/${index}`;
    throw new SignerError("key.not_found", `${field}: no validator key of your namespace; see GET /v1/keys`, {
      field,
    });
  }
  return keys;
}

function publicKeyOf(value: string, index: number): Uint8Array {
  const key = fromHex(value.toLowerCase());
  if (key?.length === KEY_BYTES) return key;
  const field = `/publicKeys/${index}`;
  throw new SignerError("request.malformed", `${field}: must be 48 bytes of 0x-hex`, { field });
}

/** Records of a public key in all namespaces. */
function holders({ directory }: AdministrationParts, publicKey: string) {
  return [...directory.namespaces.keys()].flatMap((name) => directory.validator(name, publicKey) ?? []);
}

/** Whether another namespace holds the key (0x-hex) and has not deleted it. */
export function heldElsewhere(parts: AdministrationParts, namespace: string, publicKey: string): boolean {
  return holders(parts, publicKey).some(
    (holder) => holder.namespace !== namespace && holder.state !== "deleted",
  );
}

/** Of the keys in 0x-hex, in all namespaces: slashing protection stops them everywhere. */
export function idsOf(parts: AdministrationParts, names: readonly string[]): readonly string[] {
  return names.flatMap((name) => holders(parts, name).map(({ id }) => id));
}

/** In 0x-hex, ascending; keys that were deleted too: their history is still asked for. */
function ownKeys({ directory }: AdministrationParts, { namespace }: Principal): readonly string[] {
  return directory.validators(namespace).map(({ address }) => address);
}

/** Keys of all namespaces in 0x-hex, each once, ascending. */
export function keysOfAll({ directory }: AdministrationParts): readonly string[] {
  const all = [...directory.namespaces.keys()].flatMap((name) => directory.validators(name));
  return [...new Set(all.map(({ address }) => address))].toSorted();
}

function bytesOf(names: readonly string[]): readonly Uint8Array[] {
  return names.map((name, index) => publicKeyOf(name, index));
}

function keyJson(key: SlashingKey): Json {
  return {
    publicKey: key.publicKey,
    enabled: key.enabled,
    hasHistory: key.known,
    lowSlot: text(key.lowSlot),
    lowSourceEpoch: text(key.lowSourceEpoch),
    lowTargetEpoch: text(key.lowTargetEpoch),
    stopSlot: text(key.stopSlot),
    stopEpoch: text(key.stopEpoch),
  };
}

function text(value: bigint | null): string | null {
  return value === null ? null : String(value);
}
