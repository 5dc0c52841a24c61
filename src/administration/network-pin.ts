/** Pins a data directory to one validators' network, for ever: its keys hold that network's name alone. */
import { differenceBetween } from "../chains/ethereum-validator/network-file.ts";
import type { ValidatorNetwork } from "../chains/ethereum-validator/networks.ts";
import { ConfigError } from "../config/error.ts";
import { canonicalJson } from "../domain/canonical.ts";
import { decimalIn, listIn, optionalIn, storedObject, storedWord, textIn, within } from "../domain/stored.ts";
import type { Actor } from "../record/contract.ts";
import type { Ledger } from "../record/ledger.ts";
import type { GenesisValidatorsRoot } from "../domain/kinds.ts";

/** What the configuration says. */
export interface WantedNetwork {
  /** A network of the operator's own; null for a known one. */
  readonly customNetwork: ValidatorNetwork | null;
  /** 32 bytes; null leaves the chain to the first import or duty. */
  readonly genesisValidatorsRoot: GenesisValidatorsRoot | null;
}

/**
 * Ties the data directory to the configured chain, and to what a network of the operator's own is: its keys hold the
 * name alone.
 * @throws ConfigError where the directory has another network; SignerError `guard.genesis_root` for another chain
 */
export async function pinNetwork(
  ledger: Pick<Ledger, "readSlashingChain" | "pinSlashingChain">,
  actor: Actor,
  wanted: WantedNetwork,
): Promise<void> {
  const { customNetwork: custom, genesisValidatorsRoot } = wanted;
  const { network: pinned } = await ledger.readSlashingChain();
  if (pinned !== null) assertSame(parsed(pinned), custom);
  if (genesisValidatorsRoot === null) return;
  const network = custom === null || pinned !== null ? null : stored(custom);
  await ledger.pinSlashingChain({ actor, genesisValidatorsRoot, network });
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

/** Canonical JSON, as the ledger has it. */
function stored(network: ValidatorNetwork): string {
  return canonicalJson({ ...network, slotsPerEpoch: String(network.slotsPerEpoch) });
}

const PLACE = { table: "slashing_chain", id: "1", member: "network" };

/** @throws SignerError `service.internal` where the ledger is damaged */
function parsed(text: string): ValidatorNetwork {
  const network = storedObject(text, PLACE);
  const own = (name: string): string => textIn(network[name], within(PLACE, name));
  const hezeVersion = optionalIn(network, "hezeVersion", PLACE, textIn);
  const genesisValidatorsRoot = optionalIn(network, "genesisValidatorsRoot", PLACE, textIn);
  const forks = within(PLACE, "forkVersions");
  const [phase0, altair, bellatrix, capella] = listIn(network["forkVersions"], forks, textIn);
  return {
    name: own("name"),
    chainId: own("chainId"),
    forkVersions: [
      textIn(phase0, forks),
      textIn(altair, forks),
      textIn(bellatrix, forks),
      textIn(capella, forks),
    ],
    ...(hezeVersion === undefined ? {} : { hezeVersion }),
    ...(genesisValidatorsRoot === undefined ? {} : { genesisValidatorsRoot }),
    slotsPerEpoch: decimalIn(network["slotsPerEpoch"], within(PLACE, "slotsPerEpoch")),
    preset: storedWord(PRESETS, network["preset"], within(PLACE, "preset")),
  };
}

const PRESETS = ["mainnet", "minimal"] as const;
