/**
 * The signing path. Every signature that a caller asks for leaves through `sign`, and every door calls it. The audit log's own
 * checkpoints are the one other use of a key (`sign.ts`, the only file that asks the vault: test/architecture.test.ts).
 *
 * What a crash leaves: before `record` returns, nothing; after it, a decision on disk and no signature, so that the
 * same request can be asked again. A signature is released only after `record` and `verify`.
 * @module
 */
import { SignerError } from "../domain/errors.ts";
import type { Answer, Decoded, Denied, Permitted, RecordResult, Steps, Submission } from "./stages.ts";

/** Signs, or throws a SignerError that says why not. */
export async function sign(steps: Steps, submission: Submission): Promise<Answer> {
  // Committed before the key is used: a crash after this line costs a signature, never a second one.
  const result = await judgeAndRecord(steps, submission);
  if (result.state === "answered") return result.answer;
  const signed = await steps.sign(result.recorded);
  const verified = await steps.verify(signed);
  return steps.respond(verified);
}

/** A request is judged this often at most, so that what keeps changing cannot hold it for ever. */
const ROUNDS_MAX = 4;

/** Records the decision only if nothing that it was judged by has changed since; otherwise judges again from the start. */
async function judgeAndRecord(
  steps: Steps,
  submission: Submission,
): Promise<Exclude<RecordResult, { readonly state: "stale" }>> {
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const authorized = steps.authorize(submission);
    const decoded = await steps.decode(authorized);
    const judged = await steps.evaluate(decoded);
    const result = await steps.record(judged);
    if (result.state !== "stale") return result;
  }
  throw new SignerError(
    "service.overloaded",
    `what this request is judged by changed ${ROUNDS_MAX} times meanwhile; nothing was recorded, retry later`,
  );
}

/** The same path up to the verdict: nothing is recorded, reserved or signed. */
export async function evaluate(steps: Steps, submission: Submission): Promise<Permitted | Denied> {
  const authorized = steps.authorize(submission);
  const decoded: Decoded = await steps.decode(authorized);
  return steps.evaluate(decoded);
}
