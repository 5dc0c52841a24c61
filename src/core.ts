/**
 * Everything that a door may ask of Claviger, with plain data in and out. Doors hold this and nothing below it, so that the core
 * can later run in a separate process.
 * @module
 */
import { isOf } from "./domain/errors.ts";
import { Accounts } from "./administration/accounts.ts";
import { Audit } from "./administration/audit.ts";
import { Bindings } from "./administration/bindings.ts";
import { Descriptors } from "./administration/descriptors.ts";
import { Eots } from "./administration/eots.ts";
import { EotsHistory } from "./administration/eots-history.ts";
import { FreezeOrders } from "./administration/freezes.ts";
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
import { Barrier } from "./administration/barrier.ts";
import { Admission } from "./signing/admission.ts";
import {
  signMany,
  signTogether,
  type BatchCall,
  type BatchParts,
  type TogetherCall,
} from "./signing/batch.ts";
import { IN_PROCESS } from "./signing/departures.ts";
import { foresee, type Decision } from "./signing/foresight.ts";
import { observed, type Observer } from "./signing/observer.ts";
import { evaluate, sign } from "./signing/path.ts";
import type { Keeping } from "./signing/keep.ts";
import type { Answer, Evaluated, EvaluateSteps, Steps, Submission } from "./signing/stages.ts";
import { createEvaluateSteps, createSteps, type Parts } from "./signing/steps.ts";
import { bodyOf, submissionOf, type EvaluateCall, type SignCall } from "./signing/submission.ts";

export class Core {
  // What is asked beside signatures: each group is a file in administration/, and asks for its rights itself. All are answered
  // by one barrier, behind the signatures that were decided before.
  readonly wallets: Wallets;
  readonly accounts: Accounts;
  readonly descriptors: Descriptors;
  readonly keys: Keys;
  readonly freezes: FreezeOrders;
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
  readonly #evaluating: EvaluateSteps;
  readonly #parts: Parts;
  readonly #observer: Observer;
  readonly #admission = new Admission();

  constructor(parts: Parts, administration: AdministrationParts, observer: Observer) {
    const barrier = new Barrier(parts.departures);
    const held = { ...administration, ledger: barrier.ledger(administration.ledger) };
    this.wallets = barrier.answering(new Wallets(held));
    this.accounts = barrier.answering(new Accounts(held));
    this.descriptors = barrier.answering(new Descriptors(held));
    this.keys = barrier.answering(new Keys(held));
    this.freezes = barrier.answering(new FreezeOrders(held));
    this.validators = barrier.answering(new ValidatorKeys(held));
    this.keystores = barrier.answering(new Keystores(held));
    this.slashing = barrier.answering(new Slashing(held));
    this.slashingBounds = barrier.answering(new SlashingBounds(held));
    this.eots = barrier.answering(new Eots(held));
    this.eotsHistory = barrier.answering(new EotsHistory(held));
    this.policies = barrier.answering(new Policies(held));
    this.bindings = barrier.answering(new Bindings(held));
    this.requests = barrier.answering(new Requests(held));
    this.audit = barrier.answering(new Audit(held));
    this.principals = barrier.answering(new Principals(held));
    this.namespaces = barrier.answering(new Namespaces(held));
    this.system = barrier.answering(new System(held));
    this.#observer = observer;
    this.#parts = parts;
    this.#signing = observed(createSteps(parts), observer);
    this.#evaluating = createEvaluateSteps(parts);
  }

  /** Signs by the one path. @throws SignerError as its steps say; `service.overloaded`, `service.stopping` */
  async sign(call: SignCall): Promise<Answer> {
    const body = bodyOf(call.request);
    const urgency = this.#parts.chains.urgencyOf(call.request);
    const lane = this.#admission.lane(urgency);
    return lane.single(body.length, () =>
      this.#parts.departures.run(call.outlet, (departure) =>
        this.#sign({ ...submissionOf(call, body, departure), urgency }),
      ),
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
  async evaluate(call: EvaluateCall): Promise<Decision> {
    const body = bodyOf(call.request);
    return this.#admission.lane("request").single(body.length, async () => {
      const departure = this.#parts.departures.begin(IN_PROCESS);
      const judged = await evaluate(this.#evaluating, submissionOf(call, body, departure));
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
    const { keeper, chains, departures } = this.#parts;
    return {
      keeper,
      chains,
      departures,
      admission: this.#admission,
      sign: (submission, door) => this.#sign(submission, door && this.#stepsWith(door)),
    };
  }

  /** The steps of signing, with another door to the keeper than each decision's own. */
  #stepsWith(door: Keeping): Steps {
    return observed(createSteps(this.#parts, door), this.#observer);
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

  #countFuel(judged: Evaluated): void {
    for (const { result } of judged.evaluations) this.#observer.fuel(result.fuelUsed);
  }
}
