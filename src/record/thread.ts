/**
 * Entry of the ledger thread: the single writer. A batch is one transaction; while it commits, the next one fills on
 * the other side. Each write stands in a savepoint, so a refused one leaves nothing of itself behind.
 * @module
 */
import { workerData } from "node:worker_threads";
import { consistencyProof, inclusionProof } from "../audit/tree.ts";
import { migrate } from "../ledger/migrate.ts";
import { openLedger, settle } from "../ledger/open.ts";
import { SealedRowReader, SealedRowWriter } from "../ledger/sealed-rows.ts";
import { AuditTable } from "../ledger/tables/audit.ts";
import { DescriptorTable } from "../ledger/tables/descriptors.ts";
import { DirectoryTable } from "../ledger/tables/directory.ts";
import { EotsImportTable } from "../ledger/tables/eots-import.ts";
import { EotsTable } from "../ledger/tables/eots.ts";
import { LimitTable } from "../ledger/tables/limits.ts";
import { RequestTable } from "../ledger/tables/requests.ts";
import { RightsTable } from "../ledger/tables/rights.ts";
import { SlashingImportTable } from "../ledger/tables/slashing-import.ts";
import { SlashingTable } from "../ledger/tables/slashing.ts";
import { ImportStage } from "../guard/eip3076/merge.ts";
import { EotsImportStage } from "../guard/eots/merge.ts";
import type { Outcome } from "../threads/client.ts";
import { failed, serve, succeeded } from "../threads/server.ts";
import * as administer from "./administer.ts";
import * as administerDescriptors from "./administer-descriptors.ts";
import * as administerKeys from "./administer-keys.ts";
import * as administerRights from "./administer-rights.ts";
import { decide, recordOutcome } from "./decide.ts";
import { decideTogether } from "./decide-together.ts";
import { administerEots, readEotsKeys, type EotsCall } from "./eots.ts";
import { restoreEotsKey } from "./eots-restore.ts";
import { foresee } from "./foresee.ts";
import { LogWriter } from "./log-writer.ts";
import type { LedgerCall, Operations } from "./operations.ts";
import * as protection from "./slashing.ts";
import { raiseFloors, setBounds } from "./slashing-bounds.ts";

const { databasePath }: { databasePath: string } = workerData;
const database = openLedger(databasePath, { readonly: false });
migrate(database);
settle(database);
const audit = new AuditTable(database);
const descriptors = new DescriptorTable(database);
const directory = new DirectoryTable(database);
const limits = new LimitTable(database);
const requests = new RequestTable(database);
const log = new LogWriter(audit);
const slashing = new SlashingTable(database);
const stage = new ImportStage(slashing, new SlashingImportTable(database));
const slashingTables = { slashing, stage, log };
const eots = new EotsTable(database);
const eotsTables = { eots, directory, stage: new EotsImportStage(eots, new EotsImportTable(database)), log };
const rights = new RightsTable(database);
const decisionTables = { rights, requests, limits, slashing, eots, log };
const sealedReader = new SealedRowReader(database);
const sealed = new SealedRowWriter(database);
const administrationTables = { database, sealed, directory, descriptors, slashing, audit, log };

const begin = database.prepare("BEGIN IMMEDIATE");
const commit = database.prepare("COMMIT");
const savepoint = database.prepare("SAVEPOINT operation");
const release = database.prepare("RELEASE operation");
const rollback = database.prepare("ROLLBACK TO operation");

type Reply = Operations[keyof Operations][1];
type ReadCall = Extract<LedgerCall, { readonly operation: `read${string}` }>;
type ProtectCall = Extract<LedgerCall, { readonly operation: `slashing${string}` }>;
type ChangeCall = Exclude<LedgerCall, ReadCall | ProtectCall | EotsCall>;

serve<LedgerCall, Reply>((calls) => {
  if (calls.every(isRead)) return calls.map(answer);
  begin.run();
  const outcomes = calls.map((call) => (isRead(call) ? answer(call) : write(call)));
  // A throw here ends the thread and with it the process: whether the batch is on disk is then unknown, and only a
  // start from the file can tell.
  commit.run();
  return outcomes;
});

function answer(call: LedgerCall): Outcome<Reply> {
  try {
    return succeeded(perform(call));
  } catch (error) {
    // A file that cannot be read can be trusted with no more writes either.
    if (isStorageFailure(error)) throw error;
    return failed(error);
  }
}

function write(call: LedgerCall): Outcome<Reply> {
  savepoint.run();
  try {
    const reply = perform(call);
    release.run();
    limits.keep();
    return succeeded(reply);
  } catch (error) {
    // After a full disk or an I/O error SQLite may have ended the transaction by itself, and what was written before
    // it is unknown: nothing of the batch may be kept.
    if (!database.inTransaction || isStorageFailure(error)) throw error;
    rollback.run();
    release.run();
    log.reload();
    limits.reload();
    return failed(error);
  }
}

/** True for everything that SQLite reports but a row that breaks a constraint or is too large: those undo themselves. */
function isStorageFailure(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return code.startsWith("SQLITE_") && !/^SQLITE_(?:CONSTRAINT|TOOBIG)/.test(code);
}

function isRead(call: LedgerCall): call is ReadCall {
  return call.operation.startsWith("read");
}

function isProtect(call: LedgerCall): call is ProtectCall {
  return call.operation.startsWith("slashing");
}

function isEots(call: LedgerCall): call is EotsCall {
  return call.operation.startsWith("eots");
}

function perform(call: LedgerCall): Reply {
  if (isRead(call)) return read(call);
  if (isEots(call)) return administerEots(eotsTables, call);
  return isProtect(call) ? protect(call) : change(call);
}

