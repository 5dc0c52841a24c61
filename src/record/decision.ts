/** What the record step is asked to decide, and what it replies: plain data that travels between threads. */
import type { SigningPayload } from "../chains/adapter.ts";
import type { GuardJudgement } from "../domain/guard.ts";
import type { Problem, RecordedRequest } from "../domain/requests.ts";
import type { LimitClaim } from "../domain/verdict.ts";
import type {
  BindingId,
  BodyHash,
  DescriptorId,
  KeyId,
  NamespaceName,
  PolicyDigest,
  PrincipalId,
  RequestId,
  WalletId,
} from "../domain/kinds.ts";

/** One spending limit of one binding, to be reserved with the decision. */
export interface Reservation extends LimitClaim {
  readonly bindingId: BindingId;
  /** Of the policy that asked for it; goes into the refusal. */
  readonly policy: PolicyDigest;
}

/** What the limits are asked about one request. */
export interface LimitCall {
  readonly reservations: readonly Reservation[];
  /** As in DecodedRequest; without any the reservations count in full. */
  readonly slots?: readonly string[];
}

/** What evaluate found, for the record step. */
export interface DecisionCall extends LimitCall {
  readonly id: RequestId;
  readonly namespace: NamespaceName;
  /** The key that signs, or the first of them. */
  readonly keyId: KeyId;
  /** For a request to a wallet: all its keys that sign, the first included. */
  readonly wallet?: { readonly id: WalletId; readonly keyIds: readonly KeyId[] };
  readonly principal: PrincipalId;
  readonly type: string;
  readonly receivedAt: string;
  readonly idempotencyKey: string | null;
  readonly bodyHash: BodyHash;
  readonly problem: Problem | null;
  /** All that is signed if this is allowed. Hashes of them go into the log, and a guard judges what they say. */
  readonly payloads: readonly SigningPayload[];
  /** Policy digest, mode, verdict and fuel of each evaluation, for the audit leaf. */
  readonly evaluations: readonly LeafEvaluation[];
  /** JSON object for the receipt; `payloads`, the hashes of what is signed, is added where it is recorded. */
  readonly evidence: string;
  readonly judgedUnder: JudgedUnder;
}

/** The versions of what was so when a request was judged. Of the keys it is enough that all are active. */
export interface JudgedUnder {
  /** Null for a caller that is built in. */
  readonly principal: number | null;
  /** `id:version` of each binding that was asked. */
  readonly bindings: readonly string[];
  /** Ids of the registered descriptors that said what is ours; they never change, so that it is enough that all are there. */
  readonly descriptors?: readonly DescriptorId[];
}

export interface LeafEvaluation {
  readonly bindingId: BindingId;
  readonly policy: PolicyDigest;
  readonly mode: string;
  readonly decision: string;
  readonly fuelUsed: string;
  /** Hex SHA-256 of the canonical input. */
  readonly inputHash: string;
}

/** What a dry run asks of the ledger. */
export interface Foresight extends LimitCall {
  /** As in DecisionCall. */
  readonly payloads: readonly SigningPayload[];
}

export interface Foreseen {
  /** The refusal that the request would meet now; null when limits and guard allow it. */
  readonly problem: Problem | null;
  /** Null where no guard applies. */
  readonly guard: GuardJudgement | null;
  /**
   * Each limit with all that the request asks of its counter (`amount`), and what its window holds already. `credited` of the
   * amount is in that, where the request can replace what was signed for a slot.
   */
  readonly limits: readonly (Reservation & {
    readonly spent: string;
    readonly replaces?: string;
    readonly credited?: string;
  })[];
}

export type DecisionReply =
  /** What it was judged under is no longer so; nothing is recorded. It must be judged again. */
  | { readonly outcome: "stale" }
  /**
   * The decision is durable. `problem` is set when a limit turned an allow into a refusal; `repeated` when the guard knew this
   * very message.
   */
  | {
      readonly outcome: "recorded";
      readonly sequence: number;
      readonly problem: Problem | null;
      readonly repeated?: boolean;
    }
  /** This idempotency key was decided before, for the same body. `problem`: the guard refuses it by now. */
  | { readonly outcome: "known"; readonly request: RecordedRequest; readonly problem?: Problem }
  /** This idempotency key was used for another body. */
  | { readonly outcome: "conflict" };

export interface OutcomeCall {
  readonly namespace: NamespaceName;
  readonly requestId: RequestId;
  /** Hex SHA-256 over all signatures. */
  readonly signatureHash: string;
  /** Canonical JSON of the fields that the answer adds. */
  readonly result: string;
}
