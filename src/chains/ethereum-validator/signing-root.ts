/**
 * From a signing request to the root that is signed. It is always computed from the body; a root that the caller sends
 * is only compared, so that nobody can have another message signed than the one that is judged.
 * @module
 */
import { equalBytes, fromHex, toHex } from "../../domain/bytes.ts";
import { SignerError } from "../../domain/errors.ts";
import { genesisVersion, versionBytes } from "./account-duties.ts";
import {
  computeDomain,
  computeSigningRoot,
  readForkInfo,
  versionAt,
  ZERO_ROOT,
  type ForkInfo,
} from "./domain.ts";
import type { Message } from "./message.ts";
import type { ValidatorNetwork } from "./networks.ts";
import { malformed, readBytes, type JsonObject } from "./read-json.ts";
import type { GenesisValidatorsRoot } from "../../domain/kinds.ts";

/** What a duty's signature is over, with the fork and the chain that it is for. */
export interface DutyRoot {
  /** 32 bytes. */
  readonly root: Uint8Array;
  /** 4 bytes. */
  readonly forkVersion: Uint8Array;
  /** 32 bytes; zero where the domain has none. */
  readonly genesisValidatorsRoot: GenesisValidatorsRoot;
}

/**
 * @param body the signing request, at JSON pointer `pointer`
 * @throws SignerError `request.malformed`: fork_info missing or malformed, or `signingRoot` differs from the body's
 */
export function signingRootOf(
  message: Message,
  body: JsonObject,
  pointer: string,
  network: ValidatorNetwork,
): DutyRoot {
  const given = readGivenRoot(body, pointer);
  const computed = computeRoot(message, body, pointer, network, given);
  if (given === undefined || equalBytes(given.root, computed.root)) return computed;
  for (const objectRoot of message.otherObjectRoots?.() ?? []) {
    const other = computeRoot({ ...message, objectRoot }, body, pointer, network, given);
    if (equalBytes(given.root, other.root)) return other;
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

function computeRoot(
  message: Message,
  body: JsonObject,
  pointer: string,
  network: ValidatorNetwork,
  given: GivenRoot | undefined,
): DutyRoot {
  const { domain } = message;
  if (domain.rule === "rootless") return rootUnder(message, domain.version, ZERO_ROOT);
  const scheduled = domain.rule === "fork" ? impliedFork(domain.implied, body, network) : undefined;
  if (scheduled !== undefined) return rootUnder(message, scheduled.version, scheduled.genesisValidatorsRoot);
  const fork = readForkInfo(body["fork_info"], `${pointer}/fork_info`);
  switch (domain.rule) {
    case "fork":
      return rootUnder(message, versionAt(fork, domain.epoch), fork.genesisValidatorsRoot);
    case "genesis":
      assertNetwork(fork, pointer, network);
      return rootUnder(message, genesisVersion(network), fork.genesisValidatorsRoot);
    case "exit":
      assertNetwork(fork, pointer, network);
      return exitRoot(message, fork, domain.epoch, network, given);
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
function exitRoot(
  message: Message,
  fork: ForkInfo,
  epoch: bigint,
  network: ValidatorNetwork,
  given: GivenRoot | undefined,
): DutyRoot {
  const capella = rootUnder(message, versionBytes(network.forkVersions[3]), fork.genesisValidatorsRoot);
  if (given === undefined || equalBytes(given.root, capella.root)) return capella;
  const version = versionAt(fork, epoch);
  const derived = rootUnder(message, version, fork.genesisValidatorsRoot);
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

function rootUnder(
  message: Message,
  forkVersion: Uint8Array,
  genesisValidatorsRoot: GenesisValidatorsRoot,
): DutyRoot {
  const domain = computeDomain(message.domainType, forkVersion, genesisValidatorsRoot);
  return { root: computeSigningRoot(message.objectRoot, domain), forkVersion, genesisValidatorsRoot };
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
