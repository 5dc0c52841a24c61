/** Whose history a claim is judged by: a key that nothing is known of starts as the operator said of all such keys. */
import type { GuardedChain, ValidatorHistory } from "../../domain/guard.ts";
import type { ValidatorPublicKey } from "../../domain/kinds.ts";
import type { SigningBounds } from "./rules.ts";
import { higher } from "../../domain/heights.ts";

/** Stands for a validator without a row: no id is 0, so no record has it. */
const NOBODY = 0n;

/** The key with its watermarks; undefined where nothing is known of it and such keys are refused. */
export function subject(
  chain: GuardedChain,
  publicKey: ValidatorPublicKey,
  row: ValidatorHistory | undefined,
): ValidatorHistory | undefined {
  // Disabled, or given a floor or bound, before it ever signed: that says nothing of what it signed elsewhere.
  return row?.known === true || row?.frozen === true ? row : newcomer(chain, publicKey, row);
}

/**
 * A key that nothing is known of starts as the operator said of all such keys and of this one, at the higher floor;
 * undefined where that is "not at all".
 */
export function newcomer(
  chain: GuardedChain,
  publicKey: ValidatorPublicKey,
  row: ValidatorHistory | undefined,
): ValidatorHistory | undefined {
  if (chain.unknownHistory === "refuse") return undefined;
  const floors = chain.unknownHistory === "floor";
  const later = (own: bigint | null | undefined, all: bigint | null): bigint | null =>
    higher(own ?? null, floors ? all : null);
  return {
    id: row?.id ?? NOBODY,
    publicKey,
    lowSlot: later(row?.lowSlot, chain.floorSlot),
    lowSource: later(row?.lowSource, chain.floorEpoch),
    lowTarget: later(row?.lowTarget, chain.floorEpoch),
    frozen: false,
    slotBound: row?.slotBound ?? null,
    epochBound: row?.epochBound ?? null,
    known: false,
  };
}

/** Of the directory and of the key, whichever comes first. */
export function boundsOf(chain: GuardedChain, validator: ValidatorHistory): SigningBounds {
  return {
    slot: lower(chain.slotBound, validator.slotBound),
    epoch: lower(chain.epochBound, validator.epochBound),
  };
}

function lower(a: bigint | null, b: bigint | null): bigint | null {
  if (a === null || b === null) return a ?? b;
  return a < b ? a : b;
}
