/**
 * The contract of the keeper's door: what should be signed goes in with the decision that allows it; a refusal that is on disk
 * comes back, or verified signatures. And the contracts of the keeper's threads, which only the keeper itself asks.
 * @module
 */
import type { MessagePort } from "node:worker_threads";
import type { Signature } from "../chains/adapter.ts";
import type { KeyId, RequestId, WalletId } from "../domain/kinds.ts";
import type { Problem } from "../domain/requests.ts";
import type { DecisionCall } from "../record/decision.ts";
import type { LedgerThreadSide } from "../record/thread.ts";
import type { VaultThread } from "../vault/contract.ts";
import type { AdoptedKeysThread } from "../vault/sign/adopted-keys.ts";
import type { Holder } from "./keys-for.ts";

/** A decision, whose payloads are what is signed if it is an allow on disk. */
export interface KeepCall {
  readonly decision: DecisionCall;
  /** Key of each payload, one to one and each named by the decision; left out where its one key signs all. */
  readonly signedBy?: readonly KeyId[];
}

/** What came of it. Whatever names a request is on disk. */
export type Kept =
  /** What it was judged under is no longer so; nothing is recorded. It must be judged again. */
  | { readonly outcome: "stale" }
  | { readonly outcome: "refused"; readonly requestId: RequestId; readonly problem: Problem }
  /** This Idempotency-Key was answered before, for the same body. */
  | {
      readonly outcome: "answered";
      readonly requestId: RequestId;
      readonly walletId: WalletId | null;
      readonly keyIds: readonly [KeyId, ...KeyId[]];
      /** JSON: the fields that the answer added. */
      readonly result: string;
    }
  | KeptSigned;

/** Signed, and each signature verified. */
export interface KeptSigned {
  readonly outcome: "signed";
  /** The request's own id, or that of the earlier request with this Idempotency-Key. */
  readonly requestId: RequestId;
  /** It was recorded before: by a guard that knows this very message, or under this Idempotency-Key. */
  readonly repeated: boolean;
  readonly signatures: readonly Signature[];
  readonly seconds: StepSeconds;
}

/** What came of the service's own statement of its log. */
export type StatedHead =
  | Stated
  /** The log has this size since its last checkpoint, which is stored. */
  | { readonly outcome: "stored"; readonly note: string };

/** Signed in the service's own name, and verified. */
export interface Stated {
  readonly outcome: "stated";
  /** Of a checkpoint: origin, size and root, a line each. */
  readonly text: string;
  /** Ed25519, 64 bytes, by the log's own key. */
  readonly signature: Uint8Array;
}

/** How long each step took, waiting for its thread included. */
export interface StepSeconds {
  readonly record: number;
  readonly sign: number;
  readonly verify: number;
}

/** The keeper's door. */
export interface KeepersDoor {
  /**
   * Records the decision, signs what it allows and verifies the signatures.
   * @param rank its place in every queue of the keeper: lower goes first
   * @throws SignerError `service.overloaded`, `request.idempotency_conflict`, and after the decision is on disk `service.sealed`,
   *   `key.not_found`, `transaction.refused` (a Stark hash that the curve cannot sign), `service.signature_invalid`;
   *   `service.stopping` where the outcome is unknown
   */
  keep(call: KeepCall, rank: number): Promise<Kept>;
  /** As `keep` of each, in one transaction: all decisions are recorded or none. Answers in order, each by itself. */
  keepTogether(calls: readonly KeepCall[], rank: number): Promise<readonly Promise<Kept>[]>;
}

/** What the service says in its own name. */
export interface OwnStatements {
  /**
   * The head of the audit log as it is on disk: the record thread says its size and root, and nobody else.
   * @throws SignerError `service.sealed`, `service.overloaded`, `service.signature_invalid`, `service.stopping`
   */
  stateHead(): Promise<StatedHead>;
}

/** What connects two threads of the keeper. */
export interface Way {
  readonly port: MessagePort;
  /** One slot of shared memory: what is on the way and not done. */
  readonly load: Int32Array;
}

/** The record thread beside the ledger's own methods. */
export interface RecordThread extends LedgerThreadSide {
  /** Where what a decision allows goes: to the vault's thread once, to BLS threads as they start. */
  connectKeys(input: Way & { readonly keys: Holder }): void;
}

/** What a thread that signs is connected with, once and for all: a second time is refused. */
export interface SigningWays {
  /** From the record thread: the only port that makes this thread sign for a caller. */
  readonly committed: Way;
  /** To the verifier. */
  readonly signed: Way;
}

/** The vault's thread as the keeper starts it. */
export interface KeysThread extends VaultThread {
  connectSteps(ways: SigningWays): void;
}

/** A BLS thread as the keeper starts it. */
export interface BlsKeysThread extends AdoptedKeysThread {
  connectSteps(ways: SigningWays): void;
}

export interface VerifierThread {
  /** Where verified signatures and refusals go, once. */
  connectDoor(port: MessagePort): void;
  /** Signatures of one thread that signs. */
  connectSigned(way: Way): void;
}
