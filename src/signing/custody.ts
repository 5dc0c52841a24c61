/**
 * Everything that a door may ask of Claviger, with plain data in and out. The HTTP layer holds this and nothing below
 * it, so that the core can later run in a process of its own.
 * @module
 */
import { hash } from "node:crypto";
import type { Principal } from "../access/principals.ts";
import type { SignRequest } from "../chains/adapter.ts";
import { canonicalJson, type Json } from "../domain/canonical.ts";
import { SignerError } from "../domain/errors.ts";
import type { AdministrationParts } from "./administration/parts.ts";
import { decisionJson } from "./administration/requests.ts";
import { evaluate, sign } from "./path.ts";
import type { Problem } from "./record/operations.ts";
import type { Answer, Denied, Permitted, Steps, Submission } from "./stages.ts";
import { createSteps, type Parts } from "./steps.ts";

/** Requests under way at most: below every queue behind the record step, so that what is recorded finds room there. */
const ACTIVE_MAX = 2000;
/** Characters of their bodies together: queues count calls, and a call may be as large as a body. */
const ACTIVE_TEXT_MAX = 64 * 1024 * 1024;

/** How long each step took, and how each request ended. Implemented by the metrics; labels carry no key or address. */
export interface Observer {
  stage(name: keyof Steps, seconds: number): void;
  fuel(units: number): void;
}

export interface SignCall {
  readonly requestId: string;
  readonly principal: Principal;
  readonly keyId: string;
  /** The body, after schema validation. */
  readonly request: SignRequest;
  readonly idempotencyKey: string | null;
}

export class Custody {
  readonly administration: AdministrationParts;
  readonly #signing: Steps;
  readonly #evaluating: Steps;
  readonly #ledger: Parts["ledger"];
  readonly #observer: Observer;
  #stopping = false;
  #active = 0;
  #activeText = 0;

  constructor(parts: Parts, administration: AdministrationParts, observer: Observer) {
    this.administration = administration;
    this.#observer = observer;
    this.#ledger = parts.ledger;
    this.#signing = observed(createSteps(parts, "sign"), observer);
    this.#evaluating = createSteps(parts, "evaluate");
  }

  /** Signs by the one path. @throws SignerError as its steps say; `service.overloaded`, `service.stopping` */
  sign(call: SignCall): Promise<Answer> {
    return this.#admit(call, (submission) => sign(this.#signing, submission));
  }

  /** The Decision that `sign` would come to now. Nothing is recorded or reserved. @throws SignerError as `sign` */
  evaluate(call: SignCall): Promise<Json> {
    return this.#admit(call, async (submission) => {
      const judged = await evaluate(this.#evaluating, submission);
      this.#countFuel(judged);
      return decisionJson(judged, await this.#problemOf(judged));
    });
  }

  /** Refuses new requests and resolves when what was under way has ended. */
  async drain(): Promise<void> {
    this.#stopping = true;
    while (this.#active > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  /** Runs `work` while there is room for it. */
  async #admit<Result>(call: SignCall, work: (submission: Submission) => Promise<Result>): Promise<Result> {
    if (this.#stopping)
      throw new SignerError("service.stopping", "the service is shutting down; retry later");
    // The body came from a JSON parser.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const body = canonicalJson(call.request as Json);
    const full = this.#active >= ACTIVE_MAX || this.#activeText + body.length > ACTIVE_TEXT_MAX;
    if (full && this.#active > 0) {
      throw new SignerError("service.overloaded", `${this.#active} requests are under way; retry later`);
    }
    this.#active += 1;
    this.#activeText += body.length;
    try {
      return await work(submissionOf(call, body));
    } finally {
      this.#active -= 1;
      this.#activeText -= body.length;
    }
  }

  async #problemOf(judged: Permitted | Denied): Promise<Problem | null> {
    if ("refusal" in judged) {
      const { code, message, members } = judged.refusal;
      return { code, detail: message, members };
    }
    return judged.reservations.length === 0 ? null : this.#ledger.call("readOverLimit", judged.reservations);
  }

  #countFuel(judged: Permitted | Denied): void {
    for (const { result } of judged.evaluations) this.#observer.fuel(result.fuelUsed);
  }
}

function submissionOf(call: SignCall, body: string): Submission {
  return {
    ...call,
    receivedAt: new Date(),
    bodyHash: new Uint8Array(Buffer.from(hash("sha256", `${call.keyId}\n${body}`, "hex"), "hex")),
  };
}

/** The same steps, each timed. */
function observed(steps: Steps, observer: Observer): Steps {
  const timed =
    <Input, Output>(name: keyof Steps, step: (input: Input) => Promise<Output>) =>
    async (input: Input): Promise<Output> => {
      const start = performance.now();
      try {
        return await step(input);
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
    record: timed("record", (request) => steps.record(request)),
    sign: timed("sign", (request) => steps.sign(request)),
    verify: timed("verify", (request) => steps.verify(request)),
    respond: timed("respond", (request) => steps.respond(request)),
  };
}
