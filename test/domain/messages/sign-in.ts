/** A correct sign-in message (EIP-4361; CAIP-122 for Solana and Bitcoin) at example.org, for tests that need one. */
import type { SignInAccount } from "../../../src/domain/messages/sign-in.ts";

const CHAIN_IDS = { Ethereum: "1", Solana: "mainnet", Bitcoin: "000000000019d6689c085ae165831e93" } as const;

export function signInText(
  ecosystem: SignInAccount["ecosystem"],
  address: string,
  nonce = "32891756",
): string {
  return `example.org wants you to sign in with your ${ecosystem} account:
${address}

I accept the terms.

URI: https://example.org/login
Version: 1
Chain ID: ${CHAIN_IDS[ecosystem]}
Nonce: ${nonce}
Issued At: 2026-02-28T16:25:24Z`;
}

/** What an intent shows of it. */
export function signInFields(ecosystem: SignInAccount["ecosystem"], address: string) {
  return {
    domain: "example.org",
    address,
    statement: "I accept the terms.",
    uri: "https://example.org/login",
    version: "1",
    chainId: CHAIN_IDS[ecosystem],
    nonce: "32891756",
    issuedAt: "2026-02-28T16:25:24Z",
  };
}
