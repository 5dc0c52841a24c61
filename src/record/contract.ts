/**
 * The contract of the ledger thread: everything that it can be asked. Every write is all or nothing, inside the transaction of
 * its batch. A reply arrives after the COMMIT, so it means "on disk".
 * @module
 */
import type { Actor } from "../access/actors.ts";
import type { PrincipalRecord } from "../access/principals.ts";
import type { Permission as AccessPermission, Role } from "../access/roles.ts";
import type { AuditLeaf, AuditLog, ClockStep, StoredCheckpoint } from "../domain/audit-log.ts";
import type { FreezeOrder, OrderedFreeze } from "../domain/freezes.ts";
import type { GuardedKey, GuardedChain } from "../domain/guard.ts";
import type { Chain, KeyRecord } from "../domain/keys.ts";
import type { Binding, Policy } from "../domain/policies.ts";
import type { KeptAnswer, RecordedRequest } from "../domain/requests.ts";
import type { Namespace, RegisteredDescriptor, Wallet } from "../domain/wallets.ts";
import type { StagedDocument } from "../guard/eip3076/import.ts";
import type { ImportedKey, MergeOptions } from "../guard/eip3076/merge.ts";
import type { PruneOptions, PruneStep } from "../guard/eip3076/prune.ts";
import type { Installation } from "../ledger/tables/directory.ts";
import type { EotsPlace } from "../domain/eots.ts";
import type { EotsRecord } from "../ledger/tables/eots.ts";
import type { SlashingCounts } from "../ledger/tables/slashing.ts";
import type { SealedKey, SealedSeal, SealedWallet } from "../domain/sealed.ts";
import type { EotsHistoryCalls } from "./eots-contract.ts";
import type { SlashingImportCalls } from "./import-contract.ts";
import type { DecisionCall, DecisionReply, Foreseen, Foresight, OutcomeCall } from "./decision.ts";
import type { Bounds, EotsKeyState, EotsRestored, SlashingSettings, StatedFloor } from "./guard-state.ts";
import type {
  BindingId,
  DescriptorId,
  FreezeId,
  GenesisValidatorsRoot,
  KeyId,
  NamespaceName,
  PolicyDigest,
  PrincipalId,
  RequestId,
  TokenHash,
  ValidatorPublicKey,
  XOnlyKey,
} from "../domain/kinds.ts";

export type { Actor } from "../access/actors.ts";

/** Keeps the answer of an administrative POST, so that its Idempotency-Key can be honoured. */
export type StoredAnswer = Omit<KeptAnswer, "createdAt" | "brought"> | null;

/** Whose answer it is, and to which request. */
export type AnswerKey = Pick<KeptAnswer, "namespace" | "principal" | "idempotencyKey" | "requestHash">;

/** What an empty directory becomes, all of it or nothing. */
export interface FirstRows {
  readonly actor: Actor;
  readonly sealed: SealedSeal;
  readonly namespaces: readonly Namespace[];
  readonly audit: {
    readonly wallet: Wallet;
    readonly sealedWallet: SealedWallet;
    readonly key: KeyRecord;
    readonly sealedKey: SealedKey;
    readonly log: AuditLog;
  };
  readonly administrator: PrincipalRecord;
}

export interface DeletedKey {
  /** False for a key that was deleted before. */
  readonly changed: boolean;
  /** Another namespace has the same private key, and may go on signing with it. */
  readonly heldElsewhere: boolean;
}

/** A document that is staged, and the chain that it must be of. */
export type StagedHistory = StagedDocument & Pick<MergeOptions, "expectedRoot" | "namedBy">;

export interface EotsRestore {
  readonly actor: Actor;
  /** Its public key has 33 bytes, compressed. */
  readonly key: KeyRecord;
  readonly sealed: SealedKey;
  readonly floors: readonly StatedFloor[];
}

/** The contract of the ledger thread. Methods whose names start with `read` change nothing. */
export interface LedgerThread extends SlashingImportCalls, EotsHistoryCalls {
  // Decisions.
  decide(call: DecisionCall): DecisionReply;
  /** All of them or none; replies in order. @throws SignerError `request.idempotency_conflict` */
  decideTogether(calls: readonly DecisionCall[]): readonly DecisionReply[];
  /** Keeps what a decision came to, once, and its line in the audit log; replies with what is stored, whoever came first. */
  recordOutcome(call: OutcomeCall): { readonly result: string };

