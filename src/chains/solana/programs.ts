/** The programs that Claviger reads, by address. */
import { associatedTokenProgram } from "./associated-token.ts";
import { computeBudgetProgram } from "./compute-budget.ts";
import { lookupTableProgram } from "./lookup-table-program.ts";
import { memoProgram } from "./memo.ts";
import {
  ASSOCIATED_TOKEN_PROGRAM,
  COMPUTE_BUDGET_PROGRAM,
  LOOKUP_TABLE_PROGRAM,
  MEMO_PROGRAMS,
  STAKE_PROGRAM,
  SYSTEM_PROGRAM,
  TOKEN_2022_PROGRAM,
  TOKEN_PROGRAM,
} from "./program-addresses.ts";
import type { ProgramReader } from "./program-reader.ts";
import { stakeProgram } from "./stake-program.ts";
import { systemProgram } from "./system-program.ts";
import { token2022Program, tokenProgram } from "./token-program.ts";

export const PROGRAMS: ReadonlyMap<string, ProgramReader> = new Map<string, ProgramReader>([
  [SYSTEM_PROGRAM, systemProgram],
  [TOKEN_PROGRAM, tokenProgram],
  [TOKEN_2022_PROGRAM, token2022Program],
  [ASSOCIATED_TOKEN_PROGRAM, associatedTokenProgram],
  [STAKE_PROGRAM, stakeProgram],
  [LOOKUP_TABLE_PROGRAM, lookupTableProgram],
  [COMPUTE_BUDGET_PROGRAM, computeBudgetProgram],
  ...MEMO_PROGRAMS.map((address) => [address, memoProgram] as const),
]);
