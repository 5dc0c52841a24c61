/**
 * The evaluate step: every binding in scope of any key that signs is asked once, all enforcing ones must allow, and nothing
 * here writes. A key without an enforcing binding signs only duties and statements (`bindingRequired: false`).
 * A trap, exhaustion, time-out or malformed output is a refusal like any other.
 * @module
 */
import { canonicalJson } from "../domain/canonical.ts";
import { SignerError } from "../domain/errors.ts";
import { sameAsset, type Fee, type Intent } from "../domain/intent.ts";
import type { KeyRecord } from "../domain/keys.ts";
import type { Binding } from "../domain/policies.ts";
import type { LimitClaim } from "../domain/verdict.ts";
import { markOf, type Unmarked } from "../domain/stage.ts";
import { rankOf } from "../domain/urgency.ts";
import { INPUT_SHARES } from "../policy/limits.ts";
import type { EvaluationResult, Question } from "../policy/sandbox.ts";
import type { Principal } from "../access/principals.ts";
import type { Reservation } from "../record/decision.ts";
import { assertAskable } from "./intent-text.ts";
import { keyText } from "./signing-keys.ts";
import { assertDecoded, assertDecodedToEvaluate } from "./decode.ts";
import type {
  Allowing,
  Decoded,
  DecodedToEvaluate,
  Denied,
  Evaluated,
  EvaluationRecord,
  Permitted,
  Refusing,
  SigningKeys,
} from "./stages.ts";

const permitted = markOf<Permitted>("permitted");
const denied = markOf<Denied>("denied");
const evaluated = markOf<Evaluated>("evaluated");
/** @throws Error for what was not evaluated by itself */
export const assertEvaluated: (value: Evaluated) => void = evaluated.assert;

/** To be signed, or to be evaluated alone. */
type Understood = Unmarked<Decoded>;

/** @throws Error for what the policies were not asked about */
export function assertJudged(request: Permitted | Denied): void {
  if ("refusal" in request) denied.assert(request);
  else permitted.assert(request);
}

export interface EvaluationContext {
  bindingsFor(key: KeyRecord): readonly Binding[];
  /** Runs all policies of one request, in their order. @throws SignerError `service.overloaded`, before the first of them */
  ask(questions: readonly Question[], rank: number): Promise<readonly EvaluationResult[]>;
}

/** Asks all bindings in scope, shadow ones included, and judges. */
export async function evaluateToSign(
  request: Decoded,
  context: EvaluationContext,
): Promise<Permitted | Denied> {
  assertDecoded(request);
  const judged = await askAndJudge(request, context, false);
  return "refusal" in judged
    ? denied.set({ ...request, ...judged })
    : permitted.set({ ...request, ...judged });
}

/** As `evaluateToSign`, of what is not signed. The policies see `environment.simulation: true`. */
export async function evaluateAlone(
  request: DecodedToEvaluate,
  context: EvaluationContext,
): Promise<Evaluated> {
  assertDecodedToEvaluate(request);
  return evaluated.set({ ...request, ...(await askAndJudge(request, context, true)) });
}

async function askAndJudge(
  request: Understood,
  context: EvaluationContext,
  simulation: boolean,
): Promise<Allowing | Refusing> {
  const scopes = request.keys.map((key) => ({ key, bindings: context.bindingsFor(key) }));
  const bindings = [...new Set(scopes.flatMap((scope) => scope.bindings))];
  // A duty has none as a rule: nobody would read the input.
  const evaluations = bindings.length === 0 ? [] : await askAll(request, bindings, context, simulation);
  const refusal = judge(request, scopes, evaluations);
  if (refusal !== null) return { evaluations, refusal };
  return { evaluations, reservations: reservationsOf(evaluations, request.decoded.intent.fee) };
}

