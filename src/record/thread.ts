/**
 * The ledger thread: the single writer. A batch is one transaction; what comes while it commits waits for the next
 * one, the more urgent first. Decisions that come one after the other are decided together, and acts are performed together;
 * what fails as a whole leaves nothing, and is done again in parts.
 * @module
 */
import { workerData } from "node:worker_threads";
import { consistencyProof, inclusionProof } from "../audit/tree.ts";
import { migrate } from "../ledger/migrate.ts";
import { openLedger, settle, undoInMemory } from "../ledger/open.ts";
import { SealedRowReader, SealedRowWriter } from "../ledger/sealed-rows.ts";
import { AnswerTable } from "../ledger/tables/answers.ts";
import { AuditTable } from "../ledger/tables/audit.ts";
import { DescriptorTable } from "../ledger/tables/descriptors.ts";
import { DirectoryTable } from "../ledger/tables/directory.ts";
import { EotsImportTable } from "../ledger/tables/eots-import.ts";
import { EotsTable } from "../ledger/tables/eots.ts";
import { FreezeTable } from "../ledger/tables/freezes.ts";
import { LimitTable } from "../ledger/tables/limits.ts";
import { PresenceTable } from "../ledger/tables/presence.ts";
import { RequestTable } from "../ledger/tables/requests.ts";
import { RightsTable } from "../ledger/tables/rights.ts";
import { SlashingMergeTable } from "../ledger/tables/slashing-merge.ts";
import { SlashingImportTable } from "../ledger/tables/slashing-import.ts";
import { SlashingFactsTable } from "../ledger/tables/slashing-facts.ts";
import { SlashingTable } from "../ledger/tables/slashing.ts";
import { ImportStage } from "../guard/eip3076/merge.ts";
import { ImportPieces } from "../guard/eip3076/merge-pieces.ts";
import { EotsImportStage } from "../guard/eots/merge.ts";
import { isStorageFailure, Transaction } from "../ledger/transaction.ts";
import type { Call, Outcome } from "../threads/contract.ts";
import { OutcomeUnknown } from "../threads/outcome-unknown.ts";
import { failed, succeeded } from "../threads/serve.ts";
import type { ActName } from "./acts/act.ts";
import type { ActCall } from "./acts/call.ts";
import { performSome, type Performed } from "./acts/perform.ts";
import { actMethods, type ActMethods } from "./acts/performed.ts";
import * as eotsActs from "./acts/eots.ts";
import { sameKey } from "./acts/same-key.ts";
import { tablesStore } from "./acts/tables-store.ts";
import * as slashingActs from "./acts/slashing.ts";
import type { Input, LedgerThread, ReadName, Reply } from "./contract.ts";
import { decide } from "./decide/decide.ts";
import type { DecideCall } from "./decide/asked.ts";
import { foresee } from "./decide/foresee.ts";
import type { DecisionCall, OutcomeCall } from "./decision.ts";
import { LogWriter } from "./log-writer.ts";
import { ledgerStore } from "./store.ts";

const { databasePath }: { databasePath: string } = workerData;
const database = openLedger(databasePath, { readonly: false });
migrate(database, (rows) => process.stderr.write(`  ${rows} spends of an earlier release added up …\n`));
settle(database);
undoInMemory(database);
const audit = new AuditTable(database);
const descriptors = new DescriptorTable(database);
const directory = new DirectoryTable(database);
const limits = new LimitTable(database);
const requests = new RequestTable(database);
const log = new LogWriter(audit);
const slashing = new SlashingTable(database);
const merging = new SlashingMergeTable(database);
const staged = new SlashingImportTable(database);
const slashingTables = {
  slashing,
  staged,
  stage: new ImportStage(slashing, staged),
  pieces: new ImportPieces({ slashing, merge: merging }),
  merging,
  log,
};
const eots = new EotsTable(database);
const eotsStage = new EotsImportStage(eots, new EotsImportTable(database));
const rights = new RightsTable(database);
const store = ledgerStore({ rights, requests, limits, slashing, eots, log });
const sealedReader = new SealedRowReader(database);

const transaction = new Transaction(database);

