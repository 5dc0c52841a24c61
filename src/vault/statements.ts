/**
 * What the service says in its own name. Each kind of statement has one key of its own, which signs nothing else, and a text that
 * cannot be read as another kind.
 * @module
 */
import { parseCheckpoint } from "../audit/checkpoint.ts";
import type { SigningPayload } from "../chains/adapter.ts";
import type { AuditLog } from "../domain/audit-log.ts";
import { utf8 } from "../domain/bytes.ts";
import { SignerError } from "../domain/errors.ts";
import type { KeyId } from "../domain/kinds.ts";

/** A kind that is added here brings its key and its check along. */
export type Statement =
  /** The text of a checkpoint of the audit log: its origin, size and root, a line each. */
  { readonly kind: "checkpoint"; readonly text: string };

export interface OwnStatement {
  readonly keyId: KeyId;
  readonly payload: SigningPayload;
}

/**
 * The statement with the key that signs it, if it is one that this installation makes.
 * @param log as the ledger's file says, not as the caller does
 * @throws SignerError `service.internal`
 */
export function ownStatement(statement: Statement, log: AuditLog): OwnStatement {
  // The type ends with the message that brought it.
  const { kind, text }: { readonly kind: unknown; readonly text: unknown } = statement;
  if (kind !== "checkpoint" || typeof text !== "string")
    throw notOurs("has a kind that this release does not know");
  if (originOf(text) !== log.origin) throw notOurs("must be a checkpoint of this installation's log");
  const { keyId, publicKey } = log;
  return { keyId, payload: { scheme: "ed25519", message: utf8(text), publicKey } };
}

function originOf(text: string): string | undefined {
  try {
    return parseCheckpoint(text).origin;
  } catch {
    return undefined;
  }
}

function notOurs(what: string): SignerError {
  return new SignerError("service.internal", `a statement to sign ${what}; nothing was signed`);
}
