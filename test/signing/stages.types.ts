/** Compiled, never run: the signing path cannot skip a step. Each line below would be a way around one. */
import type {
  Committed,
  CommittedMessage,
  Signed as SignedByKey,
  SignedMessage,
} from "../../src/keeper/messages.ts";
import type { OwnStatements } from "../../src/keeper/contract.ts";
import type { Recording } from "../../src/keeper/path.ts";
import type { Vault } from "../../src/vault/vault.ts";
import { keep, type Keeping } from "../../src/signing/keep.ts";
import type {
  Authorized,
  AuthorizedToEvaluate,
  Decoded,
  DecodedToEvaluate,
  Denied,
  Evaluated,
  EvaluateSteps,
  Permitted,
  Signed,
  Steps,
  Submission,
} from "../../src/signing/stages.ts";

declare const steps: Steps;
declare const door: Keeping;
declare const submission: Submission;
declare const authorized: Authorized;
declare const decoded: Decoded;
declare const permitted: Permitted;
declare const denied: Denied;
declare const signed: Signed;
const { keys, decoded: meaning, intentText, keysText } = decoded;
const withoutMark = { keys, decoded: meaning, intentText, keysText };

// @ts-expect-error decode: the caller must be authorized
void steps.decode(submission);
// @ts-expect-error evaluate: nothing is judged undecoded
void steps.evaluate(authorized);
// @ts-expect-error evaluate: a copy has lost its proof
void steps.evaluate({ ...submission, ...withoutMark });

// @ts-expect-error keep: a decision needs a verdict
void steps.keep(decoded);
// @ts-expect-error keep: only authorized
void steps.keep(authorized);
// @ts-expect-error the function behind the step asks for the same
void keep(decoded, door);

// @ts-expect-error respond: nothing is signed
void steps.respond(permitted);
// @ts-expect-error respond: refused
void steps.respond(denied);

// What is evaluated alone has stages of its own, and no step that keeps.
declare const evaluating: EvaluateSteps;
declare const toEvaluate: AuthorizedToEvaluate;
declare const decodedToEvaluate: DecodedToEvaluate;
declare const evaluated: Evaluated;
// @ts-expect-error decode: the right to have it evaluated is not the right to sign
void steps.decode(toEvaluate);
// @ts-expect-error evaluate: nor after it was decoded
void steps.evaluate(decodedToEvaluate);
// @ts-expect-error keep: a verdict of a dry run is none
void steps.keep(evaluated);
// @ts-expect-error the function behind the step asks for the same
void keep(evaluated, door);
// @ts-expect-error there is no such step
void evaluating.keep;

// The one order that compiles.
void steps.decode(authorized);
void steps.evaluate(decoded);
void steps.keep(permitted);
void steps.keep(denied);
void steps.respond(signed);

// In the keeper: what travels between its threads has no mark, and is none of these.
declare const recording: Recording;
declare const message: CommittedMessage;
declare const made: SignedMessage;
declare const committed: Committed;
declare const handOn: (signed: readonly SignedByKey[]) => void;

// @ts-expect-error nothing goes to the keys that no commit stands behind
recording.handOn([message]);
// @ts-expect-error nothing goes to the verifier that no key of this thread signed
handOn([made]);
// @ts-expect-error what the service says of itself comes from a commit as well
recording.handOn([{ id: 1, rank: 1, statement: { kind: "checkpoint", size: 1, root: new Uint8Array(32) } }]);
recording.handOn([committed]);

declare const own: OwnStatements;
declare const vault: Vault;
// @ts-expect-error nobody names the head that is stated
void own.stateHead({ size: 1, root: new Uint8Array(32) });
// @ts-expect-error the vault has no method that signs
void vault.signStatement;
