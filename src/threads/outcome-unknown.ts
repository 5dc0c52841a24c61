/** The one failure that no code handles: nobody knows whether what a thread was asked is done, and only a new start can tell. */

/** Exit code of a process that gives up for such a reason (EX_SOFTWARE). Service managers start it again. */
const EXIT_CODE = 70;

/**
 * Whether an answer would be true is unknown: a COMMIT failed and may be on disk all the same, or a thread died with calls under
 * way. Going on could sign a second message, so the process ends and recovers by its normal start from the file. Thrown on the
 * ledger's thread, where it ends the thread, and made by the caller's queue when a thread dies.
 */
export class OutcomeUnknown extends Error {
  override readonly name = "OutcomeUnknown";

  /** Its message is that of the cause, which is what an operator can act upon. */
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** Says why, in one line, and ends the process before anything else is answered. */
export function endProcess(reason: string): never {
  process.stderr.write(`claviger: ${reason}\n`);
  process.exit(EXIT_CODE);
}