  // Acts. Those with an `answer` refuse an Idempotency-Key that is used already: `request.idempotency_conflict`.
  /** The seal of an empty directory, its namespaces, its audit log with wallet and key, and its administrator. */
  initialise(input: FirstRows): void;
  createAuditLog(input: { readonly log: AuditLog }): void;
  createNamespace(input: {
    readonly actor: Actor;
    readonly created: Namespace;
    readonly answer: StoredAnswer;
  }): void;
  createPrincipal(input: {
    readonly actor: Actor;
    readonly created: PrincipalRecord;
    readonly answer: StoredAnswer;
  }): void;
  /**
   * Null: stays as it is. @throws SignerError `auth.forbidden` for one's own, `request.not_found`,
   * `request.conflict` for the last administrator
   */
  updatePrincipal(input: {
    readonly actor: Actor;
    readonly namespace: NamespaceName;
    readonly id: PrincipalId;
    readonly roles: readonly Role[] | null;
    readonly groups: readonly string[] | null;
  }): PrincipalRecord;
  /** The earlier token is refused from then on. @throws SignerError `auth.forbidden`, `request.not_found` */
  rotatePrincipal(input: {
    readonly actor: Actor;
    readonly namespace: NamespaceName;
    readonly id: PrincipalId;
    readonly tokenHash: TokenHash;
    readonly answer: StoredAnswer;
  }): PrincipalRecord;
  deletePrincipal(input: {
    readonly actor: Actor;
    readonly namespace: NamespaceName;
    readonly id: PrincipalId;
  }): boolean;
  createWallet(input: {
    readonly actor: Actor;
    readonly wallet: Wallet;
    readonly sealed: SealedWallet;
    readonly answer: StoredAnswer;
  }): void;
  /**
   * What a request for a key comes to: it is made, it comes back, it learns something (another network, a scheme, a guardian), or
   * it is as it was asked for. Null where the key that is the same is not any more as it was `found`: nothing was done; read it
   * again, seal for its id, and call again.
   * @throws SignerError `request.conflict` where the namespace holds the private key in another place, or where its negative
   * or a twin of another network or chain must not be beside it
   */
  createKey(input: {
    readonly actor: Actor;
    /** As the request would make it. */
    readonly key: KeyRecord;
    /** As `readSameKey` answered: what the answer was worded for. */
    readonly found: KeyRecord | null;
    /** For the id of `found`, or of `key` where that is null; not needed where `found` is live. */
    readonly sealed: SealedKey | null;
    readonly answer: StoredAnswer;
  }): { readonly key: KeyRecord; readonly existed: boolean } | null;
  /**
   * A validator's key with what a staged document says of it (null: none came), active for duties; all or nothing. `existed`:
   * somebody brought it meanwhile. @throws SignerError `key.disabled`, `guard.genesis_root`, `request.conflict`
   */
  importValidatorKey(input: {
    readonly actor: Actor;
    readonly key: KeyRecord;
    readonly sealed: SealedKey;
    readonly history: StagedHistory | null;
  }): { readonly key: KeyRecord; readonly existed: boolean };
  /** A validator's key that was disabled, or frozen, signs again. @throws SignerError `key.not_found`, `request.conflict` */
  restartValidatorKey(input: { readonly actor: Actor; readonly id: KeyId }): void;
  /** A finality provider's key with its floors, all or nothing. @throws SignerError `request.malformed` */
  restoreEotsKey(input: EotsRestore): EotsRestored;
  /** Makes a key active or disabled. @throws SignerError `request.conflict` for a deleted key */
  setKeyState(input: {
    readonly actor: Actor;
    readonly id: KeyId;
    readonly state: "active" | "disabled";
    readonly answer: StoredAnswer;
  }): { readonly changed: boolean };
  /**
   * Ends keys of the actor's namespace and wipes their sealed secrets; replies in order. `forEveryone`: a validator's key
   * that no other namespace holds is disabled for duties too, so that it may move.
   */
  deleteKeys(input: {
    readonly actor: Actor;
    readonly ids: readonly KeyId[];
    readonly forEveryone: boolean;
  }): readonly DeletedKey[];
  /** What the actor has ordered for this scope already, or the new one. An answer for another one is not kept. */
  createFreeze(input: FreezeOrder & { readonly actor: Actor; readonly answer: StoredAnswer }): OrderedFreeze;
  /** False where none of this id is in force, or another namespace ordered it. */
  liftFreeze(input: { readonly actor: Actor; readonly id: FreezeId }): boolean;
  /** The policy as it is stored. An answer for another one is not kept: word it for that one, and call again. */
  createPolicy(input: {
    readonly actor: Actor;
    readonly policy: Policy;
    readonly module: Uint8Array;
    readonly answer: StoredAnswer;
  }): { readonly stored: Policy };
  createBinding(input: {
    readonly actor: Actor;
    readonly binding: Binding;
    readonly answer: StoredAnswer;
  }): void;
  /** `version` is the one that the change was made from. @throws SignerError `request.conflict` when it is another */
  updateBinding(input: { readonly actor: Actor; readonly binding: Binding; readonly version: number }): void;
  deleteBinding(input: {
    readonly actor: Actor;
    readonly namespace: NamespaceName;
    readonly id: BindingId;
  }): boolean;
  /** @throws SignerError `request.conflict` when the wallet has it already */
  createDescriptor(input: {
    readonly actor: Actor;
    readonly descriptor: RegisteredDescriptor;
    readonly answer: StoredAnswer;
  }): void;
  deleteDescriptor(input: {
    readonly actor: Actor;
    readonly namespace: NamespaceName;
    readonly id: DescriptorId;
  }): boolean;
  /** The audit leaf of an act that changes no row, such as sealing. */
  noteAct(input: { readonly actor: Actor; readonly action: string }): void;
  /**
   * `stated`: what time it is, RFC 3339 in UTC with milliseconds. Null where that is not before the log's newest entry, and
   * nothing was written. @throws SignerError `request.conflict` where the clock says another time
   */
  acceptClock(input: { readonly actor: Actor; readonly stated: string }): ClockStep | null;
  /**
   * Nothing for a new Idempotency-Key, whose act comes next. @throws AnsweredBefore for a repeat by a caller who still has the
   * right, SignerError `request.idempotency_conflict` where the key was used with another body
   */
  answerRepeat(input: {
    readonly actor: Actor;
    readonly permission: AccessPermission;
    readonly request: AnswerKey;
  }): void;
  storeCheckpoint(input: StoredCheckpoint): void;

