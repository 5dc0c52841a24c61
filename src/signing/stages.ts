/**
 * Proof of how far a request has come: in types, and as a mark that only the step's own file can set and the next step asks for
 * (domain/stage.ts). test/signing/stages.types.ts does not compile where a step could be skipped.
 * @module
 */
import type { Principal } from "../access/principals.ts";
import type { DecodedRequest, Signature, SignedFields, SignRequest } from "../chains/adapter.ts";
import type { SignerError } from "../domain/errors.ts";
import type { Chain, KeyRecord } from "../domain/keys.ts";
import type { Urgency } from "../domain/urgency.ts";
import type { Binding } from "../domain/policies.ts";
import type { EvaluationResult } from "../policy/sandbox.ts";
import type { Reached, Unmarked } from "../domain/stage.ts";
import type { StepSeconds } from "../keeper/contract.ts";
import type { Reservation } from "../record/decision.ts";
import type { Departure } from "./departures.ts";
import type { Address, BodyHash, KeyId, RequestId, WalletId } from "../domain/kinds.ts";

/** How a request to a wallet names the one key that signs it. */
export type KeyName = { readonly keyId: KeyId } | { readonly address: Address };

/** Who is asked to sign: a key; or a wallet: its transaction's inputs, or `named`, say which of its keys sign. */
export type Asked =
  { readonly keyId: KeyId } | { readonly walletId: WalletId; readonly named: KeyName | null };

/** What a door hands in: who asks whom to sign what. */
export interface Submission {
  readonly requestId: RequestId;
  readonly principal: Principal;
  readonly asked: Asked;
  readonly request: SignRequest;
  readonly receivedAt: Date;
  /** SHA-256 over who is asked and body: what an Idempotency-Key stands for. */
  readonly bodyHash: BodyHash;
  readonly idempotencyKey: string | null;
  /** Of the answer that its signature leaves with; a batch has one for all. A simulation enters nothing into its own. */
  readonly departure: Departure;
  /** How urgent the request is; absent is `request`. */
  readonly urgency?: Urgency;
}

/** The caller may use this key, or the keys of this wallet that its transaction turns out to need. */
export type Authorized = Submission & {
  readonly uses: { readonly key: KeyRecord } | { readonly walletId: WalletId; readonly chain: Chain };
} & Reached<"authorized">;

/** The caller may have this evaluated. What comes of it is never signed: no step of signing takes it. */
export type AuthorizedToEvaluate = Unmarked<Authorized> & Reached<"authorized to be evaluated">;

/** The bytes are understood, and what will be signed with which keys is known. All of these keys are active. */
export type Decoded = Submission & {
  /** All keys that sign, each once, in the order of the first thing that each signs. */
  readonly keys: SigningKeys;
  readonly decoded: DecodedRequest;
  /** Canonical JSON of the intent, which policies, receipts and people read: at most 184 KiB. */
  readonly intentText: string;
  /** Canonical JSON of `keys` as policies read them; of several keys at most 184 KiB together with the intent. */
  readonly keysText: string;
} & Reached<"decoded">;

/** As `Decoded`, of what is evaluated and not signed. */
export type DecodedToEvaluate = Unmarked<Decoded> & Reached<"decoded to be evaluated">;

export type SigningKeys = readonly [KeyRecord, ...KeyRecord[]];

/** One binding's verdict on one request. */
export interface EvaluationRecord {
  readonly binding: Binding;
  /** Canonical JSON: exactly the bytes that the guest read. */
  readonly input: string;
  readonly result: EvaluationResult;
}

/** What the policies said: every enforcing one allows, or one of them, or the lack of one, refuses. */
export interface Allowing {
  readonly evaluations: readonly EvaluationRecord[];
  readonly reservations: readonly Reservation[];
}
export interface Refusing {
  readonly evaluations: readonly EvaluationRecord[];
  readonly refusal: SignerError;
}

export type Permitted = Unmarked<Decoded> & Allowing & Reached<"permitted">;
export type Denied = Unmarked<Decoded> & Refusing & Reached<"denied">;

/** What `sign` would come to. It cannot be kept, whatever the policies said. */
export type Evaluated = Unmarked<Decoded> & (Allowing | Refusing) & Reached<"evaluated">;

/** Decision, limits and audit leaf are on disk, and the keeper has signed and verified what it allowed. */
export type Signed = Unmarked<Decoded> & {
  /** The request's own id, or that of the earlier request with this Idempotency-Key. */
  readonly recordedId: RequestId;
  /** What is signed was recorded before: by a guard that knows this very message, or under this Idempotency-Key. */
  readonly repeated: boolean;
  readonly signatures: readonly Signature[];
  readonly seconds: StepSeconds;
} & Reached<"signed">;

/** What the door sends back. */
export interface Answer {
  readonly requestId: RequestId;
  /** Null where a key was asked. */
  readonly walletId: WalletId | null;
  /** All that signed, as in `Decoded.keys`. */
  readonly keyIds: readonly [KeyId, ...KeyId[]];
  readonly fields: SignedFields;
}

/**
 * The keeper may find that this very request was answered before, or that what it was judged under has changed meanwhile
 * (`stale`: nothing is recorded).
 */
export type KeepResult =
  | { readonly state: "stale" }
  | { readonly state: "signed"; readonly signed: Signed }
  | { readonly state: "answered"; readonly answer: Answer };

export interface Steps {
  /**
   * @throws SignerError `auth.missing`, `auth.forbidden`, `wallet.not_found`, `key.not_found`, `key.disabled`, `key.frozen`,
   *   `guard.disabled`, `request.malformed` for a wallet's request that does not name its key; `service.sealed` before
   *   anything is recorded
   */
  authorize(submission: Submission): Authorized;
  /**
   * @throws SignerError `transaction.invalid`, `transaction.refused`, `transaction.too_large`, `request.malformed`,
   *   `auth.forbidden` for a request that needs a group of its caller; for a wallet's transaction also `key.disabled`,
   *   `key.frozen`, `wallet.key_missing`
   */
  decode(request: Authorized): Promise<Decoded>;
  /** @throws SignerError `service.overloaded`; a refusal by policy is a value, since it must be recorded first */
  evaluate(request: Decoded): Promise<Permitted | Denied>;
  /**
   * Makes the decision durable, then signs what it allows and verifies the signatures.
   * @throws SignerError the refusal, once it is durable; `service.overloaded`, and what the keeper's door says
   */
  keep(request: Permitted | Denied): Promise<KeepResult>;
  respond(request: Signed): Promise<Answer>;
}

/** The same steps as far as the verdict, for what is evaluated and not signed. There is none that keeps. */
export interface EvaluateSteps {
  /** @throws SignerError as `Steps.authorize`, but for `service.sealed` */
  authorize(submission: Submission): AuthorizedToEvaluate;
  /** @throws SignerError as `Steps.decode` */
  decode(request: AuthorizedToEvaluate): Promise<DecodedToEvaluate>;
  /** @throws SignerError `service.overloaded` */
  evaluate(request: DecodedToEvaluate): Promise<Evaluated>;
}
