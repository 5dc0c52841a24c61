/**
 * Order of requests in queues. Duties have seconds, registrations minutes and come by the ten thousand; in one queue they
 * would make votes late.
 */

/** The most urgent first. `request` is everything but the duties of validators. */
export const URGENCIES = ["block", "vote", "aggregate", "request", "registration"] as const;
export type Urgency = (typeof URGENCIES)[number];

/**
 * How many signatures of a rank are made or checked in one go, of at most 64: a vote that comes meanwhile waits for them.
 * Checking shares its costly step among the duties that are checked together, so these are not done one by one. Requests of other
 * chains share nothing, and a Stark signature takes 5 ms to check.
 */
export function togetherOf(rank: number): number {
  if (rank >= rankOf("registration")) return 16;
  return rank >= rankOf("request") ? 8 : 64;
}

/** For queues, where lower goes first: 1 to 5. 0 is left to calls that nothing may overtake. */
export function rankOf(urgency: Urgency = "request"): number {
  return 1 + URGENCIES.indexOf(urgency);
}
