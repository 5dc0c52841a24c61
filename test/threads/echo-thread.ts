/** A thread under test: each call says what the thread does with it. */
import { failed, serve, succeeded } from "../../src/threads/server.ts";
import { SignerError } from "../../src/domain/errors.ts";
import type { Outcome } from "../../src/threads/contract.ts";

export type EchoCall =
  | { readonly do: "echo"; readonly value: unknown }
  /** The sizes of all batches so far. */
  | { readonly do: "sizes" }
  /** Waits until the shared flag is set: the batch is under way meanwhile. */
  | { readonly do: "wait"; readonly flag: Int32Array }
  | { readonly do: "refuse" }
  | { readonly do: "bug" }
  /** Ends the thread, as a failed COMMIT does. */
  | { readonly do: "throw" }
  | { readonly do: "exit" }
  /** Answers the whole batch with nothing. */
  | { readonly do: "swallow" };

const sizes: number[] = [];

serve<EchoCall, unknown>((calls) => {
  sizes.push(calls.length);
  return calls.some((call) => call.do === "swallow") ? [] : calls.map(answer);
});

function answer(call: EchoCall): Outcome {
  switch (call.do) {
    case "echo":
      return succeeded(call.value);
    case "sizes":
      return succeeded(sizes);
    case "wait":
      Atomics.wait(call.flag, 0, 0);
      return succeeded(null);
    case "refuse":
      return failed(new SignerError("policy.denied", "never", { reason: "never" }));
    case "bug":
      return failed(new RangeError("secret text"));
    case "throw":
      throw new Error("commit failed");
    case "exit":
      process.exit(3);
    case "swallow":
      return succeeded(null);
  }
}
