/** The part of the store of acts that has the guard of validators. What is asked of every key is one query. */
import type { ValidatorHistory } from "../../domain/guard.ts";
import type { SlashingFactsTable } from "../../ledger/tables/slashing-facts.ts";
import type { SlashingTable } from "../../ledger/tables/slashing.ts";
import type { FactReaders, ValidatorFact } from "./facts.ts";
import type { RowWriters } from "./rows.ts";

export type ValidatorFactName =
  "validators" | "floors" | "highestSigned" | "validatorCount" | "guardedChain" | "isImportMerging";
export type ValidatorRowName = "validatorChanged" | "guardedChainChanged";

export interface ValidatorTables {
  readonly slashing: SlashingTable;
  readonly slashingFacts: SlashingFactsTable;
}

export function validatorReaders({
  slashing,
  slashingFacts,
}: ValidatorTables): Pick<FactReaders, ValidatorFactName> {
  return {
    validators: ({ publicKeys }) =>
      publicKeys?.map((publicKey) => ({ publicKey, row: slashing.validator(publicKey) ?? null })) ?? [
        ...slashing.validators().map(withRow),
        ...withoutRow(slashing),
      ],
    floors: ({ publicKeys, slot, epoch }) => {
      const floor = { slot, epoch };
      const found = publicKeys?.map(
        (publicKey) => slashingFacts.underFloor(publicKey, floor) ?? { publicKey, row: null },
      ) ?? [...slashingFacts.allUnderFloor(floor), ...withoutRow(slashing)];
      return found.map((fact) => ({ latestSource: null, ...fact }));
    },
    highestSigned: () => slashingFacts.everyHighest(),
    validatorCount: () => slashing.counts().keys,
    guardedChain: () => slashing.chain(),
    isImportMerging: () => slashing.mergingKeys(1).length > 0,
  };
}

export function validatorWriters({
  slashing,
}: Pick<ValidatorTables, "slashing">): Pick<RowWriters, ValidatorRowName> {
  return {
    validatorChanged({ publicKey, id: known, frozen, bounds, raised }) {
      const id = known ?? slashing.insertValidator(publicKey).id;
      if (raised !== undefined) slashing.raise(id, raised);
      if (bounds !== undefined) slashing.setBounds(id, bounds);
      if (frozen !== undefined) slashing.setFrozen(publicKey, frozen);
    },
    guardedChainChanged: (changes) => slashing.setChain(changes),
  };
}

function withRow(row: ValidatorHistory): ValidatorFact {
  return { publicKey: row.publicKey, row };
}

function withoutRow(slashing: SlashingTable): readonly ValidatorFact[] {
  return slashing.keysWithoutRow().map((publicKey) => ({ publicKey, row: null }));
}
