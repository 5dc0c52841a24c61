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
import type { KeepCall, Kept, KeepersDoor } from "../../src/keeper/contract.ts";
import type { SentKeep, Signed } from "../../src/keeper/messages.ts";
import { record, sign } from "../../src/keeper/path.ts";
import type { Keys } from "../../src/keeper/sign.ts";
import { verifySigned } from "../../src/keeper/verify.ts";
import { clock } from "../../src/threads/clock.ts";
import type { Outcome } from "../../src/threads/contract.ts";
import type { Answer, SentCall } from "../../src/threads/link.ts";
import { failed, succeeded } from "../../src/threads/serve.ts";
import type { EvaluationResult } from "../../src/policy/sandbox.ts";
import type { DecisionCall, DecisionReply, OutcomeCall } from "../../src/record/decision.ts";
import type { Parts } from "../../src/signing/steps.ts";
import { Departures } from "../../src/signing/departures.ts";
import { binding, DECODED, KEY, unreached } from "./sample.ts";

export { unreached } from "./sample.ts";

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
  readonly lost: unknown[];
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
    lost: [],
    ...changes,
  };
  const operations = {
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
      ...operations,
      following: operations,
      readForesight: unreached,
    },
    vault: {
      state: () => (fake.sealed ? ("sealed" as const) : ("unsealed" as const)),
    },
    keeper: keeperOf(fake),
    onLostOutcome: (error: unknown) => fake.lost.push(error),
  };
  return { fake, parts };
}

/** The keeper's own steps on one thread, around what the test says that the ledger decides. */
function keeperOf(fake: FakeParts): KeepersDoor {
  const keys: Keys = {
    holder: "vault",
    sign: ({ payloads }) => {
      fake.events.push("sign");
      return payloads.map(() => ({ bytes: new Uint8Array(64).fill(5) }));
    },
    signStatement: unreached,
  };
  const decided = (call: DecisionCall): Promise<Outcome<DecisionReply>> =>
    fake.decide(call).then(succeeded, failed);
  /** From the commit on, as the three threads do it one after the other. */
  const go = (sent: SentCall, outcome: Outcome): readonly Answer[] => {
    const later: Answer[] = [];
    const now = record([sent], {
      commit: () => [outcome],
      canSign: () => true,
      handOn: (committed) =>
        sign(committed, keys, (signed) => {
          for (const message of signed) later.push(verified(fake, message));
        }),
    });
    return [...now, ...later];
  };
  const sentOf = (calls: readonly KeepCall[]) =>
    calls.map((call): SentKeep => ({ ...call, sentAt: clock() }));
  return {
    async keep(call, rank) {
      fake.events.push("decide");
      const outcome = await decided(call.decision);
      const [answer] = go({ id: 0, rank, method: "keep", input: sentOf([call]) }, outcome);
      return keptOf(answer);
    },
    async keepTogether(calls, rank) {
      fake.events.push("decideTogether");
      const outcomes = await Promise.all(calls.map(({ decision }) => decided(decision)));
      const bad = outcomes.find(({ ok }) => !ok);
      const replies = outcomes.map((outcome) => (outcome.ok ? outcome.reply : null));
      const sent = { id: 0, rank, method: "keepTogether", input: sentOf(calls), answers: calls.length };
      const answers = new Map(go(sent, bad ?? succeeded(replies)).map((answer) => [answer[0], answer]));
      return calls.map(async (_, index) => keptOf(answers.get(index)));
    },
  };
}

function verified(fake: FakeParts, message: Signed): Answer {
  if ("refusal" in message) return [message.id, message.refusal];
  if ("text" in message) return unreached();
  fake.events.push("verify");
  // The signature is none: the keeper's own check says so.
  if (!fake.verifies) return verifySigned([message])[0] ?? [message.id, undefined];
  const { id, requestId, repeated, signatures } = message;
  const seconds = { record: 0, sign: 0, verify: 0 };
  return [id, succeeded({ outcome: "signed", requestId, repeated, signatures, seconds })];
}

function keptOf(answer: Answer | undefined): Kept {
  const outcome = answer?.[1];
  if (outcome === undefined) throw new Error("the keeper gave no outcome");
  if (!outcome.ok) throw new SignerError(outcome.code, outcome.message, outcome.members);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the keeper's steps answer
  return outcome.reply as Kept;
}
