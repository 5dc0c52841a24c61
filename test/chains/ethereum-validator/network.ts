/** A network of an operator's own, as its consensus clients' config.yaml has it. */

export const DEVNET_ROOT = `0x${"d7".repeat(32)}`;

/** Fields as texts, with a few that no signature depends on. */
export const DEVNET: Readonly<Record<string, string>> = {
  PRESET_BASE: "mainnet",
  CONFIG_NAME: "devnet-7",
  MIN_GENESIS_TIME: "1750000000",
  GENESIS_FORK_VERSION: "0x10000038",
  GENESIS_DELAY: "60",
  ALTAIR_FORK_VERSION: "0x20000038",
  ALTAIR_FORK_EPOCH: "0",
  BELLATRIX_FORK_VERSION: "0x30000038",
  BELLATRIX_FORK_EPOCH: "0",
  CAPELLA_FORK_VERSION: "0x40000038",
  CAPELLA_FORK_EPOCH: "0",
  DENEB_FORK_VERSION: "0x50000038",
  DENEB_FORK_EPOCH: "0",
  ELECTRA_FORK_VERSION: "0x60000038",
  ELECTRA_FORK_EPOCH: "0",
  FULU_FORK_VERSION: "0x70000038",
  FULU_FORK_EPOCH: "10",
  GLOAS_FORK_VERSION: "0x80000038",
  GLOAS_FORK_EPOCH: "18446744073709551615",
  SECONDS_PER_SLOT: "12",
  DEPOSIT_CHAIN_ID: "7011893062",
  DEPOSIT_NETWORK_ID: "7011893062",
  DEPOSIT_CONTRACT_ADDRESS: "0x4242424242424242424242424242424242424242",
};

/** The same as YAML, where nothing is quoted: hex looks like numbers. */
export const DEVNET_YAML = Object.entries(DEVNET)
  .map(([name, value]) => `${name}: ${value}\n`)
  .join("");
