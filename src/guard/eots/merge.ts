/**
 * The ledger's side of an import: a file is staged in chunks and merged in one transaction. A merge adds records and
 * raises floors; it changes, removes or lowers none. One record that contradicts another refuses the whole file.
 * @module
 */
import { SignerError } from "../../domain/errors.ts";
import type { Difference, EotsImportTable, StagedTrack } from "../../ledger/tables/eots-import.ts";
import type { EotsRecord, EotsTable } from "../../ledger/tables/eots.ts";
import { keptHash, publicKeyText, sameMessage } from "./names.ts";
import { chainIdText, type EotsPlace, type EotsTrack, type KeptMessage } from "../../domain/eots.ts";
import type { XOnlyKey } from "../../domain/kinds.ts";
import { assertWellFormed } from "./well-formed.ts";

/** Part of a file. */
export interface EotsChunk {
  readonly records: readonly EotsRecord[];
  readonly floors: readonly EotsPlace[];
  /** Keys that need a floor on every chain. 32 bytes each. */
  readonly requireFloor: readonly Uint8Array[];
}

export interface EotsMergeOptions {
  /** Enables those keys of the file that were disabled here. */
  readonly enableKeys: boolean;
}

/** What an import did to one key on one chain. Heights are decimal strings. */
export interface EotsImportedTrack {
  /** 64 hex digits. */
  readonly publicKey: string;
  /** As `chainIdText` gives it. */
  readonly chainId: string;
  /** Records that were not known before. */
  readonly records: number;
  /** Records that were known. */
  readonly known: number;
  /** Records at or below a floor from before the import: not kept, so that nothing there is signed on a file's word. */
  readonly belowFloor: number;
  /** Of the file; null where it has no records of the track. */
  readonly lowest: string | null;
  readonly highest: string | null;
  /** After the import: nothing new is signed at or below it. */
  readonly floor: string | null;
  /** False: the key stays disabled, as it was. */
  readonly enabled: boolean;
}

/** What a staged file has of one track, and what the history has. */
export interface StagedEotsTrack extends StagedTrack {
  /** Records of the file that are on record. */
  readonly known: number;
  /** Those that are not, and are above the floor before. */
  readonly added: number;
  readonly floorBefore: bigint | null;
  readonly frozen: boolean;
}

/** A staged file beside the history. */
export interface StagedEots {
  /** The first record that is another message than the one of the history. */
  readonly different: Difference | null;
  readonly tracks: readonly StagedEotsTrack[];
  /** Keys that need a floor on every chain. */
  readonly requireFloor: readonly XOnlyKey[];
}

export class EotsImportStage {
  readonly #eots: EotsTable;
  readonly #staged: EotsImportTable;
  #requireFloor: Uint8Array[] = [];
  #current = 0;

  constructor(eots: EotsTable, staged: EotsImportTable) {
    this.#eots = eots;
    this.#staged = staged;
  }

  /** Starts an import and ends one that is under way. @returns its number, for the other calls */
  begin(): number {
    this.#clear();
    this.#current += 1;
    return this.#current;
  }

  /**
   * @throws SignerError `guard.eots_conflict` when the file has two messages for one height, `request.malformed`,
   *   `request.conflict` when another import has begun
   */
  stage(number: number, chunk: EotsChunk): void {
    this.#assertCurrent(number);
    for (const record of chunk.records) {
      assertWellFormed(record);
      const other = this.#staged.stageRecord(record);
      if (other !== undefined && !sameMessage(other, record)) {
        throw contradiction(record, record, other, "the file has two messages");
      }
    }
    for (const floor of chunk.floors) {
      assertWellFormed({ ...floor, message: new Uint8Array() });
      this.#staged.stageFloor(floor);
    }
    this.#requireFloor.push(...chunk.requireFloor);
  }

  /** Forgets what was staged; harmless when another import has begun. */
  discard(number: number): void {
    if (number === this.#current) this.#clear();
  }

  /** What is staged beside what is known; null where another import has begun. */
  staged(number: number): StagedEots | null {
    if (number !== this.#current) return null;
    return {
      different: this.#different(),
      tracks: this.#staged.tracks().map((track) => {
        const floorBefore = this.#eots.floor(track);
        return {
          ...track,
          known: this.#staged.known(track),
          added: this.#staged.added(track, floorBefore),
          floorBefore,
          frozen: this.#eots.key(track.publicKey)?.frozen === true,
        };
      }),
      requireFloor: this.#requireFloor,
    };
  }

  /** Adds the records of the track that are new and above `floor`. */
  merge(track: EotsTrack, floor: bigint | null): void {
    this.#staged.merge(track, floor);
  }

  /** Forgets the rows that were staged. The keys that need a floor stay, in case this is undone. */
  clear(): void {
    this.#staged.clear();
  }

  #different(): Difference | null {
    for (const found of this.#staged.differences()) {
      if (!sameMessage(found.file, found.known)) return found;
    }
    return null;
  }

  #clear(): void {
    this.#staged.clear();
    this.#requireFloor = [];
  }

  #assertCurrent(number: number): void {
    if (number === this.#current) return;
    throw new SignerError(
      "request.conflict",
      "another import has begun; nothing of this one was kept, repeat it",
    );
  }
}

/** The refusal of a record that is another message than `other` at one height. */
export function contradiction(
  { publicKey, chainId, height }: EotsPlace,
  message: KeptMessage,
  other: KeptMessage,
  what: string,
): SignerError {
  const names = { publicKey: publicKeyText(publicKey), chainId: chainIdText(chainId) };
  return new SignerError(
    "guard.eots_conflict",
    `key ${names.publicKey}, chain ${names.chainId}, height ${height}: ${what}; nothing was imported. ` +
      "If both were signed the key is known to everybody: stop all that signs with it, and find out which of them signed",
    {
      ...names,
      height: String(height),
      messageHash: keptHash(message),
      recordedMessageHash: keptHash(other),
    },
  );
}
