/** The steps of the path, tied to the parts that do the work. Each one reaches exactly one stage. */
import { createHash } from "node:crypto";
import { assertMay, type Principal, type PrincipalIndex } from "../access/principals.ts";
import type { Permission } from "../access/roles.ts";
import type { DecodedRequest } from "../chains/adapter.ts";
import type { Chains } from "../chains/chains.ts";
import { canonicalJson } from "../domain/canonical.ts";
import { SignerError } from "../domain/errors.ts";
import { resultOf } from "../domain/requests.ts";
import { rankOf } from "../domain/urgency.ts";
import type { PolicySandbox } from "../policy/sandbox.ts";
import type { Directory } from "../directory/directory.ts";
import { evaluateRequest } from "./evaluation.ts";
import { assertKeysFit, intentText } from "./intent-text.ts";
import type { Ledger } from "../record/ledger.ts";
import type { Departures } from "./departures.ts";
import {
  keyIdsOf,
  recordDecision,
  recorderOf,
  walletOf,
  type DecisionLedger,
  type Recorder,
} from "./recording.ts";
import { signRecorded, type KeyUser } from "./sign.ts";
import { decodeFor, keysText, keysToUse, type KeyDirectory } from "./signing-keys.ts";
import {
  reach,
  type Answer,
  type Authorized,
  type Decoded,
  type Recorded,
  type Signed,
  type Steps,
  type Submission,
  type Verified,
} from "./stages.ts";

/** What signing reaches, each part only as far as it does. */
export interface Parts {
  readonly principals: PrincipalIndex;
  readonly departures: Departures;
  readonly directory: KeyDirectory & Pick<Directory, "bindingsFor">;
  readonly chains: Pick<
    Chains,
    "assemble" | "decode" | "decodeForWallet" | "spans" | "survey" | "urgencyOf" | "verify"
  >;
  readonly policies: Pick<PolicySandbox, "ask">;
  readonly ledger: DecisionLedger &
    Pick<Ledger, "recordOutcome" | "readForesight"> & { readonly following: Pick<Ledger, "recordOutcome"> };
  readonly vault: KeyUser;
  /** Receives a failure of the outcome line, which nobody waits for. */
  readonly onLostOutcome: (error: unknown) => void;
}

/** The steps for signing; `evaluate` gives those of the simulation, which never get past the verdict. */
export function createSteps(
  parts: Parts,
  mode: "sign" | "evaluate",
  recorder: Recorder = recorderOf(parts.ledger),
): Steps {
  const permission: Permission = mode === "sign" ? "request.sign" : "request.evaluate";
  return {
    authorize(submission) {
      const authorized = authorize(parts, submission, permission);
      // Before anything is recorded: repeats against a sealed service must not use up spending limits.
      if (mode === "sign") assertUnsealed(parts.vault);
      return authorized;
    },
    async decode(request) {
      const { decoded, keys } = await decodeFor(parts, request);
      assertInGroup(request.principal, decoded);
      const shown = { intentText: intentText(decoded.intent), keysText: keysText(keys) };
      assertKeysFit(shown.intentText, shown.keysText, keys.length);
      return reach<Decoded>({ ...request, keys, decoded, ...shown });
    },
    evaluate: (request) =>
      evaluateRequest(request, {
        bindingsFor: (key) => parts.directory.bindingsFor(key),
        ask: (questions, rank) => parts.policies.ask(questions, rank),
        simulation: mode === "evaluate",
      }),
    record: (request) => recordDecision(request, recorder),
    sign: (request) => signRecorded(request, parts.vault),
    verify: (request) => verify(parts, request),
    respond: (request) => respond(parts, request),
  };
}

function authorize(parts: Parts, submission: Submission, permission: Permission): Authorized {
  const principal = parts.principals.current(submission.principal);
  if (principal === undefined) {
    throw new SignerError(
      "auth.missing",
      "the token of this request was withdrawn meanwhile; use a current one",
    );
  }
  assertMay(principal, permission);
  const uses = keysToUse(parts, principal.namespace, submission);
  return reach<Authorized>({ ...submission, principal, uses });
}

/** Some requests of a key cannot be taken back, an exit for one: the right to sign with the key is not enough. */
function assertInGroup(principal: Principal, { type, permissionGroup }: DecodedRequest): void {
  if (permissionGroup === undefined || principal.groups.includes(permissionGroup)) return;
  throw new SignerError(
    "auth.forbidden",
    `this ${type} request needs a member of group ${permissionGroup}; ask a NamespaceAdmin for a principal in it`,
    { group: permissionGroup },
  );
}

function assertUnsealed(vault: KeyUser): void {
  if (vault.state() === "unsealed") return;
  throw new SignerError("service.sealed", "the service is sealed and signs nothing; unseal it first");
}

/** A fault in the vault, a wrong key or a flipped bit ends here: the signature is dropped. */
async function verify(parts: Parts, request: Signed): Promise<Verified> {
  if (await parts.chains.verify(request.decoded.payloads, request.signatures, rankOf(request.urgency)))
    return reach<Verified>(request);
  throw new SignerError(
    "service.signature_invalid",
    "the signature did not verify against the stored public key and was dropped; run claviger doctor",
  );
}

async function respond(parts: Parts, request: Verified): Promise<Answer> {
  const [{ chain, namespace }] = request.keys;
  const fields = await parts.chains.assemble(chain, request.decoded, request.signatures);
  const hash = createHash("sha256");
  for (const signature of request.signatures) hash.update(signature.bytes);
  const line = {
    namespace,
    requestId: request.recordedId,
    signatureHash: hash.digest("hex"),
    result: canonicalJson(fields),
  };
  if (request.idempotencyKey === null) {
    // The decision is on disk already; the outcome line follows with the next commit and nobody waits for it.
    parts.ledger.following.recordOutcome(line).catch(parts.onLostOutcome);
    return answerOf(request, fields);
  }
  // Two callers with one Idempotency-Key get the same bytes: those that were stored first.
  const stored = await parts.ledger.recordOutcome(line);
  return answerOf(request, resultOf({ id: request.recordedId, ...stored }));
}

function answerOf(request: Recorded | Verified, fields: Answer["fields"]): Answer {
  const { recordedId: requestId, asked, keys } = request;
  return { requestId, walletId: walletOf(asked), keyIds: keyIdsOf(keys), fields };
}
