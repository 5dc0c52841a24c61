/**
 * A validator's key comes in, or signs again: its row, its sealed secret, the history that came with it and the end of its
 * freeze, in one transaction. So a key that signs has its history on disk, whenever the process is killed.
 * @module
 */
import type { LiveCaller } from "../../access/actors.ts";
import { assertMayLoosen } from "../../access/loosening.ts";
import { SignerError } from "../../domain/errors.ts";
import type { ImportStage } from "../../guard/eip3076/merge.ts";
import type { AdministrationTables } from "./over-tables.ts";
import type { Input, Reply } from "../contract.ts";
import { createKeyWhereverItIs, setKeyState } from "./keys.ts";
import { noteImport, setEnabled } from "./slashing.ts";

export interface ValidatorKeyTables extends AdministrationTables {
  /** Where the document is whose part a key takes. */
  readonly stage: ImportStage;
}

/**
 * A key that is here and signs stays as it is, and takes the history. A freeze is lifted, since whoever brings the private key
 * says that it signs here.
 * @throws SignerError `key.disabled` for one that is here and was disabled, or was deleted after its secret was sealed for
 * another id; `auth.forbidden` for one that is frozen and that another namespace holds too; `guard.genesis_root`,
 * `request.conflict`, and as `createKeyWhereverItIs`
 */
export function importValidatorKey(
  tables: ValidatorKeyTables,
  { actor, key, sealed, history }: Input<"importValidatorKey">,
  caller: LiveCaller,
): Reply<"importValidatorKey"> {
  if (history !== null) {
    const { number, ...options } = history;
    const merged = tables.stage.mergeKey(number, options, key.publicKey);
    if (merged !== null) noteImport(tables, actor, [merged]);
  }
  const stored = createKeyWhereverItIs(tables, { actor, key, sealed });
  if (stored.existed && stored.key.state !== "active") {
    throw new SignerError(
      "key.disabled",
      stored.key.state === "disabled"
        ? "the key is here and was disabled; enable it with POST /v1/keys/{keyId}/enable"
        : "the key was brought here and deleted meanwhile; import it again",
    );
  }
  if (!stored.existed && tables.slashing.validator(key.publicKey)?.frozen === true) {
    const isHeldElsewhere = tables.directory.isHeldElsewhere(stored.key);
    assertMayLoosen(caller, "freezeOfImported", { isHeldElsewhere, whose: key.address });
    setEnabled(tables, { actor, publicKeys: [key.publicKey], enabled: true });
  }
  return stored;
}

/** @throws SignerError `key.not_found`, `request.conflict` for a deleted key */
export function restartValidatorKey(
  tables: AdministrationTables,
  { actor, id }: Input<"restartValidatorKey">,
): void {
  const key = tables.directory.key(actor.namespace, id);
  if (key === undefined)
    throw new SignerError(
      "key.not_found",
      "no key with this id in the namespace; list them with GET /v1/keys",
    );
  setKeyState(tables, { actor, id, state: "active", answer: null });
  setEnabled(tables, { actor, publicKeys: [key.publicKey], enabled: true });
}
