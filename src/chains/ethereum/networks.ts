/** Names of well-known EIP-155 chains, for people and policies; the chain id is what the signature commits to. */

const NAMES: ReadonlyMap<string, string> = new Map([
  ["1", "mainnet"],
  ["10", "optimism"],
  ["25", "cronos"],
  ["56", "bnb"],
  ["100", "gnosis"],
  ["130", "unichain"],
  ["137", "polygon"],
  ["146", "sonic"],
  ["250", "fantom"],
  ["324", "zksync"],
  ["5000", "mantle"],
  ["8453", "base"],
  ["17000", "holesky"],
  ["42161", "arbitrum"],
  ["42220", "celo"],
  ["43114", "avalanche"],
  ["59144", "linea"],
  ["81457", "blast"],
  ["84532", "base-sepolia"],
  ["421614", "arbitrum-sepolia"],
  ["534352", "scroll"],
  ["560048", "hoodi"],
  ["11155111", "sepolia"],
  ["11155420", "optimism-sepolia"],
]);

/** Where a signature over chain id `chainId` is valid; 0 stands for every chain (network `any`). */
export function environmentOf(chainId: bigint | number): {
  readonly chainId: string;
  readonly network: string;
} {
  const id = chainId.toString();
  return { chainId: id, network: id === "0" ? "any" : (NAMES.get(id) ?? `eip155:${id}`) };
}
