/** What a duty's payload says, before its domain and so its signing root are known. */
import type { Json } from "../../domain/canonical.ts";
import type { Findings, Nothing } from "../../domain/intent.ts";
import type { ValidatorNetwork } from "./networks.ts";
import type { JsonObject } from "./read-json.ts";

/** Group of principals that may ask for a signature which nobody can take back. */
export const EXIT_GROUP = "validator-exits";

/** Which fork version and genesis validators root the domain takes. */
export type DomainRule =
  /** `fork_info`, at this epoch. */
  | { readonly rule: "fork"; readonly epoch: bigint }
  /** EIP-7044: the network's Capella version, whatever `fork_info` says of the present. */
  | { readonly rule: "exit"; readonly epoch: bigint }
  /** The network's genesis version and `fork_info`'s genesis validators root. */
  | { readonly rule: "genesis" }
  /** This version and a zero root: valid on every chain with that genesis version. */
  | { readonly rule: "rootless"; readonly version: Uint8Array };

export interface Message {
  /** 32 bytes: hash_tree_root of the object. */
  readonly objectRoot: Uint8Array;
  /** 4 bytes. */
  readonly domainType: Uint8Array;
  readonly domain: DomainRule;
  /** For `intent.validator`. */
  readonly facts: Facts;
  /** What the double-sign guard keeps of it. */
  readonly claim?:
    | { readonly kind: "eip3076.block"; readonly slot: bigint }
    | { readonly kind: "eip3076.attestation"; readonly sourceEpoch: bigint; readonly targetEpoch: bigint };
}

export type Facts = Readonly<Record<string, Json>>;

/** What a duty moves or changes: stated, so that none can be added without a thought of it. */
export type DutyEffect = Nothing | { readonly found: (facts: Facts) => Findings };

/** What only says something about the chain can cost a stake by slashing, which the guard is for; it moves nothing itself. */
export const CONSENSUS: DutyEffect = {
  nothing: "a duty of consensus moves nothing; the guard keeps it from contradicting",
};

/** The text of a fact that `read` has put there. */
export function fact(facts: Facts, name: string): string {
  const value = facts[name];
  if (typeof value !== "string") throw new TypeError(`the duty has no fact ${name}`);
  return value;
}

export interface DutyKind {
  /** The body's member that holds the payload. */
  readonly payload: string;
  readonly effect: DutyEffect;
  /** True where nobody can take the signature back: only members of the exit group may ask for it. */
  readonly irrevocable?: boolean;
  /** @throws SignerError `request.malformed`, pointers starting with `pointer` */
  read(payload: JsonObject, pointer: string, network: ValidatorNetwork): Message;
}

/** Duty type in upper case → how it is read. */
export type DutyKinds = ReadonlyMap<string, DutyKind>;

export function epochOf(slot: bigint, network: ValidatorNetwork): bigint {
  return slot / network.slotsPerEpoch;
}
