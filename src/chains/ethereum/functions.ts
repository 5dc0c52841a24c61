/**
 * The contract functions whose effects are known wherever they are called, by 4-byte selector. A selector names a shape, not a
 * contract: any contract may answer to it, so policies that trust these effects also check `calls[].to` or the token in `asset`.
 * @module
 */
import { ACCOUNT_EXECUTIONS, SAFE_TRANSACTIONS } from "./functions/accounts.ts";
import { BATCHES, MULTICALL3 } from "./functions/batches.ts";
import { CONTROL } from "./functions/control.ts";
import { PERMIT2 } from "./functions/permit2.ts";
import { tableOf, type FunctionTable } from "./functions/row.ts";
import { TOKENS } from "./functions/tokens.ts";

/** Every function that is known at any contract. */
export const FUNCTIONS: FunctionTable = tableOf(
  TOKENS,
  PERMIT2,
  CONTROL,
  BATCHES,
  MULTICALL3,
  ACCOUNT_EXECUTIONS,
  SAFE_TRANSACTIONS,
);

/** What an EntryPoint calls an account with: its calls, and changes of who decides over it. */
export const ACCOUNT_FUNCTIONS: FunctionTable = tableOf(ACCOUNT_EXECUTIONS, CONTROL);
