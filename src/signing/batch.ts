/**
 * Batches: one request with many keys, each signed by itself; or several requests for one key, recorded together. Of the second
 * kind the keep steps meet here: when every item has arrived, all decisions go to the keeper as one call. An item that
 * fails before it arrives takes the whole batch with it, and nothing is recorded. A batch that the ledger sends back as stale
 * gathers once more.
 * @module
 */
import { hash } from "node:crypto";
import type { SignRequest } from "../chains/adapter.ts";
import type { Chains } from "../chains/chains.ts";
import { toHex } from "../domain/bytes.ts";
import { isRefusal, SignerError } from "../domain/errors.ts";
import { rankOf } from "../domain/urgency.ts";
import { newIdentifier } from "../directory/identifiers.ts";
import type { KeepCall, Kept, KeepersDoor } from "../keeper/contract.ts";
import { ACTIVE_MAX, type Admission } from "./admission.ts";
import type { Departure, Departures } from "./departures.ts";
import { mayLeave, type Keeping } from "./keep.ts";
import type { Answer, Submission } from "./stages.ts";
import { bodyOf, submissionOf, type SignCall } from "./submission.ts";
import type { KeyId } from "../domain/kinds.ts";

/** One request to be signed with many keys of the caller's namespace. */
export interface BatchCall extends Pick<SignCall, "principal" | "request" | "idempotencyKey" | "outlet"> {
  readonly keyIds: readonly KeyId[];
}

/** Several requests for one key, recorded together. */
export interface TogetherCall extends Pick<SignCall, "principal" | "idempotencyKey" | "outlet"> {
  readonly keyId: KeyId;
  /** 1 to 2,000. */
  readonly requests: readonly SignRequest[];
}

/** What a batch needs of the core. */
export interface BatchParts {
  readonly keeper: Pick<KeepersDoor, "keepTogether">;
  readonly chains: Pick<Chains, "urgencyOf">;
  readonly departures: Departures;
  readonly admission: Admission;
  /** One item by the one path. Without a door of its own its decision is kept by itself. */
  readonly sign: (submission: Submission, door?: Keeping) => Promise<Answer>;
}

/** Items that ask the policies at once: their queue is shorter than a batch. */
const ITEMS_AT_ONCE = 64;

/**
 * Signs with each key by itself, all on the same way: they share commits, and what does not depend on the key is
 * decoded once. Those that find no room at once wait for those before them. Outcomes in the order of `keyIds`.
 * @throws SignerError `service.overloaded`, `service.stopping`: for the batch as a whole
 */
export function signMany(
  { chains, admission, departures, sign }: BatchParts,
  call: BatchCall,
): Promise<readonly PromiseSettledResult<Answer>[]> {
  const body = bodyOf(call.request);
  const urgency = chains.urgencyOf(call.request);
  const lane = admission.lane(urgency);
  const signWith = (keyId: KeyId, departure: Departure): Promise<Answer> => {
    const { idempotencyKey: key } = call;
    const idempotencyKey = key === null ? null : `${key} ${keyId}`;
    const submission = submissionOf(
      { ...call, asked: { keyId }, idempotencyKey, requestId: newIdentifier("req") },
      body,
      departure,
    );
    return sign({ ...submission, urgency });
  };
  // One departure: the first signature leaves with the last.
  return departures.run(call.outlet, (departure) =>
    lane.batch(call.keyIds.length, body.length, (index) => signWith(call.keyIds[index] ?? "", departure)),
  );
}

/**
 * Signs each request by the one path, and records all their decisions in one transaction. Outcomes in order: refusals
 * by policy or guard stay with their request; whatever else fails ends the batch. Before the record step that
 * leaves nothing; a fault after it leaves decisions, and the same batch can be asked again.
 * @throws SignerError `request.malformed` also for a height that comes twice, with `item`, the index to blame;
 * `service.overloaded`, `service.stopping` and all that `sign` throws but refusals (`isRefusal`)
 */
export async function signTogether(
  parts: BatchParts,
  call: TogetherCall,
): Promise<readonly PromiseSettledResult<Answer>[]> {
  const { requests, principal, keyId } = call;
  if (requests.length === 0 || requests.length > ACTIVE_MAX) {
    throw new SignerError("request.malformed", `/items: must be 1 to ${ACTIVE_MAX}`, { field: "/items" });
  }
  const body = bodyOf({ type: "together", requests });
  // Hashed once: each item hashing all of them would take seconds for a large batch.
  const whole = hash("sha256", body, "hex");
  const submissionsOf = (departure: Departure): Submission[] =>
    requests.map((request, index) => {
      const { idempotencyKey: key } = call;
      // The first item takes the key as it is, so that a single request under it is a conflict.
      const idempotencyKey = key === null || index === 0 ? key : `${key} ${index}`;
      const item = { principal, asked: { keyId }, request, idempotencyKey, requestId: newIdentifier("req") };
      // The whole batch is the body of each: a repeat must be the same batch.
      return submissionOf(item, `${index}\n${whole}`, departure);
    });
  return parts.departures.run(call.outlet, (departure) =>
    parts.admission
      .lane("request")
      .together(requests.length, body.length, () => signGathered(parts, submissionsOf(departure), departure)),
  );
}

