/**
 * Which validator keys a principal reaches: administrators of the root namespace every key, everybody else those of their own
 * namespace. History belongs to the public key and is shared by all namespaces.
 * @module
 */
import { may, type Principal } from "../access/principals.ts";
import { fromHex, toHex } from "../domain/bytes.ts";
import { SignerError } from "../domain/errors.ts";
import type { AdministrationParts } from "./parts.ts";

const KEY_BYTES = 48;

/**
 * The keys that a request names; else those within the caller's reach, null where that is every key there is.
 * @throws SignerError `key.not_found`
 */
export async function chosen(
  parts: AdministrationParts,
  principal: Principal,
  publicKeys: readonly string[] | undefined,
): Promise<readonly Uint8Array[] | null> {
  const everyKey = may(principal, "slashing.everyKey");
  if (publicKeys === undefined) return everyKey ? null : bytesOf(ownKeys(parts, principal));
  const keys = publicKeys.map((publicKey, index) => publicKeyOf(publicKey, index));
  const isHere = (key: Uint8Array): boolean =>
    everyKey
      ? holders(parts, toHex(key)).length > 0
      : parts.directory.validator(principal.namespace, toHex(key)) !== undefined;
  // The ledger knows others by their history. Where all are here it is not asked: whoever freezes them waits for no read.
  const elsewhere = everyKey ? keys.filter((key) => !isHere(key)) : [];
  const rows = elsewhere.length === 0 ? [] : await parts.ledger.readSlashingKeys({ publicKeys: elsewhere });
  for (const [index, key] of keys.entries()) {
    if (isHere(key) || (rows[elsewhere.indexOf(key)] ?? null) !== null) continue;
    const field = `/publicKeys/${index}`;
    throw new SignerError("key.not_found", `${field}: no validator key of your namespace; see GET /v1/keys`, {
      field,
    });
  }
  return keys;
}

function publicKeyOf(value: string, index: number): Uint8Array {
  const key = fromHex(value.toLowerCase());
  if (key?.length === KEY_BYTES) return key;
  const field = `/publicKeys/${index}`;
  throw new SignerError("request.malformed", `${field}: must be 48 bytes of 0x-hex`, { field });
}

/** Records of a public key in all namespaces. */
function holders({ directory }: AdministrationParts, publicKey: string) {
  return directory.validatorHolders(publicKey);
}

/** In 0x-hex, ascending; keys that were deleted too: their history is still asked for. */
export function ownKeys({ directory }: AdministrationParts, { namespace }: Principal): readonly string[] {
  return Array.from(directory.validators(namespace), ({ name }) => name);
}

export function bytesOf(names: readonly string[]): readonly Uint8Array[] {
  return names.map((name, index) => publicKeyOf(name, index));
}
