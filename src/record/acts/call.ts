/** An act with its input, as it is performed: who asks, under which Idempotency-Key, which facts it needs, and its judge. */
import type { Need } from "../../access/actors.ts";
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
   * What of the act is a function over tables, done when its rows are written: its reply is the act's. Null: nothing, so that
   * the act can be performed with others.
   */
  readonly last: (() => unknown) | null;
  readonly judge: (answerTo: AnswerTo, circumstances: Circumstances) => Judged<ActName>;
}

/** What the inputs of all acts share. */
interface AnyInput {
  readonly actor: Actor;
  readonly answer?: StoredAnswer;
}

/** An act that is judged. @param last gets the judge's reply; see `ActCall` */
export function callOf<Name extends ActName, Asked extends Questions>(
  act: Act<Name, Asked>,
  input: Input<Name>,
  last: ((reply: Reply<Name>) => Reply<Name>) | null = null,
): ActCall {
  const asked = act.facts(input);
  let judged: Judged<Name> | undefined;
  return {
    ...admission(act.permission, input),
    questions: Object.values(asked).flatMap((question) => question ?? []),
    last: last === null ? null : () => last(replyOf(judged)),
    judge(answerTo, circumstances) {
      judged = act.judge(input, answersTo(asked, answerTo), circumstances);
      return judged;
    },
  };
}

function replyOf<Name extends ActName>(judged: Judged<Name> | undefined): Reply<Name> {
  if (judged === undefined) throw new Error("the last part of an act comes after its judge");
  return judged.reply;
}

/** An act that is a function over tables. */
export function callOver<Name extends ActName>(
  permission: Permission<Name>,
  input: Input<Name>,
  run: () => Reply<Name>,
): ActCall {
  return { ...admission(permission, input), questions: [], last: run, judge: () => ({ reply: undefined }) };
}

/** Asks for the answer of a repeat, for a caller who still has the right. */
export function callOfRepeat(input: Input<"answerRepeat">): ActCall {
  return {
    ...admission<"answerRepeat">(({ permission }) => [permission], input),
    repeated: repeatedIn(input.request),
    questions: [],
    last: null,
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
