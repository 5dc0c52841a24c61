/** Where keys go and what must be true of that, decided and checked before anything is written. */
import { existsSync } from "node:fs";
import { NETWORK_NAMES, findNetwork } from "../../chains/ethereum-validator/networks.ts";
import { loadConfig } from "../../config/config.ts";
import type { Config } from "../../config/schema.ts";
import { equalBytes, fromHex, toHex } from "../../domain/bytes.ts";
import type { GuardedChain } from "../../domain/guard.ts";
import { configuredNetwork, type ConfiguredNetwork } from "../../config/network.ts";
import type { Vault } from "../../vault/vault.ts";
import { assertLedger } from "../data-directory.ts";
import type { CommandOptions } from "../options.ts";
import { CommandError } from "../output.ts";
import { genesisRootOption } from "../slashing/genesis-root.ts";
import type { Gathered } from "./candidates.ts";
import type { KnownKeys } from "./known-keys.ts";
import type { NamespaceName } from "../../domain/kinds.ts";

export interface ImportOptions extends CommandOptions {
  readonly namespace?: NamespaceName;
  readonly network?: string;
  /** File of an EIP-3076 document. */
  readonly slashingProtection?: string;
  /** 0x-hex. */
  readonly genesisValidatorsRoot?: string;
  readonly restartStopped: boolean;
}

export interface ImportOrder {
  /** As it was typed, e.g. `claviger validators import`. */
  readonly command: `claviger ${string}`;
  readonly folder: string;
  /** False for a plan alone. */
  readonly apply: boolean;
  /** What to type to apply the plan that was shown. */
  readonly toApply: string;
  readonly gather: (vault: Pick<Vault, "readKeyConfigs">) => Promise<Gathered>;
}

/** Everything that was decided before the first file is read. */
export interface Place {
  readonly config: Config;
  readonly options: ImportOptions;
  readonly order: ImportOrder;
  readonly namespace: NamespaceName;
  readonly network: string;
  readonly configured: ConfiguredNetwork;
  /** The chain that a history must be of: as the operator stated it; on a directory without a chain, as its network has it. */
  readonly root: { readonly stated: Uint8Array | null; readonly assumed: Uint8Array | null };
}

/** @throws CommandError for what is missing or unknown; ConfigError */
export function placeOf(options: ImportOptions, order: ImportOrder): Place {
  const config = loadConfig({ file: options.config, preset: "production" });
  const configured = configuredNetwork(config);
  const { namespace = config.validators.namespace, network: name = configured.network.name } = options;
  const network = name === configured.network.name ? configured.network : findNetwork(name);
  if (network === undefined) {
    const names = [...new Set([configured.network.name, ...NETWORK_NAMES])].join(", ");
    throw new CommandError("usage", `--network: ${name} is not one of ${names}`, 2);
  }
  const file = options.slashingProtection;
  if (!existsSync(order.folder)) {
    throw new CommandError("validators.folder", `${order.folder} does not exist; check the path`);
  }
  if (file !== undefined && !existsSync(file)) {
    throw new CommandError("slashing.file", `${file} does not exist; check the path`);
  }
  assertLedger(config.storage.dataDir);
  const ofNetwork = fromHex(network.genesisValidatorsRoot ?? "") ?? null;
  return {
    config,
    options,
    order,
    namespace,
    network: name,
    configured,
    root: {
      stated: genesisRootOption(options.genesisValidatorsRoot),
      assumed: (network === configured.network ? configured.genesisValidatorsRoot : null) ?? ofNetwork,
    },
  };
}

export function assertSome({ order }: Place, { candidates, unusable, notes }: Gathered): void {
  if (candidates.length + unusable.length > 0) return;
  const [note] = notes;
  throw new CommandError(
    "validators.none",
    `${order.folder} has no validator keys${note === undefined ? "" : ` (${note})`}; name the ` +
      `folder that holds them`,
  );
}

export function assertNamespace({ namespace }: Place, { directory }: KnownKeys): void {
  if (directory.namespaces.has(namespace)) return;
  const names = Array.from(directory.namespaces, ({ name }) => name).join(", ");
  throw new CommandError("usage", `--namespace: there is no ${namespace}; name one of ${names}`, 2);
}

/** What the merge would refuse. */
export function assertChain({ root }: Place, chain: GuardedChain, found: Uint8Array): void {
  const pinned = chain.genesisValidatorsRoot;
  const expected = root.stated ?? pinned ?? root.assumed;
  const other = [expected, pinned].find((known) => known !== null && !equalBytes(known, found));
  if (other === undefined && expected !== null) return;
  throw new CommandError(
    "guard.genesis_root",
    other === undefined || other === null
      ? `the history is of chain ${toHex(found)}; name it with --genesis-validators-root if that is yours`
      : `the history is of chain ${toHex(found)}, not of ${toHex(other)}; take a file of that chain`,
  );
}
