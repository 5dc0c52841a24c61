/**
 * A proposer's commitment: 32 bytes that a module of Commit-Boost names, under Commit-Boost's own domain. That domain is
 * not one of the consensus layer's, so whatever the bytes are, the signature is never one of a block, vote or other duty.
 * @module
 */
import { ContainerType, UintBigintType } from "@chainsafe/ssz";
import { ssz } from "@lodestar/types";
import { equalBytes, toHex } from "../../domain/bytes.ts";
import { refused } from "../../domain/errors.ts";
import type { KeyRecord } from "../../domain/keys.ts";
import type { DecodedRequest, SignRequest } from "../adapter.ts";
import { genesisVersion } from "./account-duties.ts";
import { DOMAIN, ZERO_ROOT } from "./domain.ts";
import { isWithdrawalKey } from "./keys.ts";
import type { ValidatorNetwork } from "./networks.ts";
import { malformed, readBytes, readObject, readUint } from "./read-json.ts";
import { computeDomain } from "./signing-root.ts";
import { decodedUnseen } from "./unseen-root.ts";

export const COMMITMENT = "ethereum-validator.commitment";

/** 4 bytes, "mmoC": over the network's genesis version and a zero root. */
export const COMMIT_BOOST_DOMAIN = Uint8Array.of(0x6d, 0x6d, 0x6f, 0x43);

for (const type of Object.values(DOMAIN)) {
  if (equalBytes(type, COMMIT_BOOST_DOMAIN)) throw new Error("a duty has the domain of commitments");
}

/** What Commit-Boost calls PropCommitSigningInfo. */
const SigningInfo = new ContainerType({
  data: ssz.Bytes32,
  moduleSigningId: ssz.Bytes32,
  nonce: new UintBigintType(8),
  chainId: new UintBigintType(32),
});

const NONCE_MAX = 2n ** 64n - 2n;
const MODULE = /^[\x21-\x7e]{1,64}$/;

/**
 * `objectRoot` (32 bytes), `nonce` (0 to 2^64-2), `module` and its `moduleSigningId` (32 bytes), which are mixed in so
 * that no module can have another's commitment signed. Opaque, since the object was not shown: a policy must allow it.
 * @throws SignerError `request.malformed`; `transaction.refused` for a withdrawal key
 */
export function decodeCommitment(
  request: SignRequest,
  key: KeyRecord,
  network: ValidatorNetwork,
): DecodedRequest {
  const fields = readObject(request, "");
  const data = readBytes(fields["objectRoot"], "/objectRoot", 32);
  const moduleSigningId = readBytes(fields["moduleSigningId"], "/moduleSigningId", 32);
  const nonce = readUint(fields["nonce"], "/nonce");
  if (nonce > NONCE_MAX) throw malformed("/nonce", "must be at most 2^64-2 (EIP-2681)");
  const module = fields["module"];
  if (typeof module !== "string" || !MODULE.test(module)) {
    throw malformed("/module", "must be 1 to 64 printable ASCII characters");
  }
  if (isWithdrawalKey(key)) {
    throw refused("/pubkey", "a withdrawal key makes no commitments; use the signing key of the validator");
  }
  const chainId = BigInt(network.chainId);
  const objectRoot = SigningInfo.hashTreeRoot({ data, moduleSigningId, nonce, chainId });
  const forkVersion = genesisVersion(network);
  const domain = computeDomain(COMMIT_BOOST_DOMAIN, forkVersion, ZERO_ROOT);
  return decodedUnseen(request, key, network, {
    reason: "a commitment of a module, whose object was not shown",
    facts: {
      duty: "COMMITMENT",
      module,
      moduleSigningId: toHex(moduleSigningId),
      nonce: String(nonce),
      objectRoot: toHex(data),
      domainType: toHex(COMMIT_BOOST_DOMAIN),
      forkVersion: toHex(forkVersion),
    },
    objectRoot,
    domain,
  });
}