  // The guard of validators. Public keys have 48 bytes, roots 32; null is every key there is.
  /**
   * The configuration ties the data directory to a chain, and to what a custom network is (JSON; null for the known ones).
   * @throws SignerError `guard.genesis_root` when it belongs to another
   */
  pinSlashingChain(input: {
    readonly actor: Actor;
    readonly genesisValidatorsRoot: GenesisValidatorsRoot;
    readonly network: string | null;
  }): void;
  configureSlashing(input: { readonly actor: Actor; readonly settings: SlashingSettings }): void;
  /**
   * Null: every key, those that never signed included. A key without history gets a row, so that it is refused from now
   * on; the keys changed.
   */
  setSlashingEnabled(input: {
    readonly actor: Actor;
    readonly publicKeys: readonly ValidatorPublicKey[] | null;
    readonly enabled: boolean;
  }): { readonly keys: number };
  /**
   * A small import in one transaction. Null for a large one: its keys are marked, and `advanceSlashingImport` goes on.
   * @throws SignerError `guard.genesis_root`, `request.conflict`, `auth.forbidden` where it would be the first to name the chain,
   * or adds to more than the caller reaches by now
   */
  mergeSlashingImport(input: {
    readonly actor: Actor;
    readonly number: number;
    readonly options: MergeOptions;
  }): readonly ImportedKey[] | null;
  /** One small step of pruning; `from` is 0n, then the step before's `next`. */
  pruneSlashingHistory(input: { readonly from: bigint; readonly options: PruneOptions }): PruneStep;
  /** Raises low watermarks; a key without history gets a row, and stays one without history. The keys changed. */
  raiseSlashingFloors(input: {
    readonly actor: Actor;
    readonly publicKeys: readonly ValidatorPublicKey[] | null;
    readonly slot: bigint | null;
    readonly epoch: bigint | null;
  }): { readonly keys: number };
  /**
   * Bounds of keys, or with null of the whole directory, keys to come included. The keys that it is new for.
   * @throws SignerError `auth.forbidden` where it would loosen one and the caller may not
   */
  setSlashingBounds(input: {
    readonly actor: Actor;
    readonly publicKeys: readonly ValidatorPublicKey[] | null;
    readonly bounds: Bounds;
  }): { readonly keys: number };

