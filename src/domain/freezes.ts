/** A freeze: an order that nothing in its scope signs. It changes no key, and holds for keys that are made later, too. */
import { SignerError } from "./errors.ts";
import type { KeyRecord } from "./keys.ts";
import type { FreezeId, KeyId, NamespaceName, PrincipalId, WalletId } from "./kinds.ts";

/** `namespace`: the one that has the key or wallet, or that is frozen. */
export type FreezeScope =
  | { readonly kind: "key"; readonly id: KeyId; readonly namespace: NamespaceName }
  | { readonly kind: "wallet"; readonly id: WalletId; readonly namespace: NamespaceName }
  | { readonly kind: "namespace"; readonly namespace: NamespaceName }
  | { readonly kind: "everything" };

export interface Freeze {
  readonly id: FreezeId;
  readonly scope: FreezeScope;
  /** Who ordered it, in which namespace: only there it is lifted. */
  readonly orderedBy: PrincipalId;
  readonly orderedIn: NamespaceName;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
}

/** `answerFor`: the freeze that the answer is worded for, which comes with the order. */
export interface FreezeOrder {
  readonly freeze: Freeze;
  readonly answerFor: FreezeId;
}

/** `existed` is true when the caller had ordered the same before, and nobody has lifted it. */
export interface OrderedFreeze {
  readonly freeze: Freeze;
  readonly existed: boolean;
}

/** What the scope is called in texts and in the audit log: `key key_…`, `namespace acme`, `everything`. */
export function scopeText(scope: FreezeScope): string {
  if (scope.kind === "everything") return scope.kind;
  return `${scope.kind} ${scope.kind === "namespace" ? scope.namespace : scope.id}`;
}

/** True where the freeze holds for something of the namespace. */
export function concerns({ scope }: Freeze, namespace: NamespaceName): boolean {
  return scope.kind === "everything" || scope.namespace === namespace;
}

/** The refusal of whatever a frozen key, or a wallet's transaction, would sign. */
export function frozen(
  freeze: Freeze,
  { namespace, which = "this key", ...named }: FrozenThing,
): SignerError {
  const { id, orderedBy, orderedIn, createdAt, scope } = freeze;
  // Of another namespace's principals nobody learns.
  const who = orderedIn === namespace ? orderedBy : `namespace ${orderedIn}`;
  const lifter = scope.kind === "key" || scope.kind === "wallet" ? "KeyAdmin" : "NamespaceAdmin";
  return new SignerError(
    "key.frozen",
    `${which} is frozen: ${who} ordered at ${createdAt} that ${scopeText(scope)} signs nothing; ask a ${lifter} of ` +
      `namespace ${orderedIn} to lift it with DELETE /v1/freeze/${id}`,
    { freezeId: id, frozen: scopeText(scope), orderedBy: who, orderedAt: createdAt, ...named },
  );
}

/** What is refused, for the message and the members of the refusal. */
export interface FrozenThing {
  readonly namespace: NamespaceName;
  readonly which?: string;
  readonly keyId?: KeyId;
  readonly address?: KeyRecord["address"];
  readonly walletId?: WalletId;
}
