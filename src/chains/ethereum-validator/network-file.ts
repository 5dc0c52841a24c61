/**
 * A network of the operator's own, from the config.yaml that every consensus client takes. Of its many fields only
 * those that signing roots or their containers depend on are read; what contradicts itself is refused.
 * @module
 */
import { fromHex, toHex } from "../../domain/bytes.ts";
import { findNetwork, knownByRoot, type ValidatorNetwork } from "./networks.ts";

/** The fields of the file, each scalar as the text of the file: YAML would read 0x00000001 as a number. */
export type NetworkFields = Readonly<Record<string, unknown>>;

/** Starts with the field. */
export class NetworkFileError extends Error {
  override readonly name = "NetworkFileError";

  constructor(field: string, rule: string) {
    super(`${field}: ${rule}`);
  }
}

/** Forks after genesis, oldest first, and whether a file may leave them out. */
const FORKS: readonly (readonly [name: string, optional: boolean])[] = [
  ["ALTAIR", false],
  ["BELLATRIX", false],
  ["CAPELLA", false],
  ["DENEB", true],
  ["ELECTRA", true],
  ["FULU", true],
  ["GLOAS", true],
];

type Sizes = Pick<ValidatorNetwork, "preset" | "slotsPerEpoch">;
const PRESETS: ReadonlyMap<string, Sizes> = new Map<string, Sizes>([
  ["mainnet", { preset: "mainnet", slotsPerEpoch: 32n }],
  ["minimal", { preset: "minimal", slotsPerEpoch: 8n }],
  ["gnosis", { preset: "mainnet", slotsPerEpoch: 16n }],
]);
/** Members of a preset that some files repeat, by their value in each of ours. */
const PRESET_SIZES: Readonly<Record<string, Readonly<Record<ValidatorNetwork["preset"], bigint>>>> = {
  SYNC_COMMITTEE_SIZE: { mainnet: 512n, minimal: 32n },
  MAX_COMMITTEES_PER_SLOT: { mainnet: 64n, minimal: 4n },
  MAX_VALIDATORS_PER_COMMITTEE: { mainnet: 2048n, minimal: 2048n },
};

/** The epoch of what is not scheduled. */
const FAR_FUTURE = 2n ** 64n - 1n;

/** Decimal, without leading zeros, or 0: what an execution chain's id and an epoch look like. */
const DECIMAL = /^(?:0|[1-9][0-9]{0,19})$/;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/**
 * @param genesisValidatorsRoot 32 bytes in 0x-hex, which such a file does not have; empty if it has GENESIS_VALIDATORS_ROOT
 * @throws NetworkFileError
 */
export function networkOfFile(fields: NetworkFields, genesisValidatorsRoot: string): ValidatorNetwork {
  const base = textOf(fields, "PRESET_BASE");
  const sizes = PRESETS.get(base);
  if (sizes === undefined) {
    throw new NetworkFileError("PRESET_BASE", `must be one of ${[...PRESETS.keys()].join(", ")}`);
  }
  assertSizes(fields, base, sizes);
  const name = textOf(fields, "CONFIG_NAME");
  if (!NAME.test(name)) {
    throw new NetworkFileError("CONFIG_NAME", "must be 1 to 63 letters, digits, dots, dashes or underscores");
  }
  const network: ValidatorNetwork = {
    name,
    chainId: String(uintOf(fields, "DEPOSIT_CHAIN_ID")),
    forkVersions: forkVersionsOf(fields),
    genesisValidatorsRoot: rootOf(fields, genesisValidatorsRoot),
    ...hezeOf(fields),
    ...sizes,
  };
  assertNoImpostor(network);
  return network;
}

/** Name and values of the first fact in which two networks differ, in the file's words; undefined if in none. */
export function differenceBetween(
  network: ValidatorNetwork,
  other: ValidatorNetwork,
): { readonly field: string; readonly value: string; readonly other: string } | undefined {
  const facts = factsOf(network);
  const others = factsOf(other);
  const field = Object.keys(facts).find((name) => facts[name] !== others[name]);
  return field === undefined
    ? undefined
    : { field, value: String(facts[field]), other: String(others[field]) };
}

function factsOf(network: ValidatorNetwork): Readonly<Record<string, string | undefined>> {
  const [genesis, altair, bellatrix, capella] = network.forkVersions;
  return {
    PRESET_BASE: network.preset,
    SLOTS_PER_EPOCH: String(network.slotsPerEpoch),
    DEPOSIT_CHAIN_ID: network.chainId,
    GENESIS_FORK_VERSION: genesis,
    ALTAIR_FORK_VERSION: altair,
    BELLATRIX_FORK_VERSION: bellatrix,
    CAPELLA_FORK_VERSION: capella,
    GENESIS_VALIDATORS_ROOT: network.genesisValidatorsRoot,
  };
}

