/** A thread under test: each method says what the thread does with the call. */
import { failed, serve, succeeded } from "../../src/threads/serve.ts";
import { SignerError } from "../../src/domain/errors.ts";
import type { Call, Outcome } from "../../src/threads/contract.ts";

export interface EchoThread {
  echo(value: unknown): unknown;
  /** The sizes of all batches so far. */
  sizes(): readonly number[];
  /** Waits until the shared flag is set: the batch is under way meanwhile. */
  wait(flag: Int32Array): void;
  refuse(): void;
  bug(): void;
  /** Ends the thread, as a failed COMMIT does. */
  lose(): void;
  exit(): void;
  /** Answers the whole batch with nothing. */
  swallow(): void;
}

const sizes: number[] = [];

const echo: EchoThread = {
  echo: (value) => value,
  sizes: () => sizes,
  wait: (flag) => void Atomics.wait(flag, 0, 0),
  refuse() {
    throw new SignerError("policy.denied", "never", { reason: "never" });
  },
  bug() {
    throw new RangeError("secret text");
  },
  lose: () => undefined,
  exit: () => process.exit(3),
  swallow: () => undefined,
};

serve<EchoThread>(echo, (calls, perform) => {
  sizes.push(calls.length);
  return calls.some(({ method }) => method === "swallow") ? [] : calls.map((call) => answer(call, perform));
});

function answer(call: Call, perform: (call: Call) => unknown): Outcome {
  if (call.method === "lose") throw new Error("commit failed");
  try {
    return succeeded(perform(call));
  } catch (error) {
    return failed(error);
  }
}
