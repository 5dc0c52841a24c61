/**
 * The signing path. Every signature that leaves Claviger leaves through `sign`, and every door calls it.
 *
 * What a crash leaves: before `record` returns, nothing; after it, a decision on disk and no signature, so that the
 * same request can be asked again. A signature is released only after `record` and `verify`.
 * @module
 */
import type { Answer, Decoded, Denied, Permitted, Steps, Submission } from "./stages.ts";

/** Signs, or throws a SignerError that says why not. */
export async function sign(steps: Steps, submission: Submission): Promise<Answer> {
  const authorized = steps.authorize(submission);
  const decoded = await steps.decode(authorized);
  const judged = await steps.evaluate(decoded);
  // Committed before the key is used: a crash after this line costs a signature, never a second one.
  const result = await steps.record(judged);
  if (result.state === "answered") return result.answer;
  const signed = await steps.sign(result.recorded);
  const verified = await steps.verify(signed);
  return steps.respond(verified);
}

/** The same path up to the verdict: nothing is recorded, reserved or signed. */
export async function evaluate(steps: Steps, submission: Submission): Promise<Permitted | Denied> {
  const authorized = steps.authorize(submission);
  const decoded: Decoded = await steps.decode(authorized);
  return steps.evaluate(decoded);
}