async function askAll(
  request: Understood,
  bindings: readonly Binding[],
  context: EvaluationContext,
  simulation: boolean,
): Promise<EvaluationRecord[]> {
  const write = inputWriter(request, simulation);
  const common = request.intentText.length + request.keysText.length + INPUT_SHARES.restBytesMax;
  const inputs: string[] = [];
  const questions = bindings.map((binding, index) => ({
    digest: binding.policy,
    fuelMax: binding.fuelMax,
    length: common + binding.settings.length,
    input: () => (inputs[index] = write(binding)),
  }));
  assertAskable(questions, request.keys.length);
  const results = await context.ask(questions, rankOf(request.urgency));
  return bindings.map((binding, index): EvaluationRecord => {
    const result = results[index];
    const input = inputs[index];
    if (result === undefined || input === undefined) throw new Error("a policy was not asked");
    return { binding, input, result };
  });
}

/** A key that signs, and the bindings that apply to it. */
interface Scope {
  readonly key: KeyRecord;
  readonly bindings: readonly Binding[];
}

/**
 * The first reason to refuse; null when all enforcing ones allow. Each key must be allowed by its own bindings alone: what
 * is bound to one key frees nothing for another that signs beside it.
 */
function judge(
  request: Understood,
  scopes: readonly Scope[],
  evaluations: readonly EvaluationRecord[],
): SignerError | null {
  const enforcing = evaluations.filter((evaluation) => evaluation.binding.mode === "enforce");
  const unbound = scopes.find(({ bindings }) => !bindings.some(({ mode }) => mode === "enforce"));
  if (unbound !== undefined && request.decoded.bindingRequired !== false)
    return unboundRefusal(unbound, scopes);
  for (const evaluation of enforcing) {
    const refusal = refusalOf(evaluation);
    if (refusal !== null) return refusal;
  }
  // Only a request that needs no binding comes here without an enforcing one: the guard alone decides.
  if (enforcing.length === 0) return null;
  const { intent } = request.decoded;
  for (const { bindings } of scopes) {
    const own = enforcing.filter(({ binding }) => bindings.includes(binding));
    const refusal = opaqueRefusal(intent, own) ?? controlRefusal(intent, own);
    if (refusal !== null) return refusal;
  }
  return null;
}

function unboundRefusal({ key }: Scope, scopes: readonly Scope[]): SignerError {
  const which = scopes.length === 1 ? "this key" : `key ${key.id} (${key.address})`;
  return new SignerError(
    "policy.unbound",
    `no enforcing policy is bound to ${which}, its wallet or its namespace; bind one with POST /v1/bindings`,
    scopes.length === 1 ? {} : { keyId: key.id },
  );
}

function opaqueRefusal(intent: Intent, enforcing: readonly EvaluationRecord[]): SignerError | null {
  const allowsOpaque = enforcing.some(
    ({ result }) => result.verdict.decision === "allow" && result.verdict.allowOpaque,
  );
  if (!intent.opaque || allowsOpaque) return null;
  return new SignerError(
    "policy.opaque",
    `the effect of this request cannot be told (${intent.opaqueReason ?? "undecodable"}) and no ` +
      `bound policy answers ` +
      `allowOpaque; decode it, or let a policy allow it explicitly`,
    { reason: intent.opaqueReason ?? "undecodable" },
  );
}

/** Every kind of control in the intent must be named by at least one enforcing policy. */
function controlRefusal(intent: Intent, enforcing: readonly EvaluationRecord[]): SignerError | null {
  const allowed = new Set(
    enforcing.flatMap(({ result }) =>
      result.verdict.decision === "allow" ? result.verdict.allowControl : [],
    ),
  );
  const missing = [...new Set(intent.control.map(({ what }) => what))].filter((what) => !allowed.has(what));
  const [first] = intent.control.filter(({ what }) => missing.includes(what));
  if (first === undefined) return null;
  const names = missing.map((what) => `"${what}"`).join(",");
  return new SignerError(
    "policy.control",
    `the request changes control (${first.what} of ${first.of.slice(0, 200)} to ` +
      `${first.to?.slice(0, 200) ?? "nobody named"}) ` +
      `and no bound policy allows that; a policy that has checked it must answer ` +
      `"allowControl":[${names}] with its allow: ` +
      `the ready ones do so for what their setting control names, and for EIP-7702 delegates`,
    { control: missing },
  );
}

