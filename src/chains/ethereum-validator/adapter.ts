/** Ethereum validators: the consensus layer's duties, signed with BLS over a root that is computed from the body. */
import { toHex } from "../../domain/bytes.ts";
import type { ChainAdapter } from "../adapter.ts";
import { decodeDuty, isLargeDuty, urgencyOfDuty } from "./duty.ts";
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
    requestTypes: ["ethereum-validator.duty", GENERIC],
    heavy: false,
    isHeavy: isLargeDuty,
    urgencyOf: urgencyOfDuty,
    planKey: (options) => planKey(options, networks),
    planImport: (options) => planImport(options, networks),
    addressOf,
    decode(request, key) {
      const decode = request.type === GENERIC ? decodeGeneric : decodeDuty;
      return decode(request, key, networks.of(key));
    },
    assemble(_decoded, signatures) {
      const [signature, ...others] = signatures;
      if (signature === undefined || others.length > 0) throw new TypeError("a request has one signature");
      return { signature: toHex(signature.bytes) };
    },
  };
}
