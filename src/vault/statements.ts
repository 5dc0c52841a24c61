/**
 * What the service says in its own name. Each kind of statement has one key of its own, which signs nothing else, and a text that
 * is written here and cannot be read as another kind. Nobody brings a text to be signed.
 * @module
 */
import { formatCheckpoint } from "../audit/checkpoint.ts";
import type { SigningPayload } from "../chains/adapter.ts";
import type { AuditLog } from "../domain/audit-log.ts";
import { utf8 } from "../domain/bytes.ts";
import { SignerError } from "../domain/errors.ts";
import type { KeyId } from "../domain/kinds.ts";

/** A kind that is added here brings its key and its text along. */
export type Statement =
  /** The audit log as it was committed: its size, and its root of 32 bytes. */
  { readonly kind: "checkpoint"; readonly size: number; readonly root: Uint8Array };

export interface OwnStatement {
  readonly keyId: KeyId;
  readonly text: string;
  readonly payload: SigningPayload;
}

/**
 * The statement as this installation makes it, with the key that signs it.
 * @param log as the ledger's file says, not as the caller does
 * @throws SignerError `service.internal`
 */
export function ownStatement(statement: Statement, log: AuditLog): OwnStatement {
  const text = textOf(statement, log);
  const { keyId, publicKey } = log;
  return { keyId, text, payload: { scheme: "ed25519", message: utf8(text), publicKey } };
}

function textOf({ kind, size, root }: Statement, { origin }: AuditLog): string {
  // Types end with the message that brought it.
  const named: unknown = kind;
  if (named !== "checkpoint") throw notOurs("has a kind that this release does not know");
  if (typeof size !== "number" || !(root instanceof Uint8Array)) throw notOurs("is no head of a log");
  try {
    return formatCheckpoint({ origin, size, root });
  } catch {
    throw notOurs("is no head of a log");
  }
}

function notOurs(what: string): SignerError {
  return new SignerError("service.internal", `a statement to sign ${what}; nothing was signed, report this`);
}
