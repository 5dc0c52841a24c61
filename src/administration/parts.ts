/** What the administrative operations share: who calls, the parts they change, and the answer kept for a repeat. */
import type { Principal, PrincipalIndex } from "../access/principals.ts";
import type { Chains } from "../chains/chains.ts";
import type { Json } from "../domain/canonical.ts";
import type { PolicySandbox } from "../policy/sandbox.ts";
import type { Vault } from "../vault/vault.ts";
import type { Directory } from "../directory/directory.ts";
import type { Ledger } from "../record/ledger.ts";
import type { Actor, StoredAnswer } from "../record/operations.ts";
import type { UnderWay } from "../signing/under-way.ts";

export interface AdministrationParts {
  readonly directory: Directory;
  readonly principals: PrincipalIndex;
  readonly ledger: Ledger;
  readonly vault: Vault;
  readonly chains: Chains;
  readonly policies: PolicySandbox;
  readonly underWay: UnderWay;
  /** `keys.allowImport` of the configuration. */
  readonly allowImport: boolean;
  /** `keys.backupPassphraseFile` of the configuration; empty: no key leaves in a backup. */
  readonly backupPassphraseFile: string;
}

export interface Caller {
  readonly principal: Principal;
  /** The answer to keep under the caller's Idempotency-Key, or null without one. */
  readonly remember: (status: number, body: Json) => StoredAnswer;
}

/** Keeps the answer of a POST that found everything as it asked for. @throws SignerError `request.idempotency_conflict` */
export async function rememberUnchanged(
  parts: AdministrationParts,
  caller: Caller,
  status: number,
  body: Json,
): Promise<void> {
  const answer = caller.remember(status, body);
  if (answer !== null) await parts.ledger.remember({ answer });
}

export function actorOf(principal: Principal): Actor {
  return { namespace: principal.namespace, principal: principal.id };
}
