/** How much the ledger thread takes: what waits before it, and what one commit holds. */

/** Calls that may wait before new decisions, reads and other acts are refused with `service.overloaded`. */
export const LEDGER_QUEUE_MAX = 8192;
/** Calls that may wait before outcomes of recorded requests are refused, too. */
export const OUTCOMES_MAX = LEDGER_QUEUE_MAX * 2;
/** Room beyond that for acts that stop something: whatever else waits, these are not turned away. */
export const STOPS_MAX = 1024;
/** Calls that may wait at all. */
export const CALLS_MAX = OUTCOMES_MAX + STOPS_MAX;
/** Calls in one transaction at most: a few milliseconds of commit. */
export const BATCH_MAX = 512;
/** Reads in one batch at most: a list can take a millisecond, and whoever stops something waits for the batch under way. */
export const READS_MAX = 8;
