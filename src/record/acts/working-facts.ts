/**
 * The facts of acts that are performed together: read at once, and followed through the rows that the acts before have left. What
 * cannot be followed is unknown, and read again when those rows are written.
 * @module
 */
import type { AnswerTo, ActCall } from "./call.ts";
import { readFact, type FactKinds, type FactName, type FactReaders, type Question } from "./facts.ts";
import { UNKNOWN } from "./follow.ts";
import { followed, isReadAhead } from "./followed.ts";
import type { Row } from "./rows.ts";

export class WorkingFacts {
  readonly #readers: FactReaders;
  readonly #known = new Map<object, FactKinds[FactName]["is"]>();

  constructor(readers: FactReaders) {
    this.#readers = readers;
  }

  /** Reads who calls, and what was answered before; where there are several acts, also what they ask, as far as it is bounded. */
  readAhead(calls: readonly ActCall[]): void {
    const ahead = calls.length === 1 ? [] : calls.filter(({ last }) => last === null);
    this.read([
      ...calls.flatMap(admissionOf),
      ...ahead.flatMap(({ questions }) => questions.filter(isReadAhead)),
    ]);
  }

  /** Reads what is not known yet; the same once. */
  read(questions: readonly Question[]): void {
    const read = new Map<string, FactKinds[FactName]["is"]>();
    for (const question of questions) {
      if (this.#known.has(question)) continue;
      const name = nameOf(question);
      const known = name === null ? undefined : read.get(name);
      const fact = known === undefined ? readFact(this.#readers, question) : known;
      if (name !== null) read.set(name, fact);
      this.#known.set(question, fact);
    }
  }

  /** Whether all that the act asks is known. Of a repeat it is not: whether its answer is still true is read in the ledger. */
  know(call: ActCall): boolean {
    if (call.repeated !== null && this.#known.get(call.repeated.kept) !== null) return false;
    return [...admissionOf(call), ...call.questions].every((question) => this.#known.has(question));
  }

  // Each question has the fact that its own reader gave, or what that becomes.
  readonly answerTo: AnswerTo = <Name extends FactName>(question: Question<Name>): FactKinds[Name]["is"] => {
    if (!this.#known.has(question)) throw new Error(`the fact ${question.fact} was not read`);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return this.#known.get(question) as FactKinds[Name]["is"];
  };

  /** What `rows` make of the facts of the acts that come. */
  follow(rows: readonly Row[], calls: readonly ActCall[]): void {
    for (const question of calls.flatMap((call) => [...admissionOf(call), ...call.questions])) {
      for (const row of rows) {
        if (!this.#known.has(question)) break;
        const fact = followed(question, this.answerTo(question), row);
        if (fact === UNKNOWN) this.#known.delete(question);
        else this.#known.set(question, fact);
      }
    }
  }
}

function admissionOf({ caller, repeated }: ActCall): readonly Question[] {
  return [...(caller === null ? [] : [caller]), ...(repeated === null ? [] : [repeated.kept])];
}

/** Different for different questions; null where that is not worth a text. */
function nameOf({ fact, at }: Question): string | null {
  const values: readonly unknown[] = Object.values(at);
  return values.every((value) => typeof value === "string") ? `${fact} ${JSON.stringify(at)}` : null;
}
