/** The steps of the path, tied to the parts that do the work. Each one is a file of its own, which alone can mark its stage. */
import type { Permission } from "../access/roles.ts";
import type { Chains } from "../chains/chains.ts";
import { SignerError } from "../domain/errors.ts";
import type { Directory } from "../directory/directory.ts";
import type { KeepersDoor } from "../keeper/contract.ts";
import type { PolicySandbox } from "../policy/sandbox.ts";
import type { Ledger } from "../record/ledger.ts";
import { authorize, type AuthorizeParts } from "./authorize.ts";
import { decode } from "./decode.ts";
import { evaluateRequest } from "./evaluation.ts";
import type { Departures } from "./departures.ts";
import { keep, keepingOf, type Keeping } from "./keep.ts";
import { respond, type RespondParts } from "./respond.ts";
import type { KeyDirectory } from "./signing-keys.ts";
import type { Steps } from "./stages.ts";

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

/** The steps for signing; `evaluate` gives those of the simulation, which never get past the verdict. */
export function createSteps(
  parts: Parts,
  mode: "sign" | "evaluate",
  keeping: Keeping = keepingOf(parts.keeper),
): Steps {
  const permission: Permission = mode === "sign" ? "request.sign" : "request.evaluate";
  return {
    authorize(submission) {
      const authorized = authorize(parts, submission, permission);
      // Before anything is recorded: repeats against a sealed service must not use up spending limits.
      if (mode === "sign") assertUnsealed(parts.vault);
      return authorized;
    },
    decode: (request) => decode(parts, request),
    evaluate: (request) =>
      evaluateRequest(request, {
        bindingsFor: (key) => parts.directory.bindingsFor(key),
        ask: (questions, rank) => parts.policies.ask(questions, rank),
        simulation: mode === "evaluate",
      }),
    async keep(request) {
      const result = await keep(request, keeping);
      // Of what was signed before no key is asked: sealed meanwhile, it would leave after the answer of that act.
      if (result.state === "answered") assertUnsealed(parts.vault);
      return result;
    },
    respond: (request) => respond(parts, request),
  };
}

function assertUnsealed(vault: Parts["vault"]): void {
  if (vault.state() === "unsealed") return;
  throw new SignerError("service.sealed", "the service is sealed and signs nothing; unseal it first");
}
