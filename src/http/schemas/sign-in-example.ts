/** A sign-in message (EIP-4361, CAIP-122) for the examples of the document: other texts are opaque to policies. */

/** @param ecosystem as the first line calls it, e.g. `Ethereum` */
export function signInExample(ecosystem: string, address: string, chainId: string): string {
  return (
    `example.org wants you to sign in with your ${ecosystem} account:\n${address}\n\nI accept the terms.\n\n` +
    `URI: https://example.org/login\nVersion: 1\nChain ID: ${chainId}\nNonce: 32891756\nIssued At: 2026-02-28T16:25:24Z`
  );
}

/** What the descriptions of message requests say of policies. */
export const OPAQUE_MESSAGES =
  "A sign-in for the key's own address is understood; most other messages are opaque, and need a policy that allows that.";
