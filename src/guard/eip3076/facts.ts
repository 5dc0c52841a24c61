/**
 * What the guard must know before it judges, and what it then wants written: plain data, a validator at a time. Whoever keeps
 * the history reads the one and writes the other, for a whole batch at once.
 * @module
 */
import { toHex } from "../../domain/bytes.ts";
import type {
  AttestationRecord,
  BlockRecord,
  DutyClaim,
  GuardedChain,
  ValidatorHistory,
  Watermarks,
} from "../../domain/guard.ts";
import type { GenesisValidatorsRoot, ValidatorPublicKey } from "../../domain/kinds.ts";
import { flawOf } from "./well-formed.ts";

/** What is asked about one validator. */
export interface ValidatorNeeds {
  readonly publicKey: ValidatorPublicKey;
  /** Of blocks. */
  readonly slots: readonly bigint[];
  readonly votes: readonly { readonly source: bigint; readonly target: bigint }[];
}

/** Which facts a set of claims needs. */
export type DutyNeeds = readonly ValidatorNeeds[];

export interface DutyFacts {
  readonly chain: GuardedChain;
  readonly validators: readonly ValidatorFacts[];
}

export interface ValidatorFacts {
  readonly publicKey: ValidatorPublicKey;
  /** Undefined where nothing was ever kept of this public key. */
  readonly row: ValidatorHistory | undefined;
  /** An import merges its history in pieces: what is here is half a history. */
  readonly merging: boolean;
  /** Every block at each slot that was asked for. None in the mode `minimal`, which keeps watermarks alone. */
  readonly blocks: readonly BlockRecord[];
  /**
   * Of each vote that was asked for: every record of its target; of the records with an earlier source and a later target the one
   * of the lowest target; of those with a later source and an earlier target the one of the lowest source. In any order, and some
   * more than once. None in the mode `minimal`.
   */
  readonly votes: readonly AttestationRecord[];
}

/** What is written of one validator. */
export interface ValidatorRows {
  readonly publicKey: ValidatorPublicKey;
  /** Null: it has no row yet. */
  readonly id: bigint | null;
  /** It signs for the first time: from now on it has a history. */
  readonly becomesKnown: boolean;
  /** The watermarks that it has afterwards; null where none moved. */
  readonly raised: Watermarks | null;
  readonly blocks: readonly BlockRecord[];
  readonly votes: readonly AttestationRecord[];
}

/** What is written of all of them, in one transaction with what rests on it. */
export interface DutyRows {
  /** Pins the chain; null where nothing does. */
  readonly genesisValidatorsRoot: GenesisValidatorsRoot | null;
  readonly validators: readonly ValidatorRows[];
}

/** Which facts `claims` need. One that is malformed needs none: it is refused before anything is looked up. */
export function facts(claims: readonly DutyClaim[]): DutyNeeds {
  const needs = new Map<string, { publicKey: ValidatorPublicKey; slots: bigint[]; votes: Vote[] }>();
  for (const claim of claims) {
    if (flawOf(claim) !== undefined) continue;
    const name = toHex(claim.publicKey);
    let own = needs.get(name);
    if (own === undefined) needs.set(name, (own = { publicKey: claim.publicKey, slots: [], votes: [] }));
    if (claim.kind === "eip3076.block") own.slots.push(claim.slot);
    else own.votes.push({ source: claim.sourceEpoch, target: claim.targetEpoch });
  }
  return [...needs.values()];
}

type Vote = ValidatorNeeds["votes"][number];
