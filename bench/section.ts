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
  readonly validators: ValidatorPace;
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

/** Nine minutes for everything on two cores. */
export const FULL: Pace = {
  roundMs: 1800,
  warmUpMs: 500,
  rounds: 3,
  keys: 10_000,
  validators: {
    bursts: [200, 600, 2000],
    repetitions: 5,
    history: { validators: 1000, votes: 1000 },
    keystores: 40,
    keys: 10_000,
  },
};
/** Proves that the bench works; its figures mean nothing. */
export const QUICK: Pace = {
  roundMs: 250,
  warmUpMs: 50,
  rounds: 1,
  keys: 100,
  validators: {
    bursts: [20, 60, 200],
    repetitions: 1,
    history: { validators: 100, votes: 100 },
    keystores: 2,
    keys: 100,
  },
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
