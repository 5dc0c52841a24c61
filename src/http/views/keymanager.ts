/** Keystores and what became of them, in the words of the Keymanager API. */
import type { Json } from "../../domain/canonical.ts";
import type { ListedKeystore } from "../../administration/keystores.ts";
import type { KeystoreOutcome } from "../../administration/validators.ts";

export function keystoreJson({ key, readOnly }: ListedKeystore): Json {
  return {
    validating_pubkey: key.address,
    ...(key.path === null ? {} : { derivation_path: key.path }),
    readonly: readOnly,
  };
}

/** The message of what went well is empty, but for a keystore that did not say whose it is. */
export function outcomeJson({ status, message, publicKey }: KeystoreOutcome): Json {
  const found = publicKey === undefined ? "" : `the keystore names no pubkey; its key is ${publicKey}`;
  return { status, message: message ?? found };
}
