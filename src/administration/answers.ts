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
  kept(principal: Principal, key: string): Promise<KeptAnswer | null> {
    return this.#parts.ledger.readAnswer({ actor: actorOf(principal), key });
  }
}
