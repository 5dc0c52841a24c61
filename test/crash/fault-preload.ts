/** Loaded into a service under test with `--import`: makes one SQL statement fail, or the process die at it, when a file says so. */
import { existsSync, readFileSync } from "node:fs";
import Database from "better-sqlite3";

/** One planned failure. */
export interface Fault {
  /** Part of the statement's text. */
  readonly sql: string;
  /** `before`: nothing was written. `after`: it was written, and the error came anyway. */
  readonly when: "before" | "after";
  /**
   * An extended SQLite code; `SIGKILL` ends the process there; `HOLD` waits there until the fault is taken back, and fails nothing;
   * null throws an ordinary Error, as a bug would.
   */
  readonly code: string | null;
  /** Executions of the statement that still work. */
  readonly skip?: number;
  /** Part of a statement that must have run before in the same transaction: another one's COMMIT is not meant. */
  readonly following?: string;
}

const file = process.env["TEST_FAULT_FILE"] ?? "";
let armed = "";
let seen = 0;
/** The statements that each connection ran since its transaction began. */
const transactions = new WeakMap<object, Set<string>>();

/** Notes `sql`. @returns what ran before it in its transaction */
function earlierThan(database: object, sql: string): ReadonlySet<string> {
  const earlier = transactions.get(database) ?? new Set<string>();
  const ends = /^(?:BEGIN|COMMIT|ROLLBACK$)/.test(sql);
  transactions.set(database, ends ? new Set() : earlier.add(sql));
  return earlier;
}

/** The fault that is planned for this execution of `sql`. */
function planned(database: object, sql: string): Fault | undefined {
  const earlier = earlierThan(database, sql);
  const fault = inFile();
  if (fault === undefined || !sql.includes(fault.sql)) return undefined;
  const { following } = fault;
  if (following !== undefined && ![...earlier].some((statement) => statement.includes(following))) {
    return undefined;
  }
  seen += 1;
  return seen > (fault.skip ?? 0) ? fault : undefined;
}

function inFile(): Fault | undefined {
  if (!existsSync(file)) return undefined;
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    // The test took the fault back meanwhile.
    return undefined;
  }
  if (text !== armed) {
    armed = text;
    seen = 0;
  }
  return JSON.parse(text);
}

function failure(fault: Fault): Error {
  if (fault.code === "SIGKILL") process.kill(process.pid, "SIGKILL");
  if (fault.code === null) return new Error("planned bug");
  return new Database.SqliteError("planned failure", fault.code);
}

/** `call`, which runs `sql`, with the fault that is planned for it. */
function faulty(database: object, sql: string, call: () => unknown): unknown {
  const fault = planned(database, sql);
  if (fault?.code === "HOLD") {
    const never = new Int32Array(new SharedArrayBuffer(4));
    while (existsSync(file)) Atomics.wait(never, 0, 0, 5);
    return call();
  }
  if (fault?.when === "before") throw failure(fault);
  const result = call();
  if (fault !== undefined) throw failure(fault);
  return result;
}

function method(of: object, name: string): (...parameters: unknown[]) => unknown {
  const found: unknown = Reflect.get(of, name);
  if (typeof found !== "function") throw new Error(`better-sqlite3 has no ${name}`);
  return (...parameters) => Reflect.apply(found, of, parameters);
}

const prepare: unknown = Reflect.get(Database.prototype, "prepare");
const execute: unknown = Reflect.get(Database.prototype, "exec");
if (typeof prepare !== "function" || typeof execute !== "function") {
  throw new Error("better-sqlite3 has neither prepare nor exec");
}

Reflect.set(
  Database.prototype,
  "prepare",
  function prepareFaulty(this: Database.Database, sql: string): unknown {
    const statement: object = Reflect.apply(prepare, this, [sql]);
    // A statement with RETURNING is run by `get`.
    for (const name of ["run", "get"]) {
      const real = method(statement, name);
      Reflect.set(statement, name, (...parameters: unknown[]) =>
        faulty(this, sql, () => real(...parameters)),
      );
    }
    return statement;
  },
);
Reflect.set(
  Database.prototype,
  "exec",
  function executeFaulty(this: Database.Database, sql: string): unknown {
    return faulty(this, sql, () => Reflect.apply(execute, this, [sql]));
  },
);
