/**
 * Everything that a door may ask of Claviger, with plain data in and out. The HTTP layer holds this and nothing below
 * it, so that the core can later run in a process of its own.
 * @module
 */
import { hash } from "node:crypto";
import type { Principal } from "./access/principals.ts";
import type { SignRequest } from "./chains/adapter.ts";
import { canonicalJson, type Json } from "./domain/canonical.ts";
import { isOf, isRefusal, SignerError } from "./domain/errors.ts";
import type { GuardClaim } from "./domain/guard.ts";
import { ACTIVE_MAX, Admission } from "./signing/admission.ts";
import { Accounts } from "./administration/accounts.ts";
import { Answers } from "./administration/answers.ts";
import { Audit } from "./administration/audit.ts";
import { Bindings } from "./administration/bindings.ts";
import { Descriptors } from "./administration/descriptors.ts";
import { Eots } from "./administration/eots.ts";
import { EotsHistory } from "./administration/eots-history.ts";
import { Keys } from "./administration/keys.ts";
import { Keystores } from "./administration/keystores.ts";
import { Namespaces } from "./administration/namespaces.ts";
import { Policies } from "./administration/policies.ts";
import { Principals } from "./administration/principals.ts";
import { Requests } from "./administration/requests.ts";
import { SlashingBounds } from "./administration/slashing-bounds.ts";
import { Slashing } from "./administration/slashing-history.ts";
import { System } from "./administration/system.ts";
import { ValidatorKeys } from "./administration/validator-keys.ts";
import { Wallets } from "./administration/wallets.ts";
import type { AdministrationParts } from "./administration/parts.ts";
import { foresee, type Decision } from "./signing/foresight.ts";
import { Gathering, type Place } from "./signing/gathering.ts";
import { newIdentifier } from "./directory/identifiers.ts";
import { SLICE } from "./signing/lane.ts";
import { evaluate, sign } from "./signing/path.ts";
import type {
  Answer,
  Asked,
  Decoded,
  Denied,
  Permitted,
  Steps,
  Submission,
  Verified,
} from "./signing/stages.ts";
import { createSteps, type Parts } from "./signing/steps.ts";

export type { Asked } from "./signing/stages.ts";

/**
 * How long each step took, and how each request ended. Implemented by the metrics; labels carry no key or address but that of
 * a finality provider, which is on chain.
 */
export interface Observer {
  stage(name: keyof Steps, seconds: number): void;
  fuel(units: number): void;
  /** A guard allowed a request, in so many seconds of the record step. */
  guarded(kind: GuardClaim["kind"], seconds: number): void;
  /** A guard refused a request of this type. */
  guardRefused(code: string, type: string): void;
  /** A validator duty was signed and verified; `type` is one that its adapter knows. */
  dutySigned(type: string): void;
  /** The vault's part of a validator duty. */
  dutySigning(seconds: number): void;
  /** An EOTS message was signed that was never signed before. `publicKey`: 64 hex digits. */
  eotsSigned(publicKey: string, height: bigint): void;
  /** A finality provider's key made a Schnorr signature. */
  schnorrSigned(publicKey: string): void;
}

export interface SignCall {
  readonly requestId: string;
  readonly principal: Principal;
  readonly asked: Asked;
  /** The body, after schema validation. */
  readonly request: SignRequest;
  readonly idempotencyKey: string | null;
}

/** One request to be signed with many keys of the caller's namespace. */
export interface BatchCall extends Pick<SignCall, "principal" | "request" | "idempotencyKey"> {
  readonly keyIds: readonly string[];
}

/** Several requests for one key, recorded together. */
export interface TogetherCall extends Pick<SignCall, "principal" | "idempotencyKey"> {
  readonly keyId: string;
  /** 1 to 2,000. */
  readonly requests: readonly SignRequest[];
}

export class Core {
  // What is asked beside signatures: each group is a file in administration/, and asks for its rights itself.
  readonly answers: Answers;
  readonly wallets: Wallets;
  readonly accounts: Accounts;
  readonly descriptors: Descriptors;
  readonly keys: Keys;
  readonly validators: ValidatorKeys;
  readonly keystores: Keystores;
  readonly slashing: Slashing;
  readonly slashingBounds: SlashingBounds;
  readonly eots: Eots;
  readonly eotsHistory: EotsHistory;
  readonly policies: Policies;
  readonly bindings: Bindings;
  readonly requests: Requests;
  readonly audit: Audit;
  readonly principals: Principals;
  readonly namespaces: Namespaces;
  readonly system: System;
  readonly #signing: Steps;
  readonly #evaluating: Steps;
  readonly #parts: Parts;
  readonly #observer: Observer;
  readonly #admission = new Admission();

