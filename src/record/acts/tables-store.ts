/** The store of acts over the tables of the ledger's file: each fact is a query, each row a statement. */
import type { KeyRecord } from "../../domain/keys.ts";
import type { LedgerDatabase } from "../../ledger/open.ts";
import { insertSeal, type SealedRowReader, type SealedRowWriter } from "../../ledger/sealed-rows.ts";
import type { AnswerTable } from "../../ledger/tables/answers.ts";
import type { AuditTable } from "../../ledger/tables/audit.ts";
import type { DescriptorTable } from "../../ledger/tables/descriptors.ts";
import type { DirectoryTable } from "../../ledger/tables/directory.ts";
import type { FreezeTable } from "../../ledger/tables/freezes.ts";
import type { PresenceTable } from "../../ledger/tables/presence.ts";
import type { LogWriter } from "../log-writer.ts";
import type { FactReaders, KeyFact } from "./facts.ts";
import type { ActStore } from "./perform.ts";
import type { RowKinds, RowWriters } from "./rows.ts";
import {
  eotsReaders,
  eotsWriters,
  type EotsFactName,
  type EotsRowName,
  type EotsStoreTables,
} from "./eots-store.ts";
import {
  importReaders,
  importWriters,
  type ImportFactName,
  type ImportRowName,
  type ImportTables,
} from "./import-store.ts";
import {
  validatorReaders,
  validatorWriters,
  type ValidatorFactName,
  type ValidatorRowName,
  type ValidatorTables,
} from "./validator-store.ts";

export interface ActTables extends ValidatorTables, Pick<EotsStoreTables, "eots" | "eotsStage"> {
  readonly database: LedgerDatabase;
  readonly sealed: SealedRowWriter;
  readonly sealedReader: SealedRowReader;
  readonly descriptors: DescriptorTable;
  readonly audit: AuditTable;
  readonly directory: DirectoryTable;
  readonly presence: PresenceTable;
  readonly freezes: FreezeTable;
  readonly answers: AnswerTable;
  readonly log: Pick<LogWriter, "times">;
  readonly slashingTables: ImportTables;
}

type KeyRow = Extract<keyof RowKinds, `key${string}`>;

export function tablesStore(tables: ActTables): ActStore {
  return {
    facts: {
      ...readers(tables),
      ...keyReaders(tables),
      ...validatorReaders(tables),
      ...importReaders(tables.slashingTables),
      ...eotsReaders(tables),
    },
    rows: {
      ...writers(tables),
      ...keyWriters(tables),
      ...validatorWriters(tables),
      ...importWriters(tables.slashingTables),
      ...eotsWriters(tables),
    },
  };
}

function readers({
  directory,
  presence,
  descriptors,
  sealedReader,
  freezes,
  answers,
  log,
}: ActTables): Omit<FactReaders, KeyFact | ValidatorFactName | ImportFactName | EotsFactName> {
  return {
    namespace: ({ name }) => presence.namespace(name) ?? null,
    principal: ({ namespace, id }) => presence.principal(namespace, id) ?? null,
    administrators: ({ namespace }) =>
      directory
        .principals(namespace)
        .flatMap(({ principal: { id, roles } }) => (roles.includes("NamespaceAdmin") ? [id] : [])),
    policy: ({ namespace, digest }) => presence.policy(namespace, digest) ?? null,
    binding: ({ namespace, id }) => presence.binding(namespace, id) ?? null,
    bindingCount: ({ namespace, scope }) => presence.bindingCount(namespace, scope),
    scopeExists: ({ namespace, scope }) => presence.hasScope(namespace, scope),
    descriptorCount: ({ walletId }) => descriptors.count(walletId),
    isRegistered: (descriptor) => descriptors.has(descriptor),
    descriptor: ({ namespace, id }) => descriptors.get(namespace, id) ?? null,
    times: () => log.times(),
    isSealed: () => sealedReader.seal() !== undefined,
    freeze: ({ id }) => freezes.get(id) ?? null,
    liftedFreeze: ({ id }) => freezes.lifted(id) ?? null,
    orderedFreeze: (order) => freezes.ordered(order) ?? null,
    answer: ({ namespace, principal, key }) => answers.get(namespace, principal, key) ?? null,
  };
}