async function signGathered(
  parts: BatchParts,
  submissions: readonly Submission[],
  departure: Departure,
): Promise<readonly PromiseSettledResult<Answer>[]> {
  const gathering = new Gathering(parts.keeper, departure, submissions.length);
  const items = submissions.map((submission, index) => ({ submission, place: gathering.place(index) }));
  const slices: Promise<PromiseSettledResult<Answer>[]>[] = [];
  for (let from = 0; from < items.length && gathering.failure === undefined; from += ITEMS_AT_ONCE) {
    const slice = items.slice(from, from + ITEMS_AT_ONCE);
    slices.push(Promise.allSettled(slice.map(({ submission, place }) => signAt(parts, place, submission))));
    // The next slice asks the policies when this one has its verdicts.
    await Promise.all(slice.map(({ place }) => place.settled));
    await new Promise((resolve) => setImmediate(resolve));
  }
  const outcomes = (await Promise.all(slices)).flat();
  if (gathering.failure !== undefined) throw gathering.failure.error;
  for (const outcome of outcomes)
    if (outcome.status === "rejected" && !isRefusal(outcome.reason)) throw outcome.reason;
  return outcomes;
}

async function signAt(parts: BatchParts, place: Place, submission: Submission): Promise<Answer> {
  try {
    return await parts.sign(submission, place.door);
  } catch (error) {
    place.giveUp(error);
    throw error;
  }
}

interface Arrival {
  readonly call: KeepCall;
  readonly resolve: (kept: Kept) => void;
  readonly reject: (error: unknown) => void;
}

/** What one item of the batch holds. */
interface Place {
  /** For the item's keep step. */
  readonly door: Keeping;
  /** Resolves when the item has arrived or given up: it takes up no step before the keep step any more. */
  readonly settled: Promise<void>;
  /** The item ends here. Before the batch is sent this ends the batch; afterwards it changes nothing. */
  giveUp(error: unknown): void;
}

class Gathering {
  readonly #keeper: BatchParts["keeper"];
  readonly #departure: Departure;
  readonly #expected: number;
  #arrivals = new Map<number, Arrival>();
  /** Heights that items claim, by key, chain and height. */
  readonly #claims = new Set<string>();
  #failure: { readonly error: unknown } | undefined;
  #sent = false;

  /** @param expected items of the batch; each takes one `place` */
  constructor(keeper: BatchParts["keeper"], departure: Departure, expected: number) {
    this.#keeper = keeper;
    this.#departure = departure;
    this.#expected = expected;
  }

  /** What ended the batch before anything was recorded. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  place(index: number): Place {
    const { promise: settled, resolve } = Promise.withResolvers<void>();
    return {
      settled,
      door: {
        // They share one call, whose place in the queues is that of all.
        keep: (call) => {
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

  #arrive(index: number, call: KeepCall): Promise<Kept> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure.error);
    if (!this.#isNew(call.decision)) {
      const error = new SignerError(
        "request.malformed",
        "/height: comes twice in this batch; send each height once",
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
  #isNew({ payloads: [payload] }: KeepCall["decision"]): boolean {
    if (payload?.scheme !== "babylon.eots") return true;
    const claim = `${toHex(payload.publicKey)} ${toHex(payload.chainId)} ${payload.height}`;
    if (this.#claims.has(claim)) return false;
    this.#claims.add(claim);
    return true;
  }

  async #send(): Promise<void> {
    const round = this.#arrivals;
    this.#sent = true;
    const arrivals = [...round].toSorted(([a], [b]) => a - b).map(([, arrival]) => arrival);
    try {
      // Only now: an act does not wait for those that have not gathered yet.
      await this.#departure.entering(
        async () => {
          const kept = await this.#keeper.keepTogether(
            arrivals.map(({ call }) => call),
            rankOf(),
          );
          for (const [index, arrival] of arrivals.entries()) this.#settle(round, arrival, kept[index]);
          return Promise.allSettled(kept);
        },
        (all) => all.some((kept) => kept.status === "fulfilled" && mayLeave(kept.value)),
      );
    } catch (error) {
      for (const arrival of arrivals) arrival.reject(error);
    }
  }

  #settle(round: ReadonlyMap<number, Arrival>, arrival: Arrival, kept: Promise<Kept> | undefined): void {
    if (kept === undefined) arrival.reject(new Error("the keeper left a decision of a batch out"));
    else {
      const settled = kept.then((answer) => {
        // Then all of them are stale. They are judged again, and arrive here a second time.
        if (answer.outcome === "stale") this.#again(round);
        return arrival.resolve(answer);
      });
      settled.catch(arrival.reject);
    }
  }

  #again(round: ReadonlyMap<number, Arrival>): void {
    if (this.#arrivals !== round) return;
    this.#sent = false;
    this.#arrivals = new Map();
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
