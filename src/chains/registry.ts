/** The adapters by chain, each loaded when it is first needed: the main thread never loads the heavy ones. */
import { SignerError } from "../domain/errors.ts";
import type { Chain } from "../domain/keys.ts";
import type { ChainAdapter } from "./adapter.ts";

const LOADERS: Readonly<Record<Chain, () => Promise<ChainAdapter>>> = {
  ethereum: async () => (await import("./ethereum/adapter.ts")).ethereumAdapter,
  bitcoin: async () => (await import("./bitcoin/adapter.ts")).bitcoinAdapter,
  solana: async () => (await import("./solana/adapter.ts")).solanaAdapter,
  starknet: async () => (await import("./starknet/adapter.ts")).starknetAdapter,
  "ethereum-validator": async () =>
    (await import("./ethereum-validator/adapter.ts")).ethereumValidatorAdapter,
  babylon: async () => (await import("./babylon/adapter.ts")).babylonAdapter,
};

const loaded = new Map<Chain, Promise<ChainAdapter>>();

/** The adapter of `chain`. */
export function adapterOf(chain: Chain): Promise<ChainAdapter> {
  const known = loaded.get(chain);
  if (known !== undefined) return known;
  const loading = LOADERS[chain]();
  loaded.set(chain, loading);
  return loading;
}

/** @throws SignerError `request.malformed` when a key of this chain cannot sign this type */
export function assertSigns(adapter: ChainAdapter, type: string): void {
  if (adapter.requestTypes.includes(type)) return;
  throw new SignerError(
    "request.malformed",
    `/type: a key of chain ${adapter.chain} signs ${adapter.requestTypes.join(", ")}, not ${type}`,
    { field: "/type" },
  );
}
