/** The ledger as one batch sees it while it is decided: the facts, and what the calls before have left on them. */
import { Journal } from "../../domain/journal.ts";
import type { GuardClaim, GuardVerdict } from "../../domain/guard.ts";
import type { NamespaceName, RequestId } from "../../domain/kinds.ts";
import type { RecordedRequest } from "../../domain/requests.ts";
import { DutyFold } from "../../guard/eip3076/judge.ts";
import { StatementFold } from "../../guard/eots/judge.ts";
import type { DecisionCall, OutcomeCall } from "../decision.ts";
import { keyIdsOf, nameOf, type DecidedBefore, type EntryRow, type Facts, type Rows } from "./facts.ts";
import { WorkingLimits } from "./working-limits.ts";

type NewRequest = Rows["requests"][number];

export class WorkingCopy {
  readonly limits: WorkingLimits;
  readonly #facts: Facts;
  readonly #journal = new Journal();
  readonly #bindings: ReadonlyMap<string, readonly string[] | null>;
  readonly #principals: ReadonlyMap<string, number>;
  readonly #descriptors: ReadonlySet<string>;
  readonly #repeats: Map<string, RecordedRequest>;
  readonly #results: Map<string, DecidedBefore>;
  readonly #duties: DutyFold | null;
  readonly #statements: StatementFold;
  readonly #entries: EntryRow[] = [];
  readonly #requests: NewRequest[] = [];
  readonly #newResults: Rows["results"][number][] = [];

  constructor(facts: Facts) {
    this.#facts = facts;
    this.limits = new WorkingLimits(facts, this.#journal);
    this.#bindings = new Map(
      facts.keys.map(({ namespace, keyId, bindings }) => [nameOf(namespace, keyId), bindings]),
    );
    this.#principals = new Map(
      facts.principals.map(({ namespace, principal, version }) => [nameOf(namespace, principal), version]),
    );
    this.#descriptors = new Set(
      facts.descriptors.map(({ namespace, descriptorId }) => nameOf(namespace, descriptorId)),
    );
    this.#repeats = new Map(
      facts.repeats.map((request) => [
        nameOf(request.namespace, request.principal, request.idempotencyKey ?? ""),
        request,
      ]),
    );
    this.#results = new Map(facts.results.map((known) => [nameOf(known.namespace, known.requestId), known]));
    this.#duties = facts.duties === null ? null : new DutyFold(facts.duties, this.#journal);
    this.#statements = new StatementFold(facts.statements, this.#journal);
  }

  /** All that `work` does, or with an error nothing of it. */
  atomically<Result>(work: () => Result): Result {
    const { mark } = this.#journal;
    try {
      return work();
    } catch (error) {
      this.#journal.undo(mark);
      throw error;
    }
  }

  /**
   * True when a key, binding, descriptor or caller has changed since the request was judged: what was done meanwhile counts for
   * whatever is recorded after it.
   */
  isStale(call: DecisionCall): boolean {
    const { namespace, principal, judgedUnder } = call;
    const bindings = new Set<string>();
    for (const keyId of keyIdsOf(call)) {
      const own = this.#bindings.get(nameOf(namespace, keyId)) ?? null;
      if (own === null) return true;
      for (const name of own) bindings.add(name);
    }
    if (!sameNames([...bindings], judgedUnder.bindings)) return true;
    const { descriptors = [] } = judgedUnder;
    if (!descriptors.every((id) => this.#descriptors.has(nameOf(namespace, id)))) return true;
    // A caller that is built in has no row, and never changes.
    if (judgedUnder.principal === null) return false;
    return this.#principals.get(nameOf(namespace, principal)) !== judgedUnder.principal;
  }

  /** What the Idempotency-Key of `call` was used for; undefined where it has none, or a new one. */
  known(call: DecisionCall): RecordedRequest | undefined {
    const { namespace, principal, idempotencyKey } = call;
    if (idempotencyKey === null) return undefined;
    const known = this.#repeats.get(nameOf(namespace, principal, idempotencyKey));
    const result = known && this.decided(known.namespace, known.id)?.result;
    return known === undefined || typeof result !== "string" ? known : { ...known, result };
  }

  /** The guard's verdict; what is new is recorded, for the claims after it too. */
  guard(claim: GuardClaim): GuardVerdict {
    if (claim.kind === "eots") return this.#statements.decide(claim);
    if (this.#duties === null) throw new Error("the facts were read for other claims");
    return this.#duties.decide(claim);
  }

  /** The number of the next entry. */
  get nextSequence(): number {
    return this.#facts.size + this.#entries.length;
  }

  append(entry: EntryRow): void {
    this.#entries.push(entry);
    this.#journal.did(() => this.#entries.pop());
  }

  insert(request: NewRequest): void {
    const { id: requestId, namespace, principal, idempotencyKey, decision } = request;
    this.#requests.push(request);
    this.#journal.did(() => this.#requests.pop());
    if (idempotencyKey !== null) {
      this.#put(this.#repeats, nameOf(namespace, principal, idempotencyKey), { ...request, result: null });
    }
    this.#put(this.#results, nameOf(namespace, requestId), { namespace, requestId, decision, result: null });
  }

  /** A request that was decided, and that facts were read of. */
  decided(namespace: NamespaceName, requestId: RequestId): DecidedBefore | undefined {
    return this.#results.get(nameOf(namespace, requestId));
  }

  setResult(known: DecidedBefore, { result }: Pick<OutcomeCall, "result">): void {
    const { namespace, requestId } = known;
    this.#put(this.#results, nameOf(namespace, requestId), { ...known, result });
    this.#newResults.push({ namespace, requestId, result });
    this.#journal.did(() => this.#newResults.pop());
  }

  rows(): Rows {
    const { at, size } = this.#facts;
    return {
      at,
      size,
      entries: this.#entries,
      requests: this.#requests,
      results: this.#newResults,
      spends: this.limits.rows(),
      duties: this.#duties?.rows() ?? null,
      statements: this.#statements.rows(),
    };
  }

  #put<Value>(map: Map<string, Value>, name: string, value: Value): void {
    const before = map.get(name);
    map.set(name, value);
    this.#journal.did(() => {
      if (before === undefined) map.delete(name);
      else map.set(name, before);
    });
  }
}

/** Whether both have the same names, in whatever order. */
function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.toSorted().join() === b.toSorted().join();
}
