/** What rows make of the facts about keys. */
import { equalBytes } from "../../domain/bytes.ts";
import type { KeyRecord } from "../../domain/keys.ts";
import type { FactKinds, KeyFact } from "./facts.ts";
import { UNKNOWN, type Follows } from "./follow.ts";
import type { Row } from "./rows.ts";

export const keysFollowed: Follows<KeyFact> = {
  key: (is, { namespace, id }, row) => {
    const key = keyOf(row, is === null ? [] : [is]);
    return key !== null && key.namespace === namespace && key.id === id ? key : is;
  },
  keysByPublicKey: (is, at, row) => listed(is, row, (key) => isOfPlace(key, at)),
  keysOfPoint: (is, at, row) =>
    listed(
      is,
      row,
      (key) =>
        key.namespace === at.namespace &&
        key.chain !== at.chain &&
        key.state !== "deleted" &&
        isSamePoint(key.publicKey, at.publicKey),
    ),
  liveKeysAt: (is, { id, namespace, chain, address }, row) =>
    listed(
      is,
      row,
      (key) =>
        key.id !== id &&
        key.namespace === namespace &&
        key.chain === chain &&
        key.address === address &&
        key.state !== "deleted",
    ),
  ownKeys(is, { namespace, ids }, row) {
    // A validator's row, and who else holds a key, are read.
    if (row.row === "validatorChanged") {
      return is.some(({ key }) => key.chain === "ethereum-validator") ? UNKNOWN : is;
    }
    if (isElsewhere(row, namespace)) return UNKNOWN;
    if (row.row === "keyAdded") return ids.includes(row.values.key.id) ? UNKNOWN : is;
    return is.map((own) => {
      const key = keyOf(row, [own.key]);
      return key === null || key.id !== own.key.id ? own : { ...own, key };
    });
  },
  areActive: (is, _, { row }) => (row.startsWith("key") ? UNKNOWN : is),
  areHeldElsewhere: (is, { namespace }, row) => (isElsewhere(row, namespace) ? UNKNOWN : is),
};

/** A key comes or goes in a namespace that is not this one. */
function isElsewhere(row: Row, namespace: string): boolean {
  if (row.row === "keyAdded" || row.row === "keyRevived") return row.values.key.namespace !== namespace;
  return row.row === "keyDeleted" && row.values.namespace !== namespace;
}

/** The key as the row leaves it; null for a row of no key, or of one whose rest is not `known`. */
function keyOf(row: Row, known: readonly KeyRecord[]): KeyRecord | null {
  if (row.row === "keyAdded" || row.row === "keyRevived" || row.row === "keyAmended") return row.values.key;
  if (row.row !== "keyStateChanged" && row.row !== "keyDeleted") return null;
  const { namespace, id } = row.values;
  const before = known.find((key) => key.id === id && key.namespace === namespace);
  const state = row.row === "keyDeleted" ? "deleted" : row.values.state;
  return before === undefined ? null : { ...before, state };
}

/** The keys that the list is of, by their ids, as the tables give them. */
function listed(
  keys: readonly KeyRecord[],
  row: Row,
  isOf: (key: KeyRecord) => boolean,
): readonly KeyRecord[] {
  const changed = keyOf(row, keys);
  if (changed === null) return keys;
  const others = keys.filter(({ id }) => id !== changed.id);
  const next = isOf(changed) ? [...others, changed] : others;
  return next.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

function isOfPlace(key: KeyRecord, at: FactKinds["keysByPublicKey"]["at"]): boolean {
  return key.namespace === at.namespace && key.chain === at.chain && equalBytes(key.publicKey, at.publicKey);
}

/** Compressed secp256k1 keys with one x coordinate. */
function isSamePoint(publicKey: Uint8Array, other: Uint8Array): boolean {
  const [parity = 0] = publicKey;
  return (parity === 2 || parity === 3) && equalBytes(publicKey.subarray(1), other.subarray(1));
}