  // The guard of finality providers. Public keys have 32 bytes (x-only).
  /** The floor afterwards. @throws SignerError `request.conflict` when it is higher already, `request.malformed` */
  setEotsFloor(input: { readonly actor: Actor } & EotsPlace): { readonly floor: bigint };
  /** Keys that sign nothing new without a floor, from now on and for ever; the keys changed. */
  requireEotsFloor(input: { readonly actor: Actor; readonly publicKeys: readonly XOnlyKey[] }): {
    readonly keys: number;
  };
  /** Null: every key that the guard knows; the keys changed. */
  setEotsEnabled(input: {
    readonly actor: Actor;
    readonly publicKeys: readonly XOnlyKey[] | null;
    readonly enabled: boolean;
  }): { readonly keys: number };
  /**
   * Notes that the history of these keys is written, and with `disable` keeps them from signing first. Null: every key that the
   * guard or a namespace has. The keys that were disabled.
   */
  noteEotsExport(input: {
    readonly actor: Actor;
    readonly publicKeys: readonly XOnlyKey[] | null;
    readonly disable: boolean;
  }): { readonly disabled: number };

  // Reads.
  readDirectory(): Installation;
  /** Live ones of all namespaces. */
  readPrincipals(): readonly PrincipalRecord[];
  /** Deleted ones too. */
  readKeys(input: { readonly namespace: NamespaceName; readonly chain: Chain }): readonly KeyRecord[];
  readSeal(): { readonly initialised: boolean; readonly log: AuditLog | null };
  /** What limits and guard would say now, without reserving or recording. @throws SignerError `request.malformed` */
  readForesight(input: Foresight): Foreseen;
  /** The key of its namespace that is the same private key at the same address already. */
  readSameKey(input: { readonly key: KeyRecord }): KeyRecord | null;
  readRequest(input: { readonly namespace: NamespaceName; readonly id: RequestId }): RecordedRequest | null;
  readRequestByKey(input: {
    readonly actor: Pick<Actor, "namespace" | "principal">;
    readonly key: string;
  }): RecordedRequest | null;
  readRequests(input: {
    readonly namespace: NamespaceName;
    /** Only this one's requests; null for all. */
    readonly principal: PrincipalId | null;
    readonly before: RequestId;
    readonly limit: number;
  }): readonly RecordedRequest[];
  /** By digest alone: the bytes are what the digest says, whoever uploaded them. */
  readModule(input: { readonly digest: PolicyDigest }): Uint8Array | null;
  readLeaves(input: {
    readonly namespace: NamespaceName | null;
    readonly from: number;
    readonly limit: number;
  }): readonly AuditLeaf[];
  readHead(): {
    readonly size: number;
    readonly root: Uint8Array;
    readonly checkpoint: StoredCheckpoint | null;
  };
  readInclusion(input: {
    readonly namespace: NamespaceName | null;
    readonly sequence: number;
    readonly size: number;
  }): { readonly leafHash: Uint8Array; readonly proof: readonly Uint8Array[] } | null;
  readConsistency(input: { readonly from: number; readonly to: number }): readonly Uint8Array[] | null;
  readSlashingChain(): GuardedChain;
  /** Keys in the order asked for; all of them for null. */
  readSlashingKeys(input: {
    readonly publicKeys: readonly ValidatorPublicKey[] | null;
  }): readonly (GuardedKey | null)[];
  /** Keys with a row, above the public key `after`, ascending. */
  readSlashingPage(input: {
    readonly after: ValidatorPublicKey;
    readonly limit: number;
  }): readonly GuardedKey[];
  readSlashingCounts(): SlashingCounts;
  /** An interchange document as text: for the keys of one call, not for a whole history. */
  readSlashingExport(input: {
    readonly publicKeys: readonly ValidatorPublicKey[] | null;
    readonly minimal: boolean;
  }): string;
  /** Up to `limit` records by key, chain and height, of one key or of all; `after` is the last one of the page before. */
  readEotsRecords(input: {
    readonly publicKey: XOnlyKey | null;
    readonly after: EotsPlace | null;
    readonly limit: number;
  }): readonly EotsRecord[];
  /** Keys that the guard knows, ascending; one or all. */
  readEotsKeys(input: {
    readonly publicKey: XOnlyKey | null;
    readonly count: boolean;
  }): readonly EotsKeyState[];
}

/** The methods that only read. */
export type ReadName = Extract<keyof LedgerThread, `read${string}`>;
/** The one argument of a method, and its reply. */
export type Input<Name extends keyof LedgerThread> = Parameters<LedgerThread[Name]>[0];
export type Reply<Name extends keyof LedgerThread> = ReturnType<LedgerThread[Name]>;
