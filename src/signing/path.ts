/**
 * The signing path: authorize → decode → evaluate → keep → respond. Every signature that a caller asks for leaves through `sign`,
 * and every door calls it. `keep` is the keeper's: record → sign → verify, which keeper/path.ts shows.
 *
 * What a crash leaves: before `keep` has recorded, nothing; after that a decision on disk and no signature, so that the same
 * request can be asked again. Nothing but a verified signature comes back from there.
 * @module
 */
import { SignerError } from "../domain/errors.ts";
import type { Answer, Evaluated, EvaluateSteps, KeepResult, Steps, Submission } from "./stages.ts";

/** Signs, or throws a SignerError that says why not. */
export async function sign(steps: Steps, submission: Submission): Promise<Answer> {
  const result = await judgeAndKeep(steps, submission);
  return result.state === "answered" ? result.answer : steps.respond(result.signed);
}

/** A request is judged this often at most, so that what keeps changing cannot hold it for ever. */
const ROUNDS_MAX = 4;

/** Keeps the decision only if nothing that it was judged by has changed since; otherwise judges again from the start. */
async function judgeAndKeep(
  steps: Steps,
  submission: Submission,
): Promise<Exclude<KeepResult, { readonly state: "stale" }>> {
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const authorized = steps.authorize(submission);
    const decoded = await steps.decode(authorized);
    const judged = await steps.evaluate(decoded);
    const result = await steps.keep(judged);
    if (result.state !== "stale") return result;
  }
  throw new SignerError(
    "service.overloaded",
    `what this request is judged by changed ${ROUNDS_MAX} times meanwhile; nothing was recorded, retry later`,
  );
}

/** The same path up to the verdict, in stages of its own: nothing is recorded, reserved or signed, and nothing can be. */
export async function evaluate(steps: EvaluateSteps, submission: Submission): Promise<Evaluated> {
  const authorized = steps.authorize(submission);
  const decoded = await steps.decode(authorized);
  return steps.evaluate(decoded);
}
