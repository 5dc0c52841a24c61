/**
 * One EOTS guard over a ledger in memory, driven as the ledger's thread drives it. The implementation is loaded from a
 * folder, so that a copy of it with a deliberate mistake runs through the same checks.
 * @module
 */
import Database from "better-sqlite3";
import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { GuardVerdict } from "../../../src/domain/guard.ts";
import type { EotsImportedTrack, EotsImportStage } from "../../../src/guard/eots/merge.ts";
import type { EotsClaim } from "../../../src/domain/guard.ts";
import type { LedgerDatabase } from "../../../src/ledger/open.ts";
import { DirectoryTable } from "../../../src/ledger/tables/directory.ts";
import type { EotsPlace, EotsTrack } from "../../../src/domain/eots.ts";
import type { EotsTable } from "../../../src/ledger/tables/eots.ts";
import type { LogWriter } from "../../../src/record/log-writer.ts";
import type { LiveCaller } from "../../../src/access/actors.ts";
import type { Act, ActName } from "../../../src/record/acts/act.ts";
import type { Questions } from "../../../src/record/acts/facts.ts";
import type { ActStore } from "../../../src/record/acts/perform.ts";
import type { Input, Reply as ReplyOf } from "../../../src/record/contract.ts";
import type { EotsKeyState, EotsPruneStep } from "../../../src/record/guard-state.ts";

/** The modules under test. */
export interface Implementation {
  readonly migrate: typeof import("../../../src/ledger/migrate.ts");
  readonly tables: typeof import("../../../src/ledger/tables/eots.ts");
  readonly importTables: typeof import("../../../src/ledger/tables/eots-import.ts");
  readonly audit: typeof import("../../../src/ledger/tables/audit.ts");
  readonly log: typeof import("../../../src/record/log-writer.ts");
  readonly administration: typeof import("../../../src/record/acts/eots.ts");
  readonly acts: typeof import("../../../src/record/acts/perform.ts");
  readonly actStore: typeof import("../../../src/record/acts/eots-store.ts");
  readonly keyActs: typeof import("../../../src/record/acts/eots-keys.ts");
  readonly histories: typeof import("../../../src/record/acts/eots-import.ts");
  readonly facts: typeof import("../../../src/guard/eots/facts.ts");
  readonly unit: typeof import("../../../src/guard/eots/judge.ts");
  readonly store: typeof import("../../../src/record/guard-tables.ts");
  readonly merge: typeof import("../../../src/guard/eots/merge.ts");
  readonly importer: typeof import("../../../src/guard/eots/import.ts");
  readonly history: typeof import("../../../src/guard/eots/history.ts");
}

export const SOURCE = join(import.meta.dirname, "../../../src");

export async function loadImplementation(folder: string = SOURCE): Promise<Implementation> {
  const load = (file: string): Promise<never> =>
    import(pathToFileURL(join(folder, file)).href) as Promise<never>;
  return {
    migrate: await load("ledger/migrate.ts"),
    tables: await load("ledger/tables/eots.ts"),
    importTables: await load("ledger/tables/eots-import.ts"),
    audit: await load("ledger/tables/audit.ts"),
    log: await load("record/log-writer.ts"),
    administration: await load("record/acts/eots.ts"),
    acts: await load("record/acts/perform.ts"),
    actStore: await load("record/acts/eots-store.ts"),
    keyActs: await load("record/acts/eots-keys.ts"),
    histories: await load("record/acts/eots-import.ts"),
    facts: await load("guard/eots/facts.ts"),
    unit: await load("guard/eots/judge.ts"),
    store: await load("record/guard-tables.ts"),
    merge: await load("guard/eots/merge.ts"),
    importer: await load("guard/eots/import.ts"),
    history: await load("guard/eots/history.ts"),
  };
}

const ACTOR = { namespace: "root", principal: "claviger test", tokenVersion: null } as const;
const OPERATOR: LiveCaller = { ...ACTOR, roles: [], isInstallation: true };
export const AT = "2026-01-02T03:04:05.678Z";
export const HEIGHT_MAX = 2n ** 64n - 1n;
const CHAINS: readonly Uint8Array[] = [
  new Uint8Array(Buffer.from("bbn-1")),
  new Uint8Array(),
  new Uint8Array([0xff, 0xfe, 0]),
  new Uint8Array(Buffer.from("bbn-10")),
];

/** 32 bytes that stand for key `index`. */
export function publicKey(index: number): Uint8Array {
  return new Uint8Array(32).fill(index + 1);
}

/** Chain ids: a text, none, one that is no UTF-8, one that begins as another. */
export function chainId(index: number): Uint8Array {
  return CHAINS[index] ?? new Uint8Array(64).fill(index);
}

/** Message 0 is empty. */
export function message(index: number): Uint8Array {
  return new Uint8Array(index === 0 ? 0 : 40).fill(index);
}

export function track(key: number, chain = 0): EotsTrack {
  return { publicKey: publicKey(key), chainId: chainId(chain) };
}

export function place(key: number, height: bigint, chain = 0): EotsPlace {
  return { ...track(key, chain), height };
}

export function claim(key: number, height: bigint, index: number, chain = 0): EotsClaim {
  return { kind: "eots", ...place(key, height, chain), message: message(index) };
}

const emptyLedgers = new WeakMap<Implementation, Buffer>();

/** A migrated file, made once for each implementation: histories begin with thousands of them. */
function emptyLedger(code: Implementation): Buffer {
  const known = emptyLedgers.get(code);
  if (known !== undefined) return known;
  const database = new Database(":memory:");
  code.migrate.migrate(database);
  const bytes = database.serialize();
  database.close();
  emptyLedgers.set(code, bytes);
  return bytes;
}

