/**
 * Does an act inside the transaction of its batch: the caller's right as it is now, the Idempotency-Key, what the act comes
 * to, its audit leaf and its answer. Whatever throws leaves nothing behind: the caller of this undoes the savepoint.
 * @module
 */
import { assertAllowed, liveCaller, type LiveCaller } from "../../access/actors.ts";
import { equalBytes } from "../../domain/bytes.ts";
import { SignerError } from "../../domain/errors.ts";
import type { KeptAnswer } from "../../domain/requests.ts";
import type { Actor, AnswerKey, Input, Reply, StoredAnswer } from "../contract.ts";
import type { LogWriter } from "../log-writer.ts";
import type { Act, ActName, Circumstances, Judged, Permission } from "./act.ts";
import { assertStands } from "./brought.ts";
import type { Acted } from "./change.ts";
import { ask, readFact, type FactReaders, type Facts, type Questions } from "./facts.ts";
import { row, writeRow, type RowWriters } from "./rows.ts";

/** Where acts read and write: every fact is as the open transaction has it. */
export interface ActStore {
  readonly facts: FactReaders;
  readonly rows: RowWriters;
}

export class Performer {
  readonly #store: ActStore;
  readonly #log: Pick<LogWriter, "now" | "append">;

  constructor(store: ActStore, log: Pick<LogWriter, "now" | "append">) {
    this.#store = store;
    this.#log = log;
  }

  /**
   * @param first what of the act is still a function over tables: it is done before the facts are read
   * @throws SignerError `auth.missing` for a caller that is gone, `auth.forbidden`, `request.idempotency_conflict`,
   * `request.conflict` for a repeat of what was undone since, and what the act refuses
   */
  perform<Name extends ActName, Asked extends Questions>(
    act: Act<Name, Asked>,
    input: Input<Name>,
    first?: (input: Input<Name>) => void,
  ): Acted<Reply<Name>> {
    const caller = this.#allowed(act.permission, input);
    const { answer = null }: AnyInput = input;
    const earlier = this.#earlier(answer);
    if (earlier !== null) return { acted: "before", answer: earlier };
    first?.(input);
    const at = this.#log.now();
    const judged = carryOut(act, input, { caller, at }, { store: this.#store, log: this.#log });
    const { reply, changes = [], answerHolds = true, brought = null } = judged;
    if (answer !== null && answerHolds) {
      writeRow(this.#store.rows, row("answerKept", { ...answer, createdAt: at, brought }));
    }
    return { acted: "now", reply, changes };
  }

  /** As `perform`, for an act that is a function over tables and keeps its answer itself. */
  allow<Name extends ActName>(
    permission: Permission<Name>,
    input: Input<Name>,
    run: (caller: LiveCaller) => Reply<Name>,
  ): Acted<Reply<Name>> {
    const caller = this.#allowed(permission, input);
    const { answer = null }: AnyInput = input;
    const earlier = this.#earlier(answer);
    if (earlier !== null) return { acted: "before", answer: earlier };
    return { acted: "now", reply: run(caller), changes: [] };
  }

  /** The kept answer of a repeat, for a caller who still has the right; nothing for a new Idempotency-Key. */
  repeat(input: Input<"answerRepeat">): Acted<void> {
    this.#allowed<"answerRepeat">(({ permission }) => [permission], input);
    const answer = this.#earlier(input.request);
    return answer === null ? { acted: "now", reply: undefined, changes: [] } : { acted: "before", answer };
  }

  #allowed<Name extends ActName>(permission: Permission<Name>, input: Input<Name>): LiveCaller {
    const { actor }: AnyInput = input;
    const { namespace, principal: id } = actor;
    const stored =
      actor.tokenVersion === null ? null : readFact(this.#store.facts, ask("principal", { namespace, id }));
    const caller = liveCaller(actor, stored?.principal ?? null);
    const needs = typeof permission === "function" ? permission(input) : [permission];
    for (const need of needs) assertAllowed(caller, need);
    return caller;
  }

  /**
   * The answer of the same request; null where the key is new.
   * @throws SignerError `request.idempotency_conflict`; `request.conflict` where what it says was undone since
   */
  #earlier(answer: AnswerKey | null): KeptAnswer | null {
    if (answer === null) return null;
    const { namespace, principal, idempotencyKey: key, requestHash } = answer;
    const kept = readFact(this.#store.facts, ask("answer", { namespace, principal, key }));
    if (kept === null) return null;
    if (equalBytes(kept.requestHash, requestHash)) {
      assertStands(this.#store.facts, kept);
      return kept;
    }
    throw new SignerError(
      "request.idempotency_conflict",
      "Idempotency-Key: was used with another body; use a new one",
    );
  }
}

/**
 * Judges an act of a caller who may do it, and writes its rows and leaves. The guards' tests load it by this file's name.
 * @throws SignerError what the act refuses; then nothing is written
 * @public
 */
export function carryOut<Name extends ActName, Asked extends Questions>(
  act: Act<Name, Asked>,
  input: Input<Name>,
  { caller, at }: Circumstances,
  { store, log }: { readonly store: ActStore; readonly log: Pick<LogWriter, "append"> },
): Judged<Name> {
  const judged = act.judge(input, readFacts(store.facts, act.facts(input)), { caller, at });
  for (const written of judged.rows ?? []) writeRow(store.rows, written);
  const { namespace, principal } = caller;
  for (const leaf of judged.leaves ?? []) log.append(namespace, "administration", at, { principal, ...leaf });
  return judged;
}

/** What the inputs of all acts share. */
interface AnyInput {
  readonly actor: Actor;
  readonly answer?: StoredAnswer;
}

function readFacts<Asked extends Questions>(readers: FactReaders, asked: Asked): Facts<Asked> {
  const answers = Object.entries(asked).map(([name, question]) => [
    name,
    question === null ? null : readFact(readers, question),
  ]);
  // Each name of the questions has its answer, of the type of that question: `readFact` says so for each by itself.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return Object.fromEntries(answers) as Facts<Asked>;
}