function writers({
  database,
  directory,
  sealed,
  descriptors,
  audit,
  freezes,
  answers,
}: ActTables): Omit<RowWriters, KeyRow | ValidatorRowName | ImportRowName | EotsRowName> {
  return {
    namespaceAdded: (namespace) => fits(directory.insertNamespace(namespace)),
    principalAdded: (principal) => directory.insertPrincipal(principal),
    principalChanged: ({ principal, roles, groups }) =>
      directory.updatePrincipal(principal, { roles, groups }),
    principalDeleted: ({ namespace, id, at }) => fits(directory.deletePrincipal(namespace, id, at)),
    policyAdded: ({ policy, module }) => fits(directory.insertPolicy(policy, module)),
    bindingAdded: (binding) => directory.insertBinding(binding),
    bindingChanged: ({ binding, before }) => fits(directory.updateBinding(binding, before)),
    bindingDeleted: ({ binding: { namespace, id }, at }) => fits(directory.deleteBinding(namespace, id, at)),
    walletAdded({ wallet, sealed: secret }) {
      directory.insertWallet(wallet);
      sealed.insertWallet(secret);
    },
    descriptorAdded: (descriptor) => fits(descriptors.insert(descriptor)),
    descriptorDeleted: ({ descriptor: { namespace, id }, at }) => fits(descriptors.delete(namespace, id, at)),
    sealAdded: (seal) => insertSeal(database, seal),
    auditLogAdded: (log) => audit.insertLog(log),
    freezeAdded: (freeze) => freezes.insert(freeze),
    freezeLifted: ({ id, by, at }) => fits(freezes.lift(id, by, at)),
    answerKept: (answer) => answers.insert(answer),
  };
}

function keyReaders({ directory, slashing }: ActTables): Pick<FactReaders, KeyFact> {
  return {
    key: ({ namespace, id }) => directory.key(namespace, id) ?? null,
    ownKeys: ({ namespace, ids }) =>
      directory.keysNamed(namespace, ids).map((key) => ({
        key,
        isHeldElsewhere: directory.isHeldElsewhere(key),
        validator: key.chain === "ethereum-validator" ? (slashing.validator(key.publicKey) ?? null) : null,
      })),
    keysByPublicKey: (place) => directory.keysByPublicKey(place),
    keysOfPoint: (place) => directory.keysOfPoint(place),
    liveKeysAt: (place) => directory.liveKeysAt(place),
    areActive: ({ chain, publicKeys }) => publicKeys.map((publicKey) => directory.isActive(chain, publicKey)),
    areHeldElsewhere: ({ namespace, chain, publicKeys }) =>
      publicKeys.map((publicKey) => directory.isHeldElsewhere({ namespace, chain, publicKey })),
  };
}

function keyWriters({ directory, sealed, slashingTables }: ActTables): Pick<RowWriters, KeyRow> {
  const moved = (key: KeyRecord | undefined): void => {
    if (key?.chain === "ethereum-validator") slashingTables.stage.follow(key);
  };
  return {
    keyAdded({ key, sealed: secret }) {
      directory.insertKey(key);
      sealed.insertKey(secret);
      moved(key);
    },
    keyRevived({ key, sealed: secret }) {
      const { namespace, id, attributes } = key;
      // One that an earlier release deleted still has its secret.
      sealed.wipeKey(id);
      sealed.insertKey(secret);
      directory.reviveKey(namespace, id, attributes);
      moved(key);
    },
    keyAmended: ({ key, before }) => fits(directory.amendKey(key, before)),
    keyStateChanged: ({ namespace, id, state }) => fits(directory.setKeyState(namespace, id, state)),
    keyDeleted({ namespace, id, at }) {
      fits(directory.deleteKey(namespace, id, at));
      sealed.wipeKey(id);
      moved(directory.key(namespace, id));
    },
  };
}

/** @throws Error for a row that was not written: the facts that its act was judged on were not those of the ledger */
function fits(isWritten: boolean): void {
  if (!isWritten) throw new Error("a row does not fit the facts that its act was judged on");
}
