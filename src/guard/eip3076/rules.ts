/**
 * EIP-3076: may this block or vote be signed? Pure: what is known comes in, a judgement goes out. A record whose signing
 * root is unknown equals nothing, not even another unknown.
 * @module
 */
import type {
  AttestationRecord,
  BlockRecord,
  GuardClaim,
  GuardJudgement,
  GuardRefusal,
} from "../../domain/guard.ts";
import { SigningRoot } from "../../domain/signing-root.ts";

export type BlockClaim = Extract<GuardClaim, { readonly kind: "eip3076.block" }>;
export type AttestationClaim = Extract<GuardClaim, { readonly kind: "eip3076.attestation" }>;

/** Nothing at or above is signed; null: no bound. */
export interface SigningBounds {
  readonly slot: bigint | null;
  readonly epoch: bigint | null;
}

/** What is known of one validator's proposals. */
export interface BlockHistory {
  readonly lowSlot: bigint | null;
  /** Every record of this slot. */
  blocksAt(slot: bigint): readonly BlockRecord[];
}

/** What is known of one validator's votes. */
export interface AttestationHistory {
  readonly lowSource: bigint | null;
  readonly lowTarget: bigint | null;
  /** Every record of this target epoch. */
  attestationsAt(target: bigint): readonly AttestationRecord[];
  /** A record with an earlier source and a later target, if there is one. */
  surrounding(source: bigint, target: bigint): AttestationRecord | undefined;
  /** A record with a later source and an earlier target, if there is one. */
  surroundedBy(source: bigint, target: bigint): AttestationRecord | undefined;
}

const NEW: GuardJudgement = { verdict: "new" };
const SAME: GuardJudgement = { verdict: "same" };

/** A proposal against the complete history. */
export function judgeBlock(claim: BlockClaim, history: BlockHistory, bounds: SigningBounds): GuardJudgement {
  const { slot } = claim;
  if (bounds.slot !== null && slot >= bounds.slot) return aboveSlot(slot, bounds.slot);
  const signingRoot = new SigningRoot(claim.signingRoot);
  const known = history.blocksAt(slot);
  const other = known.find((block) => !block.signingRoot.equals(signingRoot));
  if (other !== undefined) {
    return refuse(
      "guard.double_proposal",
      `slot ${slot}: another block was signed; skip this slot, and look for a second client with this key`,
      {
        slot: String(slot),
        conflictingSlot: String(other.slot),
        conflictingSigningRoot: other.signingRoot.toString(),
      },
    );
  }
  if (known.length > 0) return SAME;
  if (history.lowSlot !== null && slot <= history.lowSlot) return belowSlot(slot, history.lowSlot);
  return NEW;
}

/** A vote against the complete history. */
export function judgeAttestation(
  claim: AttestationClaim,
  history: AttestationHistory,
  bounds: SigningBounds,
): GuardJudgement {
  const { sourceEpoch: source, targetEpoch: target } = claim;
  const outside = outsideOfBounds(source, target, bounds);
  if (outside !== undefined) return outside;
  const signingRoot = new SigningRoot(claim.signingRoot);
  const known = history.attestationsAt(target);
  const other = known.find((vote) => vote.source !== source || !vote.signingRoot.equals(signingRoot));
  if (other !== undefined) {
    return refuse(
      "guard.double_vote",
      `target epoch ${target}: another vote was signed; skip this duty, and look for a second ` +
        `client with this key`,
      {
        ...epochs(source, target),
        ...conflict(other),
      },
    );
  }
  const outer = history.surrounding(source, target);
  if (outer !== undefined) {
    return refuse(
      "guard.surrounded",
      `vote ${source} to ${target}: an earlier vote surrounds it; skip this duty, and look at the ` +
        `client's clock and fork choice`,
      {
        ...epochs(source, target),
        ...conflict(outer),
      },
    );
  }
  const inner = history.surroundedBy(source, target);
  if (inner !== undefined) {
    return refuse(
      "guard.surrounds",
      `vote ${source} to ${target}: it surrounds an earlier vote; skip this duty, and look at the ` +
        `client's clock and fork choice`,
      {
        ...epochs(source, target),
        ...conflict(inner),
      },
    );
  }
  // Not earlier: imported history may hold a vote and one that surrounds it, and then neither is signed again. Nor is
  // the outer one when the inner one was pruned: its source is before the watermark, and condition 4 of the
  // specification, unlike condition 5, has no exception for a repeat.
  if (known.length > 0) return belowSource(source, target, history) ?? SAME;
  return belowEpochs(source, target, history) ?? NEW;
}

