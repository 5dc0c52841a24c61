/** Keys as the API shows them. */
import { toHex } from "../../domain/bytes.ts";
import type { Json } from "../../domain/canonical.ts";
import { networksOf, SCHEMES, type KeyRecord } from "../../domain/keys.ts";

/** The account's extended public key stays inside: with one private key it opens siblings. */
export function keyJson(key: KeyRecord): Record<string, Json> {
  const shown = Object.entries(key.attributes).filter(([name]) => name !== "accountXpub");
  const networks = key.chain === "bitcoin" ? { networks: networksOf(key) } : {};
  const scheme = SCHEMES[key.derivation];
  return {
    id: key.id,
    walletId: key.walletId,
    chain: key.chain,
    path: key.path,
    publicKey: toHex(key.publicKey),
    address: key.address,
    label: key.label,
    state: key.state,
    createdAt: key.createdAt,
    ...Object.fromEntries(shown),
    ...networks,
    ...(scheme === undefined ? {} : { scheme }),
  };
}
