/** The parts behind the signing path, replaced one by one: what a step is given is what it can reach. */
import { PrincipalIndex } from "../../src/access/principals.ts";
import { Freezes } from "../../src/directory/freezes.ts";
import type { Question } from "../../src/policy/sandbox.ts";
import type { AdministrationParts } from "../../src/administration/parts.ts";
import type { DecodedRequest, SignRequest } from "../../src/chains/adapter.ts";
import { urgencyOfDuty } from "../../src/chains/ethereum-validator/duty.ts";
import { Core } from "../../src/core.ts";
import type { Observer } from "../../src/signing/observer.ts";
import { SignerError } from "../../src/domain/errors.ts";
import type { EvaluationResult } from "../../src/policy/sandbox.ts";
import type { DecisionCall, DecisionReply, OutcomeCall } from "../../src/record/decision.ts";
import type { Parts } from "../../src/signing/steps.ts";
import { Departures } from "../../src/signing/departures.ts";
import { binding, DECODED, KEY } from "./sample.ts";

export interface FakeParts {
  /** What happened, in order. */
  readonly events: string[];
  decode: (request: SignRequest) => Promise<DecodedRequest>;
  decide: (call: DecisionCall) => Promise<DecisionReply>;
  outcome: (call: OutcomeCall) => Promise<{ readonly result: string }>;
  verdict: EvaluationResult["verdict"];
  sealed: boolean;
  /** What our own check of the signature says. */
  verifies: boolean;
  ledgerDepth: number;
  readonly lost: unknown[];
}

/** What no test asks for. */
export function unreached(): never {
  throw new Error("this part is not replaced");
}

/** Observes nothing. */
export const OBSERVER: Observer = {
  step: none,
  fuel: none,
  guarded: none,
  guardRefused: none,
  dutySigned: none,
  dutySigning: none,
  eotsSigned: none,
  schnorrSigned: none,
};

function none(): void {
  // Nothing to do.
}

/** A core that signs with these parts; nothing is administered: its verbs have a ledger that nobody asks. */
export function coreOf(parts: Parts, observer = OBSERVER): Core {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the core hands it on to the doors and never looks at it
  return new Core(parts, { ledger: {} } as AdministrationParts, observer);
}

/** All is well by default: decoded, allowed, recorded, signed, verified. */
export function fakeParts(changes: Partial<FakeParts> = {}): { fake: FakeParts; parts: Parts } {
  const fake: FakeParts = {
    events: [],
    decode: () => Promise.resolve(DECODED),
    decide: () => Promise.resolve({ outcome: "recorded", sequence: 0, problem: null }),
    outcome: (call) => Promise.resolve({ result: call.result }),
    verdict: { decision: "allow", limits: [], allowOpaque: false, allowControl: [] },
    sealed: false,
    verifies: true,
    ledgerDepth: 0,
    lost: [],
    ...changes,
  };
  const operations = {
    decide: (call: DecisionCall) => {
      fake.events.push("decide");
      return fake.decide(call);
    },
    decideTogether: (calls: readonly DecisionCall[]) => {
      fake.events.push("decideTogether");
      return decideEach(fake, calls);
    },
    recordOutcome: (call: OutcomeCall) => {
      fake.events.push("outcome");
      return fake.outcome(call);
    },
  };
  const parts = {
    departures: new Departures(),
    principals: new PrincipalIndex(),
    directory: {
      key: (namespace: string, id: string) => {
        fake.events.push("key");
        if (namespace !== KEY.namespace || id !== KEY.id)
          throw new SignerError("key.not_found", "no such key");
        return KEY;
      },
      bindingsFor: () => [binding("bnd_a")],
      keyAt: unreached,
      keyInAccount: unreached,
      wallet: unreached,
      walletKeys: unreached,
      descriptors: { ofWallet: unreached },
      freezes: new Freezes(),
    },
    chains: {
      urgencyOf: urgencyOfDuty,
      decode: (request: SignRequest) => {
        fake.events.push("decode");
        return fake.decode(request);
      },
      verify: () => {
        fake.events.push("verify");
        return Promise.resolve(fake.verifies);
      },
      assemble: () => {
        fake.events.push("assemble");
        return Promise.resolve({ signature: "0x01" });
      },
      decodeForWallet: unreached,
      spans: unreached,
      survey: unreached,
    },
    policies: {
      ask: (questions: readonly Question[]) => {
        fake.events.push("evaluate");
        for (const { input } of questions) input();
        return Promise.resolve(questions.map(() => ({ verdict: fake.verdict, fuelUsed: 1, logs: [] })));
      },
    },
    ledger: {
      get depth() {
        return fake.ledgerDepth;
      },
      ...operations,
      at: () => operations,
      following: operations,
      readForesight: unreached,
    },
    vault: {
      state: () => (fake.sealed ? ("sealed" as const) : ("unsealed" as const)),
      sign: () => {
        fake.events.push("sign");
        return Promise.resolve([{ bytes: new Uint8Array(64).fill(5) }]);
      },
    },
    onLostOutcome: (error: unknown) => fake.lost.push(error),
  };
  return { fake, parts };
}

function decideEach(fake: FakeParts, calls: readonly DecisionCall[]): Promise<readonly DecisionReply[]> {
  return Promise.all(calls.map((call) => fake.decide(call)));
}
