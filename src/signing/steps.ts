/** The steps of the path, tied to the parts that do the work. Each one is a file of its own, which alone can mark its stage. */
import type { Chains } from "../chains/chains.ts";
import { SignerError } from "../domain/errors.ts";
import type { Directory } from "../directory/directory.ts";
import type { KeepersDoor } from "../keeper/contract.ts";
import type { PolicySandbox } from "../policy/sandbox.ts";
import type { Ledger } from "../record/ledger.ts";
import { authorize, authorizeToEvaluate, type AuthorizeParts } from "./authorize.ts";
import { decode, decodeToEvaluate } from "./decode.ts";
import { evaluateAlone, evaluateToSign, type EvaluationContext } from "./evaluation.ts";
import type { Departures } from "./departures.ts";
import { keep, keepingOf, type Keeping } from "./keep.ts";
import { respond, type RespondParts } from "./respond.ts";
import type { KeyDirectory } from "./signing-keys.ts";
import type { EvaluateSteps, Steps } from "./stages.ts";

/** What signing reaches, each part only as far as it does. */
export interface Parts extends AuthorizeParts, RespondParts {
  readonly departures: Departures;
  readonly directory: KeyDirectory & Pick<Directory, "bindingsFor">;
  readonly chains: Pick<Chains, "assemble" | "decode" | "decodeForWallet" | "spans" | "survey" | "urgencyOf">;
  readonly policies: Pick<PolicySandbox, "ask">;
  readonly ledger: RespondParts["ledger"] & Pick<Ledger, "readForesight">;
  readonly keeper: KeepersDoor;
  readonly vault: { state(): "sealed" | "unsealed" };
}

/** What a dry run reaches: neither keys nor the keeper's door. */
type EvaluateParts = Omit<Parts, "keeper" | "vault" | "ledger">;

/** The steps for signing. */
export function createSteps(parts: Parts, keeping: Keeping = keepingOf(parts.keeper)): Steps {
  const context = contextOf(parts);
  return {
    authorize(submission) {
      const authorized = authorize(parts, submission);
      // Before anything is recorded: repeats against a sealed service must not use up spending limits.
      assertUnsealed(parts.vault);
      return authorized;
    },
    decode: (request) => decode(parts, request),
    evaluate: (request) => evaluateToSign(request, context),
    async keep(request) {
      const result = await keep(request, keeping);
      // Of what was signed before no key is asked: sealed meanwhile, it would leave after the answer of that act.
      if (result.state === "answered") assertUnsealed(parts.vault);
      return result;
    },
    respond: (request) => respond(parts, request),
  };
}

/** The steps of a dry run, which end at the verdict. */
export function createEvaluateSteps(parts: EvaluateParts): EvaluateSteps {
  const context = contextOf(parts);
  return {
    authorize: (submission) => authorizeToEvaluate(parts, submission),
    decode: (request) => decodeToEvaluate(parts, request),
    evaluate: (request) => evaluateAlone(request, context),
  };
}

function contextOf({ directory, policies }: Pick<Parts, "directory" | "policies">): EvaluationContext {
  return {
    bindingsFor: (key) => directory.bindingsFor(key),
    ask: (questions, rank) => policies.ask(questions, rank),
  };
}

function assertUnsealed(vault: Parts["vault"]): void {
  if (vault.state() === "unsealed") return;
  throw new SignerError("service.sealed", "the service is sealed and signs nothing; unseal it first");
}
