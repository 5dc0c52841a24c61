/** The validators' network, as the configuration says it is: a known one, or one that the operator's file describes. */
import {
  differenceBetween,
  NetworkFileError,
  networkOfFile,
} from "../chains/ethereum-validator/network-file.ts";
import {
  findNetwork,
  NETWORK_NAMES,
  type NetworkSettings,
  type ValidatorNetwork,
} from "../chains/ethereum-validator/networks.ts";
import { fromHex } from "../domain/bytes.ts";
import { ConfigError } from "./error.ts";
import type { Config } from "./schema.ts";
import { mapEntries, readYaml } from "./yaml.ts";

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
 * A consensus client's config.yaml, each scalar as its own text.
 * @throws ConfigError
 */
function readNetworkFile(file: string): Readonly<Record<string, unknown>> {
  // Without types: 0x00000001 is 4 bytes here, and no number.
  return Object.fromEntries(mapEntries(readYaml(file, { schema: "failsafe" }), file));
}

function rootOf(text: string): Uint8Array | null {
  if (text === "") return null;
  const root = fromHex(text);
  if (root?.length === 32) return root;
  throw new ConfigError("validators.genesisValidatorsRoot: must be 32 bytes of 0x-hex");
}