function change(call: ChangeCall): Reply {
  switch (call.operation) {
    case "decide":
      return decide(decisionTables, call.input);
    case "decideTogether":
      return decideTogether(decisionTables, call.input);
    case "outcome":
      return recordOutcome(decisionTables, call.input);
    case "initialise":
      return administer.initialise(administrationTables, call.input);
    case "createAuditLog":
      return administer.createAuditLog(administrationTables, call.input);
    case "createNamespace":
      return administer.createNamespace(administrationTables, call.input);
    case "createPrincipal":
      return administer.createPrincipal(administrationTables, call.input);
    case "deletePrincipal":
      return administerRights.deletePrincipal(administrationTables, call.input);
    case "updatePrincipal":
      return administerRights.updatePrincipal(administrationTables, call.input);
    case "rotatePrincipal":
      return administerRights.rotatePrincipal(administrationTables, call.input);
    case "createWallet":
      return administer.createWallet(administrationTables, call.input);
    case "createKey":
      return administerKeys.createKey(administrationTables, call.input);
    case "amendKey":
      return administerKeys.amendKey(administrationTables, call.input);
    case "restoreEotsKey":
      return restoreEotsKey(administrationTables, eots, call.input);
    case "setKeyState":
      return administerKeys.setKeyState(administrationTables, call.input);
    case "deleteKeys":
      return administerKeys.deleteKeys(administrationTables, call.input);
    case "createPolicy":
      return administer.createPolicy(administrationTables, call.input);
    case "createBinding":
      return administer.createBinding(administrationTables, call.input);
    case "updateBinding":
      return administerRights.updateBinding(administrationTables, call.input);
    case "deleteBinding":
      return administer.deleteBinding(administrationTables, call.input);
    case "createDescriptor":
      return administerDescriptors.createDescriptor(administrationTables, call.input);
    case "deleteDescriptor":
      return administerDescriptors.deleteDescriptor(administrationTables, call.input);
    case "note":
      return administer.note(administrationTables, call.input);
    case "remember":
      return administer.remember(administrationTables, call.input);
    case "storeCheckpoint":
      if (audit.checkpoint(call.input.size) === undefined) audit.insertCheckpoint(call.input);
      return null;
  }
}

function protect(call: ProtectCall): Reply {
  switch (call.operation) {
    case "slashingPin":
      return protection.pin(slashingTables, call.input);
    case "slashingConfigure":
      return protection.configure(slashingTables, call.input);
    case "slashingSetEnabled":
      return protection.setEnabled(slashingTables, call.input);
    case "slashingRaise":
      return raiseFloors(slashingTables, call.input);
    case "slashingBound":
      return setBounds(slashingTables, call.input);
    case "slashingImportBegin":
      return stage.begin();
    case "slashingImportStage":
      stage.stage(call.input.number, call.input.chunk);
      return null;
    case "slashingImportMerge":
      return protection.merge(slashingTables, call.input);
    case "slashingImportDiscard":
      stage.discard(call.input.number);
      return null;
    case "slashingPrune":
      return protection.prune(slashingTables, call.input);
  }
}

function read(call: ReadCall): Reply {
  switch (call.operation) {
    case "readDirectory":
      return directory.everything();
    case "readSeal":
      return { initialised: sealedReader.seal() !== undefined, log: audit.log() ?? null };
    case "readForesight":
      return foresee(decisionTables, call.input);
    case "readAnswer":
      return directory.answer(call.input.actor.namespace, call.input.actor.principal, call.input.key) ?? null;
    case "readRequest":
      return requests.get(call.input.namespace, call.input.id) ?? null;
    case "readRequestByKey": {
      const { actor, key } = call.input;
      return requests.byIdempotencyKey(actor.namespace, actor.principal, key) ?? null;
    }
    case "readRequests":
      return listRequests(call.input);
    case "readModule":
      return directory.module(call.input.digest) ?? null;
    case "readLeaves":
      return audit.leaves(call.input.namespace, call.input.from, call.input.limit);
    case "readHead":
      return { size: log.size, root: log.root(), checkpoint: audit.checkpoint(log.size) ?? null };
    case "readInclusion":
      return inclusion(call.input);
    case "readConsistency":
      return consistency(call.input);
    case "readSlashingChain":
      return slashing.chain();
    case "readSlashingKeys":
      return protection.readKeys(slashingTables, call.input);
    case "readSlashingPage":
      return protection.readPage(slashingTables, call.input);
    case "readSlashingCounts":
      return slashing.counts();
    case "readSlashingExport":
      return protection.readExport(slashingTables, call.input);
    case "readEotsRecords":
      return eots.records(call.input.publicKey, call.input.after, call.input.limit);
    case "readEotsKeys":
      return readEotsKeys(eots, call.input);
  }
}

function listRequests(input: Operations["readRequests"][0]): Operations["readRequests"][1] {
  return requests.list(input.namespace, input.principal, input.before, input.limit);
}

function inclusion(input: Operations["readInclusion"][0]): Operations["readInclusion"][1] {
  const { namespace, sequence, size } = input;
  if (sequence >= size || size > log.size) return null;
  const [leaf] = audit.leaves(namespace, sequence, 1);
  if (leaf?.sequence !== sequence) return null;
  return { leafHash: new Uint8Array(leaf.hash), proof: inclusionProof(node, sequence, size) };
}

function consistency(input: Operations["readConsistency"][0]): Operations["readConsistency"][1] {
  const { from, to } = input;
  if (from > to || to > log.size) return null;
  // Every tree extends the empty one: there is nothing to prove.
  return from === 0 ? [] : consistencyProof(node, from, to);
}

function node(level: number, index: number): Uint8Array {
  return audit.node(level, index);
}
