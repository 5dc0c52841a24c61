/** The answering side of a contract: its methods, and one outcome for each call of a batch, in order. */
import { parentPort, type MessagePort } from "node:worker_threads";
import { SignerError } from "../domain/errors.ts";
import type { Call, Outcome, Served } from "./contract.ts";
import { Inbox, type Shares } from "./inbox.ts";
import type { Answer, Batch, Message, SentCall } from "./link.ts";

/** A finished call. */
export function succeeded<Reply>(reply: Reply): Outcome<Reply> {
  return { ok: true, reply };
}

/** A failed call: a SignerError keeps its code, anything else is a bug and becomes `service.internal` without detail. */
export function failed(error: unknown): Outcome<never> {
  if (error instanceof SignerError) {
    return { ok: false, code: error.code, message: error.message, members: error.members };
  }
  process.stderr.write(`claviger: unexpected failure in a thread: ${whereFrom(error)}\n`);
  return { ok: false, code: "service.internal", message: "unexpected failure; see the log", members: {} };
}

/** Name, code and stack frames of a bug on one line. Never its message: in the vault's thread that could hold a secret. */
function whereFrom(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const code = "code" in error ? ` ${String(error.code)}` : "";
  const frames = (error.stack ?? "").split("\n").filter((line) => /^ {4}at /.test(line));
  return `${error.name}${code}${frames.slice(0, 8).join("")}`;
}

/** How the calls of a batch are answered; `perform` runs one, and throws what its method throws. */
export type AnswerBatch = (
  calls: readonly Call[],
  perform: (call: Call) => unknown,
) => readonly Outcome[] | Promise<readonly Outcome[]>;

/**
 * Serves a contract from this thread. A method that throws fails its own call. An `answer` that throws ends the thread: it
 * does so where the state afterwards is unknown (a failed COMMIT), and returns `failed` outcomes for everything else.
 * @param answer without it the calls of a batch are answered one after the other, each by itself
 */
export function serve<Contract extends object>(
  implementation: Served<Contract>,
  answer: AnswerBatch = eachByItself,
): void {
  listen<Call>((calls) => answer(calls, (call) => perform(implementation, call)));
}

/** How long an answer that nobody waits for may stay behind, in milliseconds, when no other one takes it along. */
const UNHURRIED_MS = 25;

/**
 * Serves a contract from this thread, which puts the calls in order itself: the more urgent first, a batch at a time. A call that
 * `answer` leaves out was handed on, and is answered by whom it was handed to.
 * @param implementation its type alone counts: `answer` performs the calls, with `performed`
 */
export function serveInOrder<Contract extends object>(
  { implementation, ...order }: InOrder<Contract>,
  answer: (calls: readonly SentCall[], perform: (call: Call) => unknown) => readonly Answer[],
): void {
  const post = poster();
  let held: Answer[] = [];
  let batches: number[] = [];
  let timer: NodeJS.Timeout | undefined;
  const release = (): void => {
    clearTimeout(timer);
    timer = undefined;
    post({ outcomes: held, batches });
    held = [];
    batches = [];
  };
  const inbox = new Inbox<SentCall>({ name: "this thread", ...order }, (calls) => {
    const answers = answer(calls, (call) => perform(implementation, call));
    batches.push(calls.length);
    held.push(...answers);
    const unhurried = new Set(calls.flatMap((call) => (call.unhurried === true ? [call.id] : [])));
    if (answers.some(([id]) => !unhurried.has(id))) release();
    else timer ??= setTimeout(release, UNHURRIED_MS);
  });
  heard((calls) => inbox.push(calls));
  post("ready");
}

export interface InOrder<Contract> extends Shares<SentCall> {
  readonly implementation: Served<Contract>;
  /** Calls that may wait; the caller's queue keeps to it. */
  readonly max: number;
  /** Calls of one batch at most. */
  readonly batchMax: number;
}

function listen<Received extends Call>(
  answer: (calls: readonly Received[]) => readonly Outcome[] | Promise<readonly Outcome[]>,
): void {
  const post = poster();
  const reply = async (calls: readonly (Received & SentCall)[]): Promise<void> => {
    const outcomes = await answer(calls);
    post({ outcomes: calls.map(({ id }, index): Answer => [id, outcomes[index]]) });
  };
  heard<Received & SentCall>((calls) => {
    reply(calls).catch((error: unknown) => {
      // Thrown outside of any promise it ends this thread, whatever --unhandled-rejections says.
      setImmediate(() => {
        throw error;
      });
    });
  });
  post("ready");
}

function heard<Received extends SentCall>(take: (calls: readonly Received[]) => void): void {
  callersPort().on("message", ({ calls }: Batch & { readonly calls: readonly Received[] }) => take(calls));
}

function poster(): (message: Message) => void {
  const port = callersPort();
  return (message) => port.postMessage(message);
}

function callersPort(): MessagePort {
  if (parentPort === null) throw new Error("this module runs in a worker thread only");
  return parentPort;
}

/** Only what the implementation has itself: nothing that objects inherit can be called from elsewhere. */
function perform(implementation: object, { method, input }: Call): unknown {
  const own: unknown = Object.hasOwn(implementation, method)
    ? Reflect.get(implementation, method)
    : undefined;
  if (typeof own !== "function") throw noSuchMethod();
  return Reflect.apply(own, implementation, input);
}

function noSuchMethod(): TypeError {
  return new TypeError("this thread has no such method");
}

async function eachByItself(
  calls: readonly Call[],
  performCall: (call: Call) => unknown,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const call of calls) {
    try {
      outcomes.push(succeeded(await performCall(call)));
    } catch (error) {
      outcomes.push(failed(error));
    }
  }
  return outcomes;
}
