/** What a validator's key is asked to sign, as the bytes that say what it means. None of them is a root that came ready. */
import type { Bytes, GenesisValidatorsRoot } from "./kinds.ts";

/** The fork and the chain that a signature is for. */
export interface DutyFork {
  readonly forkVersion: Bytes<4>;
  readonly genesisValidatorsRoot: GenesisValidatorsRoot;
}

/** The two that can be slashed are whole, so that slot and epochs are read from what is hashed. */
export type Duty =
  | ({
      readonly kind: "attestation";
      /** SSZ of AttestationData. */
      readonly data: Bytes<128>;
    } & DutyFork)
  | ({
      readonly kind: "block";
      /** SSZ of BeaconBlockHeader, whose root is that of the block. */
      readonly header: Bytes<112>;
    } & DutyFork)
  | {
      readonly kind: "other";
      /** hash_tree_root of what is signed. */
      readonly objectRoot: Bytes<32>;
      /** Of any type but those of the two above. */
      readonly domain: Bytes<32>;
    };
