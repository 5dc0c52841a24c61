/**
 * Validator duties that often contradict each other: two variants of each block and vote, near a head that moves on.
 * Also what makes two of them slashable, said once more and without the guard's code.
 */
import { randomInt } from "node:crypto";
import { forkInfo, filler, type DutyBody } from "../chains/ethereum-validator/duties.ts";
import { expectedRoot } from "../chains/ethereum-validator/expected.ts";

/** One duty as the rules of slashing see it. `signingRoot` in 0x-hex. */
export type Message =
  | { readonly kind: "block"; readonly slot: number; readonly signingRoot: string }
  | {
      readonly kind: "vote";
      readonly source: number;
      readonly target: number;
      readonly signingRoot: string;
    };

export interface Duty {
  readonly body: DutyBody;
  readonly message: Message;
}

const FORK = forkInfo("0x06000000", "0x05000000", "411392");
export const GENESIS_EPOCH = 411_400;

/** A vote; another `variant` is for another head, so a double vote. */
export function vote(source: number, target: number, variant = 0): Duty {
  const body: DutyBody = {
    type: "ATTESTATION",
    fork_info: FORK,
    attestation: {
      slot: String(target * 32 + 5),
      index: "0",
      beacon_block_root: filler(32, 70 + variant),
      source: { epoch: String(source), root: filler(32, source) },
      target: { epoch: String(target), root: filler(32, target) },
    },
  };
  return { body, message: { kind: "vote", source, target, signingRoot: rootOf(body) } };
}

/** A proposal; another `variant` has another state root, so is a double proposal. */
export function block(slot: number, variant = 0): Duty {
  const body: DutyBody = {
    type: "BLOCK_V2",
    fork_info: FORK,
    beacon_block: {
      version: "FULU",
      block_header: {
        slot: String(slot),
        proposer_index: "1234567",
        parent_root: filler(32, slot),
        state_root: filler(32, 80 + variant),
        body_root: filler(32, 82),
      },
    },
  };
  return { body, message: { kind: "block", slot, signingRoot: rootOf(body) } };
}

function rootOf(body: DutyBody): string {
  return `0x${Buffer.from(expectedRoot(body)).toString("hex")}`;
}

/** Duties of which each is later than all before it. */
export class DutySequence {
  #epoch = GENESIS_EPOCH;

  next(kind: Message["kind"]): Duty {
    this.#epoch += 1;
    return kind === "block" ? block(this.#epoch * 32) : vote(this.#epoch - 1, this.#epoch);
  }
}

/** Mostly votes; one in four spans epochs that others vote for, and so surrounds or is surrounded. */
export function anyDuty(head: number): Duty {
  const variant = randomInt(2);
  if (randomInt(3) === 0) return block(head * 32 + randomInt(8), variant);
  const target = head + randomInt(3);
  return vote(target - (randomInt(4) === 0 ? randomInt(2, 6) : 1), target, variant);
}

/** Another duty that must never be signed beside this one. */
export function contradicting({ message }: Duty): Duty {
  return message.kind === "block" ? block(message.slot, 9) : vote(message.source, message.target, 9);
}

/** Whether a validator that signed both can be punished: double proposal, double vote, surround vote. */
export function slashable(a: Message, b: Message): boolean {
  if (a.kind === "block" || b.kind === "block") {
    return a.kind === "block" && b.kind === "block" && a.slot === b.slot && a.signingRoot !== b.signingRoot;
  }
  if (a.signingRoot === b.signingRoot) return false;
  if (a.target === b.target) return true;
  return (a.source < b.source && a.target > b.target) || (b.source < a.source && b.target > a.target);
}
