/**
 * One guard over a ledger in memory, driven as the ledger's thread drives it. The implementation is
 * loaded from a folder, so that a copy of it with a deliberate mistake runs through the same checks.
 * @module
 */
import Database from "better-sqlite3";
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { cpSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { DutyClaim, GuardVerdict } from "../../../src/domain/guard.ts";
import type { ImportedKey } from "../../../src/guard/eip3076/merge.ts";
import type { LedgerDatabase } from "../../../src/ledger/open.ts";
import type { SlashingTable } from "../../../src/ledger/tables/slashing.ts";
import type { ImportStage, MergeOptions } from "../../../src/guard/eip3076/merge.ts";
import type { Examiner, ImportPieces } from "../../../src/guard/eip3076/merge-pieces.ts";
import type { EndedImport } from "../../../src/guard/eip3076/end-import.ts";
import type { SlashingImportTable } from "../../../src/ledger/tables/slashing-import.ts";
import type { SlashingMergeTable } from "../../../src/ledger/tables/slashing-merge.ts";
import type { PruneStep } from "../../../src/guard/eip3076/prune.ts";
import type { LiveCaller } from "../../../src/access/actors.ts";
import type { Act, ActName } from "../../../src/record/acts/act.ts";
import type { Questions } from "../../../src/record/acts/facts.ts";
import type { ActStore } from "../../../src/record/acts/perform.ts";
import type { Input, Reply } from "../../../src/record/contract.ts";
import type { SlashingSettings } from "../../../src/record/guard-state.ts";

/** The modules under test. */
export interface Implementation {
  /** Every import is merged in pieces of so many records, however small it is; undefined: in one transaction. */
  readonly pieceRows?: number;
  readonly open: typeof import("../../../src/ledger/open.ts");
  readonly migrate: typeof import("../../../src/ledger/migrate.ts");
  readonly tables: typeof import("../../../src/ledger/tables/slashing.ts");
  readonly importTables: typeof import("../../../src/ledger/tables/slashing-import.ts");
  readonly audit: typeof import("../../../src/ledger/tables/audit.ts");
  readonly log: typeof import("../../../src/record/log-writer.ts");
  readonly factTables: typeof import("../../../src/ledger/tables/slashing-facts.ts");
  readonly acts: typeof import("../../../src/record/acts/perform.ts");
  readonly actStore: typeof import("../../../src/record/acts/validator-store.ts");
  readonly importStore: typeof import("../../../src/record/acts/import-store.ts");
  readonly imports: typeof import("../../../src/record/acts/slashing-imports.ts");
  readonly settings: typeof import("../../../src/record/acts/slashing-settings.ts");
  readonly freezes: typeof import("../../../src/record/acts/validator-freezes.ts");
  readonly facts: typeof import("../../../src/guard/eip3076/facts.ts");
  readonly unit: typeof import("../../../src/guard/eip3076/judge.ts");
  readonly store: typeof import("../../../src/record/guard-tables.ts");
  readonly merge: typeof import("../../../src/guard/eip3076/merge.ts");
  readonly pieces: typeof import("../../../src/guard/eip3076/merge-pieces.ts");
  readonly endImport: typeof import("../../../src/guard/eip3076/end-import.ts");
  readonly mergeTables: typeof import("../../../src/ledger/tables/slashing-merge.ts");
  readonly importer: typeof import("../../../src/guard/eip3076/import.ts");
  readonly exporter: typeof import("../../../src/guard/eip3076/export.ts");
  readonly prune: typeof import("../../../src/guard/eip3076/prune.ts");
}

export const SOURCE = join(import.meta.dirname, "../../../src");

export async function loadImplementation(folder: string = SOURCE): Promise<Implementation> {
  const load = (file: string): Promise<never> =>
    import(pathToFileURL(join(folder, file)).href) as Promise<never>;
  return {
    open: await load("ledger/open.ts"),
    migrate: await load("ledger/migrate.ts"),
    tables: await load("ledger/tables/slashing.ts"),
    importTables: await load("ledger/tables/slashing-import.ts"),
    audit: await load("ledger/tables/audit.ts"),
    log: await load("record/log-writer.ts"),
    factTables: await load("ledger/tables/slashing-facts.ts"),
    acts: await load("record/acts/perform.ts"),
    actStore: await load("record/acts/validator-store.ts"),
    importStore: await load("record/acts/import-store.ts"),
    imports: await load("record/acts/slashing-imports.ts"),
    settings: await load("record/acts/slashing-settings.ts"),
    freezes: await load("record/acts/validator-freezes.ts"),
    facts: await load("guard/eip3076/facts.ts"),
    unit: await load("guard/eip3076/judge.ts"),
    store: await load("record/guard-tables.ts"),
    merge: await load("guard/eip3076/merge.ts"),
    pieces: await load("guard/eip3076/merge-pieces.ts"),
    endImport: await load("guard/eip3076/end-import.ts"),
    mergeTables: await load("ledger/tables/slashing-merge.ts"),
    importer: await load("guard/eip3076/import.ts"),
    exporter: await load("guard/eip3076/export.ts"),
    prune: await load("guard/eip3076/prune.ts"),
  };
}

export const GENESIS = new Uint8Array(32).fill(4);
const ACTOR = { namespace: "root", principal: "claviger test", tokenVersion: null } as const;
const OPERATOR: LiveCaller = { ...ACTOR, roles: [], isInstallation: true };

/** 48 bytes that stand for validator `index`. */
export function publicKey(index: number): Uint8Array {
  return new Uint8Array(48).fill(index + 1);
}

/** 32 bytes that stand for message `index`. */
export function root(index: number): Uint8Array {
  return new Uint8Array(32).fill(index + 1);
}

export function block(key: number, slot: bigint, message: number): DutyClaim {
  return {
    kind: "eip3076.block",
    publicKey: publicKey(key),
    genesisValidatorsRoot: GENESIS,
    slot,
    signingRoot: root(message),
  };
}

export function attestation(key: number, source: bigint, target: bigint, message: number): DutyClaim {
  return {
    kind: "eip3076.attestation",
    publicKey: publicKey(key),
    genesisValidatorsRoot: GENESIS,
    sourceEpoch: source,
    targetEpoch: target,
    signingRoot: root(message),
  };
}

export class Guard {
  readonly #code: Implementation;
  database: LedgerDatabase;
  slashing: SlashingTable;
  readonly #staged: SlashingImportTable;
  readonly stage: ImportStage;
  readonly pieces: ImportPieces;
  readonly merging: SlashingMergeTable;
  readonly #examiner: Examiner;

  constructor(code: Implementation, database: LedgerDatabase = new Database(":memory:")) {
    this.#code = code;
    this.database = database;
    database.pragma("recursive_triggers = ON");
    database.pragma("foreign_keys = ON");
    code.migrate.migrate(database);
    this.slashing = new code.tables.SlashingTable(database);
    const staged = (this.#staged = new code.importTables.SlashingImportTable(database));
    this.stage = new code.merge.ImportStage(this.slashing, staged);
    this.merging = new code.mergeTables.SlashingMergeTable(database);
    const tables = { slashing: this.slashing, merge: this.merging };
    this.pieces = new code.pieces.ImportPieces(tables);
    this.#examiner = new code.pieces.Examiner({ ...tables, staged });
  }

  /** In a file of `folder`, with the pragmas of the product. */
  static onFile(code: Implementation, folder: string): Guard {
    return new Guard(code, code.open.openLedger(join(folder, `${randomUUID()}.sqlite`), { readonly: false }));
  }

  /** The same file, opened by a new process: after an orderly end, or as `kill -9` leaves it. */
  reopen(killed = false): Guard {
    if (this.database.memory) {
      const bytes = this.database.serialize();
      this.database.close();
      return new Guard(this.#code, new Database(bytes));
    }
    const path = this.database.name;
    const next = killed ? `${path}-killed.sqlite` : path;
    // Whoever is killed closes nothing: the log is as it was, and nobody has moved it into the file.
    if (killed) for (const part of ["", "-wal"]) cpSync(`${path}${part}`, `${next}${part}`);
    this.database.close();
    return new Guard(this.#code, this.#code.open.openLedger(next, { readonly: false }));
  }

  /** An empty store where this one is. */
  another(): Guard {
    if (this.database.memory) return new Guard(this.#code);
    return Guard.onFile(this.#code, dirname(this.database.name));
  }

  sign(claim: DutyClaim): GuardVerdict {
    const [verdict] = this.signAll([claim]);
    assert.ok(verdict !== undefined);
    return verdict;
  }

  /** Read once, judged in order, written once. */
  signAll(claims: readonly DutyClaim[]): readonly GuardVerdict[] {
    const { facts, unit, store } = this.#code;
    return this.slashing.atomically(() => {
      const { verdicts, rows } = unit.judge(claims, store.readDuties(this.slashing, facts.facts(claims)));
      store.writeDuties(this.slashing, rows);
      return verdicts;
    });
  }

  /** @param only keys in 0x-hex; null: all */
  async import(
    document: string | Iterable<Uint8Array>,
    expectedRoot: Uint8Array | null = GENESIS,
    only: readonly string[] | null = null,
  ): Promise<readonly ImportedKey[]> {
    return this.#import(document, { expectedRoot, only }, (number, options) => this.#merge(number, options));
  }

  /** The first commit of an import in pieces: its keys are marked, and nothing of it is in. */
  async stageAndMark(document: string, only: readonly string[] | null = null): Promise<void> {
    await this.#import(document, { expectedRoot: GENESIS, only }, (number, options) => {
      this.#judge(number, options, true);
      return [];
    });
  }

  #import(
    document: string | Iterable<Uint8Array>,
    { expectedRoot, only }: Pick<MergeOptions, "expectedRoot"> & { readonly only: readonly string[] | null },
    merge: (number: number, options: MergeOptions) => readonly ImportedKey[],
  ): Promise<readonly ImportedKey[]> {
    const source = typeof document === "string" ? [Buffer.from(document)] : document;
    return this.#code.importer.importInterchange(
      source,
      {
        begin: async (reach) => this.stage.begin(reach),
        stage: async (number, chunk) => this.stage.stage(number, chunk),
        merge: async (number, given) => merge(number, given),
        discard: async (number) => {
          this.stage.leave(number);
          while (this.merging.clearSome(1000));
        },
      },
      { expectedRoot, reach: only === null ? { of: "everyKey" } : { of: "keys", publicKeys: new Set(only) } },
    );
  }

  #merge(number: number, options: MergeOptions): readonly ImportedKey[] {
    if (this.#code.pieceRows === undefined) {
      return this.slashing.atomically(() => {
        this.#judge(number, options, false);
        return this.stage.merge(number);
      });
    }
    this.#judge(number, options, true);
    while (this.mergePiece(this.#code.pieceRows));
    const report = this.pieces.report(new Uint8Array(), -1);
    while (this.merging.clearSome(3));
    return report;
  }

  /** The act of an import, which is large because the test says so: pins the chain, and marks the keys of a large one. */
  #judge(number: number, options: MergeOptions, isLarge: boolean): void {
    const staged = this.stage.staged(number);
    this.slashing.atomically(() =>
      this.perform(this.#code.imports.mergeSlashingImport, { actor: ACTOR, number, options }, OPERATOR, {
        stagedImport: () => (staged === null ? null : { ...staged, isLarge }),
      }),
    );
  }

  /** The next piece of an import that is merged in pieces; false when the marks are lifted. */
  mergePiece(rows: number): boolean {
    const step = this.slashing.atomically(() => this.pieces.step(rows));
    if (step.next === "ended" || step.next === "none") return false;
    if (step.next === "examine") {
      const findings = this.#examiner.next(step.after, 1);
      this.slashing.atomically(() => this.pieces.raise(findings));
    }
    return true;
  }

  /** Ends the import under way without the rest of its records. */
  endImport(): EndedImport | null {
    const tables = { slashing: this.slashing, merge: this.merging, staged: this.#staged };
    return this.slashing.atomically(() => this.#code.endImport.endImport(tables));
  }

  export(minimal = false): string {
    return [...this.#code.exporter.exportInterchange(this.slashing, { minimal, only: null })].join("");
  }

  /** One step, as it stands between two batches of signing. */
  pruneStep(from: bigint, keepEpochs: bigint, rowsMax: number): PruneStep {
    return this.#code.prune.pruneStep(this.slashing, from, { keepEpochs, slotsPerEpoch: 1n, rowsMax });
  }

  /** Prunes to the end; the number of steps and of rows. */
  prune(keepEpochs: bigint, rowsMax = 3): { steps: number; deleted: number } {
    let from: bigint | null = 0n;
    let steps = 0;
    let deleted = 0;
    while (from !== null) {
      const step: PruneStep = this.pruneStep(from, keepEpochs, rowsMax);
      steps += 1;
      deleted += step.deleted;
      from = step.next;
    }
    return { steps, deleted };
  }

  /** Does an act for a caller who may, over the guard's tables alone: no other namespace holds a key. */
  perform<Name extends ActName, Asked extends Questions>(
    act: Act<Name, Asked>,
    input: Input<Name>,
    caller: LiveCaller = OPERATOR,
    known: Partial<ActStore["facts"]> = {},
  ): Reply<Name> {
    const { acts, actStore, audit, factTables, importStore, log } = this.#code;
    const slashing = this.slashing;
    const slashingFacts = new factTables.SlashingFactsTable(this.database);
    const writer = new log.LogWriter(new audit.AuditTable(this.database));
    // The acts that come here ask for nothing else.
    const store = {
      facts: {
        ...actStore.validatorReaders({ slashing, slashingFacts }),
        areActive: ({ publicKeys }: { readonly publicKeys: readonly unknown[] }) =>
          publicKeys.map(() => true),
        areHeldElsewhere: ({ publicKeys }: { readonly publicKeys: readonly unknown[] }) =>
          publicKeys.map(() => false),
        ...known,
      },
      rows: {
        ...actStore.validatorWriters({ slashing }),
        ...importStore.importWriters({ stage: this.stage, pieces: this.pieces }),
      },
    } as unknown as ActStore;
    return acts.carryOut(act, input, { caller, at: writer.now() }, { store, log: writer }).reply;
  }

  configure(settings: SlashingSettings): void {
    this.perform(this.#code.settings.configureSlashing, { actor: ACTOR, settings });
  }

  setEnabled(enabled: boolean, keys: readonly Uint8Array[] | null = null): number {
    return this.perform(this.#code.freezes.setSlashingEnabled, { actor: ACTOR, publicKeys: keys, enabled })
      .keys;
  }
}

/** An interchange document. */
export interface Interchange {
  readonly metadata: {
    readonly interchange_format_version: string;
    readonly genesis_validators_root: string;
  };
  readonly data: readonly InterchangeKey[];
}
export interface InterchangeKey {
  readonly pubkey: string;
  readonly signed_blocks: readonly { readonly slot: string; readonly signing_root?: string }[];
  readonly signed_attestations: readonly {
    readonly source_epoch: string;
    readonly target_epoch: string;
    readonly signing_root?: string;
  }[];
}
