/** What all acts share: the parts that they change, who calls, and the answer that is kept for a repeat. */
import { actorOf } from "../access/actors.ts";
import { assertMay, type Principal, type PrincipalIndex } from "../access/principals.ts";
import type { Permission } from "../access/roles.ts";
import type { Chains } from "../chains/chains.ts";
import type { PolicySandbox } from "../policy/sandbox.ts";
import type { Vault } from "../vault/vault.ts";
import type { Directory } from "../directory/directory.ts";
import type { OwnStatements } from "../keeper/contract.ts";
import type { ImportTurns } from "../record/import-turns.ts";
import type { Ledger } from "../record/ledger.ts";
import type { StoredAnswer } from "../record/contract.ts";
import type { Departures } from "../signing/departures.ts";

/** Calls that wait for a thread, or run on it. A decision counts where it is: with the ledger, the keys or their check. */
export type Queues = Readonly<Record<"ledger" | "vault" | "policy" | "chains", number>>;

export interface AdministrationParts {
  readonly directory: Directory;
  readonly principals: PrincipalIndex;
  readonly ledger: Ledger;
  readonly imports: ImportTurns;
  readonly vault: Vault;
  readonly keeper: OwnStatements;
  readonly chains: Chains;
  readonly policies: Pick<PolicySandbox, "prepare" | "validateSettings">;
  readonly queues: () => Queues;
  readonly departures: Pick<Departures, "run" | "settled">;
  /** `keys.allowImport` of the configuration. */
  readonly allowImport: boolean;
  /** `keys.backupPassphraseFile` of the configuration; empty: no key leaves in a backup. */
  readonly backupPassphraseFile: string;
}

/** An Idempotency-Key, and how the door that took it answers with a result. */
export interface Repeatable<Result> {
  readonly key: string;
  /** What the key stands for: another request under the same key is refused. */
  readonly requestHash: Uint8Array;
  /** The answer as the door sends it, and as it is sent again to a repeat. */
  readonly answer: (result: Result) => { readonly status: number; readonly body: string };
}

/** Who asks for an act that makes something, or changes a key's state. */
export interface Caller<Result> {
  readonly principal: Principal;
  /** Null: no answer is kept, and a repeat acts again. */
  readonly repeatable: Repeatable<Result> | null;
}

/** The answer that the act's transaction stores; null without an Idempotency-Key. */
export function kept<Result>({ principal, repeatable }: Caller<Result>, result: Result): StoredAnswer {
  if (repeatable === null) return null;
  const { key, requestHash, answer } = repeatable;
  return {
    namespace: principal.namespace,
    principal: principal.id,
    idempotencyKey: key,
    requestHash,
    ...answer(result),
  };
}

/**
 * The caller's right, then a repeat's answer: asked for first, so that a repeat costs nothing and meets no refusal that the act
 * did not meet. Both are asked again in the act's transaction.
 * @throws SignerError `auth.forbidden`, `request.idempotency_conflict`; AnsweredBefore for a repeat
 */
export async function begin<Result>(
  { ledger }: Pick<AdministrationParts, "ledger">,
  { principal, repeatable }: Caller<Result>,
  permission: Permission,
): Promise<void> {
  assertMay(principal, permission);
  if (repeatable === null) return;
  const { key: idempotencyKey, requestHash } = repeatable;
  const { namespace, id } = principal;
  const request = { namespace, principal: id, idempotencyKey, requestHash };
  await ledger.answerRepeat({ actor: actorOf(principal), permission, request });
}

export { actorOf };
