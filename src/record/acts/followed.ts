/**
 * What each row makes of each fact, as the tables would give it afterwards; or that it cannot be told, so that the fact must be
 * read again. No fact may be missed: what is not named here stays as it is.
 * @module
 */
import type { Binding, Scope } from "../../domain/policies.ts";
import { scopeText } from "../../domain/freezes.ts";
import type { FactKinds, FactName, Question } from "./facts.ts";
import { UNKNOWN, type Follows, type Unknown } from "./follow.ts";
import { keysFollowed } from "./followed-keys.ts";
import { guardsFollowed } from "./followed-guards.ts";
import type { Row } from "./rows.ts";

/** Facts over everything that there is: whoever asks for one reads it by itself, once it is their turn. */
const UNBOUNDED: ReadonlySet<FactName> = new Set<FactName>([
  "highestSigned",
  "validatorCount",
  "isImportMerging",
  "isSealed",
  "times",
  "stagedEots",
  "superfluousEots",
  "stagedImport",
]);

/** Whether a fact is read before the turn of the act that asks for it. */
export function isReadAhead({ fact, at }: Question): boolean {
  if (UNBOUNDED.has(fact)) return false;
  // Null is every validator, a word every key of finality providers.
  return !("publicKeys" in at) || Array.isArray(at.publicKeys);
}

/** The fact after `row`. */
export function followed<Kind extends FactName>(
  { fact, at }: Question<Kind>,
  is: FactKinds[Kind]["is"],
  row: Row,
): FactKinds[Kind]["is"] | Unknown {
  return FOLLOWS[fact](is, at, row);
}

/** Nothing that acts write changes it, or nobody keeps it. */
const reread: () => Unknown = () => UNKNOWN;

const FOLLOWS: Follows<FactName> = {
  namespace: (is, { name }, { row, values }) =>
    row === "namespaceAdded" && values.name === name ? values : is,
  principal(is, { namespace, id }, { row, values }) {
    if (row === "principalAdded" && isPrincipal(values.principal, namespace, id)) return values;
    if (row === "principalChanged" && isPrincipal(values.principal.principal, namespace, id)) {
      return values.principal;
    }
    return row === "principalDeleted" && isPrincipal(values, namespace, id) ? null : is;
  },
  administrators(is, { namespace }, { row, values }) {
    if (row === "principalDeleted" && values.namespace === namespace) {
      return is.filter((id) => id !== values.id);
    }
    if (row !== "principalAdded" && row !== "principalChanged") return is;
    const { principal } = row === "principalAdded" ? values : values.principal;
    if (principal.namespace !== namespace) return is;
    const others = is.filter((id) => id !== principal.id);
    return principal.roles.includes("NamespaceAdmin") ? [...others, principal.id] : others;
  },
  policy: (is, { namespace, digest }, { row, values }) =>
    row === "policyAdded" && values.policy.namespace === namespace && values.policy.digest === digest
      ? values.policy
      : is,
  binding(is, { namespace, id }, { row, values }) {
    if (row === "bindingAdded" && isBinding(values, namespace, id)) return values;
    if (row === "bindingChanged" && isBinding(values.binding, namespace, id)) return values.binding;
    return row === "bindingDeleted" && isBinding(values.binding, namespace, id) ? null : is;
  },
  bindingCount(is, { namespace, scope }, { row, values }) {
    if (row === "bindingAdded" && isOn(values, namespace, scope)) return is + 1;
    return row === "bindingDeleted" && isOn(values.binding, namespace, scope) ? is - 1 : is;
  },
  scopeExists(is, { namespace, scope: { kind, id } }, { row, values }) {
    if (row === "walletAdded" && kind === "wallet") {
      return is || (values.wallet.namespace === namespace && values.wallet.id === id);
    }
    if (row === "keyAdded" && kind === "key") {
      return is || (values.key.namespace === namespace && values.key.id === id);
    }
    return is;
  },
  descriptorCount(is, { walletId }, { row, values }) {
    if (row === "descriptorAdded" && values.walletId === walletId) return is + 1;
    return row === "descriptorDeleted" && values.descriptor.walletId === walletId ? is - 1 : is;
  },
  isRegistered(is, at, { row, values }) {
    if (row === "descriptorAdded" && isSameDescriptor(values, at)) return true;
    return row === "descriptorDeleted" && isSameDescriptor(values.descriptor, at) ? false : is;
  },
  descriptor(is, { namespace, id }, { row, values }) {
    if (row === "descriptorAdded" && values.id === id && values.namespace === namespace) return values;
    return row === "descriptorDeleted" && values.descriptor.id === id ? null : is;
  },
  freeze(is, { id }, { row, values }) {
    if (row === "freezeAdded" && values.id === id) return values;
    return row === "freezeLifted" && values.id === id ? null : is;
  },
  liftedFreeze: (is, { id }, { row, values }) => (row === "freezeLifted" && values.id === id ? UNKNOWN : is),
  orderedFreeze(is, { scope, orderedBy }, { row, values }) {
    // There may be another one.
    if (row === "freezeLifted") return values.id === is?.id ? UNKNOWN : is;
    if (row !== "freezeAdded" || values.orderedBy !== orderedBy) return is;
    if (scopeText(values.scope) !== scopeText(scope)) return is;
    return is === null ? values : UNKNOWN;
  },
  answer: (is, { namespace, principal, key }, { row, values }) =>
    row === "answerKept" &&
    values.namespace === namespace &&
    values.principal === principal &&
    values.idempotencyKey === key
      ? values
      : is,
  isSealed: reread,
  times: reread,
  ...keysFollowed,
  ...guardsFollowed,
};

interface Placed {
  readonly namespace: string;
  readonly id: string;
}

function isPrincipal(principal: Placed, namespace: string, id: string): boolean {
  return principal.namespace === namespace && principal.id === id;
}

function isBinding(binding: Binding, namespace: string, id: string): boolean {
  return binding.namespace === namespace && binding.id === id;
}

function isOn(binding: Binding, namespace: string, { kind, id }: Scope): boolean {
  return binding.namespace === namespace && binding.scope.kind === kind && binding.scope.id === id;
}

function isSameDescriptor(
  descriptor: FactKinds["isRegistered"]["at"],
  { walletId, network, descriptor: text }: FactKinds["isRegistered"]["at"],
): boolean {
  return descriptor.walletId === walletId && descriptor.network === network && descriptor.descriptor === text;
}
