/** Entry of the verifier's thread: it checks what the keys signed, and answers the door. It has no key and no file. */
import type { MessagePort } from "node:worker_threads";
import { togetherOf } from "../domain/urgency.ts";
import { Inbox } from "../threads/inbox.ts";
import type { Answer, Answers } from "../threads/link.ts";
import { hear, Load } from "../threads/ports.ts";
import { serve } from "../threads/serve.ts";
import { KEPT_MAX, VERIFY_BATCH_MAX } from "./bounds.ts";
import type { VerifierThread } from "./contract.ts";
import type { RefusedMessage, SignedBatch, ToVerify } from "./messages.ts";
import { verify } from "./path.ts";

let door: MessagePort | undefined;
/** One for all threads that sign: they share it. */
let load = new Load();
const options = { name: "the verifier", max: KEPT_MAX, batchMax: VERIFY_BATCH_MAX, batchMaxOf: togetherOf };
const inbox = new Inbox<ToVerify>(options, (messages) => answer(verify(messages)));

serve<VerifierThread>({
  connectDoor(port) {
    if (door !== undefined) throw new Error("this thread has its door");
    door = port;
  },
  connectSigned(way) {
    load = new Load(way.load);
    hear<SignedBatch>(way.port, ({ signed }) => take(signed));
  },
});

/** A refusal has nothing to be verified, and waits for nothing. */
function take(signed: SignedBatch["signed"]): void {
  const refusals = signed.filter((message): message is RefusedMessage => "refusal" in message);
  if (refusals.length > 0) answer(refusals.map(({ id, refusal }): Answer => [id, refusal]));
  inbox.push(signed.filter((message): message is ToVerify => !("refusal" in message)));
}

function answer(outcomes: readonly Answer[]): void {
  if (door === undefined) throw new Error("this thread has no door");
  load.add(-outcomes.length);
  door.postMessage({ outcomes } satisfies Answers);
}
