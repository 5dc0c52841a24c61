/** The validators' network: what the configuration says it is, and that the data directory has no other one. */
import {
  differenceBetween,
  NetworkFileError,
  networkOfFile,
} from "./chains/ethereum-validator/network-file.ts";
import {
  findNetwork,
  NETWORK_NAMES,
  type NetworkSettings,
  type ValidatorNetwork,
} from "./chains/ethereum-validator/networks.ts";
import { ConfigError, readNetworkFile, type Config } from "./config.ts";
import { fromHex } from "./domain/bytes.ts";
import { canonicalJson } from "./domain/canonical.ts";
import type { Ledger } from "./record/ledger.ts";

export interface ConfiguredNetwork extends NetworkSettings {
  /** Of new keys that name none. */
  readonly network: ValidatorNetwork;
  /** 32 bytes that the data directory is pinned to at start; null leaves that to the first import or duty. */
  readonly genesisValidatorsRoot: Uint8Array | null;
}

/** @throws ConfigError that names the key, and the field of the network file */
export function configuredNetwork(config: Config): ConfiguredNetwork {
  const { network: name, networkFile, genesisValidatorsRoot: text } = config.validators;
  const genesisValidatorsRoot = rootOf(text);
  if (networkFile !== "") return networkOfOperator(config);
  const network = findNetwork(name === "" ? "mainnet" : name);
  if (network === undefined) {
    throw new ConfigError(
      `validators.network: must be one of ${NETWORK_NAMES.join(", ")}; validators.networkFile is for others`,
    );
  }
  const known = network.genesisValidatorsRoot;
  // Without a name the root alone may say which chain it is: most duties do not depend on the network.
  if (name !== "" && known !== undefined && text !== "" && known !== text.toLowerCase()) {
    throw new ConfigError(
      `validators.genesisValidatorsRoot: ${name} has ${known}; leave it out, or the network`,
    );
  }
  return { network, defaultNetwork: network.name, customNetwork: null, genesisValidatorsRoot };
}

function networkOfOperator({ validators }: Config): ConfiguredNetwork {
  const { network: name, networkFile, genesisValidatorsRoot } = validators;
  const network = readOwn(networkFile, genesisValidatorsRoot);
  if (name !== "" && name !== network.name) {
    throw new ConfigError(
      `validators.network: is ${name}, but CONFIG_NAME in ${networkFile} is ${network.name}; leave one of them out`,
    );
  }
  // A known network's own file says nothing new: the directory needs no file to know what its keys mean.
  const known = findNetwork(network.name);
  const isKnown = known !== undefined && differenceBetween(known, network) === undefined;
  return {
    network,
    defaultNetwork: network.name,
    customNetwork: isKnown ? null : network,
    genesisValidatorsRoot: fromHex(network.genesisValidatorsRoot ?? "") ?? null,
  };
}

function readOwn(file: string, genesisValidatorsRoot: string): ValidatorNetwork {
  const fields = readNetworkFile(file);
  try {
    return networkOfFile(fields, genesisValidatorsRoot);
  } catch (error) {
    if (!(error instanceof NetworkFileError)) throw error;
    throw new ConfigError(`validators.networkFile: ${file}: ${error.message}`, { cause: error });
  }
}

/**
 * Ties the data directory to the configured chain, and to what a network of the operator's own is: its keys hold the
 * name alone.
 * @throws ConfigError where the directory has another network; SignerError `guard.genesis_root` for another chain
 */
export async function pinNetwork(ledger: Ledger, configured: ConfiguredNetwork): Promise<void> {
  const { customNetwork: custom, genesisValidatorsRoot } = configured;
  const { network: pinned } = await ledger.readSlashingChain();
  if (pinned !== null) assertSame(parsed(pinned), custom);
  if (genesisValidatorsRoot === null) return;
  const network = custom === null || pinned !== null ? null : stored(custom);
  await ledger.slashingPin({ genesisValidatorsRoot, network });
}

function assertSame(pinned: ValidatorNetwork, custom: ValidatorNetwork | null): void {
  if (custom?.name !== pinned.name) {
    const given = custom === null ? "is not set" : `names ${custom.name}`;
    throw new ConfigError(
      `validators.networkFile: ${given}, but this data directory has keys of ${pinned.name}; give that network's file`,
    );
  }
  const difference = differenceBetween(custom, pinned);
  if (difference === undefined) return;
  const { field, value, other } = difference;
  throw new ConfigError(
    `validators.networkFile: ${field} is ${value}, but this data directory was made for ${pinned.name} with ${other}; ` +
      "a new chain needs a new directory",
  );
}

/** Canonical JSON, as it stands in the ledger. */
function stored(network: ValidatorNetwork): string {
  return canonicalJson({ ...network, slotsPerEpoch: String(network.slotsPerEpoch) });
}

function parsed(text: string): ValidatorNetwork {
  const row: Omit<ValidatorNetwork, "slotsPerEpoch"> & { readonly slotsPerEpoch: string } = JSON.parse(text);
  return { ...row, slotsPerEpoch: BigInt(row.slotsPerEpoch) };
}

function rootOf(text: string): Uint8Array | null {
  if (text === "") return null;
  const root = fromHex(text);
  if (root?.length === 32) return root;
  throw new ConfigError("validators.genesisValidatorsRoot: must be 32 bytes of 0x-hex");
}
