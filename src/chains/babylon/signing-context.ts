/**
 * The signing context that Babylon itself demanded of finality votes for a time. A vote under it is as well understood as one
 * without; any other context is a consumer chain's, and what it is for is not known here.
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { toHex, utf8 } from "../../domain/bytes.ts";
import { utf8Text } from "../../domain/eots.ts";

/** The account of the finality module, by the first 20 bytes of SHA-256 of its name, on every network of Babylon. */
const FINALITY_MODULE = "bbn1lhf40qkva2f2n3snjjaglsx2yvwz7da9qa0tup";

/**
 * 64 lowercase hex digits: SHA-256 of `btcstaking/0/fp_fin_vote/CHAIN/ACCOUNT` for this chain and Babylon's finality module.
 * Undefined for a chain id that is not text.
 */
export function votingContext(chainId: Uint8Array): string | undefined {
  const chain = utf8Text(chainId);
  if (chain === undefined) return undefined;
  return toHex(sha256(utf8(`btcstaking/0/fp_fin_vote/${chain}/${FINALITY_MODULE}`))).slice(2);
}
