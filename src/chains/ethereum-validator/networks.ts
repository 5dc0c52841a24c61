/**
 * The networks a validator key can belong to. Only exits, registrations and deposits depend on these facts, so a duty
 * of an unlisted network signs correctly as long as its slots per epoch are those of the key's network.
 */
import type { KeyRecord } from "../../domain/keys.ts";

export interface ValidatorNetwork {
  readonly name: string;
  /** Decimal, of the execution chain. */
  readonly chainId: string;
  /** 4-byte fork versions in 0x-hex, oldest first, up to Capella: what exits may still be signed under (EIP-7044). */
  readonly forkVersions: readonly [phase0: string, altair: string, bellatrix: string, capella: string];
  /** 4 bytes in 0x-hex, where the network's own file schedules Heze: inclusion lists come without a fork. */
  readonly hezeVersion?: string;
  /** 32 bytes in 0x-hex; absent where every network of this kind has another one. */
  readonly genesisValidatorsRoot?: string;
  readonly slotsPerEpoch: bigint;
  readonly preset: "mainnet" | "minimal";
}

const MAINNET_EPOCH = { slotsPerEpoch: 32n, preset: "mainnet" } as const;
const GNOSIS_EPOCH = { slotsPerEpoch: 16n, preset: "mainnet" } as const;

const DEFAULT_NETWORK = "mainnet";

const KNOWN: readonly ValidatorNetwork[] = [
  {
    name: DEFAULT_NETWORK,
    chainId: "1",
    forkVersions: ["0x00000000", "0x01000000", "0x02000000", "0x03000000"],
    genesisValidatorsRoot: "0x4b363db94e286120d76eb905340fdd4e54bfe9f06bf33ff6cf5ad27f511bfe95",
    ...MAINNET_EPOCH,
  },
  {
    name: "hoodi",
    chainId: "560048",
    forkVersions: ["0x10000910", "0x20000910", "0x30000910", "0x40000910"],
    genesisValidatorsRoot: "0x212f13fc4df078b6cb7db228f1c8307566dcecf900867401a92023d7ba99cb5f",
    ...MAINNET_EPOCH,
  },
  {
    name: "sepolia",
    chainId: "11155111",
    forkVersions: ["0x90000069", "0x90000070", "0x90000071", "0x90000072"],
    genesisValidatorsRoot: "0xd8ea171f3c94aea21ebc42a1ed61052acf3f9209c00e4efbaaddac09ed9b8078",
    ...MAINNET_EPOCH,
  },
  {
    name: "holesky",
    chainId: "17000",
    forkVersions: ["0x01017000", "0x02017000", "0x03017000", "0x04017000"],
    genesisValidatorsRoot: "0x9143aa7c615a7f7115e2b6aac319c03529df8242ae705fba9df39b79c59fa8b1",
    ...MAINNET_EPOCH,
  },
  {
    name: "gnosis",
    chainId: "100",
    forkVersions: ["0x00000064", "0x01000064", "0x02000064", "0x03000064"],
    genesisValidatorsRoot: "0xf5dcb5564e829aab27264b9becd5dfaa017085611224cb3036f573368dbb9d47",
    ...GNOSIS_EPOCH,
  },
  {
    name: "chiado",
    chainId: "10200",
    forkVersions: ["0x0000006f", "0x0100006f", "0x0200006f", "0x0300006f"],
    genesisValidatorsRoot: "0x9d642dac73058fbf39c0ae41ab1e34e4d889043cb199851ded7095bc99eb4c1e",
    ...GNOSIS_EPOCH,
  },
  {
    name: "minimal",
    chainId: "5",
    forkVersions: ["0x00000001", "0x01000001", "0x02000001", "0x03000001"],
    slotsPerEpoch: 8n,
    preset: "minimal",
  },
];

export const NETWORK_NAMES: readonly string[] = KNOWN.map((network) => network.name);

export function findNetwork(name: string): ValidatorNetwork | undefined {
  return KNOWN.find((network) => network.name === name);
}

/** The known network with this genesis validators root, in lower case. */
export function knownByRoot(root: string | undefined): ValidatorNetwork | undefined {
  return KNOWN.find((network) => root !== undefined && network.genesisValidatorsRoot === root);
}

/** The networks that keys of this installation may have: plain data, as the composition root passes it on. */
export interface NetworkSettings {
  /** Name of the network of new keys that name none. */
  readonly defaultNetwork: string;
  /** A network of the operator's own; it hides a known one of the same name. */
  readonly customNetwork: ValidatorNetwork | null;
}

export class Networks {
  readonly #byName: ReadonlyMap<string, ValidatorNetwork>;
  readonly #defaultName: string;

  constructor(settings?: NetworkSettings) {
    const custom = settings?.customNetwork ?? null;
    const all = custom === null ? KNOWN : [...KNOWN, custom];
    this.#byName = new Map(all.map((network) => [network.name, network]));
    this.#defaultName = settings?.defaultNetwork ?? DEFAULT_NETWORK;
  }

  /** Name of the network of a new key, which is the default unless it is named. Undefined for an unknown name. */
  nameFor(name: string | undefined): string | undefined {
    return name === undefined || this.#byName.has(name) ? (name ?? this.#defaultName) : undefined;
  }

  get names(): readonly string[] {
    return [...this.#byName.keys()];
  }

  /** The network that a key was made for. */
  of(key: Pick<KeyRecord, "attributes">): ValidatorNetwork {
    const name = key.attributes["network"] ?? DEFAULT_NETWORK;
    const network = typeof name === "string" ? this.#byName.get(name) : undefined;
    if (network !== undefined) return network;
    throw new RangeError(`the key has the unknown network ${typeof name === "string" ? name : typeof name}`);
  }
}
