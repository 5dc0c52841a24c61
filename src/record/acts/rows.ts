/** The rows that acts write, as data: an act says which, and a store writes them in the act's transaction, in order. */
import type { PrincipalRecord } from "../../access/principals.ts";
import type { AuditLog } from "../../domain/audit-log.ts";
import type { EotsPlace, EotsTrack } from "../../domain/eots.ts";
import type { Freeze } from "../../domain/freezes.ts";
import type { GuardedChain, ValidatorBounds, Watermarks } from "../../domain/guard.ts";
import type { KeyRecord } from "../../domain/keys.ts";
import type {
  FreezeId,
  KeyId,
  NamespaceName,
  PrincipalId,
  ValidatorPublicKey,
  XOnlyKey,
} from "../../domain/kinds.ts";
import type { Binding, Policy } from "../../domain/policies.ts";
import type { KeptAnswer } from "../../domain/requests.ts";
import type { SealedKey, SealedSeal, SealedWallet } from "../../domain/sealed.ts";
import type { Namespace, RegisteredDescriptor, Wallet } from "../../domain/wallets.ts";

/** What an operator sets of one public key in the guard of validators; members that are left out stay. */
export interface ValidatorChange {
  readonly publicKey: ValidatorPublicKey;
  /** Null: it has no row yet. */
  readonly id: bigint | null;
  readonly frozen?: boolean;
  readonly bounds?: ValidatorBounds;
  /** A watermark that is higher already stays. */
  readonly raised?: Watermarks;
}

/** What an operator sets of a finality provider's key; members that are left out stay. */
export interface EotsKeyChange {
  readonly publicKey: XOnlyKey;
  readonly requiresFloor?: true;
  readonly frozen?: boolean;
}

export interface RowKinds {
  namespaceAdded: Namespace;
  principalAdded: PrincipalRecord;
  /** Roles, groups, token and versions; what does not change is written over by nobody. */
  principalChanged: {
    readonly principal: PrincipalRecord;
    readonly roles: boolean;
    readonly groups: boolean;
  };
  principalDeleted: { readonly namespace: NamespaceName; readonly id: PrincipalId; readonly at: string };
  policyAdded: { readonly policy: Policy; readonly module: Uint8Array };
  bindingAdded: Binding;
  /** In place of the one of version `before`. */
  bindingChanged: { readonly binding: Binding; readonly before: number };
  bindingDeleted: { readonly binding: Binding; readonly at: string };
  walletAdded: { readonly wallet: Wallet; readonly sealed: SealedWallet };
  keyAdded: { readonly key: KeyRecord; readonly sealed: SealedKey };
  /** A deleted key is active again, with these attributes, and its secret is sealed anew. */
  keyRevived: { readonly key: KeyRecord; readonly sealed: SealedKey };
  /** Attributes and derivation, in place of those of `before`. */
  keyAmended: { readonly key: KeyRecord; readonly before: KeyRecord };
  keyStateChanged: {
    readonly namespace: NamespaceName;
    readonly id: KeyId;
    readonly state: "active" | "disabled";
  };
  /** The row stays, and the sealed secret is wiped. */
  keyDeleted: { readonly namespace: NamespaceName; readonly id: KeyId; readonly at: string };
  validatorChanged: ValidatorChange;
  /** Members that are left out stay. */
  guardedChainChanged: Partial<GuardedChain>;
  /** The keys of what is staged sign nothing until the last of its pieces. */
  importMarked: {
    readonly number: number;
    /** Whom the log names at the end. */
    readonly namespace: NamespaceName;
    readonly principal: PrincipalId;
    /** Only watermarks are kept. */
    readonly minimal: boolean;
  };
  eotsKeyChanged: EotsKeyChange;
  /** A floor that is higher already stays. */
  eotsFloorRaised: EotsPlace;
  /** The staged records of the track that are new and above this floor (null: all that are new). */
  eotsRecordsMerged: EotsTrack & { readonly above: bigint | null };
  eotsStageCleared: object;
  /** The lowest of the records that can go, so many. */
  eotsRecordsPruned: EotsTrack & { readonly limit: number };
  descriptorAdded: RegisteredDescriptor;
  descriptorDeleted: { readonly descriptor: RegisteredDescriptor; readonly at: string };
  sealAdded: SealedSeal;
  auditLogAdded: AuditLog;
  freezeAdded: Freeze;
  freezeLifted: { readonly id: FreezeId; readonly by: PrincipalId; readonly at: string };
  answerKept: KeptAnswer;
}

type RowName = keyof RowKinds;
export type Row<Name extends RowName = RowName> = {
  [Kind in Name]: { readonly row: Kind; readonly values: RowKinds[Kind] };
}[Name];

/** What a store has for each kind of row. */
export type RowWriters = { readonly [Kind in RowName]: (values: RowKinds[Kind]) => void };

export function row<Name extends RowName>(kind: Name, values: RowKinds[Name]): Row<Name> {
  return { row: kind, values };
}

export function writeRow<Name extends RowName>(writers: RowWriters, { row: kind, values }: Row<Name>): void {
  writers[kind](values);
}
