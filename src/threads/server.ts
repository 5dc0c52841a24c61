/** The answering side of a worker thread: one handler for a whole batch, one outcome for each call, in order. */
import { parentPort } from "node:worker_threads";
import { SignerError } from "../domain/errors.ts";
import type { Call, Outcome, Served } from "./contract.ts";

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

/**
 * Serves batches from the ThreadClient that started this thread. A handler that throws ends the thread: use it where
 * the state afterwards is unknown (a failed COMMIT), and return `failed` outcomes for everything else.
 */
export function serve<Asked, Reply>(
  handle: (calls: readonly Asked[]) => readonly Outcome<Reply>[] | Promise<readonly Outcome<Reply>[]>,
): void {
  const port = parentPort;
  if (port === null) throw new Error("this module runs in a worker thread only");
  const answer = async (message: { batch: number; calls: readonly Asked[] }): Promise<void> => {
    const outcomes = await handle(message.calls);
    port.postMessage({ batch: message.batch, outcomes });
  };
  port.on("message", (message: { batch: number; calls: readonly Asked[] }) => {
    answer(message).catch((error: unknown) => {
      // Thrown outside of any promise it ends this thread, whatever --unhandled-rejections says.
      setImmediate(() => {
        throw error;
      });
    });
  });
  port.postMessage("ready");
}

/** How a batch of calls is answered; `perform` runs one, and throws what its method throws. */
export type AnswerBatch = (
  calls: readonly Call[],
  perform: (call: Call) => unknown,
) => readonly Outcome[] | Promise<readonly Outcome[]>;

/** Serves a contract. @param answer one after the other, each by itself, if it is left out */
export function serveContract<Contract extends object>(
  implementation: Served<Contract>,
  answer: AnswerBatch = eachByItself,
): void {
  serve<Call, unknown>((calls) => answer(calls, (call) => perform(implementation, call)));
}

/** @throws TypeError for a method that the implementation does not have itself */
function perform(implementation: object, { method, input }: Call): unknown {
  const own: unknown = Object.hasOwn(implementation, method)
    ? Reflect.get(implementation, method)
    : undefined;
  if (typeof own !== "function") throw new TypeError("this thread has no such method");
  return Reflect.apply(own, implementation, input);
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

/** Runs `handle` for each call by itself; a throw fails that call only. */
export function serveEach<Asked, Reply>(handle: (call: Asked) => Reply | Promise<Reply>): void {
  serve<Asked, Reply>(async (calls) => {
    const outcomes: Outcome<Reply>[] = [];
    for (const call of calls) {
      try {
        outcomes.push(succeeded(await handle(call)));
      } catch (error) {
        outcomes.push(failed(error));
      }
    }
    return outcomes;
  });
}
