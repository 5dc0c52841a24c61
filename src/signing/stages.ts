/**
 * Proof, in types, of how far a request has come. Each stage is made by one step only, and the vault is called with
 * nothing less than `Recorded`; test/signing/stages.types.ts does not compile otherwise.
 * @module
 */
import type { Principal } from "../access/principals.ts";
import type { DecodedRequest, Signature, SignedFields, SignRequest } from "../chains/adapter.ts";
import type { SignerError } from "../domain/errors.ts";
import type { KeyRecord } from "../domain/keys.ts";
import type { Urgency } from "../domain/urgency.ts";
import type { EvaluationRecord } from "./evaluation.ts";
import type { Reservation } from "./record/operations.ts";

declare const stage: unique symbol;
type Stage<Name extends string> = { readonly [stage]: Name };

/** What a door hands in: who asks to sign what with which key. */
export interface Submission {
  readonly requestId: string;
  readonly principal: Principal;
  readonly keyId: string;
  readonly request: SignRequest;
  readonly receivedAt: Date;
  /** SHA-256 over key id and body, 32 bytes: what an Idempotency-Key stands for. */
  readonly bodyHash: Uint8Array;
  readonly idempotencyKey: string | null;
  /** What it goes before in queues; absent is `request`. */
  readonly urgency?: Urgency;
}

/** The caller may use this key. */
export type Authorized = Submission & { readonly key: KeyRecord } & Stage<"authorized">;

/** The bytes are understood, and what will be signed is known. */
export type Decoded = Omit<Authorized, typeof stage> & {
  readonly decoded: DecodedRequest;
  /** Canonical JSON of the intent, which policies, receipts and people read: at most 184 KiB. */
  readonly intentText: string;
} & Stage<"decoded">;

/** Every enforcing policy said allow. */
export type Permitted = Omit<Decoded, typeof stage> & {
  readonly evaluations: readonly EvaluationRecord[];
  readonly reservations: readonly Reservation[];
} & Stage<"permitted">;

/** A policy, or the lack of one, refused. */
export type Denied = Omit<Decoded, typeof stage> & {
  readonly evaluations: readonly EvaluationRecord[];
  readonly refusal: SignerError;
} & Stage<"denied">;

/** Decision, limits and audit leaf are on disk. The vault accepts nothing less. */
export type Recorded = Omit<Decoded, typeof stage> & {
  /** The request's own id, or that of the earlier request with this Idempotency-Key. */
  readonly recordedId: string;
  /** What is signed was recorded before: by a guard that knows this very message, or under this Idempotency-Key. */
  readonly repeated: boolean;
} & Stage<"recorded">;

export type Signed = Omit<Recorded, typeof stage> & {
  readonly signatures: readonly Signature[];
} & Stage<"signed">;

/** Our own check of every signature against the stored public key has passed. */
export type Verified = Omit<Signed, typeof stage> & Stage<"verified">;

/** What the door sends back. */
export interface Answer {
  readonly requestId: string;
  readonly keyId: string;
  readonly fields: SignedFields;
}

/**
 * Record may find that this very request was answered before, or that what it was judged under has changed meanwhile
 * (`stale`: nothing is recorded).
 */
export type RecordResult =
  | { readonly state: "stale" }
  | { readonly state: "recorded"; readonly recorded: Recorded }
  | { readonly state: "answered"; readonly answer: Answer };

export interface Steps {
  /** @throws SignerError `auth.missing`, `auth.forbidden`, `key.not_found`, `key.disabled`, `guard.disabled` */
  authorize(submission: Submission): Authorized;
  /** @throws SignerError `transaction.invalid`, `transaction.refused`, `transaction.too_large`, `request.malformed` */
  decode(request: Authorized): Promise<Decoded>;
  /** @throws SignerError `service.overloaded`; a refusal by policy is a value, since it must be recorded first */
  evaluate(request: Decoded): Promise<Permitted | Denied>;
  /** Makes the decision durable. @throws SignerError the refusal, once it is durable; `service.overloaded` */
  record(request: Permitted | Denied): Promise<RecordResult>;
  /** @throws SignerError `service.sealed`, `service.overloaded` */
  sign(request: Recorded): Promise<Signed>;
  /** @throws SignerError `service.signature_invalid` */
  verify(request: Signed): Promise<Verified>;
  respond(request: Verified): Promise<Answer>;
}

/** Marks a value as having reached a stage. Only the step that earns the stage calls this. */
export function reach<Reached>(value: Omit<Reached, typeof stage>): Reached {
  return value as Reached;
}
