/**
 * Where the record steps of a batch meet: when every item has arrived, all decisions go to the ledger as one
 * operation. An item that fails before it arrives takes the whole batch with it, and nothing is recorded. A batch that
 * the ledger sends back as stale gathers once more.
 * @module
 */
import { toHex } from "../domain/bytes.ts";
import { SignerError } from "../domain/errors.ts";
import { rankOf } from "../domain/urgency.ts";
import type { DecisionCall, DecisionReply } from "../record/decision.ts";
import type { DecisionLedger, Recorder } from "./recording.ts";

interface Arrival {
  readonly call: DecisionCall;
  readonly resolve: (reply: DecisionReply) => void;
  readonly reject: (error: unknown) => void;
}

/** What one item of the batch holds. */
export interface Place {
  /** For the item's record step. */
  readonly recorder: Recorder;
  /** Resolves when the item has arrived or given up: it takes up no step before the record step any more. */
  readonly settled: Promise<void>;
  /** The item ends here. Before the batch is sent this ends the batch; afterwards it changes nothing. */
  giveUp(error: unknown): void;
}

export class Gathering {
  readonly #ledger: DecisionLedger;
  readonly #expected: number;
  readonly #arrivals = new Map<number, Arrival>();
  /** Heights that items claim, by key, chain and height. */
  readonly #claims = new Set<string>();
  #failure: { readonly error: unknown } | undefined;
  #sent = false;

  /** @param expected items of the batch; each takes one `place` */
  constructor(ledger: DecisionLedger, expected: number) {
    this.#ledger = ledger;
    this.#expected = expected;
  }

  /** What ended the batch before anything was recorded. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  place(index: number): Place {
    const ledger = this.#ledger;
    const { promise: settled, resolve } = Promise.withResolvers<void>();
    return {
      settled,
      recorder: {
        get depth() {
          return ledger.depth;
        },
        // They share one operation, whose place in the queue is that of all.
        decide: (call) => {
          resolve();
          return this.#arrive(index, call);
        },
      },
      giveUp: (error) => {
        resolve();
        this.#fail(located(error, index));
      },
    };
  }

  #arrive(index: number, call: DecisionCall): Promise<DecisionReply> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure.error);
    if (!this.#isNew(call)) {
      const error = new SignerError(
        "request.malformed",
        "/height: is twice in this batch; send each height once",
        { field: "/height", item: index },
      );
      this.#fail(error);
      return Promise.reject(error);
    }
    return new Promise((resolve, reject) => {
      this.#arrivals.set(index, { call, resolve, reject });
      if (this.#arrivals.size === this.#expected) void this.#send();
    });
  }

  /** Two claims on one height cannot both be answered, whatever they say. */
  #isNew({ guard }: DecisionCall): boolean {
    if (guard?.kind !== "eots") return true;
    const claim = `${toHex(guard.publicKey)} ${toHex(guard.chainId)} ${guard.height}`;
    if (this.#claims.has(claim)) return false;
    this.#claims.add(claim);
    return true;
  }

  async #send(): Promise<void> {
    this.#sent = true;
    const arrivals = [...this.#arrivals].toSorted(([a], [b]) => a - b).map(([, arrival]) => arrival);
    try {
      const replies = await this.#ledger.at(rankOf()).decideTogether(arrivals.map(({ call }) => call));
      // All of them are judged again, and arrive here a second time.
      if (replies.some(({ outcome }) => outcome === "stale")) this.#again();
      for (const [index, arrival] of arrivals.entries()) {
        const reply = replies[index];
        if (reply === undefined) arrival.reject(new Error("the ledger left a decision of a batch out"));
        else arrival.resolve(reply);
      }
    } catch (error) {
      for (const arrival of arrivals) arrival.reject(error);
    }
  }

  #again(): void {
    this.#sent = false;
    this.#arrivals.clear();
    this.#claims.clear();
  }

  #fail(error: unknown): void {
    if (this.#sent || this.#failure !== undefined) return;
    this.#failure = { error };
    for (const arrival of this.#arrivals.values()) arrival.reject(error);
    this.#arrivals.clear();
  }
}

/** The same error; with `item`, the index of the one that is to blame. */
function located(error: unknown, item: number): unknown {
  if (!(error instanceof SignerError) || error.members["field"] === undefined) return error;
  return new SignerError(error.code, error.message, { ...error.members, item });
}
