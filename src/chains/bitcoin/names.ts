/** The words of Bitcoin accounts: purposes and networks. Free of packages, so that any thread can read them. */

/** BIP-43 purpose: 44 P2PKH, 49 P2SH-P2WPKH, 84 P2WPKH, 86 P2TR (key path only). */
export const PURPOSES = [44, 49, 84, 86] as const;
export type Purpose = (typeof PURPOSES)[number];

export const NETWORKS = ["mainnet", "testnet", "signet", "regtest"] as const;
export type Network = (typeof NETWORKS)[number];

export function isPurpose(value: unknown): value is Purpose {
  return PURPOSES.some((purpose) => purpose === value);
}

export function isNetwork(value: unknown): value is Network {
  return NETWORKS.some((network) => network === value);
}
