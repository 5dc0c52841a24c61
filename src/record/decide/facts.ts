/**
 * What the record step must know of a batch of calls before it decides, and what it then wants written: plain data, in sets, each
 * fact once however many calls need it. Whoever keeps the ledger reads the one and writes the other.
 * @module
 */
import type { Json } from "../../domain/canonical.ts";
import type { DutyClaim, EotsClaim, GuardClaim } from "../../domain/guard.ts";
import type {
  BindingId,
  DescriptorId,
  KeyId,
  NamespaceName,
  PrincipalId,
  RequestId,
} from "../../domain/kinds.ts";
import type { RecordedRequest } from "../../domain/requests.ts";
import * as duties from "../../guard/eip3076/facts.ts";
import * as statements from "../../guard/eots/facts.ts";
import type { Group } from "../../ledger/tables/limits.ts";
import type { Counter } from "../../ledger/tables/rollups.ts";
import type { DecisionCall, LimitCall } from "../decision.ts";
import type { AskedCall, AskedDecision } from "./asked.ts";

interface OfNamespace {
  readonly namespace: NamespaceName;
}
interface KeyPlace extends OfNamespace {
  readonly keyId: KeyId;
}
interface PrincipalPlace extends OfNamespace {
  readonly principal: PrincipalId;
}
interface DescriptorPlace extends OfNamespace {
  readonly descriptorId: DescriptorId;
}
interface RequestPlace extends OfNamespace {
  readonly requestId: RequestId;
}
/** Whose Idempotency-Key. */
interface IdempotencyPlace extends PrincipalPlace {
  readonly idempotencyKey: string;
}
interface WindowPlace {
  readonly bindingId: BindingId;
  readonly counter: string;
  /** Seconds. */
  readonly window: number;
}

/** Which facts a batch needs. */
export interface Needs {
  readonly keys: readonly KeyPlace[];
  readonly principals: readonly PrincipalPlace[];
  readonly descriptors: readonly DescriptorPlace[];
  readonly repeats: readonly IdempotencyPlace[];
  readonly results: readonly RequestPlace[];
  readonly windows: readonly WindowPlace[];
  /** Spend slots. */
  readonly slots: readonly string[];
  /** Null where no duty is judged. */
  readonly duties: duties.DutyNeeds | null;
  readonly statements: statements.StatementNeeds;
}

/** Of a request that was decided before. */
export interface DecidedBefore extends RequestPlace {
  readonly decision: RecordedRequest["decision"];
  readonly result: string | null;
}

/** The facts, of one moment. */
export interface Facts {
  /** The time of whatever is recorded on them: RFC 3339 in UTC, never before the newest entry of the log. */
  readonly at: string;
  /** Number of entries in the log. */
  readonly size: number;
  /** `bindings`: `id:version` of each in scope; null for a key that is not there, or not active. */
  readonly keys: readonly (KeyPlace & { readonly bindings: readonly string[] | null })[];
  /** Those that are there. */
  readonly principals: readonly (PrincipalPlace & { readonly version: number })[];
  readonly descriptors: readonly DescriptorPlace[];
  /** Those Idempotency-Keys that were used, with what they were used for. */
  readonly repeats: readonly RecordedRequest[];
  readonly results: readonly DecidedBefore[];
  /** What each window that ends at `at` holds. */
  readonly windows: readonly (WindowPlace & { readonly spent: bigint })[];
  /** The newest group of each slot on every counter that has one. */
  readonly groups: readonly Group[];
  /** Null where no duty is judged. */
  readonly duties: duties.DutyFacts | null;
  readonly statements: statements.StatementFacts;
}

/** An entry of the audit log without its place in the tree. */
export interface EntryRow extends OfNamespace {
  readonly type: "decision" | "outcome";
  readonly members: Readonly<Record<string, Json>>;
}

/** One change of what a counter holds: an amount at the second of `at`, or a group as it was (null: none was) and becomes. */
export type SpendRow =
  | { readonly kind: "add"; readonly place: Counter; readonly amount: bigint }
  | { readonly kind: "group"; readonly place: Counter; readonly before: Group | null; readonly group: Group };

/** What is written, in one transaction. */
export interface Rows {
  readonly at: string;
  /** The number of the first entry. */
  readonly size: number;
  readonly entries: readonly EntryRow[];
  readonly requests: readonly Omit<RecordedRequest, "result">[];
  readonly results: readonly (RequestPlace & { readonly result: string })[];
  /** In this order. */
  readonly spends: readonly SpendRow[];
  /** Null where no duty was judged. */
  readonly duties: duties.DutyRows | null;
  readonly statements: readonly statements.StatementRow[];
}

