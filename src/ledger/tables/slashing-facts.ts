/** What acts ask of validators and their histories: of every validator in one query, never in one for each. */
import type { ValidatorHistory, Watermarks } from "../../domain/guard.ts";
import type { ValidatorPublicKey } from "../../domain/kinds.ts";
import { validatorOf, VALIDATOR_COLUMNS, type ValidatorRow } from "../guard-rows.ts";
import type { LedgerDatabase } from "../open.ts";

interface Floor {
  readonly slot: bigint | null;
  readonly epoch: bigint | null;
}

/** A validator's row, and what a floor would have to cover of its votes. */
export interface UnderFloor {
  readonly publicKey: ValidatorPublicKey;
  readonly row: ValidatorHistory;
  /** Null where there is no such vote, or where the floor raises nothing. */
  readonly latestSource: bigint | null;
}

type UnderFloorRow = ValidatorRow & Pick<UnderFloor, "latestSource">;

/** What a validator has signed at most. */
export interface Highest {
  readonly publicKey: ValidatorPublicKey;
  readonly id: bigint;
  readonly highest: Watermarks;
}

/** Whether a floor raises a watermark. */
const RISES = (column: string, floor: string): string =>
  `coalesce(${column} < @${floor}, @${floor} IS NOT NULL AND ${column} IS NULL)`;

// Votes are searched from the newest source down: below a floor that raises nothing, the search would go through all of them.
const UNDER_FLOOR = `SELECT ${VALIDATOR_COLUMNS},
  CASE WHEN ${RISES("low_slot", "slot")} OR ${RISES("low_source", "epoch")} OR ${RISES("low_target", "epoch")} THEN
    (SELECT source FROM slashing_attestation INDEXED BY slashing_attestation_by_source
     WHERE validator = slashing_validator.id
       AND target < max(coalesce(low_target, @epoch), coalesce(@epoch, low_target))
     ORDER BY source DESC LIMIT 1) END AS latestSource FROM slashing_validator`;

export class SlashingFactsTable {
  readonly #database: LedgerDatabase;
  readonly #underFloor;

  constructor(database: LedgerDatabase) {
    this.#database = database;
    this.#underFloor = database
      .prepare<Floor & { readonly publicKey: Uint8Array }, UnderFloorRow>(
        `${UNDER_FLOOR} WHERE public_key = @publicKey`,
      )
      .safeIntegers(true);
  }

  /**
   * The validator, with the latest source among its votes for targets below what the floor would make its target watermark.
   * Undefined without a row.
   */
  underFloor(publicKey: ValidatorPublicKey, { slot, epoch }: Floor): UnderFloor | undefined {
    const row = this.#underFloor.get({ publicKey, slot, epoch });
    return row === undefined ? undefined : underFloorOf(row);
  }

  /** All validators so, by public key. */
  allUnderFloor({ slot, epoch }: Floor): readonly UnderFloor[] {
    return this.#database
      .prepare<Floor, UnderFloorRow>(`${UNDER_FLOOR} ORDER BY public_key`)
      .safeIntegers(true)
      .all({ slot, epoch })
      .map(underFloorOf);
  }

  /** The highest slot, source and target on record, each by itself, of every validator with a row. */
  everyHighest(): readonly Highest[] {
    return this.#database
      .prepare<[], Omit<Highest, "highest"> & Watermarks>(
        `SELECT id, public_key AS publicKey,
           (SELECT max(slot) FROM slashing_block WHERE validator = slashing_validator.id) AS lowSlot,
           (SELECT max(source) FROM slashing_attestation WHERE validator = slashing_validator.id) AS lowSource,
           (SELECT max(target) FROM slashing_attestation WHERE validator = slashing_validator.id) AS lowTarget
         FROM slashing_validator`,
      )
      .safeIntegers(true)
      .all()
      .map(({ id, publicKey, ...highest }) => ({ id, publicKey: new Uint8Array(publicKey), highest }));
  }
}

function underFloorOf({ latestSource, ...stored }: UnderFloorRow): UnderFloor {
  const row = validatorOf(stored);
  return { publicKey: row.publicKey, row, latestSource };
}
