/** What acts are judged on. An act names its questions; a store answers them as things are in the act's transaction. */
import type { PrincipalRecord } from "../../access/principals.ts";
import type { EotsTrack } from "../../domain/eots.ts";
import type { Freeze } from "../../domain/freezes.ts";
import type { StagedEots } from "../../guard/eots/merge.ts";
import type { GuardedChain, ValidatorHistory, Watermarks } from "../../domain/guard.ts";
import type { Chain, KeyRecord } from "../../domain/keys.ts";
import type {
  BindingId,
  DescriptorId,
  FreezeId,
  KeyId,
  NamespaceName,
  PolicyDigest,
  PrincipalId,
  PublicKey,
  ValidatorPublicKey,
  WalletId,
  XOnlyKey,
} from "../../domain/kinds.ts";
import type { Binding, Policy, Scope } from "../../domain/policies.ts";
import type { KeptAnswer } from "../../domain/requests.ts";
import type { StagedImport } from "../../guard/eip3076/merge.ts";
import type { Namespace, RegisteredDescriptor } from "../../domain/wallets.ts";

/** A key with what hangs on its public key. */
export interface OwnKey {
  readonly key: KeyRecord;
  /** Another namespace has a key of the same chain with this public key, and has not deleted it. */
  readonly isHeldElsewhere: boolean;
  /** The public key's row in the guard of validators; null for keys of other chains, too. */
  readonly validator: ValidatorHistory | null;
}

/** A public key and its row in the guard of validators. */
export interface ValidatorFact {
  readonly publicKey: ValidatorPublicKey;
  readonly row: ValidatorHistory | null;
}

/** What raising the watermarks of a public key to a floor needs. */
export interface FloorFact extends ValidatorFact {
  /**
   * The latest source among its votes for targets below what its target watermark would be; null where there is none, or where
   * the floor raises none of its watermarks.
   */
  readonly latestSource: bigint | null;
}

/** The highest slot, source and target that a public key has on record, each by itself. */
export interface HighestFact {
  readonly publicKey: ValidatorPublicKey;
  readonly id: bigint;
  readonly highest: Watermarks;
}

/** What was set for a finality provider's public key; both false where nothing was. */
export interface EotsKeyFact {
  readonly publicKey: XOnlyKey;
  readonly requiresFloor: boolean;
  readonly frozen: boolean;
}

