/** A vote on each guarded chain and a second one that contradicts it, for the tour: the guard allows only the first. */
import type { Chain } from "../../domain/keys.ts";

export interface TourVote {
  readonly chain: Extract<Chain, "ethereum-validator" | "babylon">;
  /** What is voted for, as `epoch 411392`. */
  readonly place: string;
  /** Code of the refusal. */
  readonly conflict: string;
  /** The request of a vote; `choice` is the byte that its roots are filled with. */
  vote(choice: "aa" | "bb"): Record<string, unknown>;
}

const EPOCH = 411_392;
const SLOTS_PER_EPOCH = 32;
const HEIGHT = 1_204_530;

export const TOUR_VOTES: readonly TourVote[] = [
  {
    chain: "ethereum-validator",
    place: `epoch ${EPOCH}`,
    conflict: "guard.double_vote",
    vote(choice) {
      const root = `0x${choice.repeat(32)}`;
      const fork = { previous_version: "0x05000000", current_version: "0x06000000", epoch: String(EPOCH) };
      return {
        type: "ethereum-validator.duty",
        duty: {
          type: "ATTESTATION",
          fork_info: {
            fork,
            // Ethereum mainnet.
            genesis_validators_root: "0x4b363db94e286120d76eb905340fdd4e54bfe9f06bf33ff6cf5ad27f511bfe95",
          },
          attestation: {
            slot: String(EPOCH * SLOTS_PER_EPOCH),
            index: "0",
            beacon_block_root: root,
            source: { epoch: String(EPOCH - 1), root: `0x${"11".repeat(32)}` },
            target: { epoch: String(EPOCH), root },
          },
        },
      };
    },
  },
  {
    chain: "babylon",
    place: `height ${HEIGHT}`,
    conflict: "guard.eots_conflict",
    vote(choice) {
      const height = HEIGHT.toString(16).padStart(16, "0");
      return {
        type: "babylon.eots",
        chainId: "bbn-1",
        height: String(HEIGHT),
        message: `0x${height}${choice.repeat(32)}`,
      };
    },
  },
];
