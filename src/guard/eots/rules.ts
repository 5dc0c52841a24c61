/**
 * EOTS: may this message be signed at this height? Pure: what is known comes in, a judgement goes out. Two messages at one
 * height give away the private key, so a height has one message for ever.
 * @module
 */
import { equalBytes } from "../../domain/bytes.ts";
import { chainIdText, readVote, type KeptMessage } from "../../domain/eots.ts";
import type { EotsClaim, GuardJudgement, GuardRefusal } from "../../domain/guard.ts";
import { keptHash, messageHash, sameMessage } from "./names.ts";

/** What is known of one key on one chain at one height. */
export interface EotsKnowledge {
  readonly enabled: boolean;
  /** Signs nothing new without a floor. */
  readonly requiresFloor: boolean;
  /** Nothing new is signed at or below it; null: no floor. */
  readonly floor: bigint | null;
  /** The message that this height has; null: none is recorded. */
  readonly message: KeptMessage | null;
}

/** What was recorded comes before the floor: that message may be signed again, for ever. */
export function judgeStatement(claim: EotsClaim, known: EotsKnowledge): GuardJudgement {
  if (!known.enabled) return disabled(claim);
  if (known.message !== null) {
    return sameMessage(known.message, claim) ? { verdict: "same" } : conflict(claim, known.message);
  }
  if (known.floor === null) return known.requiresFloor ? unknownHistory(claim) : { verdict: "new" };
  return claim.height > known.floor ? { verdict: "new" } : belowFloor(claim, known.floor);
}

function disabled(claim: EotsClaim): GuardJudgement {
  return refuse(
    claim,
    "guard.disabled",
    "this key was disabled, as before a move to another signer; import its history with " +
      "--enable-keys to sign here",
    {},
  );
}

/** Hashes only: the recorded message is not the caller's to learn, and a refused one is not worth repeating. */
function conflict(claim: EotsClaim, recorded: KeptMessage): GuardJudgement {
  return refuse(
    claim,
    "guard.eots_conflict",
    `height ${claim.height}: another message was signed; a second one would reveal the private key. ` +
      `Skip the height, and look for ` +
      "a second daemon or a node that was rolled back" +
      hintOf(claim.message, recorded.message),
    {
      messageHash: messageHash(claim.message),
      recordedMessageHash: keptHash(recorded),
    },
  );
}

/** A daemon of another release asks for the vote that it has, in another form. */
function hintOf(message: Uint8Array, recorded: Uint8Array): string {
  const [asked, known] = [readVote(message), readVote(recorded)];
  if (asked === undefined || known === undefined) return "";
  if (asked.height !== known.height || !equalBytes(asked.blockHash, known.blockHash)) return "";
  return "; both vote for the same block, under different signing contexts";
}

function unknownHistory(claim: EotsClaim): GuardJudgement {
  return refuse(
    claim,
    "guard.unknown_history",
    `chain ${chainIdText(claim.chainId)}: this key must have a floor there before it signs; ` +
      "import its history, or set one with claviger eots floor",
    {},
  );
}

function belowFloor(claim: EotsClaim, floor: bigint): GuardJudgement {
  return refuse(
    claim,
    "guard.eots_below_floor",
    `height ${claim.height} is not above the floor ${floor}, which is never lowered, and no ` +
      `message is recorded for it; skip the height`,
    { floor: String(floor) },
  );
}

function refuse(
  claim: EotsClaim,
  code: GuardRefusal["code"],
  detail: string,
  evidence: GuardRefusal["evidence"],
): GuardJudgement {
  const place = { chainId: chainIdText(claim.chainId), height: String(claim.height) };
  return { verdict: "refused", refusal: { code, detail, evidence: { ...place, ...evidence } } };
}
