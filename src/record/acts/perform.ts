/**
 * Performs acts of one batch inside its transaction: reads the facts of all, judges one after the other, and writes what came of
 * it. Each sees what the ones before it left; a refused one leaves nothing.
 * @module
 */
import { assertAllowed, liveCaller, type LiveCaller } from "../../access/actors.ts";
import { equalBytes } from "../../domain/bytes.ts";
import { SignerError } from "../../domain/errors.ts";
import type { KeptAnswer } from "../../domain/requests.ts";
import type { Input } from "../contract.ts";
import type { LogWriter } from "../log-writer.ts";
import type { Act, ActName, Circumstances, Judged, Leaf } from "./act.ts";
import { assertStands } from "./brought.ts";
import { answersTo, type ActCall, type AnswerTo } from "./call.ts";
import type { Acted } from "./change.ts";
import { readFact, type FactReaders, type Questions } from "./facts.ts";
import { row, writeRow, type Row, type RowWriters } from "./rows.ts";
import { WorkingFacts } from "./working-facts.ts";

/** Where acts read and write: every fact is as the open transaction has it. */
export interface ActStore {
  readonly facts: FactReaders;
  readonly rows: RowWriters;
}

interface Parts {
  readonly store: ActStore;
  readonly log: Pick<LogWriter, "now" | "append">;
}

export type Performed =
  { readonly ok: true; readonly reply: Acted<unknown> } | { readonly ok: false; readonly error: SignerError };

/** The rows of one act that the facts of those behind it follow; of more they are read again. */
const FOLLOWED_MAX = 64;

/**
 * Performs the first of `calls`, and those behind it as far as their facts are known: an act that asks for what another one has
 * changed in a way that facts cannot follow waits for the next call of this.
 * @returns what came of each, in order; at least one
 * @throws what the store or a function over tables throws: undo what was written, and perform the first call alone
 */
export function performSome(calls: readonly ActCall[], parts: Parts): readonly Performed[] {
  const facts = new WorkingFacts(parts.store.facts);
  facts.readAhead(calls);
  const at = parts.log.now();
  const performed: Performed[] = [];
  const written = new Written();
  let last: ActCall["last"] = null;
  for (const call of calls) {
    if (performed.length > 0 && (call.last !== null || (written.isSome && !facts.know(call)))) break;
    const outcome = attempt(call, facts, { at, store: parts.store });
    performed.push(outcome.performed);
    if (outcome.judged === null) continue;
    last = call.last;
    const rows = written.add(call, outcome.judged, at);
    if (call.last !== null || outcome.judged.dated !== undefined || rows.length > FOLLOWED_MAX) break;
    facts.follow(rows, calls.slice(performed.length));
  }
  written.writeTo(parts);
  return last === null ? performed : performed.map((each) => withReply(each, last()));
}

/** An act that has a last part is performed alone. */
function withReply(performed: Performed, reply: unknown): Performed {
  if (!performed.ok || performed.reply.acted !== "now")
    throw new Error("only what was judged has a last part");
  return { ok: true, reply: { ...performed.reply, reply } };
}

interface Attempted {
  readonly performed: Performed;
  /** Null for what was refused, or done before. */
  readonly judged: Judged<ActName> | null;
}

/** A refusal is the act's own: nothing of it was written. */
function attempt(
  call: ActCall,
  facts: WorkingFacts,
  { at, store }: { readonly at: string; readonly store: ActStore },
): Attempted {
  try {
    const caller = admitted(call, facts.answerTo);
    const earlier = earlierAnswer(call, facts.answerTo);
    if (earlier !== null) {
      // Nothing is written and not yet in the ledger: see `know`.
      assertStands(store.facts, earlier);
      return { performed: { ok: true, reply: { acted: "before", answer: earlier } }, judged: null };
    }
    facts.read(call.questions);
    const judged = call.judge(facts.answerTo, { caller, at });
    const { reply, changes = [] } = judged;
    return { performed: { ok: true, reply: { acted: "now", reply, changes } }, judged };
  } catch (error) {
    if (!(error instanceof SignerError)) throw error;
    return { performed: { ok: false, error }, judged: null };
  }
}

/** @throws SignerError `auth.missing` for a caller that is gone, `auth.forbidden` */
function admitted({ actor, caller: asked, needs }: ActCall, answerTo: AnswerTo): LiveCaller {
  const stored = asked === null ? null : answerTo(asked);
  const caller = liveCaller(actor, stored?.principal ?? null);
  for (const need of needs) assertAllowed(caller, need);
  return caller;
}

/** The answer of the same request; null where the key is new. @throws SignerError `request.idempotency_conflict` */
function earlierAnswer({ repeated }: ActCall, answerTo: AnswerTo): KeptAnswer | null {
  const stored = repeated === null ? null : answerTo(repeated.kept);
  if (stored === null || repeated === null) return null;
  if (equalBytes(stored.requestHash, repeated.request.requestHash)) return stored;
  throw new SignerError(
    "request.idempotency_conflict",
    "Idempotency-Key: was used with another body; use a new one",
  );
}

/** What acts have come to and is not in the ledger yet. */
class Written {
  readonly #rows: Row[] = [];
  readonly #entries: { readonly caller: ActCall["actor"]; readonly at: string; readonly leaf: Leaf }[] = [];

  get isSome(): boolean {
    return this.#rows.length > 0 || this.#entries.length > 0;
  }

  /** The act's rows, that of its answer included. */
  add({ actor, answer }: ActCall, judged: Judged<ActName>, at: string): readonly Row[] {
    const { leaves = [], dated = at, answerHolds = true, brought = null } = judged;
    const kept =
      answer !== null && answerHolds ? [row("answerKept", { ...answer, createdAt: at, brought })] : [];
    const rows = [...(judged.rows ?? []), ...kept];
    this.#rows.push(...rows);
    this.#entries.push(...leaves.map((leaf) => ({ caller: actor, at: dated, leaf })));
    return rows;
  }

  writeTo({ store, log }: Parts): void {
    for (const written of this.#rows) writeRow(store.rows, written);
    for (const { caller, at, leaf } of this.#entries) {
      const { namespace, principal } = caller;
      log.append(namespace, "administration", at, { principal, ...leaf });
    }
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
  const facts = answersTo(act.facts(input), (question) => readFact(store.facts, question));
  const judged = act.judge(input, facts, { caller, at });
  for (const written of judged.rows ?? []) writeRow(store.rows, written);
  const { namespace, principal } = caller;
  const { leaves = [], dated = at } = judged;
  for (const leaf of leaves) log.append(namespace, "administration", dated, { principal, ...leaf });
  return judged;
}
