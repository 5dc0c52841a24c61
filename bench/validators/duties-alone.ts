/** Votes as the ledger thread gets them, below HTTP and without a signature: what guard and disk cost. */
import type { SigningPayload } from "../../src/chains/adapter.ts";
import type { DutyClaim } from "../../src/domain/guard.ts";
import { newIdentifier } from "../../src/directory/identifiers.ts";
import type { Ledger } from "../../src/record/ledger.ts";
import type { DecisionCall } from "../../src/record/decision.ts";
import { post, type InProcess } from "../in-process.ts";
import { attestationDuty, FIRST_EPOCH, GENESIS_ROOT, voteOf } from "./duty.ts";

/** A real decision on a vote, as the ledger keeps it, ready to be recorded again for other keys and epochs. */
export async function recordedVote({ service, foundation }: InProcess): Promise<DecisionCall> {
  const wallet = await post(service, "/v1/wallets", { name: "validators" });
  const key = await post(service, `/v1/wallets/${wallet.id}/keys`, { chain: "ethereum-validator" });
  const duty = attestationDuty(FIRST_EPOCH);
  await post(service, `/v1/keys/${key.id}/sign`, { type: "ethereum-validator.duty", duty });
  const namespace = "default";
  const [recorded] = await foundation.ledger.readRequests({
    namespace,
    principal: null,
    before: "~",
    limit: 1,
  });
  if (recorded === undefined || recorded.decision !== "allow") throw new Error("the vote was not recorded");
  return {
    id: recorded.id,
    namespace,
    keyId: recorded.keyId,
    principal: recorded.principal,
    type: recorded.type,
    receivedAt: recorded.receivedAt,
    idempotencyKey: null,
    bodyHash: recorded.bodyHash,
    problem: null,
    reservations: [],
    payloads: [],
    evaluations: [],
    evidence: recorded.evidence,
    judgedUnder: { principal: 1, bindings: [] },
  };
}

/** Records a vote, durably. @throws Error when the guard refuses it */
export async function decideVote(
  ledger: Ledger,
  decision: DecisionCall,
  vote: SigningPayload,
): Promise<void> {
  const reply = await ledger.decide({ ...decision, id: newIdentifier("req"), payloads: [vote] });
  if (reply.outcome === "recorded" && reply.problem === null) return;
  throw new Error(`a vote was refused: ${JSON.stringify(reply)}`);
}

/** Votes of `keys` validators in turn, epoch after epoch: none of them slashable. */
export class Votes {
  readonly #keys: readonly Uint8Array[];
  readonly #firstEpoch: number;
  #next = 0;

  constructor(keys: number, firstEpoch: number) {
    this.#keys = Array.from({ length: keys }, (_, index) => validatorKey(index));
    this.#firstEpoch = firstEpoch;
  }

  next(): { readonly publicKey: Uint8Array; readonly epoch: number; readonly signingRoot: Uint8Array } {
    const index = this.#next % this.#keys.length;
    const epoch = this.#firstEpoch + Math.floor(this.#next / this.#keys.length);
    this.#next += 1;
    const signingRoot = new Uint8Array(32);
    new DataView(signingRoot.buffer).setUint32(0, epoch);
    return { publicKey: this.#keys[index] ?? new Uint8Array(48), epoch, signingRoot };
  }

  nextPayload(): SigningPayload {
    const { publicKey, epoch } = this.next();
    return { scheme: "bls", publicKey, duty: voteOf(epoch) };
  }

  nextClaim(): DutyClaim {
    const { publicKey, epoch, signingRoot } = this.next();
    return {
      kind: "eip3076.attestation",
      publicKey,
      genesisValidatorsRoot: GENESIS_ROOT,
      sourceEpoch: BigInt(epoch - 1),
      targetEpoch: BigInt(epoch),
      signingRoot,
    };
  }
}

/** 48 bytes in place of a validator's key; the guard never asks whether they are a point. */
export function validatorKey(index: number): Uint8Array {
  const key = new Uint8Array(48).fill(0xa5);
  new DataView(key.buffer).setUint32(0, index);
  return key;
}
