/** Histories of the guards in the tables of the ledger: the facts that a guard asks for, and the rows that it wants written. */
import type {
  DutyFacts,
  DutyNeeds,
  DutyRows,
  ValidatorFacts,
  ValidatorNeeds,
} from "../guard/eip3076/facts.ts";
import type { StatementFacts, StatementNeeds, StatementRow } from "../guard/eots/facts.ts";
import type { EotsTable } from "../ledger/tables/eots.ts";
import type { SlashingTable } from "../ledger/tables/slashing.ts";

/** One search for each fact: SQLite finds a row in a few microseconds, and a set of them as JSON takes longer. */
export function readDuties(table: SlashingTable, needs: DutyNeeds): DutyFacts {
  const chain = table.chain();
  const keepsRecords = chain.mode === "complete";
  return { chain, validators: needs.map((asked) => readValidator(table, asked, keepsRecords)) };
}

function readValidator(table: SlashingTable, asked: ValidatorNeeds, keepsRecords: boolean): ValidatorFacts {
  const { publicKey, slots, votes } = asked;
  const row = table.validator(publicKey);
  const merging = table.isMerging(publicKey);
  if (row === undefined || merging || !keepsRecords)
    return { publicKey, row, merging, blocks: [], votes: [] };
  const targets = new Set(votes.map(({ target }) => target));
  return {
    publicKey,
    row,
    merging,
    blocks: [...new Set(slots)].flatMap((slot) => table.blocksAt(row.id, slot)),
    votes: [
      ...[...targets].flatMap((target) => table.attestationsAt(row.id, target)),
      ...votes.flatMap(({ source, target }) => table.surrounding(row.id, source, target) ?? []),
      ...votes.flatMap(({ source, target }) => table.surroundedBy(row.id, source, target) ?? []),
    ],
  };
}

export function writeDuties(table: SlashingTable, { genesisValidatorsRoot, validators }: DutyRows): void {
  if (genesisValidatorsRoot !== null) table.setChain({ genesisValidatorsRoot });
  for (const { publicKey, id: known, becomesKnown, raised, blocks, votes } of validators) {
    const id = known ?? table.insertValidator(publicKey).id;
    if (becomesKnown) table.markKnown(id);
    for (const block of blocks) table.insertBlock(id, block);
    for (const vote of votes) table.insertAttestation(id, vote);
    if (raised !== null) table.raise(id, raised);
  }
}

export function readStatements(table: EotsTable, needs: StatementNeeds): StatementFacts {
  return needs.map(({ publicKey, chainId, heights }) => {
    const key = table.key(publicKey);
    return {
      publicKey,
      chainId,
      frozen: key?.frozen === true,
      requiresFloor: key?.requiresFloor === true,
      floor: table.floor({ publicKey, chainId }),
      messages: [...new Set(heights)].flatMap((height) => {
        const message = table.message({ publicKey, chainId, height });
        return message === null ? [] : [{ height, message }];
      }),
    };
  });
}

/** `at`: RFC 3339 in UTC. */
export function writeStatements(table: EotsTable, rows: readonly StatementRow[], at: string): void {
  for (const row of rows) table.insert({ ...row, signature: null, at });
}