/** Methods that change nothing: a batch of them alone needs no transaction. */
const reads: Pick<LedgerThread, ReadName> = {
  readDirectory: () => directory.everything(),
  readPrincipals: () => directory.everyPrincipal(),
  readKeys: ({ namespace, chain }) => directory.keysOfChain(namespace, chain),
  readSeal: () => ({ initialised: sealedReader.seal() !== undefined, log: audit.log() ?? null }),
  readForesight: (input) => foresee(store, input),
  readSameKey: ({ key }) => sameKey(directory.keysByPublicKey(key), key) ?? null,
  readRequest: ({ namespace, id }) => requests.get(namespace, id) ?? null,
  readRequestByKey: ({ actor, key }) =>
    requests.byIdempotencyKey(actor.namespace, actor.principal, key) ?? null,
  readRequests: ({ namespace, principal, before, limit }) =>
    requests.list(namespace, principal, before, limit),
  readModule: ({ digest }) => directory.module(digest) ?? null,
  readLeaves: ({ namespace, from, limit }) => audit.leaves(namespace, from, limit),
  readHead: () => ({ size: log.size, root: log.root(), checkpoint: audit.checkpoint(log.size) ?? null }),
  readInclusion: inclusion,
  readConsistency: consistency,
  readSlashingChain: () => slashing.chain(),
  readSlashingKeys: (input) => slashingActs.readKeys(slashingTables, input),
  readSlashingPage: (input) => slashingActs.readPage(slashingTables, input),
  readSlashingCounts: () => slashing.counts(),
  readSlashingMerging: (input) => slashingActs.readMerging(slashingTables, input),
  readSlashingMergingCount: () => merging.keyCount(),
  readIsImportLarge: ({ number }) => slashingTables.stage.staged(number)?.isLarge === true,
  readSlashingReport: ({ after, limit }) => slashingTables.pieces.report(after, limit),
  readSlashingExport: (input) => slashingActs.readExport(slashingTables, input),
  readEotsRecords: ({ publicKey, after, limit }) => eots.records(publicKey, after, limit),
  readEotsKeys: (input) => eotsActs.readEotsKeys(eots, input),
};

/** What a batch asks of the record step, until something else comes between. */
let asked: DecideCall[] = [];

/** The calls that are decided together. */
const decisions = {
  decide: (call: DecisionCall) => void asked.push({ kind: "decision", call }),
  decideTogether: (calls: readonly DecisionCall[]) => void asked.push({ kind: "together", calls }),
  recordOutcome: (call: OutcomeCall) => void asked.push({ kind: "outcome", call }),
};
type Decisions = typeof decisions;
type DecisionName = keyof Decisions;

/** Writes that nobody asks for by name: the set-up of the installation, and what the service does by itself. */
const writes: Omit<LedgerThread, ReadName | ActName | DecisionName> = {
  createAuditLog: (input) => audit.insertLog(input.log),
  storeCheckpoint(row) {
    if (audit.checkpoint(row.size) === undefined) audit.insertCheckpoint(row);
  },
  beginSlashingImport: ({ reach }) => slashingTables.stage.begin(reach),
  stageSlashingImport: ({ number, chunk }) => slashingTables.stage.stage(number, chunk),
  advanceSlashingImport: () => slashingActs.advance(slashingTables),
  raiseSlashingImport: ({ findings }) => slashingTables.pieces.raise(findings),
  discardSlashingImport: ({ number }) => slashingTables.stage.leave(number),
  clearSlashingStage: () => slashingActs.clearStage(slashingTables),
  pruneSlashingHistory: (input) => slashingActs.prune(slashingTables, input),
  beginEotsImport: () => eotsStage.begin(),
  stageEotsImport: ({ number, chunk }) => eotsStage.stage(number, chunk),
  discardEotsImport: ({ number }) => eotsStage.discard(number),
};

const actStore = tablesStore({
  database,
  directory,
  descriptors,
  audit,
  slashing,
  sealed: new SealedRowWriter(database),
  sealedReader,
  presence: new PresenceTable(database),
  freezes: new FreezeTable(database),
  answers: new AnswerTable(database),
  slashingFacts: new SlashingFactsTable(database),
  eots,
  eotsStage,
  slashingTables,
  log,
});

/** The acts of a batch, until something else comes between: they are performed together. */
let acts: ActCall[] = [];
const performed = actMethods({ slashingTables }, (call) => {
  acts.push(call);
  return { taken: call };
});

/** The contract as this thread has it: its callers' side makes the reply of an act out of what it sends. */
export interface LedgerThreadSide extends Omit<LedgerThread, ActName | DecisionName>, Decisions, ActMethods {}

/** What this thread can be asked. */
export const methods: LedgerThreadSide = { ...reads, ...writes, ...decisions, ...performed };

/**
 * Performs the calls of one batch, in one transaction; outcomes in order. @throws OutcomeUnknown, which ends the thread, and that
 * ends the process
 */
