/** Ethereum validators: the consensus layer's duties, signed with BLS over a root that is computed from the body. */
import { toHex } from "../../domain/bytes.ts";
import type { ChainAdapter } from "../adapter.ts";
import { decodeDuty, isLargeDuty } from "./duty.ts";
import { addressOf, planImport, planKey } from "./keys.ts";

export const ethereumValidatorAdapter: ChainAdapter = {
  chain: "ethereum-validator",
  curve: "bls12-381",
  requestTypes: ["ethereum-validator.duty"],
  heavy: false,
  isHeavy: isLargeDuty,
  planKey,
  planImport,
  addressOf,
  decode: decodeDuty,
  assemble(_decoded, signatures) {
    const [signature, ...others] = signatures;
    if (signature === undefined || others.length > 0) throw new TypeError("a duty has one signature");
    return { signature: toHex(signature.bytes) };
  },
};
