/**
 * What the EOTS guard must know before it judges, and what it then wants written: plain data, a key and chain at a time. Whoever
 * keeps the history reads the one and writes the other, for a whole batch at once.
 * @module
 */
import { toHex } from "../../domain/bytes.ts";
import type { EotsPlace, EotsTrack, KeptMessage } from "../../domain/eots.ts";
import type { EotsClaim } from "../../domain/guard.ts";
import { hasPlace } from "./well-formed.ts";

/** What is asked about one key on one chain. */
export interface TrackNeeds extends EotsTrack {
  readonly heights: readonly bigint[];
}

/** Which facts a set of claims needs. */
export type StatementNeeds = readonly TrackNeeds[];

export interface TrackFacts extends EotsTrack {
  /** It signs nothing, on any chain. */
  readonly frozen: boolean;
  /** It signs nothing new without a floor. */
  readonly requiresFloor: boolean;
  /** Nothing new is signed at or below it; null: no floor. */
  readonly floor: bigint | null;
  /** The heights that were asked for and have a message, each with it. */
  readonly messages: readonly { readonly height: bigint; readonly message: KeptMessage }[];
}

export type StatementFacts = readonly TrackFacts[];

/** A message that is written, in one transaction with what rests on it. */
export interface StatementRow extends EotsPlace {
  readonly message: Uint8Array;
}

/** Which facts `claims` need. One that names no place needs none: it is refused before anything is looked up. */
export function facts(claims: readonly EotsClaim[]): StatementNeeds {
  const needs = new Map<string, EotsTrack & { heights: bigint[] }>();
  for (const claim of claims) {
    if (!hasPlace(claim)) continue;
    const { publicKey, chainId } = claim;
    const name = trackName(claim);
    let own = needs.get(name);
    if (own === undefined) needs.set(name, (own = { publicKey, chainId, heights: [] }));
    own.heights.push(claim.height);
  }
  return [...needs.values()];
}

/** Different for different keys and chains: a public key has 32 bytes. */
export function trackName({ publicKey, chainId }: EotsTrack): string {
  return toHex(publicKey) + toHex(chainId);
}
