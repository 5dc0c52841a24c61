/**
 * What the ledger thread can be asked, as plain data. Every write is one all-or-nothing operation inside the batch's
 * transaction; its reply arrives after the COMMIT, so a reply means "on disk".
 * @module
 */
import type { ProblemMembers } from "../domain/errors.ts";
import type { GuardClaim, GuardJudgement } from "../domain/guard.ts";
import type { LimitClaim } from "../domain/verdict.ts";
import type { CheckpointRow, LeafRow, LogRow } from "../ledger/tables/audit.ts";
import type {
  AnswerRow,
  BindingRow,
  KeyRow,
  NamespaceRow,
  NewPrincipalRow,
  PolicyRow,
  PrincipalRow,
  WalletRow,
  StoredDirectory,
} from "../ledger/tables/directory.ts";
import type { DescriptorRow } from "../ledger/tables/descriptors.ts";
import type { RequestRow } from "../ledger/tables/requests.ts";
import type { EotsOperations } from "./eots.ts";
import type { EotsRestore, EotsRestored } from "./eots-restore.ts";
import type { SlashingOperations } from "./slashing.ts";
import type { SealedKey, SealedSeal, SealedWallet } from "../ledger/sealed-rows.ts";

/** One spending limit of one binding, to be reserved with the decision. */
export interface Reservation extends LimitClaim {
  readonly bindingId: string;
  /** `sha256:…` of the policy that asked for it; goes into the refusal. */
  readonly policy: string;
}

/** What the limits are asked about one request. */
export interface LimitCall {
  readonly reservations: readonly Reservation[];
  /** As in DecodedRequest; without any the reservations count in full. */
  readonly slots?: readonly string[];
}

/** A refusal as it is stored and answered again. */
export interface Problem {
  readonly code: string;
  readonly detail: string;
  readonly members: ProblemMembers;
}

/** The decision step's outcome, ready to be made durable. */
export interface DecisionCall extends LimitCall {
  readonly id: string;
  readonly namespace: string;
  /** The key that signs, or the first of them. */
  readonly keyId: string;
  /** For a request to a wallet: all its keys that sign, the first included. */
  readonly wallet?: { readonly id: string; readonly keyIds: readonly string[] };
  readonly principal: string;
  readonly type: string;
  readonly receivedAt: string;
  readonly idempotencyKey: string | null;
  readonly bodyHash: Uint8Array;
  readonly problem: Problem | null;
  /** The double-sign claim of an allowed request, checked and recorded with it. */
  readonly guard?: GuardClaim;
  /** Hex SHA-256 of each thing that will be signed (the digest itself where the scheme signs one). */
  readonly payloads: readonly string[];
  /** Policy digest, mode, verdict and fuel of each evaluation, for the audit leaf. */
  readonly evaluations: readonly LeafEvaluation[];
  /** Canonical JSON for the receipt. */
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
  readonly descriptors?: readonly string[];
}

export interface LeafEvaluation {
  readonly bindingId: string;
  readonly policy: string;
  readonly mode: string;
  readonly decision: string;
  readonly fuelUsed: string;
  /** Hex SHA-256 of the canonical input. */
  readonly inputHash: string;
}

/** What a dry run asks of the ledger. */
export interface Foresight extends LimitCall {
  readonly guard?: GuardClaim;
}

