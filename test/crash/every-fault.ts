/**
 * The fault harness: a service that acts while one planned write fails, is looked at on disk, starts again from the file and is
 * looked at once more. A test names the faults, what is done, and what must hold; how a process dies is checked here.
 */
import assert from "node:assert/strict";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { claviger, type Ended } from "../commands/claviger.ts";
import type { Reply } from "../running/service.ts";
import type { Fault } from "./fault-preload.ts";
import { Installation } from "./installation.ts";

const PRELOAD = pathToFileURL(join(import.meta.dirname, "fault-preload.ts")).href;

type Code = Fault["code"];
type Which = Pick<Fault, "skip" | "following">;

/** The statement fails and nothing of it is written. */
export function unwritten(sql: string, code: Code = "SQLITE_FULL", which: Which = {}): Fault {
  return { sql, when: "before", code, ...which };
}

/** The statement fails although it was written. */
export function written(sql: string, code: Code = "SQLITE_IOERR_WRITE", which: Which = {}): Fault {
  return { sql, when: "after", code, ...which };
}

/** The statement waits until the fault is taken back, and what waits for it with it. */
export function held(sql: string, which: Which = {}): Fault {
  return { sql, when: "before", code: "HOLD", ...which };
}

/** The statement, in words for a test's title. */
export function nameOf({ sql, when, code, skip, following }: Fault): string {
  const which = skip === undefined ? "" : `, number ${skip + 1}`;
  const transaction = following === undefined ? "" : ` that follows ${following}`;
  return `${sql}${which}${transaction}: ${code ?? "Error"} ${when} it is done`;
}

/** What a process finds in its environment whose faults are planned in `file`. */
export function faultsFrom(file: string): Readonly<Record<string, string>> {
  // A checkpoint of the service's own would meet the fault that was planned for an act.
  return {
    NODE_OPTIONS: `--import=${PRELOAD}`,
    TEST_FAULT_FILE: file,
    CLAVIGER_AUDIT__CHECKPOINT_SECONDS: "0",
  };
}

/** Plans `fault`. The file appears whole: a running process may read it at any moment. */
export function plan(file: string, fault: Fault): void {
  writeFileSync(`${file}.new`, JSON.stringify(fault));
  renameSync(`${file}.new`, file);
}

/** Runs a command on a data directory, under `fault`. */
export async function clavigerUnder(
  fault: Fault,
  directory: string,
  words: readonly string[],
): Promise<Ended> {
  const file = faultFileIn(directory);
  plan(file, fault);
  const ended = await claviger(words, { CLAVIGER_STORAGE__DATA_DIR: directory, ...faultsFrom(file) });
  rmSync(file);
  return ended;
}

/** An installation whose service fails as planned. */
export class FaultyInstallation extends Installation {
  readonly #faultFile = faultFileIn(this.directory);
  /** Requests that were recorded when a process died: their outcomes never come. */
  readonly #lost = new Set<string>();

  static override async create(): Promise<FaultyInstallation> {
    const directory = mkdtempSync(join(tmpdir(), "claviger-faults-"));
    const environment = faultsFrom(faultFileIn(directory));
    return new FaultyInstallation(await Installation.make(directory, environment));
  }

  /** Acts under `fault`, of which the process dies: it replies to nobody. The file is then left to be looked at. */
  async dies(fault: Fault, act: () => Promise<unknown>): Promise<void> {
    await this.#under(fault, () => assert.rejects(act(), TypeError, "no reply of any kind"));
    const { ended, stderr } = this.service;
    if (fault.code === "SIGKILL") assert.deepEqual(await ended, [null, "SIGKILL"]);
    else {
      assert.deepEqual(await ended, [70, null]);
      assert.match(stderr.join(""), /claviger: thread ledger failed: planned failure/);
    }
    for (const id of this.#withoutOutcome()) this.#lost.add(id);
  }

  /** The same, and starts again. */
  async diesAndStarts(fault: Fault, act: () => Promise<unknown>): Promise<void> {
    await this.dies(fault, act);
    await this.restart();
  }

  /** Acts under `fault`, which undoes itself: only this call fails, and its reply says nothing of the cause. */
  async failsAlone(fault: Fault, act: () => Promise<Reply>): Promise<void> {
    const refused = await this.#under(fault, act);
    assert.equal(refused.status, 500, refused.text);
    assert.equal(refused.body.code, "service.internal");
    assert.doesNotMatch(refused.text, /planned/);
  }

  /** An outcome follows its reply in a commit of its own, which must not be the one that a fault is meant for. */
  async #under<Result>(fault: Fault, act: () => Promise<Result>): Promise<Result> {
    while (this.#withoutOutcome().some((id) => !this.#lost.has(id))) await setImmediate();
    plan(this.#faultFile, fault);
    try {
      return await act();
    } finally {
      rmSync(this.#faultFile);
    }
  }

  #withoutOutcome(): readonly string[] {
    return this.read((database) =>
      database
        .prepare<[], { id: string }>("SELECT id FROM request WHERE decision = 'allow' AND result IS NULL")
        .all()
        .map(({ id }) => id),
    );
  }
}

function faultFileIn(directory: string): string {
  return join(directory, "fault.json");
}

/** A bug, or a row that breaks a constraint, undoes itself; after any other failure the process must not go on. */
export function undoesItself({ code }: Fault): boolean {
  return code === null || code.startsWith("SQLITE_CONSTRAINT");
}

/** One planned failure of a trial. */
export interface FaultCase {
  /** What is done, in the title's words. */
  readonly what: string;
  readonly fault: Fault;
  /** What is on disk afterwards, in the title's words. */
  readonly left: string;
}

/** A test for each case. `before` is what `arrange` gave. */
export interface Trial<Case extends FaultCase, Before> {
  readonly installation: () => FaultyInstallation;
  readonly cases: readonly Case[];
  arrange(faultCase: Case): Promise<Before> | Before;
  act(before: Before, faultCase: Case): Promise<Reply>;
  /** What the file has of it, as the case says it in `left`: compared when the process is dead, and after the start. */
  onDisk(before: Before, faultCase: Case): string;
  /** After the start, or after the call that failed alone. */
  holds(before: Before, faultCase: Case): Promise<void>;
}

export function everyFault<Case extends FaultCase, Before>(trial: Trial<Case, Before>): void {
  for (const faultCase of trial.cases) {
    const { what, fault, left } = faultCase;
    const end = undoesItself(fault) ? "fails alone" : "the process dies";
    void test(`${what}: ${nameOf(fault)}: ${end}; on disk: ${left}`, async () => {
      const installation = trial.installation();
      const before = await trial.arrange(faultCase);
      const act = (): Promise<Reply> => trial.act(before, faultCase);
      const look = (): void => assert.equal(trial.onDisk(before, faultCase), left);
      if (undoesItself(fault)) await installation.failsAlone(fault, act);
      else {
        await installation.dies(fault, act);
        try {
          look();
        } finally {
          await installation.restart();
        }
      }
      look();
      await installation.verifyAudit();
      await trial.holds(before, faultCase);
      await installation.verifyAudit();
    });
  }
}
