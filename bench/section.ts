/** What a section of the bench gets and gives back. */

export interface Pace {
  /** Length of one measured round, milliseconds. */
  readonly roundMs: number;
  /** Before each round, unmeasured. */
  readonly warmUpMs: number;
  /** Rounds of each cell, interleaved with those of the control. */
  readonly rounds: number;
  /** Keys that the keys section creates. */
  readonly keys: number;
  /** Keys that the section of many keys writes into the ledger. */
  readonly manyKeys: number;
  readonly validators: ValidatorPace;
  readonly eots: EotsPace;
  /** Of the log that is checked; a multiple of two. */
  readonly verify: { readonly leaves: number };
}

/** How much the validators section does. */
export interface ValidatorPace {
  /** Keys of a burst, ascending. */
  readonly bursts: readonly number[];
  /** Times that each burst is measured. */
  readonly repetitions: number;
  /** Validators of the imported history, and the votes of each: first a hundredth of them, then a tenth, then all. */
  readonly history: { readonly validators: number; readonly votes: number };
  /** Keystores with the usual scrypt; two fit into the memory that opening them may take. */
  readonly keystores: number;
  /** Keys that a restart loads. */
  readonly keys: number;
}

/** How much the finality providers' section does. */
export interface EotsPace {
  /** Of one round; a multiple of 60. */
  readonly votes: number;
  /** Votes without a list beside them; each run beside one has a tenth of them. */
  readonly votesBeside: number;
  /** Values of one list of public randomness. */
  readonly randomness: number;
  /** Votes on record at last: ten thousand and tenfold from there. */
  readonly history: number;
}

/** A quarter of an hour for everything on two cores. */
export const FULL: Pace = {
  roundMs: 1800,
  warmUpMs: 500,
  rounds: 3,
  keys: 10_000,
  manyKeys: 100_000,
  validators: {
    bursts: [200, 600, 2000],
    repetitions: 5,
    history: { validators: 1000, votes: 1000 },
    keystores: 24,
    keys: 10_000,
  },
  eots: { votes: 3000, votesBeside: 2000, randomness: 50_000, history: 1_000_000 },
  verify: { leaves: 300_000 },
};
/** Proves that the bench works; its figures mean nothing. */
export const QUICK: Pace = {
  roundMs: 250,
  warmUpMs: 50,
  rounds: 1,
  keys: 100,
  manyKeys: 1000,
  validators: {
    bursts: [20, 60, 200],
    repetitions: 1,
    history: { validators: 100, votes: 100 },
    keystores: 2,
    keys: 100,
  },
  eots: { votes: 120, votesBeside: 100, randomness: 1000, history: 10_000 },
  verify: { leaves: 4000 },
};

export interface BenchContext {
  readonly pace: Pace;
  /** One line of progress for whoever watches. */
  readonly progress: (text: string) => void;
}

export interface Report {
  readonly title: string;
  /** Markdown blocks: paragraphs, tables, lists. */
  readonly blocks: readonly string[];
  /** What was aimed at and whether it was reached. */
  readonly aims: readonly Aim[];
}

export interface Aim {
  readonly name: string;
  readonly aim: string;
  readonly measured: string;
  readonly reached: boolean;
}

export type Section = (context: BenchContext) => Promise<Report>;
