/**
 * Deployments that are what their functions suggest, on StarkNet's own networks. Only they can be called with functions
 * that do nothing without making the intent opaque.
 * @module
 */
import { addressText, shortString } from "./felts.ts";

/** The token that pays for version 3 transactions. Source: starknet-io/starknet.js v10 src/global/constants.ts. */
export const STRK = 0x04718f5a0fc34cc1af16a1cdee98ffb20c31f5cd61d6ab07201858f4287c938dn;
/** Ether. Source: argentlabs/argent-contracts-starknet 0.5.0 lib/tokens.ts. */
const ETH = 0x049d36570d4e46f48e99674bd3fcc84644ddd6b96f7c741b1562b82f9e004dc7n;
/** The Universal Deployer, versions 1 and 2. Source: starknet-io/starknet.js v10 src/global/constants.ts. */
const DEPLOYERS: readonly bigint[] = [
  0x041a78e741e5af2fec34b695679bc6891742439f7afb8484ecd7766661ad02bfn,
  0x02ceed65a4bd731034c01113685c831b01c15d7d432f71afb1cf1634b53a2125n,
];

const NETWORKS: readonly bigint[] = [shortString("SN_MAIN"), shortString("SN_SEPOLIA")];
const KNOWN: ReadonlySet<string> = new Set([STRK, ETH, ...DEPLOYERS].map(addressText));
const KNOWN_DEPLOYERS: ReadonlySet<string> = new Set(DEPLOYERS.map(addressText));

/** @param contract 0x-hex of 64 digits */
export function isKnownContract(contract: string, chainId: bigint): boolean {
  return NETWORKS.includes(chainId) && KNOWN.has(contract);
}

/** True for the Universal Deployer, whose new contracts have addresses that can be computed. */
export function isDeployer(contract: string, chainId: bigint): boolean {
  return NETWORKS.includes(chainId) && KNOWN_DEPLOYERS.has(contract);
}