/** A proposal against the highest slot signed: all that the minimal mode keeps. */
export function judgeBlockMinimal(
  claim: BlockClaim,
  lowSlot: bigint | null,
  bounds: SigningBounds,
): GuardJudgement {
  const { slot } = claim;
  if (bounds.slot !== null && slot >= bounds.slot) return aboveSlot(slot, bounds.slot);
  return lowSlot !== null && slot <= lowSlot ? belowSlot(slot, lowSlot) : NEW;
}

/** A vote against the highest source and target signed: all that the minimal mode keeps. */
export function judgeAttestationMinimal(
  claim: AttestationClaim,
  low: Pick<AttestationHistory, "lowSource" | "lowTarget">,
  bounds: SigningBounds,
): GuardJudgement {
  const { sourceEpoch: source, targetEpoch: target } = claim;
  return outsideOfBounds(source, target, bounds) ?? belowEpochs(source, target, low) ?? NEW;
}

/** Rules that need no history. */
function outsideOfBounds(source: bigint, target: bigint, bounds: SigningBounds): GuardJudgement | undefined {
  if (source > target) {
    return refuse(
      "guard.source_after_target",
      `source epoch ${source} is after target epoch ${target}; no client may ask for that, so look ` +
        `for a fault in it`,
      {
        ...epochs(source, target),
      },
    );
  }
  // The target is the later of the two by now.
  if (bounds.epoch === null || target < bounds.epoch) return undefined;
  return refuse(
    "guard.above_watermark",
    `target epoch ${target} is not below the bound, epoch ${bounds.epoch}; lift the bound to sign later duties`,
    { ...epochs(source, target), stopEpoch: String(bounds.epoch) },
  );
}

function belowSource(
  source: bigint,
  target: bigint,
  { lowSource }: Pick<AttestationHistory, "lowSource">,
): GuardJudgement | undefined {
  if (lowSource === null || source >= lowSource) return undefined;
  return refuse(
    "guard.below_watermark",
    `source epoch ${source} is before epoch ${lowSource}, the key's watermark, which is never ` +
      `lowered; wait for a later epoch`,
    {
      ...epochs(source, target),
      lowSourceEpoch: String(lowSource),
    },
  );
}

function belowEpochs(
  source: bigint,
  target: bigint,
  low: Pick<AttestationHistory, "lowSource" | "lowTarget">,
): GuardJudgement | undefined {
  const early = belowSource(source, target, low);
  if (early !== undefined) return early;
  if (low.lowTarget !== null && target <= low.lowTarget) {
    return refuse(
      "guard.below_watermark",
      `target epoch ${target} is not after epoch ${low.lowTarget}, the key's watermark, which is ` +
        `never lowered; wait for a later epoch`,
      {
        ...epochs(source, target),
        lowTargetEpoch: String(low.lowTarget),
      },
    );
  }
  return undefined;
}

function aboveSlot(slot: bigint, bound: bigint): GuardJudgement {
  return refuse(
    "guard.above_watermark",
    `slot ${slot} is not below the bound, slot ${bound}; lift the bound to sign later duties`,
    { slot: String(slot), stopSlot: String(bound) },
  );
}

function belowSlot(slot: bigint, low: bigint): GuardJudgement {
  return refuse(
    "guard.below_watermark",
    `slot ${slot} is not after slot ${low}, up to which all counts as signed; wait for a later slot`,
    {
      slot: String(slot),
      lowSlot: String(low),
    },
  );
}

function refuse(
  code: GuardRefusal["code"],
  detail: string,
  evidence: GuardRefusal["evidence"],
): GuardJudgement {
  return { verdict: "refused", refusal: { code, detail, evidence } };
}

function epochs(source: bigint, target: bigint): Record<string, string> {
  return { sourceEpoch: String(source), targetEpoch: String(target) };
}

function conflict(record: AttestationRecord): Record<string, string> {
  return {
    conflictingSourceEpoch: String(record.source),
    conflictingTargetEpoch: String(record.target),
    conflictingSigningRoot: record.signingRoot.toString(),
  };
}