function refusalOf({ binding, result }: EvaluationRecord): SignerError | null {
  const { verdict } = result;
  const members = { policy: binding.policy, bindingId: binding.id };
  switch (verdict.decision) {
    case "allow":
      return null;
    case "deny":
      return new SignerError(
        "policy.denied",
        `policy refused: ${verdict.reason}; change the request, or what binding ${binding.id} allows`,
        {
          ...members,
          reason: verdict.reason,
          ...(verdict.code === undefined ? {} : { policyCode: verdict.code }),
        },
      );
    case "requireApproval":
      return new SignerError(
        "policy.approval_unavailable",
        `policy asks for ${verdict.quorum} approvals, which this release cannot collect: ` +
          `${verdict.reason}; stay below what asks for them, or change binding ${binding.id}`,
        { ...members, reason: verdict.reason, quorum: verdict.quorum, groups: verdict.groups },
      );
    case "failed":
      return new SignerError(
        "policy.failed",
        `policy gave no verdict (${verdict.failure}): ${verdict.message}; mend the module of ` +
          `binding ${binding.id}, or bind another`,
        {
          ...members,
          failure: verdict.failure,
          fuelUsed: result.fuelUsed,
          fuelMax: binding.fuelMax,
        },
      );
  }
}

function reservationsOf(evaluations: readonly EvaluationRecord[], fee: Fee | undefined): Reservation[] {
  return evaluations.flatMap(({ binding, result }) =>
    binding.mode === "enforce" && result.verdict.decision === "allow"
      ? result.verdict.limits.map((limit) => reservationOf(limit, binding, fee))
      : [],
  );
}

/** A counter that counts fees takes the intent's fee on top, where it is paid in the counter's asset. */
function reservationOf(limit: LimitClaim, { id, policy }: Binding, fee: Fee | undefined): Reservation {
  const paid = limit.fees === true && fee !== undefined && sameAsset(limit.asset, fee.asset) ? fee.max : "0";
  return { ...limit, amount: (BigInt(limit.amount) + BigInt(paid)).toString(), bindingId: id, policy };
}

/**
 * Canonical policy input (docs/policies.md, "Input"). Everything but `settings` and `key` is the same for all bindings, and
 * RFC 8785 sorts names, so it is written once around gaps.
 */
function inputWriter(request: Understood, simulation: boolean): (binding: Binding) => string {
  const { decoded, keys } = request;
  const before = [
    `"approvals":[]`,
    `"environment":${canonicalJson({
      chainId: decoded.environment.chainId,
      network: decoded.environment.network,
      simulation,
      timestamp: Math.floor(request.receivedAt.getTime() / 1000),
    })}`,
    `"intent":${request.intentText}`,
  ].join(",");
  const between = [
    `"keys":${request.keysText}`,
    `"request":${canonicalJson({
      id: request.requestId,
      type: decoded.type,
      receivedAt: request.receivedAt.toISOString(),
    })}`,
  ].join(",");
  const after = `"signer":${signerText(request.principal)},"version":1`;
  return (binding) => {
    const key = keyText(keyFor(binding, keys));
    return `{${before},"key":${key},${between},"settings":${binding.settings},${after}}`;
  };
}

/** The key that the binding is scoped to, else the first that signs. */
function keyFor({ scope }: Binding, keys: SigningKeys): KeyRecord {
  return keys.find(({ id }) => scope.kind === "key" && scope.id === id) ?? keys[0];
}

const signerTexts = new WeakMap<Principal, string>();

function signerText(principal: Principal): string {
  const known = signerTexts.get(principal);
  if (known !== undefined) return known;
  const text = canonicalJson({
    principal: principal.id,
    roles: principal.roles,
    namespace: principal.namespace,
  });
  signerTexts.set(principal, text);
  return text;
}
