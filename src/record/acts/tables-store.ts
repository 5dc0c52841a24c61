/** The store of acts over the tables of the ledger's file: each fact is a query, each row a statement. */
import type { DirectoryTable } from "../../ledger/tables/directory.ts";
import type { PresenceTable } from "../../ledger/tables/presence.ts";
import type { FactReaders } from "./facts.ts";
import type { ActStore } from "./perform.ts";
import type { RowWriters } from "./rows.ts";

export interface ActTables {
  readonly directory: DirectoryTable;
  readonly presence: PresenceTable;
}

export function tablesStore(tables: ActTables): ActStore {
  return { facts: readers(tables), rows: writers(tables) };
}

function readers({ directory, presence }: ActTables): FactReaders {
  return {
    namespace: ({ name }) => presence.namespace(name) ?? null,
    principal: ({ namespace, id }) => directory.principal(namespace, id) ?? null,
    administrators: ({ namespace }) =>
      directory
        .principals(namespace)
        .flatMap(({ principal: { id, roles } }) => (roles.includes("NamespaceAdmin") ? [id] : [])),
    policy: ({ namespace, digest }) => presence.policy(namespace, digest) ?? null,
    binding: ({ namespace, id }) => presence.binding(namespace, id) ?? null,
    bindingCount: ({ namespace, scope }) => presence.bindingCount(namespace, scope),
    scopeExists: ({ namespace, scope }) => presence.hasScope(namespace, scope),
    answer: ({ namespace, principal, key }) => directory.answer(namespace, principal, key) ?? null,
  };
}

function writers({ directory }: ActTables): RowWriters {
  return {
    namespaceAdded: (namespace) => void directory.insertNamespace(namespace),
    principalAdded: (principal) => directory.insertPrincipal(principal),
    principalChanged: ({ principal, roles, groups }) =>
      directory.updatePrincipal(principal, { roles, groups }),
    principalDeleted: ({ namespace, id, at }) => void directory.deletePrincipal(namespace, id, at),
    policyAdded: ({ policy, module }) => void directory.insertPolicy(policy, module),
    bindingAdded: (binding) => directory.insertBinding(binding),
    bindingChanged: ({ binding, before }) => void directory.updateBinding(binding, before),
    bindingDeleted: ({ namespace, id, at }) => void directory.deleteBinding(namespace, id, at),
    answerKept: (answer) => directory.insertAnswer(answer),
  };
}
