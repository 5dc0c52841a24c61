/** How much may be between the keeper's door and its answer. Behind it each queue holds all: what is recorded finds room. */

/**
 * Decisions from the door to their answer, those of a batch each by itself; one more is `service.overloaded`, unrecorded. Any of
 * the queues behind the record step holds as many.
 */
export const KEPT_MAX = 4096;
/** Signatures of one curve but BLS that are made in one go. */
export const SIGN_BATCH_MAX = 64;
/** Signatures that are checked in one go. As many as a BLS thread makes: those share their most costly step. */
export const VERIFY_BATCH_MAX = 64;
