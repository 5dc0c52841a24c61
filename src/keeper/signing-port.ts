/** How a thread with keys is connected with the steps before and after it: once, so that nothing else can make it sign. */
import { togetherOf } from "../domain/urgency.ts";
import { Inbox } from "../threads/inbox.ts";
import { hear, Load } from "../threads/ports.ts";
import { KEPT_MAX, SIGN_BATCH_MAX } from "./bounds.ts";
import type { SigningWays } from "./contract.ts";
import type { CommittedBatch, SignedBatch, ToSign } from "./messages.ts";
import { sign } from "./path.ts";
import { assertSigned, type Keys } from "./sign.ts";

const OPTIONS = {
  name: "the thread with the keys",
  max: KEPT_MAX,
  batchMax: SIGN_BATCH_MAX,
  batchMaxOf: togetherOf,
};

export class SigningPort {
  readonly #keys: Keys;
  #connected = false;

  constructor(keys: Keys) {
    this.#keys = keys;
  }

  /** @throws Error the second time */
  connect({ committed, signed }: SigningWays): void {
    if (this.#connected) throw new Error("this thread is connected; nothing else can make it sign");
    this.#connected = true;
    const load = new Load(committed.load);
    const ahead = new Load(signed.load);
    const inbox = new Inbox<ToSign>(OPTIONS, (batch) => {
      sign(batch, this.#keys, (made) => {
        for (const message of made) assertSigned(message);
        ahead.add(made.length);
        signed.port.postMessage({ signed: made } satisfies SignedBatch);
      });
      load.add(-batch.length);
    });
    hear<CommittedBatch>(committed.port, (message) => inbox.push(message.committed));
  }
}