export interface Foreseen {
  /** The refusal that the request would meet now; null when limits and guard let it pass. */
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
  /** This idempotency key was decided before, for the same body. */
  | { readonly outcome: "known"; readonly request: RequestRow }
  /** This idempotency key was used for another body. */
  | { readonly outcome: "conflict" };

export interface OutcomeCall {
  readonly namespace: string;
  readonly requestId: string;
  /** Hex SHA-256 over all signatures. */
  readonly signatureHash: string;
  /** Canonical JSON of the fields that the answer adds. */
  readonly result: string;
}

/** Who did an administrative act, for its audit leaf. */
export interface Actor {
  readonly namespace: string;
  readonly principal: string;
}

/** Keeps the answer of an administrative POST, so that its Idempotency-Key can be honoured. */
export type StoredAnswer = Omit<AnswerRow, "created_at"> | null;

export interface DeletedKey {
  /** False for a key that was deleted before. */
  readonly changed: boolean;
  /** Another namespace has the same private key, and may go on signing with it. */
  readonly heldElsewhere: boolean;
}

/** The contract of the ledger thread. Methods whose names start with `read` change nothing. */
export interface LedgerThread extends SlashingOperations, EotsOperations {
  decide(call: DecisionCall): DecisionReply;
  /** All of them or none; replies in order. @throws SignerError `request.idempotency_conflict` */
  decideTogether(calls: readonly DecisionCall[]): readonly DecisionReply[];
  outcome(call: OutcomeCall): { readonly result: string };
  initialise(input: { readonly sealed: SealedSeal; readonly namespaces: readonly NamespaceRow[] }): void;
  createAuditLog(input: { readonly log: LogRow }): void;
  createNamespace(input: {
    readonly actor: Actor;
    readonly row: NamespaceRow;
    readonly answer: StoredAnswer;
  }): void;
  createPrincipal(input: {
    readonly actor: Actor;
    readonly row: NewPrincipalRow;
    readonly answer: StoredAnswer;
  }): void;
  /**
   * Null: stays as it is; else JSON arrays. @throws SignerError `auth.forbidden` for one's own, `request.not_found`,
   * `request.conflict` for the last administrator
   */
  updatePrincipal(input: {
    readonly actor: Actor;
    readonly namespace: string;
    readonly id: string;
    readonly roles: string | null;
    readonly groups: string | null;
  }): PrincipalRow;
  /** The token before stops here. @throws SignerError `auth.forbidden`, `request.not_found` */
  rotatePrincipal(input: {
    readonly actor: Actor;
    readonly namespace: string;
    readonly id: string;
    readonly tokenHash: Uint8Array;
    readonly answer: StoredAnswer;
  }): PrincipalRow;
  deletePrincipal(input: { readonly actor: Actor; readonly namespace: string; readonly id: string }): boolean;
  createWallet(input: {
    readonly actor: Actor;
    readonly row: WalletRow;
    readonly sealed: SealedWallet;
    readonly answer: StoredAnswer;
  }): void;
  /**
   * A key that is there already stays as it is. One that was deleted is answered too (`existed`, state `deleted`): seal the
   * secret for its id and ask again with it, and the row comes back (not `existed`).
   * @throws SignerError `request.conflict` where the namespace holds the private key in another place, or where its negative
   * or a twin of another network or chain must not be beside it
   */
  createKey(input: {
    readonly actor: Actor;
    readonly row: KeyRow;
    readonly sealed: SealedKey;
    readonly answer: StoredAnswer;
    /** The caller names the key by its public key: in whatever wallet it is already, it is the one that was meant. */
    readonly whereverItIs?: true;
  }): { readonly row: KeyRow; readonly existed: boolean };
  /** Attributes and derivation become those of `row`, if they are still those of `before`. Answers the row as it is then. */
  amendKey(input: {
    readonly actor: Actor;
    readonly before: KeyRow;
    readonly row: KeyRow;
    /** What the audit log says of it: never all attributes, one of which is an account's extended public key. */
    readonly change: Readonly<Record<string, string>>;
    readonly answer: StoredAnswer;
  }): KeyRow;
  /** A finality provider's key with its floors, all or nothing. @throws SignerError `request.malformed` */
  restoreEotsKey(input: EotsRestore): EotsRestored;
  /** Lets a key sign, or keeps it from it. @throws SignerError `request.conflict` for a deleted key */
  setKeyState(input: {
    readonly actor: Actor;
    readonly id: string;
    readonly state: "active" | "disabled";
    readonly answer: StoredAnswer;
  }): { readonly changed: boolean };
  /**
   * Ends keys of the actor's namespace and wipes their sealed secrets; replies in order. `forEveryone`: a validator's key
   * that no other namespace holds is disabled for duties too, so that it may move.
   */
  deleteKeys(input: {
    readonly actor: Actor;
    readonly ids: readonly string[];
    readonly forEveryone: boolean;
  }): readonly DeletedKey[];
  createPolicy(input: {
    readonly actor: Actor;
    readonly row: PolicyRow;
    readonly module: Uint8Array;
    readonly answer: StoredAnswer;
  }): { readonly existed: boolean };
  createBinding(input: {
    readonly actor: Actor;
    readonly row: BindingRow;
    readonly answer: StoredAnswer;
  }): void;
  /** `version` is the one that the change was made from. @throws SignerError `request.conflict` when it is another */
  updateBinding(input: { readonly actor: Actor; readonly row: BindingRow; readonly version: number }): void;
  deleteBinding(input: { readonly actor: Actor; readonly namespace: string; readonly id: string }): boolean;
  /** @throws SignerError `request.conflict` when the wallet has it already */
  createDescriptor(input: {
    readonly actor: Actor;
    readonly row: DescriptorRow;
    readonly answer: StoredAnswer;
  }): void;
  deleteDescriptor(input: {
    readonly actor: Actor;
    readonly namespace: string;
    readonly id: string;
  }): boolean;
  note(input: { readonly actor: Actor; readonly action: string }): void;
  /** Keeps the answer of a POST that found everything as it asked for. @throws SignerError `request.idempotency_conflict` */
  remember(input: { readonly answer: NonNullable<StoredAnswer> }): void;
  storeCheckpoint(input: CheckpointRow): void;
  readDirectory(): StoredDirectory;
  readSeal(): { readonly initialised: boolean; readonly log: LogRow | null };
  /** What limits and guard would say now, without reserving or recording. @throws SignerError `request.malformed` */
  readForesight(input: Foresight): Foreseen;
  readAnswer(input: { readonly actor: Actor; readonly key: string }): AnswerRow | null;
  readRequest(input: { readonly namespace: string; readonly id: string }): RequestRow | null;
  readRequestByKey(input: { readonly actor: Actor; readonly key: string }): RequestRow | null;
  readRequests(input: {
    readonly namespace: string;
    /** Only this one's requests; null for all. */
    readonly principal: string | null;
    readonly before: string;
    readonly limit: number;
  }): readonly RequestRow[];
  /** By digest alone: the bytes are what the digest says, whoever uploaded them. */
  readModule(input: { readonly digest: string }): Uint8Array | null;
  readLeaves(input: {
    readonly namespace: string | null;
    readonly from: number;
    readonly limit: number;
  }): readonly LeafRow[];
  readHead(): { readonly size: number; readonly root: Uint8Array; readonly checkpoint: CheckpointRow | null };
  readInclusion(input: {
    readonly namespace: string | null;
    readonly sequence: number;
    readonly size: number;
  }): { readonly leafHash: Uint8Array; readonly proof: readonly Uint8Array[] } | null;
  readConsistency(input: { readonly from: number; readonly to: number }): readonly Uint8Array[] | null;
}

/** The methods that only read. */
export type ReadName = Extract<keyof LedgerThread, `read${string}`>;
/** The one argument of a method, and its reply. */
export type Input<Name extends keyof LedgerThread> = Parameters<LedgerThread[Name]>[0];
export type Reply<Name extends keyof LedgerThread> = ReturnType<LedgerThread[Name]>;
