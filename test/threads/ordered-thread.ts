/** A thread under test that puts its calls in order itself; `handOn` is answered by whoever hears the port. */
import type { MessagePort } from "node:worker_threads";
import type { Call } from "../../src/threads/contract.ts";
import type { Answer, SentCall } from "../../src/threads/link.ts";
import { failed, serveInOrder, succeeded } from "../../src/threads/serve.ts";

export interface OrderedThread {
  connect(port: MessagePort): void;
  echo(value: unknown): unknown;
  /** Values of all batches so far. */
  batches(): readonly (readonly unknown[])[];
  /** Sets the second slot, then waits until the first is set: the batch is under way meanwhile. */
  wait(flag: Int32Array): void;
  handOn(value: unknown): unknown;
  exit(): void;
  /** One answer for each value; those that are `later` are handed on. */
  each(values: readonly string[]): string;
}

let port: MessagePort | undefined;
const batches: unknown[][] = [];

serveInOrder<OrderedThread>(
  {
    implementation: {
      connect: (given) => void (port = given),
      echo: (value) => value,
      batches: () => batches,
      wait(flag) {
        Atomics.store(flag, 1, 1);
        Atomics.notify(flag, 1);
        Atomics.wait(flag, 0, 0);
      },
      handOn: (value) => value,
      exit: () => process.exit(3),
      each: () => "",
    },
    max: 20_000,
    batchMax: 8,
  },
  (calls, perform) => {
    batches.push(calls.map(({ input: [value] }) => (typeof value === "object" ? null : value)));
    return calls.flatMap((call) => answersTo(call, perform));
  },
);

function answersTo(call: SentCall, perform: (call: Call) => unknown): readonly Answer[] {
  const { id, method, input } = call;
  if (method === "handOn") {
    port?.postMessage([id]);
    return [];
  }
  if (method === "each") {
    const values: unknown = input[0];
    if (!Array.isArray(values)) return [];
    const later = values.flatMap((value, index) => (value === "later" ? [id + index] : []));
    port?.postMessage(later);
    return values.flatMap((value, index): readonly Answer[] =>
      value === "later" ? [] : [[id + index, succeeded(value)]],
    );
  }
  try {
    return [[id, succeeded(perform(call))]];
  } catch (error) {
    return [[id, failed(error)]];
  }
}
