/** Ethereum validators: the consensus layer's duties, signed with BLS over a root that is computed from the body. */
import { toHex } from "../../domain/bytes.ts";
import type { ChainAdapter } from "../adapter.ts";
import { COMMITMENT, decodeCommitment } from "./commitment.ts";
import { decodeDuty, isLargeDuty, TYPE, urgencyOfDuty } from "./duty.ts";
import { decodeGeneric } from "./generic.ts";
import { addressOf, planImport, planKey } from "./keys.ts";
import { Networks, type NetworkSettings } from "./networks.ts";

const GENERIC = "ethereum-validator.generic";

/** @param settings the known networks alone, mainnet as default, unless given */
export function createEthereumValidatorAdapter(settings?: NetworkSettings): ChainAdapter {
  const networks = new Networks(settings);
  return {
    chain: "ethereum-validator",
    curve: "bls12-381",
    requestTypes: [TYPE, GENERIC, COMMITMENT],
    heavy: false,
    isHeavy: isLargeDuty,
    urgencyOf: urgencyOfDuty,
    planKey: (options) => planKey(options, networks),
    planImport: (options) => planImport(options, networks),
    addressOf,
    decode(request, key) {
      const network = networks.of(key);
      if (request.type === COMMITMENT) return decodeCommitment(request, key, network);
      return (request.type === GENERIC ? decodeGeneric : decodeDuty)(request, key, network);
    },
    assemble({ type, environment }, signatures) {
      const [signature, ...others] = signatures;
      if (signature === undefined || others.length > 0) throw new TypeError("a request has one signature");
      const fields = { signature: toHex(signature.bytes) };
      // A commitment is valid on one chain, which Commit-Boost's answer names.
      return type === COMMITMENT ? { ...fields, chainId: environment.chainId } : fields;
    },
  };
}
