/** An act with its input, as it is performed: who asks, under which Idempotency-Key, which facts it needs, and its judge. */
import type { LiveCaller, Need } from "../../access/actors.ts";
import type { Actor, AnswerKey, Input, Reply, StoredAnswer } from "../contract.ts";
import type { Act, ActName, Circumstances, Judged, Permission } from "./act.ts";
import { ask, type FactKinds, type FactName, type Facts, type Question, type Questions } from "./facts.ts";

/** The fact that a question asks for. */
export type AnswerTo = <Name extends FactName>(question: Question<Name>) => FactKinds[Name]["is"];

export interface ActCall {
  readonly actor: Actor;
  /** All of them. */
  readonly needs: readonly Need[];
  /** The caller's row; null for one that is built in. */
  readonly caller: Question<"principal"> | null;
  /** The Idempotency-Key, and what was answered under it; null without one. */
  readonly repeated: { readonly request: AnswerKey; readonly kept: Question<"answer"> } | null;
  readonly answer: StoredAnswer;
  readonly questions: readonly Question[];
  /**
   * What is still a function over tables: it is done once the caller is allowed, before the facts are read. Null: nothing, so
   * that the act can be performed with others.
   */
  readonly first: ((caller: LiveCaller) => void) | null;
  readonly judge: (answerTo: AnswerTo, circumstances: Circumstances) => Judged<ActName>;
}

/** What the inputs of all acts share. */
interface AnyInput {
  readonly actor: Actor;
  readonly answer?: StoredAnswer;
}

/** An act that is judged. @param first see `ActCall`; null for nothing */
export function callOf<Name extends ActName, Asked extends Questions>(
  act: Act<Name, Asked>,
  input: Input<Name>,
  first: ActCall["first"] = null,
): ActCall {
  const asked = act.facts(input);
  return {
    ...admission(act.permission, input),
    questions: Object.values(asked).flatMap((question) => question ?? []),
    first,
    judge: (answerTo, circumstances) => act.judge(input, answersTo(asked, answerTo), circumstances),
  };
}

/** An act that is a function over tables. */
export function callOver<Name extends ActName>(
  permission: Permission<Name>,
  input: Input<Name>,
  run: (caller: LiveCaller) => Reply<Name>,
): ActCall {
  let judged: Judged<ActName> | undefined;
  return {
    ...admission(permission, input),
    questions: [],
    first: (caller) => {
      judged = { reply: run(caller) };
    },
    judge: () => {
      if (judged === undefined) throw new Error("the function over tables comes first");
      return judged;
    },
  };
}

/** Asks for the answer of a repeat, for a caller who still has the right. */
export function callOfRepeat(input: Input<"answerRepeat">): ActCall {
  return {
    ...admission<"answerRepeat">(({ permission }) => [permission], input),
    repeated: repeatedIn(input.request),
    questions: [],
    first: null,
    judge: () => ({ reply: undefined }),
  };
}

/** Facts under the names of their questions. */
export function answersTo<Asked extends Questions>(asked: Asked, answerTo: AnswerTo): Facts<Asked> {
  const answers = Object.entries(asked).map(([name, question]) => [
    name,
    question === null ? null : answerTo(question),
  ]);
  // Each name of the questions has its answer, of the type of that question: `answerTo` says so for each by itself.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return Object.fromEntries(answers) as Facts<Asked>;
}

function admission<Name extends ActName>(permission: Permission<Name>, input: Input<Name>) {
  const { actor, answer = null }: AnyInput = input;
  const { namespace, principal: id, tokenVersion } = actor;
  return {
    actor,
    needs: typeof permission === "function" ? permission(input) : [permission],
    caller: tokenVersion === null ? null : ask("principal", { namespace, id }),
    repeated: answer === null ? null : repeatedIn(answer),
    answer,
  };
}

function repeatedIn(request: AnswerKey): NonNullable<ActCall["repeated"]> {
  const { namespace, principal, idempotencyKey: key } = request;
  return { request, kept: ask("answer", { namespace, principal, key }) };
}
