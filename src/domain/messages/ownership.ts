/**
 * Published texts that only prove who holds a key. Each is a whole text with its source; what its service does with the
 * proof is said beside it. A text without a source, or from which anything is derived, does not belong here.
 * @module
 */
import type { SignInAccount } from "./sign-in.ts";

interface OwnershipForm {
  readonly name: string;
  /** Where the text is published. */
  readonly source: string;
  readonly ecosystem: SignInAccount["ecosystem"];
  readonly pattern: RegExp;
  readonly because: string;
}

const STATEMENT = String.raw`I, hereby verify that I am the owner\/creator of the address \[0x[0-9a-fA-F]{40}\]`;

export const OWNERSHIP_FORMS: readonly OwnershipForm[] = [
  {
    name: "Etherscan: Verify Address Ownership",
    source:
      'Etherscan, Polygonscan and Basescan, "Verify Address Ownership", as scripts of contracts\' owners quote it',
    ecosystem: "Ethereum",
    // "[Etherscan.io 12/09/2019 14:24:10] I, hereby verify that I am the owner/creator of the address [0x…]"
    pattern: new RegExp(
      String.raw`^\[(?:etherscan\.io|polygonscan\.com|basescan\.org) \d{2}\/\d{2}\/\d{4} \d{2}:\d{2}:\d{2}\] ${STATEMENT}$`,
      "i",
    ),
    because:
      "proves to Etherscan who may edit what its page says of a contract; no contract or key depends on it",
  },
  {
    name: "Blockscout: address verification",
    source: "blockscout/frontend ui/addressVerification/fields/AddressVerificationFieldMessage.tsx",
    ecosystem: "Ethereum",
    // "[eth-goerli.blockscout.com] [2023-04-18 18:47:40] I, hereby verify …"
    pattern: new RegExp(
      String.raw`^\[(?:[a-z0-9-]{1,63}\.)?blockscout\.com\] \[\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\] ${STATEMENT}$`,
      "i",
    ),
    because:
      "proves to Blockscout who may edit what its page says of a contract; no contract or key depends on it",
  },
];

/** Why `text` is a harmless proof of ownership, or undefined where it has no form that is known. */
export function ownershipReason(text: string, ecosystem: SignInAccount["ecosystem"]): string | undefined {
  return OWNERSHIP_FORMS.find((form) => form.ecosystem === ecosystem && form.pattern.test(text))?.because;
}
