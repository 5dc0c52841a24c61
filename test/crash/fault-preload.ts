/** Loaded into a service under test with `--import`: makes one SQL statement fail, or the process die at it, when a file says so. */
import { existsSync, readFileSync } from "node:fs";
import Database from "better-sqlite3";

/** One planned failure. */
export interface Fault {
  /** Part of the statement's text. */
  readonly sql: string;
  /** `before`: nothing was written. `after`: it was written, and the error came anyway. */
  readonly when: "before" | "after";
  /** An extended SQLite code; `SIGKILL` ends the process there; null throws an ordinary Error, as a bug would. */
  readonly code: string | null;
  /** Executions of the statement that still work. */
  readonly skip?: number;
}

const file = process.env["TEST_FAULT_FILE"] ?? "";
let armed = "";
let seen = 0;

/** The fault that is planned for this execution of `sql`. */
function planned(sql: string): Fault | undefined {
  if (!existsSync(file)) return undefined;
  const text = readFileSync(file, "utf8");
  if (text !== armed) {
    armed = text;
    seen = 0;
  }
  const fault: Fault = JSON.parse(text);
  if (!sql.includes(fault.sql)) return undefined;
  seen += 1;
  return seen > (fault.skip ?? 0) ? fault : undefined;
}

function failure(fault: Fault): Error {
  if (fault.code === "SIGKILL") process.kill(process.pid, "SIGKILL");
  if (fault.code === null) return new Error("planned bug");
  return new Database.SqliteError("planned failure", fault.code);
}

const prepare: unknown = Reflect.get(Database.prototype, "prepare");
if (typeof prepare !== "function") throw new Error("better-sqlite3 has no prepare");

Reflect.set(
  Database.prototype,
  "prepare",
  function prepareFaulty(this: Database.Database, sql: string): unknown {
    const statement: object = Reflect.apply(prepare, this, [sql]);
    const run = Reflect.get(statement, "run");
    Reflect.set(statement, "run", (...parameters: unknown[]): unknown => {
      const fault = planned(sql);
      if (fault?.when === "before") throw failure(fault);
      const result: unknown = Reflect.apply(run, statement, parameters);
      if (fault !== undefined) throw failure(fault);
      return result;
    });
    return statement;
  },
);
