/** How much the ledger thread takes: what waits before it, and what one commit holds. */

/** Calls that may wait before new decisions are refused with `service.overloaded`. */
export const LEDGER_QUEUE_MAX = 8192;
/** Calls that may wait at all: outcomes of recorded requests still enter after new decisions are refused. */
export const CALLS_MAX = LEDGER_QUEUE_MAX * 2;
/** Calls in one transaction at most: a few milliseconds of commit. */
export const BATCH_MAX = 512;
