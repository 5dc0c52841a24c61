/** Where a PSBT says that the keys of an input or output are. This says where to look, never what is true. */
import type { PsbtInput, PsbtOutput } from "./psbt.ts";
import type { PublicKey } from "../../domain/kinds.ts";

type Derivations = Pick<PsbtOutput | PsbtInput, "bip32Derivation" | "tapBip32Derivation">;

export interface Claim {
  /** 33 bytes; 32 in taproot fields. */
  readonly publicKey: PublicKey;
  /** BIP-32 indexes from the master key, hardened ones with the high bit. */
  readonly path: readonly number[];
}

export function plainClaims(fields: Derivations): readonly Claim[] {
  return (fields.bip32Derivation ?? []).map(([publicKey, { path }]) => ({ publicKey, path }));
}

/** Keys that only occur in script leaves (BIP-371: non-empty hashes) are not keys of a single-key address. */
export function taprootClaims(fields: Derivations): readonly Claim[] {
  const claims = (fields.tapBip32Derivation ?? []).filter(([, { hashes }]) => hashes.length === 0);
  return claims.map(([publicKey, { der }]) => ({ publicKey, path: der.path }));
}

/** The one path that the fields state. More than one is false, or a search that the sender wants us to do. */
export function statedPath(fields: Derivations): readonly number[] | undefined {
  const [claim, another] = [...plainClaims(fields), ...taprootClaims(fields)];
  return another === undefined ? claim?.path : undefined;
}