/** Up to Capella; the later ones and all epochs are only checked here. */
function forkVersionsOf(fields: NetworkFields): ValidatorNetwork["forkVersions"] {
  const versions = [versionOf(fields, "GENESIS_FORK_VERSION")];
  let before = { field: "GENESIS_EPOCH", epoch: 0n };
  let missing: string | undefined;
  for (const [name, optional] of FORKS) {
    const field = `${name}_FORK_VERSION`;
    const epochField = `${name}_FORK_EPOCH`;
    if (optional && fields[field] === undefined && fields[epochField] === undefined) {
      missing ??= field;
      continue;
    }
    if (missing !== undefined) throw new NetworkFileError(missing, `is missing, but ${field} is there`);
    const version = versionOf(fields, field);
    if (versions.includes(version))
      throw new NetworkFileError(field, `${version} is another fork's version too`);
    versions.push(version);
    const epoch = uintOf(fields, epochField);
    if (epoch < before.epoch) {
      throw new NetworkFileError(epochField, `${epoch} is before ${before.field}, which is ${before.epoch}`);
    }
    before = { field: epochField, epoch };
  }
  const [genesis = "", altair = "", bellatrix = "", capella = ""] = versions;
  return [genesis, altair, bellatrix, capella];
}

/** Of the fork after those: only whether it is scheduled, and its version. */
function hezeOf(fields: NetworkFields): Pick<ValidatorNetwork, "hezeVersion"> {
  if (fields["HEZE_FORK_EPOCH"] === undefined || fields["HEZE_FORK_VERSION"] === undefined) return {};
  const hezeVersion = versionOf(fields, "HEZE_FORK_VERSION");
  return uintOf(fields, "HEZE_FORK_EPOCH") === FAR_FUTURE ? {} : { hezeVersion };
}

function assertSizes(fields: NetworkFields, base: string, { preset, slotsPerEpoch }: Sizes): void {
  const sizes = { SLOTS_PER_EPOCH: slotsPerEpoch };
  const all = Object.entries(PRESET_SIZES).map(([name, values]) => [name, values[preset]] as const);
  for (const [name, expected] of [...Object.entries(sizes), ...all]) {
    if (fields[name] === undefined || uintOf(fields, name) === expected) continue;
    throw new NetworkFileError(name, `must be ${expected}, as PRESET_BASE ${base} has it, or left out`);
  }
}

/** A file that takes the name or the chain of a known network must agree with it. */
function assertNoImpostor(network: ValidatorNetwork): void {
  for (const known of [findNetwork(network.name), knownByRoot(network.genesisValidatorsRoot)]) {
    if (known === undefined) continue;
    const root = known.genesisValidatorsRoot ?? network.genesisValidatorsRoot;
    const difference = differenceBetween(network, {
      ...known,
      ...(root === undefined ? {} : { genesisValidatorsRoot: root }),
    });
    if (difference === undefined) continue;
    const { field, value, other } = difference;
    const why = known.name === network.name ? "CONFIG_NAME" : "the genesis validators root";
    throw new NetworkFileError(
      field,
      `${value} contradicts ${why}: ${known.name} has ${other}; give your network a name and a chain of its own`,
    );
  }
}

function rootOf(fields: NetworkFields, given: string): string {
  const field = "GENESIS_VALIDATORS_ROOT";
  const written = fields[field] === undefined ? undefined : bytesOf(fields, field, 32);
  const root = given === "" ? undefined : fromHex(given);
  if (given !== "" && root?.length !== 32) {
    throw new NetworkFileError("validators.genesisValidatorsRoot", "must be 32 bytes of 0x-hex");
  }
  const text = root === undefined ? written : toHex(root);
  if (text === undefined) {
    throw new NetworkFileError(
      "validators.genesisValidatorsRoot",
      "is missing: such a file does not have it, and exits depend on it; your clients show it at /eth/v1/beacon/genesis",
    );
  }
  if (written !== undefined && written !== text) {
    throw new NetworkFileError(field, `${written} contradicts validators.genesisValidatorsRoot, ${text}`);
  }
  return text;
}

function textOf(fields: NetworkFields, field: string): string {
  const value = fields[field];
  if (value === undefined) throw new NetworkFileError(field, "is missing");
  if (typeof value !== "string") throw new NetworkFileError(field, "must be one value");
  return value;
}

/** Below 2^64. */
function uintOf(fields: NetworkFields, field: string): bigint {
  const text = textOf(fields, field);
  if (DECIMAL.test(text) && BigInt(text) < 1n << 64n) return BigInt(text);
  throw new NetworkFileError(field, "must be a whole number in decimal digits, below 2^64");
}

function versionOf(fields: NetworkFields, field: string): string {
  return bytesOf(fields, field, 4);
}

/** In lower case. */
function bytesOf(fields: NetworkFields, field: string, length: number): string {
  const bytes = fromHex(textOf(fields, field));
  if (bytes?.length === length) return toHex(bytes);
  throw new NetworkFileError(field, `must be ${length} bytes of 0x-hex`);
}
