/** Freezes as the API shows them. */
import type { Json } from "../../domain/canonical.ts";
import type { Freeze, FreezeScope } from "../../domain/freezes.ts";
import type { NamespaceName } from "../../domain/kinds.ts";

/** For a caller of `namespace`: of another namespace's principals it learns nothing. */
export function freezeJson(freeze: Freeze, namespace: NamespaceName): Record<string, Json> {
  const { id, scope, orderedBy, orderedIn, createdAt } = freeze;
  return {
    id,
    scope: scopeJson(scope),
    orderedBy: orderedIn === namespace ? orderedBy : null,
    orderedIn,
    createdAt,
  };
}

function scopeJson(scope: FreezeScope): Record<string, Json> {
  switch (scope.kind) {
    case "key":
      return { keyId: scope.id };
    case "wallet":
      return { walletId: scope.id };
    case "namespace":
      return { namespace: scope.namespace };
    case "everything":
      return { everything: true };
  }
}
