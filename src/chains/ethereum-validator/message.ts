/** What a duty's payload says, before its domain and so its signing root are known. */
import type { Json } from "../../domain/canonical.ts";
import type { Findings, Nothing } from "../../domain/intent.ts";
import type { Bytes } from "../../domain/kinds.ts";
import type { ValidatorNetwork } from "./networks.ts";
import { malformed, type JsonObject } from "./read-json.ts";

/** Group of principals that may ask for a signature which nobody can take back. */
export const EXIT_GROUP = "validator-exits";

/** Which fork version and genesis validators root the domain takes. */
export type DomainRule =
  /** `fork_info`, at this epoch; `implied` is the version of the only fork that has this message, where it is known. */
  | { readonly rule: "fork"; readonly epoch: bigint; readonly implied?: string }
  /** EIP-7044: the network's Capella version, whatever `fork_info` says of the present. */
  | { readonly rule: "exit"; readonly epoch: bigint }
  /** The network's genesis version and `fork_info`'s genesis validators root. */
  | { readonly rule: "genesis" }
  /** This version and a zero root: valid on every chain with that genesis version. */
  | { readonly rule: "rootless"; readonly version: Uint8Array };

interface Said {
  readonly domain: DomainRule;
  /** For `intent.validator`. */
  readonly facts: Facts;
}

/** What cannot be slashed. */
export interface OtherMessage extends Said {
  /** hash_tree_root of the object. */
  readonly objectRoot: Bytes<32>;
  /**
   * Object roots of the same members under other forks, where the body does not say which one is meant. One of them is
   * taken only where the caller's own signing root is the one that it gives.
   */
  readonly otherObjectRoots?: () => readonly Bytes<32>[];
  /** 4 bytes. */
  readonly domainType: Uint8Array;
}

export type Message =
  | OtherMessage
  /** SSZ of AttestationData. */
  | (Said & { readonly attestation: Bytes<128> })
  /** SSZ of BeaconBlockHeader. */
  | (Said & { readonly header: Bytes<112> });

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
  /** Another name that a client has for that member. */
  readonly alias?: string;
  readonly effect: DutyEffect;
  /** True where nobody can take the signature back: only members of the exit group may ask for it. */
  readonly irrevocable?: boolean;
  /** @throws SignerError `request.malformed`, pointers starting with `pointer` */
  read(payload: JsonObject, pointer: string, network: ValidatorNetwork): Message;
}

/** Duty type in upper case → how it is read. */
export type DutyKinds = ReadonlyMap<string, DutyKind>;

const VERSION = /^[A-Z][A-Z0-9_]{0,31}$/;

/**
 * A payload's `version` in upper case, which is how it is compared and shown; undefined without one.
 * @throws SignerError `request.malformed` for what is not the name of a fork
 */
export function readVersion(payload: JsonObject, pointer: string): string | undefined {
  const { version } = payload;
  if (version === undefined || version === null) return undefined;
  const name = typeof version === "string" ? version.toUpperCase() : "";
  if (VERSION.test(name)) return name;
  throw malformed(`${pointer}/version`, "must be the name of a fork, such as FULU");
}

export function epochOf(slot: bigint, network: ValidatorNetwork): bigint {
  return slot / network.slotsPerEpoch;
}
