/**
 * A root that the signer was not shown the object of, under a domain that the caller names. Such a request is opaque.
 * Domains whose messages have rules are refused: else this request would be a way around those rules.
 * @module
 */
import { equalBytes, toHex } from "../../domain/bytes.ts";
import { refused } from "../../domain/errors.ts";
import type { KeyRecord } from "../../domain/keys.ts";
import type { DecodedRequest, SignRequest } from "../adapter.ts";
import { DOMAIN } from "./domain.ts";
import { isWithdrawalKey } from "./keys.ts";
import { EXIT_GROUP } from "./message.ts";
import type { ValidatorNetwork } from "./networks.ts";
import { readBytes } from "./read-json.ts";
import { decodedUnseen } from "./unseen-root.ts";

type DomainName = keyof typeof DOMAIN;

/** What only a guard may allow, with the duty that it needs to see. */
const GUARDED: ReadonlyMap<DomainName, string> = new Map<DomainName, string>([
  ["beaconProposer", "BLOCK_V2"],
  ["beaconAttester", "ATTESTATION"],
]);
/** What nobody can take back. */
const IRREVOCABLE: ReadonlySet<DomainName> = new Set<DomainName>([
  "deposit",
  "voluntaryExit",
  "blsToExecutionChange",
]);

/**
 * `objectRoot` and `domain`, 32 bytes each; what is signed is hash_tree_root(SigningData{objectRoot, domain}).
 * @throws SignerError `request.malformed`; `transaction.refused` for the domains of blocks and attestations, for those
 *   of the consensus layer that this release does not know, and for withdrawal keys
 */
export function decodeGeneric(
  request: SignRequest,
  key: KeyRecord,
  network: ValidatorNetwork,
): DecodedRequest {
  const objectRoot = readBytes(request["objectRoot"], "/objectRoot", 32);
  const domain = readBytes(request["domain"], "/domain", 32);
  const domainType = domain.subarray(0, 4);
  const name = nameOf(domainType);
  assertAllowed(domainType, name);
  if (isWithdrawalKey(key)) {
    throw refused("/domain", "a withdrawal key signs no generic roots; use the signing key of the validator");
  }
  const decoded = decodedUnseen(request, key, network, {
    reason: "a root whose object was not shown",
    facts: {
      duty: "GENERIC",
      domainType: toHex(domainType),
      domain: toHex(domain),
      objectRoot: toHex(objectRoot),
    },
    objectRoot,
    domain,
  });
  return name !== undefined && IRREVOCABLE.has(name) ? { ...decoded, permissionGroup: EXIT_GROUP } : decoded;
}

function assertAllowed(domainType: Uint8Array, name: DomainName | undefined): void {
  const duty = name === undefined ? undefined : GUARDED.get(name);
  if (duty !== undefined) {
    throw refused(
      "/domain",
      `${toHex(domainType)} is the domain of a duty that can be slashed; send it as ${duty}, ` +
        "so that it is checked against what the key has signed",
    );
  }
  if (name === undefined && isConsensusDomain(domainType)) {
    throw refused(
      "/domain",
      `${toHex(domainType)} belongs to the consensus layer, and this release does not know its messages; ` +
        "a later fork may slash for them. Use a release that knows them",
    );
  }
}

/** The consensus specification counts in the first byte and leaves the others to applications. */
function isConsensusDomain(domainType: Uint8Array): boolean {
  return domainType.subarray(1).every((byte) => byte === 0);
}

function nameOf(domainType: Uint8Array): DomainName | undefined {
  const known = Object.entries(DOMAIN).find(([, type]) => equalBytes(type, domainType));
  return known !== undefined && isDomainName(known[0]) ? known[0] : undefined;
}

function isDomainName(name: string): name is DomainName {
  return Object.hasOwn(DOMAIN, name);
}
