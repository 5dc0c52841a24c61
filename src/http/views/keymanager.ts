/** Keystores and what became of them, in the words of the Keymanager API. */
import type { Json } from "../../domain/canonical.ts";
import type { DeletionResult, ListedKeystore } from "../../administration/keystores.ts";
import type { ImportOutcome, ImportResult } from "../../administration/validator-import.ts";

export function keystoreJson({ key, readOnly }: ListedKeystore): Json {
  return {
    validating_pubkey: key.address,
    ...(key.path === null ? {} : { derivation_path: key.path }),
    readonly: readOnly,
  };
}

const IMPORT_STATUS: Readonly<Record<ImportOutcome, string>> = {
  imported: "imported",
  restarted: "imported",
  present: "duplicate",
  withheld: "error",
  failed: "error",
  notBegun: "error",
};

const DELETION_STATUS: Readonly<Record<DeletionResult["outcome"], string>> = {
  deleted: "deleted",
  historyOnly: "not_active",
  unknown: "not_found",
  failed: "error",
};

/** The message of what went well is empty, but for a keystore that did not say whose it is. */
export function importResultJson({ outcome, message, publicKey }: ImportResult): Json {
  const found = publicKey === undefined ? "" : `the keystore names no pubkey; its key is ${publicKey}`;
  return { status: IMPORT_STATUS[outcome], message: message ?? found };
}

export function deletionResultJson(result: DeletionResult): Json {
  return {
    status: DELETION_STATUS[result.outcome],
    message: result.outcome === "failed" ? result.message : "",
  };
}
