/** Which chain a data directory belongs to: the first genesis validators root is for good. Pure. */
import { equalBytes, toHex } from "../../domain/bytes.ts";
import { SignerError } from "../../domain/errors.ts";
import type { GuardedChain } from "../../domain/guard.ts";

/**
 * @param root 32 bytes, of a history or a configuration
 * @param expected what the caller says it is; needed where the directory has none yet
 * @throws SignerError `guard.genesis_root` for another chain, or when nobody says which one it is
 */
export function assertSameChain(
  { genesisValidatorsRoot: pinned }: Pick<GuardedChain, "genesisValidatorsRoot">,
  root: Uint8Array,
  expected: Uint8Array | null,
): void {
  const known = pinned ?? expected;
  if (known === null) {
    throw new SignerError(
      "guard.genesis_root",
      `this data directory has no chain yet; name it (--genesis-validators-root ${toHex(root)}, or the query ` +
        `parameter genesisValidatorsRoot) if that is yours`,
      { genesisValidatorsRoot: toHex(root) },
    );
  }
  const wrong = [root, expected ?? known].find((genesis) => !equalBytes(genesis, known));
  if (wrong === undefined) return;
  throw new SignerError(
    "guard.genesis_root",
    `genesis_validators_root: ${toHex(wrong)} is another chain than ${toHex(known)}; nothing was ` +
      `changed. Take a file of this chain, or another data directory`,
    { genesisValidatorsRoot: toHex(wrong), pinned: toHex(known) },
  );
}
