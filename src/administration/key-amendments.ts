/**
 * What a key that is here already learns from a request for it: another test network, the scheme that wallets use, a guardian.
 * Its secret, address and bindings stay.
 */
import { canonicalJson } from "../domain/canonical.ts";
import { networksOf, SCHEMES } from "../domain/keys.ts";
import type { KeyRow } from "../ledger/tables/directory.ts";
import { keyOf } from "../directory/directory.ts";

export interface Amendment {
  readonly row: KeyRow;
  /** For the audit log: what was added, and nothing else of the key. */
  readonly change: Readonly<Record<string, string>>;
}

/** The stored row with what `asked`, the row that the request would have made, says beyond it; undefined for nothing. */
export function amendmentOf(stored: KeyRow, asked: KeyRow): Amendment | undefined {
  let amendment: Amendment = { row: stored, change: {} };
  for (const step of [network, scheme, guardian]) {
    const next = step(amendment.row, asked);
    if (next !== undefined) {
      amendment = { row: next.row, change: { ...amendment.change, ...next.change } };
    }
  }
  return amendment.row === stored ? undefined : amendment;
}

/** A Bitcoin key of a test network is asked for on another one, with its address there. */
function network(stored: KeyRow, asked: KeyRow): Amendment | undefined {
  const { network: name } = keyOf(asked).attributes;
  const networks = networksOf(keyOf(stored));
  if (stored.chain !== "bitcoin" || typeof name !== "string" || Object.hasOwn(networks, name))
    return undefined;
  const { address } = asked;
  const row = withAttribute(stored, "networks", { ...networks, [name]: address });
  return { row, change: { network: name, address } };
}

/** The derivation that wallets use has turned out to give this key, too. */
function scheme(stored: KeyRow, asked: KeyRow): Amendment | undefined {
  const derivation = "starknet-argent-wallet-grind";
  if (stored.derivation !== "starknet-argent-grind" || asked.derivation !== derivation) return undefined;
  return { row: { ...stored, derivation }, change: { scheme: SCHEMES[derivation] ?? derivation } };
}

/** The account has a guardian now, or another one. */
function guardian(stored: KeyRow, asked: KeyRow): Amendment | undefined {
  const { guardian: key } = keyOf(asked).attributes;
  if (typeof key !== "string" || key === keyOf(stored).attributes["guardian"]) return undefined;
  return { row: withAttribute(stored, "guardian", key), change: { guardian: key } };
}

function withAttribute(row: KeyRow, name: string, value: string | Readonly<Record<string, string>>): KeyRow {
  return { ...row, attributes: canonicalJson({ ...keyOf(row).attributes, [name]: value }) };
}