export function performAll(calls: readonly Call[], perform: Perform): readonly Outcome[] {
  if (calls.every(isRead)) return calls.map((call) => answer(call, perform));
  transaction.begin();
  const outcomes: Outcome[] = [];
  for (const call of calls) outcomes.push(...outcomesBefore(call), ...outcomesOf(call, perform));
  outcomes.push(...decideAsked(), ...performActs());
  try {
    transaction.commit();
  } catch (error) {
    // The batch may be on disk or not. Only a start from the file can tell.
    throw new OutcomeUnknown(error);
  }
  return outcomes;
}

/** Of the calls that this one does not go together with: it must see what they left, and nothing that comes after. */
function outcomesBefore({ method }: Call): readonly Outcome[] {
  if (Object.hasOwn(decisions, method)) return performActs();
  return Object.hasOwn(performed, method) ? decideAsked() : [...decideAsked(), ...performActs()];
}

/** None for a call that waits for those behind it. */
function outcomesOf(call: Call, perform: Perform): readonly Outcome[] {
  if (isRead(call)) return [answer(call, perform)];
  if (!Object.hasOwn(decisions, call.method) && !Object.hasOwn(performed, call.method)) {
    return [write(call, perform)];
  }
  try {
    perform(call);
    return [];
  } catch (error) {
    // It cannot even be asked.
    return [...performActs(), failed(error)];
  }
}

type Perform = (call: Call) => unknown;

function isRead({ method }: Call): boolean {
  return Object.hasOwn(reads, method);
}

function answer(call: Call, perform: Perform): Outcome {
  try {
    return succeeded(perform(call));
  } catch (error) {
    // A file that cannot be read can be trusted with no more writes either.
    if (isStorageFailure(error)) throw new OutcomeUnknown(error);
    return failed(error);
  }
}

function write(call: Call, perform: Perform): Outcome {
  return attempt(() => succeeded(perform(call)), failed);
}

/** Decides what was asked, in order. */
function decideAsked(): readonly Outcome[] {
  const calls = asked;
  asked = [];
  return calls.length === 0 ? [] : decideAll(calls);
}

/** At once; where that cannot be read or written as a whole, call by call: what is wrong with one fails it alone. */
function decideAll(calls: readonly DecideCall[]): readonly Outcome[] {
  return attempt(
    () =>
      decide(store, calls).map((decided) => (decided.ok ? succeeded(decided.reply) : failed(decided.error))),
    (error) => (calls.length === 1 ? [failed(error)] : calls.flatMap((call) => decideAll([call]))),
  );
}

/** Performs the acts of the batch, in order. */
function performActs(): readonly Outcome[] {
  const calls = acts;
  acts = [];
  const outcomes: Outcome[] = [];
  while (outcomes.length < calls.length) outcomes.push(...performRun(calls.slice(outcomes.length)));
  return outcomes;
}

/** As many as can be at once; where that fails as a whole, the first half: what is wrong with one fails it alone. */
function performRun(calls: readonly ActCall[]): readonly Outcome[] {
  return attempt(
    () => performSome(calls, { store: actStore, log }).map(outcomeOfAct),
    (error) => (calls.length === 1 ? [failed(error)] : performRun(calls.slice(0, calls.length >> 1))),
  );
}

function outcomeOfAct(result: Performed): Outcome {
  return result.ok ? succeeded(result.reply) : failed(result.error);
}

/** What `work` writes stays, or with an error nothing of it. @throws OutcomeUnknown when the storage failed */
function attempt<Result>(work: () => Result, otherwise: (error: unknown) => Result): Result {
  transaction.savepoint();
  try {
    const result = work();
    transaction.release();
    limits.keep();
    return result;
  } catch (error) {
    // After a full disk or an I/O error SQLite may have ended the transaction by itself, and what was written before
    // it is unknown: nothing of the batch may be kept.
    if (!transaction.isOpen || isStorageFailure(error)) throw new OutcomeUnknown(error);
    transaction.rollback();
    log.reload();
    limits.reload();
    return otherwise(error);
  }
}

function inclusion({ namespace, sequence, size }: Input<"readInclusion">): Reply<"readInclusion"> {
  if (sequence >= size || size > log.size) return null;
  const [leaf] = audit.leaves(namespace, sequence, 1);
  if (leaf?.sequence !== sequence) return null;
  return { leafHash: new Uint8Array(leaf.hash), proof: inclusionProof(node, sequence, size) };
}

function consistency({ from, to }: Input<"readConsistency">): Reply<"readConsistency"> {
  if (from > to || to > log.size) return null;
  // Every tree extends the empty one: there is nothing to prove.
  return from === 0 ? [] : consistencyProof(node, from, to);
}

function node(level: number, index: number): Uint8Array {
  return audit.node(level, index);
}
