/** Compiled, never run: the signing path cannot skip a step. Each line below would be a way around one. */
import { signRecorded, type KeyUser } from "../../src/signing/sign.ts";
import type {
  Authorized,
  Decoded,
  Denied,
  Permitted,
  Recorded,
  Signed,
  Steps,
  Submission,
  Verified,
} from "../../src/signing/stages.ts";

declare const steps: Steps;
declare const vault: KeyUser;
declare const submission: Submission;
declare const authorized: Authorized;
declare const decoded: Decoded;
declare const permitted: Permitted;
declare const denied: Denied;
declare const recorded: Recorded;
declare const signed: Signed;
declare const verified: Verified;
const { keys, decoded: meaning, intentText, keysText } = decoded;
const withoutBrand = { keys, decoded: meaning, intentText, keysText };

// @ts-expect-error decode: the caller must be authorized
void steps.decode(submission);
// @ts-expect-error evaluate: nothing is judged undecoded
void steps.evaluate(authorized);
// @ts-expect-error record: a decision needs a verdict
void steps.record(decoded);

// @ts-expect-error sign: not durably recorded
void steps.sign(permitted);
// @ts-expect-error sign: not even judged
void steps.sign(decoded);
// @ts-expect-error sign: refused
void steps.sign(denied);
// @ts-expect-error sign: only authorized
void steps.sign(authorized);
// @ts-expect-error sign: an unbranded copy has lost its proof
void steps.sign({ ...submission, ...withoutBrand, recordedId: "req_1" });
// @ts-expect-error the function behind the step asks for the same
void signRecorded(permitted, vault);

// @ts-expect-error verify: there is no signature yet
void steps.verify(recorded);
// @ts-expect-error respond: the signature is not checked
void steps.respond(signed);
// @ts-expect-error respond: nothing is signed
void steps.respond(recorded);

// The one order that compiles.
void steps.decode(authorized);
void steps.evaluate(decoded);
void steps.record(permitted);
void steps.record(denied);
void steps.sign(recorded);
void steps.verify(signed);
void steps.respond(verified);
