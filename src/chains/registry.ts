/** The adapters by chain, each loaded when it is first needed: the main thread never loads the heavy ones. */
import { SignerError } from "../domain/errors.ts";
import type { Chain } from "../domain/keys.ts";
import type { ChainAdapter } from "./adapter.ts";
import type { NetworkSettings } from "./ethereum-validator/networks.ts";

/** What operators decide about chains: plain data, the same on every thread. */
export interface ChainSettings {
  readonly validators?: NetworkSettings;
}

const LOADERS: Readonly<Record<Chain, (settings: ChainSettings) => Promise<ChainAdapter>>> = {
  ethereum: async () => (await import("./ethereum/adapter.ts")).ethereumAdapter,
  bitcoin: async () => (await import("./bitcoin/adapter.ts")).bitcoinAdapter,
  solana: async () => (await import("./solana/adapter.ts")).solanaAdapter,
  starknet: async () => (await import("./starknet/adapter.ts")).starknetAdapter,
  "ethereum-validator": async ({ validators }) =>
    (await import("./ethereum-validator/adapter.ts")).createEthereumValidatorAdapter(validators),
  babylon: async () => (await import("./babylon/adapter.ts")).babylonAdapter,
};

export class Adapters {
  readonly #settings: ChainSettings;
  readonly #loaded = new Map<Chain, Promise<ChainAdapter>>();

  constructor(settings: ChainSettings = {}) {
    this.#settings = settings;
  }

  of(chain: Chain): Promise<ChainAdapter> {
    const known = this.#loaded.get(chain);
    if (known !== undefined) return known;
    const loading = LOADERS[chain](this.#settings);
    this.#loaded.set(chain, loading);
    return loading;
  }
}

/** @throws SignerError `request.malformed` when a key of this chain cannot sign this type */
export function assertSigns(adapter: ChainAdapter, type: string): void {
  if (adapter.requestTypes.includes(type)) return;
  throw new SignerError(
    "request.malformed",
    `/type: a key of chain ${adapter.chain} signs ${adapter.requestTypes.join(", ")}, not ${type}; ` +
      `send one of these, or use another key`,
    { field: "/type" },
  );
}
