/**
 * Slashing protection as it is administered while the service runs. History belongs to the public key and is shared by
 * all namespaces, so a namespace may only make it stricter, for its own keys; what loosens it, or reaches keys of
 * others, is for administrators of the root namespace.
 * @module
 */
import { assertMay, may, type Principal } from "../access/principals.ts";
import { fromHex, toHex } from "../domain/bytes.ts";
import { SignerError } from "../domain/errors.ts";
import { nothingToExport } from "../guard/eip3076/export.ts";
import { merging } from "../guard/eip3076/judge.ts";
import type { ImportedKey } from "../guard/eip3076/merge.ts";
import { exportedPieces } from "../record/interchange.ts";
import type { OrderedItems } from "../domain/ordered.ts";
import { importDocument } from "../record/import-turns.ts";
import type { GuardedKey } from "../domain/guard.ts";
import { admitExport, ExportStream } from "./export-stream.ts";
import type { Page, PageRequest } from "./pages.ts";
import { actorOf, type AdministrationParts } from "./parts.ts";
import { bytesOf, chosen, ownKeys } from "./slashing-reach.ts";
import type { GenesisValidatorsRoot } from "../domain/kinds.ts";

export interface HistoryExport {
  /** 0x-hex; undefined: every key within the caller's reach. */
  readonly publicKeys: readonly string[] | undefined;
  readonly minimal: boolean;
  /** Disables the keys first, durably. */
  readonly disableKeys: boolean;
}

/** Chain, settings and counts of the guard of validator keys. */
export interface SlashingStatus {
  readonly genesisValidatorsRoot: GenesisValidatorsRoot | null;
  readonly mode: string;
  readonly unknownHistory: string;
  readonly floorSlot: bigint | null;
  readonly floorEpoch: bigint | null;
  readonly slotBound: bigint | null;
  readonly epochBound: bigint | null;
  readonly keys: number;
  readonly disabledKeys: number;
  readonly keysWithHistory: number;
}

export class Slashing {
  readonly #parts: AdministrationParts;

  constructor(parts: AdministrationParts) {
    this.#parts = parts;
  }

