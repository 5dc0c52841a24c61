/** What acts are judged on. An act names its questions; a store answers them as things are in the act's transaction. */
import type { PrincipalRecord } from "../../access/principals.ts";
import type { Freeze } from "../../domain/freezes.ts";
import type {
  BindingId,
  DescriptorId,
  FreezeId,
  NamespaceName,
  PolicyDigest,
  PrincipalId,
  WalletId,
} from "../../domain/kinds.ts";
import type { Binding, Policy, Scope } from "../../domain/policies.ts";
import type { KeptAnswer } from "../../domain/requests.ts";
import type { Namespace, RegisteredDescriptor } from "../../domain/wallets.ts";

/** Each kind of fact: where it is asked, and what it is. Null: there is none, or none that was not deleted. */
export interface FactKinds {
  namespace: { at: { readonly name: NamespaceName }; is: Namespace | null };
  principal: {
    at: { readonly namespace: NamespaceName; readonly id: PrincipalId };
    is: PrincipalRecord | null;
  };
  /** Those with the role NamespaceAdmin. */
  administrators: { at: { readonly namespace: NamespaceName }; is: readonly PrincipalId[] };
  policy: { at: { readonly namespace: NamespaceName; readonly digest: PolicyDigest }; is: Policy | null };
  binding: { at: { readonly namespace: NamespaceName; readonly id: BindingId }; is: Binding | null };
  /** How many bindings a scope has. */
  bindingCount: { at: { readonly namespace: NamespaceName; readonly scope: Scope }; is: number };
  /** Whether the namespace has what the scope names; a deleted key too. */
  scopeExists: { at: { readonly namespace: NamespaceName; readonly scope: Scope }; is: boolean };
  /** Live descriptors of a wallet. */
  descriptorCount: { at: { readonly walletId: WalletId }; is: number };
  /** Whether a wallet has the descriptor already on a network. */
  isRegistered: { at: Pick<RegisteredDescriptor, "walletId" | "network" | "descriptor">; is: boolean };
  descriptorExists: { at: { readonly namespace: NamespaceName; readonly id: DescriptorId }; is: boolean };
  /** Whether the directory was set up. */
  isSealed: { at: object; is: boolean };
  /** One in force. */
  freeze: { at: { readonly id: FreezeId }; is: Freeze | null };
  /** What a principal has ordered for exactly this scope, and nobody has lifted. */
  orderedFreeze: { at: Pick<Freeze, "scope" | "orderedBy">; is: Freeze | null };
  /** The answer that is kept for an Idempotency-Key. */
  answer: {
    at: { readonly namespace: NamespaceName; readonly principal: PrincipalId; readonly key: string };
    is: KeptAnswer | null;
  };
}

export type FactName = keyof FactKinds;
export type Question<Name extends FactName = FactName> = {
  [Kind in Name]: { readonly fact: Kind; readonly at: FactKinds[Kind]["at"] };
}[Name];

/** Questions under the names that the judge calls their answers by. */
export type Questions = Readonly<Record<string, Question>>;
export type Facts<Asked extends Questions> = {
  readonly [Name in keyof Asked]: FactKinds[Asked[Name]["fact"]]["is"];
};

/** What a store has for each kind of fact. */
export type FactReaders = {
  readonly [Kind in FactName]: (at: FactKinds[Kind]["at"]) => FactKinds[Kind]["is"];
};

export function ask<Name extends FactName>(fact: Name, at: FactKinds[Name]["at"]): Question<Name> {
  return { fact, at };
}

export function readFact<Name extends FactName>(
  readers: FactReaders,
  { fact, at }: Question<Name>,
): FactKinds[Name]["is"] {
  return readers[fact](at);
}
