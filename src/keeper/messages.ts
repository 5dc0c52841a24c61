/** What travels between the keeper's threads. Brands die in messages: each thread trusts the port that it was connected with. */
import type { PayloadsToSign, Signature, SigningPayload } from "../chains/adapter.ts";
import type { RequestId } from "../domain/kinds.ts";
import type { Reached } from "../domain/stage.ts";
import type { KeepCall } from "./contract.ts";
import type { Outcome } from "../threads/contract.ts";
import type { Statement } from "../vault/statements.ts";
import type { SignedStatement } from "../vault/strongroom.ts";

/** From the door to the record thread. */
export interface SentKeep extends KeepCall {
  /** `clock()` at the door. */
  readonly sentAt: number;
}

interface Travelling {
  /** Number of the call at the door, by which it is answered. */
  readonly id: number;
  readonly rank: number;
}

/** From the record thread to the keys, after the COMMIT. */
export interface CommittedMessage extends Travelling {
  readonly requestId: RequestId;
  readonly repeated: boolean;
  readonly toSign: PayloadsToSign;
  /** `clock()` at the door. */
  readonly sentAt: number;
  /** `clock()` after the COMMIT. */
  readonly recordedAt: number;
}

/** From the record thread to the vault's thread: what the service says in its own name, as it was committed. */
export interface CommittedStatement extends Travelling {
  readonly statement: Statement;
}

/** From the keys to the verifier. */
export interface SignedMessage extends Omit<CommittedMessage, "toSign"> {
  readonly payloads: readonly SigningPayload[];
  readonly signatures: readonly Signature[];
  readonly signedAt: number;
}

/** From the vault's thread to the verifier. */
export interface SignedStatementMessage extends Travelling, SignedStatement {}

/** The key refused: on its way to the door by way of the verifier. */
export interface RefusedMessage extends Travelling {
  readonly refusal: Outcome<never>;
}

/** What may be signed: on disk, and if it is a decision allowed. */
export type ToSign = CommittedMessage | CommittedStatement;
/** What is to be verified. */
export type ToVerify = SignedMessage | SignedStatementMessage;

/** Made by record.ts alone. */
export type Committed = ToSign & Reached<"committed">;
/** Made by sign.ts alone. */
export type Signed = (ToVerify | RefusedMessage) & Reached<"signed">;

// The members by which a listener tells the messages of the three ways apart.
export interface CommittedBatch {
  readonly committed: readonly ToSign[];
}
export interface SignedBatch {
  readonly signed: readonly (ToVerify | RefusedMessage)[];
}