  constructor(parts: Parts, administration: AdministrationParts, observer: Observer) {
    this.answers = new Answers(administration);
    this.wallets = new Wallets(administration);
    this.accounts = new Accounts(administration);
    this.descriptors = new Descriptors(administration);
    this.keys = new Keys(administration);
    this.validators = new ValidatorKeys(administration);
    this.keystores = new Keystores(administration);
    this.slashing = new Slashing(administration);
    this.slashingBounds = new SlashingBounds(administration);
    this.eots = new Eots(administration);
    this.eotsHistory = new EotsHistory(administration);
    this.policies = new Policies(administration);
    this.bindings = new Bindings(administration);
    this.requests = new Requests(administration);
    this.audit = new Audit(administration);
    this.principals = new Principals(administration);
    this.namespaces = new Namespaces(administration);
    this.system = new System(administration);
    this.#observer = observer;
    this.#parts = parts;
    this.#signing = observed(createSteps(parts, "sign"), observer);
    this.#evaluating = createSteps(parts, "evaluate");
  }

  /** Signs by the one path. @throws SignerError as its steps say; `service.overloaded`, `service.stopping` */
  async sign(call: SignCall): Promise<Answer> {
    const body = bodyOf(call.request);
    // The request's id, by which the keys that a wallet's transaction needs are added when they are known.
    const names = [call.requestId, call.principal.id, ...("keyId" in call.asked ? [call.asked.keyId] : [])];
    const urgency = this.#parts.chains.urgencyOf(call.request);
    const lane = this.#admission.lane(urgency);
    // What still waits for a place is judged by what is so when it gets one: an act need not wait for it.
    return lane.single(body.length, () =>
      this.#parts.underWay.run(names, () => this.#sign({ ...submissionOf(call, body), urgency })),
    );
  }

