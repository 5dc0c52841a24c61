/** Entry of the record thread: the ledger's single writer, whose decisions go straight to the threads with the keys. */
import { performAll, methods } from "../record/thread.ts";
import { ORDER } from "../record/ranks.ts";
import type { MessagePort } from "node:worker_threads";
import { Load } from "../threads/ports.ts";
import { serveInOrder } from "../threads/serve.ts";
import type { RecordThread } from "./contract.ts";
import type { Committed, CommittedBatch } from "./messages.ts";
import { record } from "./path.ts";
import { keysFor, type Holder } from "./keys-for.ts";
import { assertCommitted } from "./record.ts";

/** A thread with keys. */
interface Signer {
  readonly port: MessagePort;
  readonly load: Load;
}

const signers: Readonly<Record<Holder, Signer[]>> = { vault: [], bls: [] };

serveInOrder<RecordThread>(
  {
    implementation: {
      ...methods,
      connectKeys: ({ keys, port, load }) => void signers[keys].push({ port, load: new Load(load) }),
    },
    ...ORDER,
  },
  (calls, perform) =>
    record(calls, {
      commit: (decisions) => performAll(decisions, perform),
      canSign: (wanted) => signers[keysFor(wanted)].length > 0,
      handOn,
    }),
);

/** To each thread in one message, in their order. */
function handOn(committed: readonly Committed[]): void {
  const batches = new Map<Signer, Committed[]>();
  for (const message of committed) {
    assertCommitted(message);
    const signer = leastLoaded(signers["statement" in message ? "vault" : keysFor(message.toSign)]);
    signer.load.add(1);
    const batch = batches.get(signer);
    if (batch === undefined) batches.set(signer, [message]);
    else batch.push(message);
  }
  for (const [{ port }, batch] of batches) port.postMessage({ committed: batch } satisfies CommittedBatch);
}

function leastLoaded([first, ...others]: readonly Signer[]): Signer {
  if (first === undefined) throw new Error("no thread has keys for this");
  return others.reduce((least, other) => (other.load.value < least.load.value ? other : least), first);
}
