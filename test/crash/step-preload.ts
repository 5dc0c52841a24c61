/** Loaded into a service under test with `--import`: what one step of the keeper hands on is stopped there, when a file says so. */
import { existsSync } from "node:fs";
import { readFileSync } from "node:fs";
import { MessagePort, Worker } from "node:worker_threads";

/** Where, and what happens instead. */
export interface Stop {
  /** `keep`: on its way to the record step. `committed`, `signed`: handed on by record and sign. `verified`: the answer. */
  readonly at: "keep" | "committed" | "signed" | "verified";
  /** `kill`: SIGKILL before it is handed on. `throw`: the thread fails there. */
  readonly by: "kill" | "throw";
}

const file = process.env["TEST_STEP_FILE"] ?? "";

function planned(): Stop | undefined {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
}

type Answered = { readonly reply?: { readonly outcome?: unknown } } | undefined;

/** What a message between threads is, by its members. */
function kindOf(message: unknown): Stop["at"] | undefined {
  if (typeof message !== "object" || message === null) return undefined;
  if ("committed" in message) return "committed";
  if ("signed" in message) return "signed";
  if ("calls" in message)
    return JSON.stringify(methodsIn(message.calls)).includes('"keep') ? "keep" : undefined;
  return "outcomes" in message && isSigned(message.outcomes) ? "verified" : undefined;
}

function methodsIn(calls: unknown): unknown[] {
  return Array.isArray(calls) ? calls.map(({ method }) => method) : [];
}

function isSigned(outcomes: unknown): boolean {
  const outcomeOf = (outcome: Answered): unknown => outcome?.reply?.outcome;
  const answers: readonly [id: number, outcome: Answered][] = Array.isArray(outcomes) ? outcomes : [];
  return answers.some(([, outcome]) => outcomeOf(outcome) === "signed" || outcomeOf(outcome) === "stated");
}

for (const { prototype } of [MessagePort, Worker]) {
  const post: unknown = Reflect.get(prototype, "postMessage");
  if (typeof post !== "function") throw new Error("no postMessage to stop");
  Reflect.set(prototype, "postMessage", function stopped(this: object, ...input: unknown[]): unknown {
    const stop = kindOf(input[0]) === undefined ? undefined : planned();
    if (stop !== undefined && stop.at === kindOf(input[0])) {
      if (stop.by === "kill") process.kill(process.pid, "SIGKILL");
      throw new Error("planned failure");
    }
    return Reflect.apply(post, this, input);
  });
}
