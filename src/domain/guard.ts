/** What a double-sign guard must know of a request before it may be recorded. Plain data, made by the decode step. */
import type { SigningRoot } from "./signing-root.ts";
import type { GenesisValidatorsRoot, SigningRootBytes, ValidatorPublicKey, XOnlyKey } from "./kinds.ts";

/** EIP-3076 claims. Slots and epochs are below 2^63. */
export type DutyClaim =
  | {
      readonly kind: "eip3076.block";
      readonly publicKey: ValidatorPublicKey;
      readonly genesisValidatorsRoot: GenesisValidatorsRoot;
      readonly slot: bigint;
      readonly signingRoot: SigningRootBytes;
    }
  | {
      readonly kind: "eip3076.attestation";
      readonly publicKey: ValidatorPublicKey;
      readonly genesisValidatorsRoot: GenesisValidatorsRoot;
      readonly sourceEpoch: bigint;
      readonly targetEpoch: bigint;
      readonly signingRoot: SigningRootBytes;
    };

/** One message a height: a second one at the same key, chain and height would publish the private key. */
export interface EotsClaim {
  readonly kind: "eots";
  readonly publicKey: XOnlyKey;
  /** At most 64 bytes of any value. */
  readonly chainId: Uint8Array;
  /** 0 to 2^64-1. */
  readonly height: bigint;
  /** At most 8192 bytes, or one whose hash an import brought. */
  readonly message: Uint8Array;
}

export type GuardClaim = DutyClaim | EotsClaim;

/** Why a guard refused, with the evidence that the caller gets. Numbers are decimal strings, roots 0x-hex. */
export interface GuardRefusal {
  readonly code:
    | "guard.double_proposal"
    | "guard.double_vote"
    | "guard.surrounds"
    | "guard.surrounded"
    | "guard.source_after_target"
    | "guard.below_watermark"
    | "guard.above_watermark"
    | "guard.genesis_root"
    | "guard.eots_conflict"
    | "guard.eots_below_floor"
    | "guard.disabled"
    | "guard.unknown_history";
  /** Which field broke which rule, and what to do. */
  readonly detail: string;
  readonly evidence: Readonly<Record<string, string>>;
}

/** The guard's verdict. `same`: this very message was recorded before and may be signed again. */
export type GuardVerdict =
  | { readonly verdict: "recorded" }
  | { readonly verdict: "same" }
  | { readonly verdict: "refused"; readonly refusal: GuardRefusal };

/** What a guard finds before anything is recorded. `same`: the very message is on record already. */
export type GuardJudgement =
  | { readonly verdict: "new" }
  | { readonly verdict: "same" }
  | { readonly verdict: "refused"; readonly refusal: GuardRefusal };

/** What a history without records is: all that is kept in the mode `minimal`. */
export const HISTORY_MODES = ["complete", "minimal"] as const;
export type HistoryMode = (typeof HISTORY_MODES)[number];

/** What a validator's key without any history may sign: whatever it is asked, nothing, or what is above the floors. */
export const UNKNOWN_HISTORIES = ["accept", "refuse", "floor"] as const;
export type UnknownHistory = (typeof UNKNOWN_HISTORIES)[number];

/** The chain of the validators, and what holds for all of their keys. */
export interface GuardedChain extends ValidatorBounds {
  /** Null until it is pinned. */
  readonly genesisValidatorsRoot: GenesisValidatorsRoot | null;
  readonly mode: HistoryMode;
  readonly unknownHistory: UnknownHistory;
  readonly floorSlot: bigint | null;
  readonly floorEpoch: bigint | null;
  /** JSON of a network of the operator's own; null for the networks that are known. */
  readonly network: string | null;
}

/** Nothing at or above is signed; null: no bound. */
export interface ValidatorBounds {
  readonly slotBound: bigint | null;
  readonly epochBound: bigint | null;
}

/** The lowest slot and epochs that the history still allows; null while nothing of the kind is known. */
export interface Watermarks {
  readonly lowSlot: bigint | null;
  readonly lowSource: bigint | null;
  readonly lowTarget: bigint | null;
}

/** What the ledger has of one validator's public key, whoever holds the key. */
export interface ValidatorHistory extends Watermarks, ValidatorBounds {
  readonly id: bigint;
  readonly publicKey: ValidatorPublicKey;
  /** It signs no duty in any namespace. */
  readonly frozen: boolean;
  /** Something was signed, or a history, perhaps an empty one, was imported. A bound alone leaves it false. */
  readonly known: boolean;
}

/** The same history as an operator sees it; null where there is none. */
export interface GuardedKey extends ValidatorBounds {
  /** 0x-hex. */
  readonly publicKey: string;
  readonly enabled: boolean;
  /** False for a key that was disabled before anything was signed or imported. */
  readonly known: boolean;
  readonly lowSlot: bigint | null;
  readonly lowSourceEpoch: bigint | null;
  readonly lowTargetEpoch: bigint | null;
}

/** A proposal on record. */
export interface BlockRecord {
  readonly slot: bigint;
  readonly signingRoot: SigningRoot;
}

/** A vote on record. */
export interface AttestationRecord {
  readonly source: bigint;
  readonly target: bigint;
  readonly signingRoot: SigningRoot;
}

/** Who says which chain a data directory is for. `configuration`: it names the network, whose root is known. */
export type RootNamedBy = "caller" | "configuration";
