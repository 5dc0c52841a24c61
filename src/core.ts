/**
 * Everything that a door may ask of Claviger, with plain data in and out. Doors hold this and nothing below it, so that the core
 * can later run in a separate process.
 * @module
 */
import { isOf } from "./domain/errors.ts";
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
import { Admission } from "./signing/admission.ts";
import {
  signMany,
  signTogether,
  type BatchCall,
  type BatchParts,
  type TogetherCall,
} from "./signing/batch.ts";
import { foresee, type Decision } from "./signing/foresight.ts";
import { observed, type Observer } from "./signing/observer.ts";
import { evaluate, sign } from "./signing/path.ts";
import type { Recorder } from "./signing/recording.ts";
import type { Answer, Denied, Permitted, Steps, Submission } from "./signing/stages.ts";
import { createSteps, type Parts } from "./signing/steps.ts";
import { bodyOf, submissionOf, type SignCall } from "./signing/submission.ts";

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

  /** One request with many keys, each by itself. @throws SignerError as batch.ts says */
  signMany(call: BatchCall): Promise<readonly PromiseSettledResult<Answer>[]> {
    return signMany(this.#batchParts, call);
  }

  /** Several requests for one key, recorded together. @throws SignerError as batch.ts says */
  signTogether(call: TogetherCall): Promise<readonly PromiseSettledResult<Answer>[]> {
    return signTogether(this.#batchParts, call);
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

  get #batchParts(): BatchParts {
    const { ledger, chains, underWay } = this.#parts;
    return {
      ledger,
      chains,
      underWay,
      admission: this.#admission,
      sign: (submission, recorder) => this.#sign(submission, recorder && this.#stepsWith(recorder)),
    };
  }

  /** The steps of signing, with another recorder than each decision's own. */
  #stepsWith(recorder: Recorder): Steps {
    return observed(createSteps(this.#parts, "sign", recorder), this.#observer);
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
