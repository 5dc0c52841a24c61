/**
 * The keeper's path: record → sign → verify. Whatever is signed comes this way, for a caller or in the service's own name, and
 * each step runs on a thread of its own, which hands what it made straight to the next one.
 *
 * - `record` runs on the record thread. What it hands on was allowed by a decision that is on disk: a crash after the commit
 *   costs a signature, never a second one. It hands nothing on before the commit, and nothing that the decision does not name.
 *   A statement of the service's own says what is on disk by then; its caller brings no part of it.
 * - `sign` runs on the vault's thread, and on BLS threads for validators' keys. It takes what the record thread handed it, over
 *   the one port that they share; no method of these threads signs.
 * - `verify` runs on the verifier's thread, which has no key. Nothing but a signature that verifies against the payload's public
 *   key leaves the keeper.
 *
 * A crash between two steps leaves the decision on disk and no signature. The same request signs again, with the same bytes
 * where a guard watches; a different one is refused.
 * @module
 */
import type { PayloadsToSign } from "../chains/adapter.ts";
import type { Answer, SentCall } from "../threads/link.ts";
import type { Call, Outcome } from "../threads/contract.ts";
import type { Committed, Signed, ToSign, ToVerify } from "./messages.ts";
import { afterCommit, asDecisions } from "./record.ts";
import { signCommitted, type Keys } from "./sign.ts";
import { verifySigned } from "./verify.ts";

/** What the record step works with. */
export interface Recording {
  /** Performs calls in one transaction. When it returns, what they did is on disk. @throws OutcomeUnknown */
  readonly commit: (calls: readonly Call[]) => readonly Outcome[];
  /** Whether there is a thread that has keys for this; nothing is recorded that could not be signed. */
  readonly canSign: (wanted: PayloadsToSign) => boolean;
  /** To the thread that has the keys. */
  readonly handOn: (committed: readonly Committed[]) => void;
}

/** Record: all calls of a batch in one commit. Returns the answers that are known now. */
export function record(
  calls: readonly SentCall[],
  { commit, canSign, handOn }: Recording,
): readonly Answer[] {
  const { decisions, refused } = asDecisions(calls, canSign);
  const outcomes = commit(decisions.map(({ call }) => call));
  const { committed, answers } = afterCommit(decisions, outcomes);
  handOn(committed);
  return [...refused, ...answers];
}

/** Sign: what was committed, each by itself; a refusal by the key travels on as one. */
export function sign(
  messages: readonly ToSign[],
  keys: Keys,
  handOn: (signed: readonly Signed[]) => void,
): void {
  handOn(messages.map((message) => signCommitted(message, keys)));
}

/** Verify: all of a batch together, which for BLS costs a fraction of one after the other. Returns the answers. */
export function verify(messages: readonly ToVerify[]): readonly Answer[] {
  return verifySigned(messages);
}