  /** @throws SignerError `auth.forbidden` */
  async status(principal: Principal): Promise<SlashingStatus> {
    assertMay(principal, "slashing.read");
    const chain = await this.#parts.ledger.readSlashingChain();
    return {
      genesisValidatorsRoot: chain.genesisValidatorsRoot,
      mode: chain.mode,
      unknownHistory: chain.unknownHistory,
      floorSlot: chain.floorSlot,
      floorEpoch: chain.floorEpoch,
      slotBound: chain.slotBound,
      epochBound: chain.epochBound,
      ...(await counts(this.#parts, principal)),
    };
  }

  /** Keys and their watermarks by public key, after `cursor`. @throws SignerError `auth.forbidden`, `request.malformed` */
  async keys(principal: Principal, { cursor, limit }: PageRequest): Promise<Page<GuardedKey>> {
    assertMay(principal, "slashing.read");
    const after = cursor === undefined ? new Uint8Array() : fromHex(cursor);
    if (after === undefined) {
      throw new SignerError("request.malformed", "query /cursor: must be `next` of the page before", {
        field: "/cursor",
      });
    }
    const everyKey = may(principal, "slashing.everyKey");
    // A key has a row when it has signed, was imported or frozen; those that are merely here have none.
    const rows = everyKey ? await this.#parts.ledger.readSlashingPage({ after, limit: limit + 1 }) : [];
    const here = this.#parts.directory.validators(everyKey ? undefined : principal.namespace);
    const known = new Set(rows.map((row) => row.publicKey));
    const others = await statesOf(this.#parts, unknownAfter(here, toHex(after), known, limit + 1));
    const found = [...rows, ...others].toSorted((a, b) => (a.publicKey < b.publicKey ? -1 : 1));
    const items = found.slice(0, limit);
    return { items, next: found.length > limit ? (items.at(-1)?.publicKey ?? null) : null };
  }

  /**
   * Merges an interchange document (UTF-8 in pieces) into the history, all or nothing. Of a namespace other than the root
   * namespace's administrators, only what the document says of its own keys counts. Repeating it changes nothing.
   * @param source not read before the right to import is clear: nobody sends gigabytes to be told that it may not
   * @param expectedRoot 32 bytes; a data directory that has no chain yet gets this one
   * @throws SignerError `auth.forbidden`, `request.malformed` with the field, `guard.genesis_root`, `request.conflict`
   * while another import is under way
   */
  async merge(
    principal: Principal,
    source: AsyncIterable<Uint8Array>,
    expectedRoot: Uint8Array | null,
  ): Promise<readonly ImportedKey[]> {
    assertMay(principal, "slashing.import");
    const { namespace } = principal;
    const { genesisValidatorsRoot: pinned } = await this.#parts.ledger.readSlashingChain();
    // The first root ties the whole data directory to a chain for good.
    if (pinned === null) assertMay(principal, "slashing.everyKey");
    return importDocument(this.#parts, actorOf(principal), source, {
      expectedRoot,
      reach: may(principal, "slashing.everyKey") ? { of: "everyKey" } : { of: "namespace", namespace },
      turn: "refuse",
    });
  }

  /**
   * An interchange document in pieces; read it to its end, or return it. With `disableKeys` nothing more is allowed for
   * its keys from before the first piece is read, and what was allowed is in it.
   * @throws SignerError `auth.forbidden`, `key.not_found`, `guard.genesis_root`, `service.overloaded`, `guard.merging` while an
   * import adds to the history of one of them
   */
  async export(principal: Principal, request: HistoryExport): Promise<AsyncIterableIterator<string>> {
    assertMay(principal, request.disableKeys ? "slashing.disable" : "slashing.read");
    const only = await chosen(this.#parts, principal, request.publicKeys);
    const { ledger } = this.#parts;
    const release = admitExport(ledger);
    try {
      // Asked first: no key is disabled for a document that there cannot be.
      const { genesisValidatorsRoot: root } = await ledger.readSlashingChain();
      if (root === null) throw nothingToExport();
      const [half] = await ledger.readSlashingMerging({ publicKeys: only });
      if (half !== undefined) throw merging(half);
      if (request.disableKeys) {
        const actor = actorOf(principal);
        await ledger.setSlashingEnabled({ actor, publicKeys: only, enabled: false });
        await ledger.noteAct({ actor, action: "slashing.export" });
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
  async disable(principal: Principal, publicKeys: readonly string[]): Promise<{ readonly changed: number }> {
    assertMay(principal, "slashing.disable");
    const keys = (await chosen(this.#parts, principal, publicKeys)) ?? [];
    const actor = actorOf(principal);
    const reply = await this.#parts.ledger.setSlashingEnabled({ actor, publicKeys: keys, enabled: false });
    return { changed: reply.keys };
  }

  /**
   * Lifts a freeze: the keys sign again. Whether such a key runs elsewhere meanwhile only people know, and it may be
   * another namespace's too: so this is for administrators of the root namespace.
   * @throws SignerError `auth.forbidden`, `key.not_found`, `request.conflict` for a key that was disabled or deleted by itself
   */
  async enable(principal: Principal, publicKeys: readonly string[]): Promise<{ readonly changed: number }> {
    assertMay(principal, "slashing.everyKey");
    const keys = (await chosen(this.#parts, principal, publicKeys)) ?? [];
    const actor = actorOf(principal);
    const reply = await this.#parts.ledger.setSlashingEnabled({ actor, publicKeys: keys, enabled: true });
    return { changed: reply.keys };
  }
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

/** At most `limit` names after `after` that are not known. */
function unknownAfter(
  here: OrderedItems<{ readonly name: string }>,
  after: string,
  known: ReadonlySet<string>,
  limit: number,
): readonly string[] {
  const names: string[] = [];
  for (const { name } of here.after(after)) {
    if (names.length === limit) break;
    if (!known.has(name)) names.push(name);
  }
  return names;
}

async function statesOf(
  parts: AdministrationParts,
  names: readonly string[],
): Promise<readonly GuardedKey[]> {
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
  slotBound: null,
  epochBound: null,
};
