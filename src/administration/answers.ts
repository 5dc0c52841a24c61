/** Answers that were kept under an Idempotency-Key. A repeat gets the bytes of the first one. */
import type { Principal } from "../access/principals.ts";
import type { KeptAnswer } from "../domain/requests.ts";
import { actorOf, type AdministrationParts } from "./parts.ts";

export class Answers {
  readonly #parts: AdministrationParts;

  constructor(parts: AdministrationParts) {
    this.#parts = parts;
  }

  /** The answer that the principal got under this key; null where there was none. Its own answers need no right. */
  async kept(principal: Principal, key: string): Promise<KeptAnswer | null> {
    const { ledger, departures } = this.#parts;
    const found = await ledger.readAnswer({ actor: actorOf(principal), key });
    // The act may wait for its answer still, and a repeat is no way around.
    if (found !== null) await departures.settled();
    return found;
  }
}
