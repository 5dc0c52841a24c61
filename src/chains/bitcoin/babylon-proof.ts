/**
 * Babylon's proof of possession by a Bitcoin key: the signed text is a Babylon account's bech32 address and nothing else, or in
 * babylon 3.0.0-rc behind a signing context of 64 hex digits (babylonlabs-io/babylon, x/btcstaking/types/pop.go: BIP-322 and
 * ECDSA forms).
 */
import { bech32 } from "@scure/base";
import type { Control } from "../../domain/intent.ts";

const PREFIX = "bbn";
const ADDRESS_BYTES = 20;
const SIGNING_CONTEXT = /^[0-9a-f]{64}(?=bbn1)/;

/**
 * What signing `text` with the key of `address` does: the Babylon account may register, and act for, this Bitcoin key as a
 * staker or finality provider. Undefined for any other text.
 */
export function proofOfPossession(text: string, address: string): Control | undefined {
  const account = text.replace(SIGNING_CONTEXT, "");
  const decoded = bech32.decodeUnsafe(account, 90);
  if (decoded?.prefix !== PREFIX || account !== account.toLowerCase()) return undefined;
  return bech32.fromWordsUnsafe(decoded.words)?.length === ADDRESS_BYTES
    ? { what: "authority", of: address, to: account }
    : undefined;
}