export class Guard {
  readonly #code: Implementation;
  database: LedgerDatabase;
  eots: EotsTable;
  #stage: EotsImportStage;
  #log: LogWriter | undefined;

  constructor(code: Implementation, database: LedgerDatabase = new Database(emptyLedger(code))) {
    this.#code = code;
    this.database = database;
    database.pragma("recursive_triggers = ON");
    database.pragma("foreign_keys = ON");
    this.eots = new code.tables.EotsTable(database);
    this.#stage = new code.merge.EotsImportStage(this.eots, new code.importTables.EotsImportTable(database));
  }

  /** The same file, opened by a new process. */
  reopen(): Guard {
    const bytes = this.database.serialize();
    this.database.close();
    return new Guard(this.#code, new Database(bytes));
  }

  sign(eotsClaim: EotsClaim): GuardVerdict {
    const [verdict] = this.signAll([eotsClaim]);
    assert.ok(verdict !== undefined);
    return verdict;
  }

  /** Read once, judged in order, written once. */
  signAll(claims: readonly EotsClaim[]): readonly GuardVerdict[] {
    const { facts, unit, store } = this.#code;
    return this.eots.atomically(() => {
      const { verdicts, rows } = unit.judge(claims, store.readStatements(this.eots, facts.facts(claims)));
      store.writeStatements(this.eots, rows, AT);
      return verdicts;
    });
  }

  /** The verdict, or the code of the refusal. */
  verdict(eotsClaim: EotsClaim): string {
    const result = this.sign(eotsClaim);
    return result.verdict === "refused" ? result.refusal.code : result.verdict;
  }

  async import(document: string, enableKeys = false): Promise<readonly EotsImportedTrack[]> {
    return this.#code.importer.importEots(
      this.#code.history.readHistory([Buffer.from(document)]),
      {
        begin: async () => this.#stage.begin(),
        stage: async (number, chunk) => this.database.transaction(() => this.#stage.stage(number, chunk))(),
        merge: async (number, options) =>
          this.perform(this.#code.histories.mergeEotsImport, { actor: ACTOR, number, options }),
        discard: async (number) => this.#stage.discard(number),
      },
      { enableKeys },
    );
  }

  export(key: Uint8Array | null = null): string {
    return [...this.#code.history.historyText(this.eots, key === null ? null : [key])].join("");
  }

  /** One act of the ledger thread, all or nothing. */
  perform<Name extends ActName, Asked extends Questions>(
    act: Act<Name, Asked>,
    input: Input<Name>,
  ): ReplyOf<Name> {
    const { acts, actStore } = this.#code;
    const log = (this.#log ??= new this.#code.log.LogWriter(new this.#code.audit.AuditTable(this.database)));
    const tables = { eots: this.eots, eotsStage: this.#stage, directory: new DirectoryTable(this.database) };
    // The acts that come here ask for nothing else.
    const store = {
      facts: actStore.eotsReaders(tables),
      rows: actStore.eotsWriters(tables),
    } as unknown as ActStore;
    try {
      return this.database.transaction(
        () => acts.carryOut(act, input, { caller: OPERATOR, at: log.now() }, { store, log }).reply,
      )();
    } catch (error) {
      log.reload();
      throw error;
    }
  }

  setFloor(at: EotsPlace): void {
    this.perform(this.#code.keyActs.setEotsFloor, { actor: ACTOR, ...at });
  }

  requireFloor(key: number): void {
    const publicKeys = [publicKey(key)];
    this.perform(this.#code.keyActs.requireEotsFloor, { actor: ACTOR, publicKeys });
  }

  setEnabled(enabled: boolean, keys: readonly Uint8Array[] | null = null): void {
    this.perform(this.#code.keyActs.setEotsEnabled, { actor: ACTOR, publicKeys: keys, enabled });
  }

  keys(): readonly EotsKeyState[] {
    return this.#code.administration.readEotsKeys(this.eots, { publicKey: null, count: true });
  }

  /** Prunes to the end; the number of steps and of rows. */
  prune(rowsMax = 3): { steps: number; deleted: number } {
    let after: EotsTrack | null = null;
    for (let steps = 1, deleted = 0; ; steps += 1) {
      const input = { actor: ACTOR, after, rowsMax };
      const step: EotsPruneStep = this.perform(this.#code.histories.pruneEotsHistory, input);
      deleted += step.deleted;
      after = step.after;
      if (step.done) return { steps, deleted };
    }
  }
}

/** A line of a history for this message. */
export function recordLine(key: number, height: bigint, index: number, chain = 0): string {
  return `${JSON.stringify({
    publicKey: Buffer.from(publicKey(key)).toString("hex"),
    chainId: chainJson(chain),
    height: String(height),
    message: `0x${Buffer.from(message(index)).toString("hex")}`,
    at: AT,
  })}\n`;
}

export function floorLine(key: number, height: bigint, chain = 0): string {
  const names = { publicKey: Buffer.from(publicKey(key)).toString("hex"), chainId: chainJson(chain) };
  return `${JSON.stringify({ ...names, floor: String(height) })}\n`;
}

function chainJson(chain: number): unknown {
  return { hex: `0x${Buffer.from(chainId(chain)).toString("hex")}` };
}

export function history(...lines: readonly string[]): string {
  return [`${JSON.stringify({ format: "claviger.eots-history", version: 1 })}\n`, ...lines].join("");
}