  /**
   * Signs with each key by itself, all on the same way: they share commits, and what does not depend on the key is
   * decoded once. Those that find no room at once wait for those before them. Outcomes in the order of `keyIds`.
   * @throws SignerError `service.overloaded`, `service.stopping`: for the batch as a whole
   */
  signMany(call: BatchCall): Promise<readonly PromiseSettledResult<Answer>[]> {
    const body = bodyOf(call.request);
    const urgency = this.#parts.chains.urgencyOf(call.request);
    const lane = this.#admission.lane(urgency);
    const signOne = (keyId: string): Promise<Answer> => {
      const { idempotencyKey: key } = call;
      const idempotencyKey = key === null ? null : `${key} ${keyId}`;
      const submission = submissionOf(
        { ...call, asked: { keyId }, idempotencyKey, requestId: newIdentifier("req") },
        body,
      );
      return this.#sign({ ...submission, urgency });
    };
    // Each key's until the last has signed: they are answered together.
    return this.#parts.underWay.run([...call.keyIds, call.principal.id], () =>
      lane.batch(call.keyIds.length, body.length, (index) => signOne(call.keyIds[index] ?? "")),
    );
  }

  /**
   * Signs each request by the one path, and records all their decisions in one transaction. Outcomes in order: refusals
   * by policy or guard stay with their request; whatever else fails ends the batch. Before the record step that
   * leaves nothing; a fault after it leaves decisions, and the same batch can be asked again.
   * @throws SignerError `request.malformed` also for a height that is there twice, with `item`, the index to blame;
   * `service.overloaded`, `service.stopping` and all that `sign` throws but refusals (`isRefusal`)
   */
  async signTogether(call: TogetherCall): Promise<readonly PromiseSettledResult<Answer>[]> {
    const { requests, principal, keyId } = call;
    if (requests.length === 0 || requests.length > ACTIVE_MAX) {
      throw new SignerError("request.malformed", `/items: must be 1 to ${ACTIVE_MAX}`, { field: "/items" });
    }
    const body = bodyOf({ type: "together", requests });
    // Hashed once: each item hashing all of them would take seconds for a large batch.
    const whole = hash("sha256", body, "hex");
    const submissions = requests.map((request, index) => {
      const { idempotencyKey: key } = call;
      // The first item takes the key as it is, so that a single request under it is a conflict.
      const idempotencyKey = key === null || index === 0 ? key : `${key} ${index}`;
      const item = { principal, asked: { keyId }, request, idempotencyKey, requestId: newIdentifier("req") };
      // The whole batch is the body of each: a repeat must be the same batch.
      return submissionOf(item, `${index}\n${whole}`);
    });
    return this.#parts.underWay.run([keyId, principal.id], () =>
      this.#admission
        .lane("request")
        .together(requests.length, body.length, () => this.#signGathered(submissions)),
    );
  }

  /**
   * The Decision that `sign` would come to now, policies, limits and guard asked. Nothing is recorded or reserved, so
   * another request may come first. @throws SignerError as `sign`
   */
  async evaluate(call: SignCall): Promise<Decision> {
    const body = bodyOf(call.request);
    return this.#admission.lane("request").single(body.length, async () => {
      const judged = await evaluate(this.#evaluating, submissionOf(call, body));
      this.#countFuel(judged);
      return foresee(judged, this.#parts.ledger);
    });
  }

  /** Requests that wait or are under way, by lane. */
  get depths(): Readonly<Record<string, number>> {
    return this.#admission.depths;
  }

  /** Refuses new requests and resolves when what was under way has ended. */
  drain(): Promise<void> {
    return this.#admission.drain();
  }

  async #signGathered(submissions: readonly Submission[]): Promise<readonly PromiseSettledResult<Answer>[]> {
    const gathering = new Gathering(this.#parts.ledger, submissions.length);
    const items = submissions.map((submission, index) => ({ submission, place: gathering.place(index) }));
    const slices: Promise<PromiseSettledResult<Answer>[]>[] = [];
    for (let from = 0; from < items.length && gathering.failure === undefined; from += SLICE) {
      const slice = items.slice(from, from + SLICE);
      slices.push(Promise.allSettled(slice.map(({ submission, place }) => this.#signAt(place, submission))));
      // A policy's queue is shorter than a batch: the next slice asks when this one has its verdicts.
      await Promise.all(slice.map(({ place }) => place.settled));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const outcomes = (await Promise.all(slices)).flat();
    if (gathering.failure !== undefined) throw gathering.failure.error;
    for (const outcome of outcomes)
      if (outcome.status === "rejected" && !isRefusal(outcome.reason)) throw outcome.reason;
    return outcomes;
  }

  async #signAt(place: Place, submission: Submission): Promise<Answer> {
    try {
      const steps = createSteps(this.#parts, "sign", place.recorder);
      return await this.#sign(submission, observed(steps, this.#observer));
    } catch (error) {
      place.giveUp(error);
      throw error;
    }
  }

  async #sign(submission: Submission, steps = this.#signing): Promise<Answer> {
    try {
      return await sign(steps, submission);
    } catch (error) {
      if (isOf(error, "guard")) {
        this.#observer.guardRefused(error.code, submission.request.type);
      }
      throw error;
    }
  }

  #countFuel(judged: Permitted | Denied): void {
    for (const { result } of judged.evaluations) this.#observer.fuel(result.fuelUsed);
  }
}

function bodyOf(request: SignRequest): string {
  // The body came from a JSON parser.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return canonicalJson(request as Json);
}

function submissionOf(
  { requestId, principal, asked, request, idempotencyKey }: SignCall,
  body: string,
): Submission {
  const text = `${nameOf(asked)}\n${body}`;
  return {
    requestId,
    principal,
    asked,
    request,
    idempotencyKey,
    receivedAt: new Date(),
    bodyHash: new Uint8Array(Buffer.from(hash("sha256", text, "hex"), "hex")),
  };
}

/** Identifiers tell their kind, so that no two of these are the same text. */
function nameOf(asked: Asked): string {
  if ("keyId" in asked) return asked.keyId;
  const { walletId, named } = asked;
  return named === null ? walletId : `${walletId} ${canonicalJson(named)}`;
}

/** The same steps, each timed. */
function observed(steps: Steps, observer: Observer): Steps {
  const timed =
    <Input, Output>(
      name: keyof Steps,
      step: (input: Input) => Promise<Output>,
      done?: (input: Input, seconds: number, output: Output) => void,
    ) =>
    async (input: Input): Promise<Output> => {
      const start = performance.now();
      try {
        const output = await step(input);
        done?.(input, (performance.now() - start) / 1000, output);
        return output;
      } finally {
        observer.stage(name, (performance.now() - start) / 1000);
      }
    };
  return {
    authorize: (submission) => steps.authorize(submission),
    decode: timed("decode", (request) => steps.decode(request)),
    evaluate: timed("evaluate", async (request) => {
      const judged = await steps.evaluate(request);
      for (const { result } of judged.evaluations) observer.fuel(result.fuelUsed);
      return judged;
    }),
    record: timed(
      "record",
      (request) => steps.record(request),
      ({ decoded }, seconds, { state }) => {
        if (decoded.guard !== undefined && state !== "stale") observer.guarded(decoded.guard.kind, seconds);
      },
    ),
    sign: timed(
      "sign",
      (request) => steps.sign(request),
      (request, seconds) => {
        if (dutyOf(request) !== undefined) observer.dutySigning(seconds);
      },
    ),
    verify: timed("verify", (request) => steps.verify(request)),
    respond: timed(
      "respond",
      (request) => steps.respond(request),
      (request) => {
        const duty = dutyOf(request);
        if (duty !== undefined) observer.dutySigned(duty);
        if (request.keys[0].chain === "babylon") countProvider(observer, request);
      },
    ),
  };
}

/** As eotsd counts: what was signed before is given out again and counts once. */
function countProvider(observer: Observer, { decoded, keys: [key], repeated }: Verified): void {
  const { guard } = decoded;
  if (guard?.kind !== "eots") observer.schnorrSigned(key.address);
  else if (!repeated) observer.eotsSigned(key.address, guard.height);
}

/** Type of a validator duty, one of a fixed list; undefined for the requests of other chains. */
function dutyOf({ decoded }: Pick<Decoded, "decoded">): string | undefined {
  const { validator } = decoded.intent;
  if (typeof validator !== "object" || validator === null || !("duty" in validator)) return undefined;
  const type = validator["duty"];
  return typeof type === "string" ? type : undefined;
}