/** Which facts `calls` need. */
export function facts(calls: readonly AskedCall[]): Needs {
  const decisions = calls.flatMap(decisionsOf);
  const asking = decisions.map(({ call }) => call);
  return {
    ...factsOfAllowed(asking, decisions.flatMap(claimOf)),
    keys: once(asking.flatMap(keysOf), ({ namespace, keyId }) => nameOf(namespace, keyId)),
    principals: once(
      asking.filter(({ judgedUnder }) => judgedUnder.principal !== null),
      ({ namespace, principal }) => nameOf(namespace, principal),
    ).map(({ namespace, principal }) => ({ namespace, principal })),
    descriptors: once(asking.flatMap(descriptorsOf), ({ namespace, descriptorId }) =>
      nameOf(namespace, descriptorId),
    ),
    repeats: once(asking.flatMap(repeatOf), ({ namespace, principal, idempotencyKey }) =>
      nameOf(namespace, principal, idempotencyKey),
    ),
    results: calls.flatMap((call) =>
      call.kind === "outcome" ? { namespace: call.call.namespace, requestId: call.call.requestId } : [],
    ),
  };
}

/** Which facts a dry run needs: what limits and guards would say. */
export function foresightFacts(call: LimitCall, claim?: GuardClaim): Needs {
  const none = { keys: [], principals: [], descriptors: [], repeats: [], results: [] };
  return { ...none, ...factsOfAllowed([call], claim === undefined ? [] : [claim]) };
}

/** What limits and guards need. */
function factsOfAllowed(
  decisions: readonly LimitCall[],
  claims: readonly GuardClaim[],
): Pick<Needs, "windows" | "slots" | "duties" | "statements"> {
  const spending = decisions.filter(({ reservations }) => reservations.length > 0);
  return {
    windows: once(
      spending.flatMap(({ reservations }) => reservations),
      (claim) => nameOf(counterName(claim), String(claim.window)),
    ).map(({ bindingId, counter, window }) => ({ bindingId, counter, window })),
    slots: [...new Set(spending.flatMap(({ slots = [] }) => slots))],
    duties: claims.some(isDuty) ? duties.facts(claims.filter(isDuty)) : null,
    statements: statements.facts(claims.filter(isStatement)),
  };
}

function decisionsOf(call: AskedCall): readonly AskedDecision[] {
  switch (call.kind) {
    case "decision":
      return [call.decision];
    case "together":
      return call.decisions;
    case "outcome":
      return [];
  }
}

/** A request that is refused anyway asks no guard. */
function claimOf({ call, stated }: AskedDecision): readonly GuardClaim[] {
  // What is refused asks no guard, but a repeat may be of what was allowed.
  const refused = call.problem !== null && call.idempotencyKey === null;
  if (refused || "error" in stated || stated.claim === undefined) return [];
  return [stated.claim];
}

/** All keys that sign. */
export function keyIdsOf({ wallet, keyId }: Pick<DecisionCall, "wallet" | "keyId">): readonly KeyId[] {
  return wallet?.keyIds ?? [keyId];
}

function keysOf(call: DecisionCall): readonly KeyPlace[] {
  return keyIdsOf(call).map((keyId) => ({ namespace: call.namespace, keyId }));
}

function descriptorsOf({ namespace, judgedUnder }: DecisionCall): readonly DescriptorPlace[] {
  return (judgedUnder.descriptors ?? []).map((descriptorId) => ({ namespace, descriptorId }));
}

function repeatOf({ namespace, principal, idempotencyKey }: DecisionCall): readonly IdempotencyPlace[] {
  return idempotencyKey === null ? [] : [{ namespace, principal, idempotencyKey }];
}

function isDuty(claim: GuardClaim): claim is DutyClaim {
  return claim.kind !== "eots";
}

function isStatement(claim: GuardClaim): claim is EotsClaim {
  return claim.kind === "eots";
}

/** Different for different texts: no namespace, id or counter before the last has a line feed. */
export function nameOf(...texts: readonly string[]): string {
  return texts.join("\n");
}

export function counterName({ bindingId, counter }: Omit<WindowPlace, "window">): string {
  return nameOf(bindingId, counter);
}

/** The first of each name. */
function once<Item>(items: readonly Item[], name: (item: Item) => string): readonly Item[] {
  if (items.length < 2) return items;
  const found = new Map<string, Item>();
  for (const item of items) {
    const key = name(item);
    if (!found.has(key)) found.set(key, item);
  }
  return [...found.values()];
}
