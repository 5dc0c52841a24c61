/**
 * From a signing request to the duty that is signed, under its fork and chain. It is always made from the body; a root that
 * the caller sends is only compared, so that nobody can have another message signed than the one that is judged.
 * @module
 */
import { equalBytes, fromHex, toHex } from "../../domain/bytes.ts";
import type { Duty, DutyFork } from "../../domain/duties.ts";
import { SignerError } from "../../domain/errors.ts";
import { genesisVersion, versionBytes } from "./account-duties.ts";
import { DOMAIN, readForkInfo, versionAt, ZERO_ROOT, type ForkInfo } from "./domain.ts";
import type { Message } from "./message.ts";
import type { ValidatorNetwork } from "./networks.ts";
import { malformed, readBytes, type JsonObject } from "./read-json.ts";
import { computeDomain, signingRootOf } from "./signing-root.ts";
import type { GenesisValidatorsRoot, SigningRootBytes } from "../../domain/kinds.ts";

/** What is signed, and what of it policies are told. */
export interface SignedDuty {
  readonly duty: Duty;
  /** Of `duty`. */
  readonly root: SigningRootBytes;
  /** 4 bytes. */
  readonly domainType: Uint8Array;
  /** 4 bytes. */
  readonly forkVersion: Uint8Array;
  /** 32 bytes; zero where the domain has none. */
  readonly genesisValidatorsRoot: GenesisValidatorsRoot;
}

/**
 * @param body the signing request, at JSON pointer `pointer`
 * @throws SignerError `request.malformed`: fork_info missing or malformed, or `signingRoot` differs from the body's
 */
export function signedDutyOf(
  message: Message,
  body: JsonObject,
  pointer: string,
  network: ValidatorNetwork,
): SignedDuty {
  const given = readGivenRoot(body, pointer);
  const computed = dutyOf(message, body, pointer, network, given);
  if (given === undefined || equalBytes(given.root, computed.root)) return computed;
  if ("objectRoot" in message) {
    for (const objectRoot of message.otherObjectRoots?.() ?? []) {
      const other = dutyOf({ ...message, objectRoot }, body, pointer, network, given);
      if (equalBytes(given.root, other.root)) return other;
    }
  }
  throw mismatch(given, computed.root);
}

interface GivenRoot {
  readonly root: Uint8Array;
  readonly pointer: string;
}

/** `signingRoot`, or `signing_root` as its alias. */
function readGivenRoot(body: JsonObject, pointer: string): GivenRoot | undefined {
  const roots = ["signingRoot", "signing_root"]
    .filter((name) => body[name] !== undefined && body[name] !== null)
    .map((name) => ({
      root: readBytes(body[name], `${pointer}/${name}`, 32),
      pointer: `${pointer}/${name}`,
    }));
  const [first, second] = roots;
  if (first !== undefined && second !== undefined && !equalBytes(first.root, second.root)) {
    throw malformed(second.pointer, "contradicts signingRoot; send one of the two");
  }
  return first;
}

function dutyOf(
  message: Message,
  body: JsonObject,
  pointer: string,
  network: ValidatorNetwork,
  given: GivenRoot | undefined,
): SignedDuty {
  const { domain } = message;
  if (domain.rule === "rootless") return dutyUnder(message, domain.version, ZERO_ROOT);
  const scheduled = domain.rule === "fork" ? impliedFork(domain.implied, body, network) : undefined;
  if (scheduled !== undefined) return dutyUnder(message, scheduled.version, scheduled.genesisValidatorsRoot);
  const fork = readForkInfo(body["fork_info"], `${pointer}/fork_info`);
  switch (domain.rule) {
    case "fork":
      return dutyUnder(message, versionAt(fork, domain.epoch), fork.genesisValidatorsRoot);
    case "genesis":
      assertNetwork(fork, pointer, network);
      return dutyUnder(message, genesisVersion(network), fork.genesisValidatorsRoot);
    case "exit":
      assertNetwork(fork, pointer, network);
      return exitUnder(message, fork, domain.epoch, network, given);
  }
}

/** Where the client leaves `fork_info` out and the network's own file says what it would be. */
function impliedFork(
  version: string | undefined,
  body: JsonObject,
  { genesisValidatorsRoot: root }: ValidatorNetwork,
): { readonly version: Uint8Array; readonly genesisValidatorsRoot: GenesisValidatorsRoot } | undefined {
  const left = body["fork_info"] === undefined || body["fork_info"] === null;
  const genesisValidatorsRoot = root === undefined ? undefined : fromHex(root);
  if (!left || version === undefined || genesisValidatorsRoot === undefined) return undefined;
  return { version: versionBytes(version), genesisValidatorsRoot };
}

/**
 * EIP-7044: since Deneb an exit is signed under the Capella version. A client that asks for an older fork of the same
 * network, by its root, gets it: that exit was valid in its time and is now valid nowhere.
 */
function exitUnder(
  message: Message,
  fork: ForkInfo,
  epoch: bigint,
  network: ValidatorNetwork,
  given: GivenRoot | undefined,
): SignedDuty {
  const capella = dutyUnder(message, versionBytes(network.forkVersions[3]), fork.genesisValidatorsRoot);
  if (given === undefined || equalBytes(given.root, capella.root)) return capella;
  const version = versionAt(fork, epoch);
  const derived = dutyUnder(message, version, fork.genesisValidatorsRoot);
  const old = network.forkVersions.some((text) => equalBytes(versionBytes(text), version));
  return old && equalBytes(given.root, derived.root) ? derived : capella;
}

/** A version of the key's network under another network's genesis root would give a signature that is valid nowhere. */
function assertNetwork(fork: ForkInfo, pointer: string, network: ValidatorNetwork): void {
  const expected = network.genesisValidatorsRoot;
  if (expected === undefined || expected === toHex(fork.genesisValidatorsRoot)) return;
  throw malformed(
    `${pointer}/fork_info/genesis_validators_root`,
    `is not that of ${network.name}, the network of this key; create the key with the right network`,
  );
}

function dutyUnder(
  message: Message,
  forkVersion: Uint8Array,
  genesisValidatorsRoot: GenesisValidatorsRoot,
): SignedDuty {
  const fork = { forkVersion, genesisValidatorsRoot };
  const [duty, domainType] = withFork(message, fork);
  return { duty, root: signingRootOf(duty), domainType, ...fork };
}

function withFork(message: Message, fork: DutyFork): [duty: Duty, domainType: Uint8Array] {
  if ("attestation" in message) {
    return [{ kind: "attestation", data: message.attestation, ...fork }, DOMAIN.beaconAttester];
  }
  if ("header" in message) return [{ kind: "block", header: message.header, ...fork }, DOMAIN.beaconProposer];
  const { objectRoot, domainType } = message;
  const domain = computeDomain(domainType, fork.forkVersion, fork.genesisValidatorsRoot);
  // A copy: a root is often cut from a library's buffer, all of which would travel with it.
  return [{ kind: "other", objectRoot: new Uint8Array(objectRoot), domain }, domainType];
}

function mismatch(given: GivenRoot, computed: Uint8Array): SignerError {
  const roots = { given: toHex(given.root), computed: toHex(computed) };
  return new SignerError(
    "request.malformed",
    `${given.pointer}: is ${roots.given}, but the body's signing root is ${roots.computed}; ` +
      "check the client's fork and network",
    { field: given.pointer, ...roots },
  );
}