/** Each kind of fact: where it is asked, and what it is. Null: there is none, or none that was not deleted. */
export interface FactKinds {
  namespace: { at: { readonly name: NamespaceName }; is: Namespace | null };
  principal: {
    at: { readonly namespace: NamespaceName; readonly id: PrincipalId };
    is: PrincipalRecord | null;
  };
  /** Those with the role NamespaceAdmin. */
  administrators: { at: { readonly namespace: NamespaceName }; is: readonly PrincipalId[] };
  policy: { at: { readonly namespace: NamespaceName; readonly digest: PolicyDigest }; is: Policy | null };
  binding: { at: { readonly namespace: NamespaceName; readonly id: BindingId }; is: Binding | null };
  /** How many bindings a scope has. */
  bindingCount: { at: { readonly namespace: NamespaceName; readonly scope: Scope }; is: number };
  /** Whether the namespace has what the scope names; a deleted key too. */
  scopeExists: { at: { readonly namespace: NamespaceName; readonly scope: Scope }; is: boolean };
  /** Live descriptors of a wallet. */
  descriptorCount: { at: { readonly walletId: WalletId }; is: number };
  /** Whether a wallet has the descriptor already on a network. */
  isRegistered: { at: Pick<RegisteredDescriptor, "walletId" | "network" | "descriptor">; is: boolean };
  descriptor: {
    at: { readonly namespace: NamespaceName; readonly id: DescriptorId };
    is: RegisteredDescriptor | null;
  };
  key: { at: { readonly namespace: NamespaceName; readonly id: KeyId }; is: KeyRecord | null };
  /** Of the ids those that the namespace has a key of, deleted ones too; each once. */
  ownKeys: {
    at: { readonly namespace: NamespaceName; readonly ids: readonly KeyId[] };
    is: readonly OwnKey[];
  };
  /** The namespace's keys of the chain with this public key, under whatever address; deleted ones too. */
  keysByPublicKey: { at: Pick<KeyRecord, "namespace" | "chain" | "publicKey">; is: readonly KeyRecord[] };
  /** The namespace's live keys of other chains whose secp256k1 public key has this x coordinate. */
  keysOfPoint: { at: Pick<KeyRecord, "namespace" | "chain" | "publicKey">; is: readonly KeyRecord[] };
  /** The namespace's other live keys of the chain with this address, under whatever public key. */
  liveKeysAt: { at: Pick<KeyRecord, "id" | "namespace" | "chain" | "address">; is: readonly KeyRecord[] };
  /** Of each public key, in their order: whether another namespace has a live key of the chain with it. */
  areHeldElsewhere: {
    at: {
      readonly namespace: NamespaceName;
      readonly chain: Chain;
      readonly publicKeys: readonly PublicKey[];
    };
    is: readonly boolean[];
  };
  /** Of each public key, in their order: whether a namespace has an active key of the chain with it. Null: none ever had one. */
  areActive: {
    at: { readonly chain: Chain; readonly publicKeys: readonly PublicKey[] };
    is: readonly (boolean | null)[];
  };
  /** In the order asked for. Null: every key, those with a row first, each by public key. */
  validators: {
    at: { readonly publicKeys: readonly ValidatorPublicKey[] | null };
    is: readonly ValidatorFact[];
  };
  /** As `validators`. */
  floors: {
    at: {
      readonly publicKeys: readonly ValidatorPublicKey[] | null;
      readonly slot: bigint | null;
      readonly epoch: bigint | null;
    };
    is: readonly FloorFact[];
  };
  /** Of every validator with a row. */
  highestSigned: { at: object; is: readonly HighestFact[] };
  /** Validators, those that never signed included. */
  validatorCount: { at: object; is: number };
  guardedChain: { at: object; is: GuardedChain };
  /** In the order asked for; those that the guard knows ascending, and then others that a namespace has, deleted ones too. */
  eotsKeys: {
    at: { readonly publicKeys: readonly XOnlyKey[] | "known" | "known or held" };
    is: readonly EotsKeyFact[];
  };
  /** What is staged under this number; null where another import has begun. */
  stagedEots: {
    at: { readonly number: number };
    is: StagedEots | null;
  };
  /** Tracks after `after` with how many of their records can go, until these are `rowsMax` or the tracks are many. */
  superfluousEots: {
    at: { readonly after: EotsTrack | null; readonly rowsMax: number };
    is: {
      readonly tracks: readonly (EotsTrack & { readonly records: number })[];
      /** No track comes after these. */
      readonly isLast: boolean;
    };
  };
  /** What the import of this number has staged; null when another one has begun. */
  stagedImport: { at: { readonly number: number }; is: StagedImport | null };
  /** Whether a large import is merged in pieces, and has not ended. */
  isImportMerging: { at: object; is: boolean };
  /** In the order asked for; null: none. */
  eotsFloors: { at: { readonly tracks: readonly EotsTrack[] }; is: readonly (bigint | null)[] };
  /** The clock, and the time of the log's newest entry; that is null for an empty log. Both RFC 3339 in UTC. */
  times: { at: object; is: { readonly clock: string; readonly newest: string | null } };
  /** Whether the directory was set up. */
  isSealed: { at: object; is: boolean };
  /** One in force. */
  freeze: { at: { readonly id: FreezeId }; is: Freeze | null };
  /** When one that was lifted was lifted. */
  liftedFreeze: { at: { readonly id: FreezeId }; is: { readonly at: string } | null };
  /** What a principal has ordered for exactly this scope, and nobody has lifted. */
  orderedFreeze: { at: Pick<Freeze, "scope" | "orderedBy">; is: Freeze | null };
  /** The answer that is kept for an Idempotency-Key. */
  answer: {
    at: { readonly namespace: NamespaceName; readonly principal: PrincipalId; readonly key: string };
    is: KeptAnswer | null;
  };
}

/** Facts about keys, of every chain. */
export type KeyFact =
  "key" | "ownKeys" | "keysByPublicKey" | "keysOfPoint" | "liveKeysAt" | "areHeldElsewhere" | "areActive";

export type FactName = keyof FactKinds;
export type Question<Name extends FactName = FactName> = {
  [Kind in Name]: { readonly fact: Kind; readonly at: FactKinds[Kind]["at"] };
}[Name];

/** Questions under the names that the judge calls their answers by. Null: not asked of this input, and so is its fact. */
export type Questions = Readonly<Record<string, Question | null>>;
type FactOf<Asked> = Asked extends Question ? FactKinds[Asked["fact"]]["is"] : null;
export type Facts<Asked extends Questions> = { readonly [Name in keyof Asked]: FactOf<Asked[Name]> };

/** What a store has for each kind of fact. */
export type FactReaders = {
  readonly [Kind in FactName]: (at: FactKinds[Kind]["at"]) => FactKinds[Kind]["is"];
};

export function ask<Name extends FactName>(fact: Name, at: FactKinds[Name]["at"]): Question<Name> {
  return { fact, at };
}

export function readFact<Name extends FactName>(
  readers: FactReaders,
  { fact, at }: Question<Name>,
): FactKinds[Name]["is"] {
  return readers[fact](at);
}
