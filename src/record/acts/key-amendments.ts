/**
 * What a key that is here already learns from a request for it: another test network, the scheme that wallets use, a guardian.
 * Its secret, address and bindings stay.
 */
import { inCanonicalOrder, networksOf, SCHEMES, type KeyRecord } from "../../domain/keys.ts";

export interface Amendment {
  readonly key: KeyRecord;
  /** For the audit log: what was added, and nothing else of the key. */
  readonly change: Readonly<Record<string, string>>;
}

/** The stored key with what `asked`, the key that the request would have made, says beyond it; undefined for nothing. */
export function amendmentOf(stored: KeyRecord, asked: KeyRecord): Amendment | undefined {
  let amendment: Amendment = { key: stored, change: {} };
  for (const step of [network, scheme, guardian]) {
    const next = step(amendment.key, asked);
    if (next !== undefined) {
      amendment = { key: next.key, change: { ...amendment.change, ...next.change } };
    }
  }
  return amendment.key === stored ? undefined : amendment;
}

/** A Bitcoin key of a test network is asked for on another one, with its address there. */
function network(stored: KeyRecord, asked: KeyRecord): Amendment | undefined {
  const { address, attributes } = asked;
  const { network: name } = attributes;
  const networks = networksOf(stored);
  if (stored.chain !== "bitcoin" || typeof name !== "string" || Object.hasOwn(networks, name))
    return undefined;
  const key = withAttribute(stored, "networks", { ...networks, [name]: address });
  return { key, change: { network: name, address } };
}

/** The derivation that wallets use has turned out to give this key, too. */
function scheme(stored: KeyRecord, asked: KeyRecord): Amendment | undefined {
  const derivation = "starknet-argent-wallet-grind";
  if (stored.derivation !== "starknet-argent-grind" || asked.derivation !== derivation) return undefined;
  return { key: { ...stored, derivation }, change: { scheme: SCHEMES[derivation] ?? derivation } };
}

/** The account has a guardian now, or another one. */
function guardian(stored: KeyRecord, asked: KeyRecord): Amendment | undefined {
  const { guardian: account } = asked.attributes;
  if (typeof account !== "string" || account === stored.attributes["guardian"]) return undefined;
  return { key: withAttribute(stored, "guardian", account), change: { guardian: account } };
}

function withAttribute(
  key: KeyRecord,
  name: string,
  value: string | Readonly<Record<string, string>>,
): KeyRecord {
  return { ...key, attributes: inCanonicalOrder({ ...key.attributes, [name]: value }) };
}
