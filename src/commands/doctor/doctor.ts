/** `claviger doctor`: checks of the installation, each with the fix for what it finds. */
import { existsSync, fsyncSync, openSync, closeSync, rmSync, statSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";
import { loadConfig } from "../../config/config.ts";
import type { Config } from "../../config/schema.ts";
import { exposureOf } from "../../domain/secret-files.ts";
import { timeOf } from "../../domain/audit-log.ts";
import { LEDGER_FILE, quickCheck } from "../../ledger/open.ts";
import { AuditTable } from "../../ledger/tables/audit.ts";
import { secp256k1 } from "../../vault/sign/secp256k1.ts";
import { auditVerify } from "../audit/verify.ts";
import { readLedger, setUpState } from "../data-directory.ts";
import { starknetSchemes } from "./starknet-schemes.ts";
import type { CommandOptions } from "../options.ts";
import { CommandError, say, sayJson } from "../output.ts";

interface Finding {
  readonly check: string;
  readonly state: "ok" | "warning" | "failure";
  readonly detail: string;
  /** What to do; empty when all is well. */
  readonly fix: string;
}

const NODE_MAJOR_MIN = 24;
const FREE_BYTES_MIN = 1024 ** 3;
/** A disk that needs longer than this for one fsync makes every signature wait for it. */
const FSYNC_MS_MAX = 20;
const FSYNC_SAMPLES = 20;

/** Exit code 1 when a check fails. */
export async function doctor(options: CommandOptions): Promise<void> {
  const config = loadConfig({ file: options.config, preset: "production" });
  const findings = [node(), signing(), ...directory(config.storage.dataDir), passphraseFile(config)];
  findings.push(...(await ledger(config.storage.dataDir, options)));
  if (options.output === "json") sayJson({ findings });
  else for (const finding of findings) say(...lines(finding));
  const failures = findings.filter((finding) => finding.state === "failure").length;
  if (failures > 0)
    throw new CommandError(
      "doctor.failed",
      `${failures} of ${findings.length} checks failed; do what each finding says`,
    );
  if (options.output === "text") say("", `${findings.length} checks, none failed`);
}

function lines({ check, state, detail, fix }: Finding): string[] {
  const mark = { ok: "ok  ", warning: "WARN", failure: "FAIL" }[state];
  return [`${mark}  ${check.padEnd(18)} ${detail}`, ...(fix === "" ? [] : [`      fix: ${fix}`])];
}

function found(
  check: string,
  good: boolean,
  detail: string,
  fix: string,
  bad: "warning" | "failure",
): Finding {
  return { check, state: good ? "ok" : bad, detail, fix: good ? "" : fix };
}

function node(): Finding {
  const major = Number(process.versions.node.split(".")[0]);
  const fix = "install Node 24 or newer, or start by `npm start`, which brings its own";
  return found("node", major >= NODE_MAJOR_MIN, `version ${process.versions.node}`, fix, "failure");
}

function signing(): Finding {
  const backend = secp256k1.name;
  const fix =
    "no prebuilt addon for this platform: signatures take about three times as long, and are as safe";
  return found("secp256k1", backend.includes("native"), backend, fix, "warning");
}

function directory(path: string): Finding[] {
  if (!existsSync(path)) return [];
  const mode = statSync(path).mode & 0o777;
  const { bavail, bsize } = statfsSync(path);
  const free = bavail * bsize;
  const milliseconds = fsyncMilliseconds(path);
  return [
    found("directory mode", (mode & 0o077) === 0, mode.toString(8), `chmod 700 ${path}`, "warning"),
    found(
      "free space",
      free > FREE_BYTES_MIN,
      `${(free / 1024 ** 3).toFixed(1)} GiB`,
      "make room",
      "failure",
    ),
    found(
      "fsync",
      milliseconds < FSYNC_MS_MAX,
      `median ${milliseconds.toFixed(2)} ms of ${FSYNC_SAMPLES}`,
      "put the data directory on a disk with a protected write cache",
      "warning",
    ),
  ];
}

function fsyncMilliseconds(path: string): number {
  const file = join(path, `doctor-${process.pid}.tmp`);
  const descriptor = openSync(file, "wx", 0o600);
  try {
    const samples: number[] = [];
    for (let sample = 0; sample < FSYNC_SAMPLES; sample += 1) {
      const start = performance.now();
      writeSync(descriptor, new Uint8Array(4096));
      fsyncSync(descriptor);
      samples.push(performance.now() - start);
    }
    return samples.toSorted((a, b) => a - b)[FSYNC_SAMPLES / 2] ?? 0;
  } finally {
    closeSync(descriptor);
    rmSync(file);
  }
}

function passphraseFile(config: Config): Finding {
  const development = join(config.storage.dataDir, "dev.passphrase");
  if (existsSync(development)) {
    const fix = "fine for trying things out; for real keys make a directory with claviger init";
    return found("passphrase", false, "development: the passphrase is beside the data", fix, "warning");
  }
  const file = config.seal.passphraseFile;
  if (file === "")
    return found("passphrase", true, "none configured: unseal by API after each start", "", "warning");
  if (!existsSync(file)) {
    return found("passphrase", false, `${file} is missing`, "correct seal.passphraseFile", "failure");
  }
  const stat = statSync(file);
  return found(
    "passphrase",
    exposureOf(file, stat, process.getuid !== undefined) === null,
    `${file}, mode ${(stat.mode & 0o777).toString(8)}`,
    `chmod 600 ${file}`,
    "failure",
  );
}

/** What can be said of the ledger, with the advice that fits its cause. */
async function ledger(path: string, options: CommandOptions): Promise<Finding[]> {
  try {
    const state = setUpState(path);
    if (state !== "done") return [notSetUp(path, state)];
    const file = integrity(path);
    if (file.state !== "ok") return [file];
    return [file, clock(path), starknetKeys(path), await auditLog(options)];
  } catch (error) {
    return [unreadable(path, error)];
  }
}

function notSetUp(path: string, state: "none" | "begun"): Finding {
  if (state === "none") {
    return found("ledger", false, `${path} is not initialised`, "run claviger init", "failure");
  }
  if (statSync(join(path, LEDGER_FILE)).size > 0) {
    const fix =
      "run claviger init again, or npm start for a development directory: it goes on with the same passphrase";
    return found("ledger", false, `setting up ${path} was interrupted`, fix, "failure");
  }
  const fix = `if keys were ever made here, ${RESTORE}; if not, run claviger init`;
  return found("ledger", false, `${path} has an empty ledger`, fix, "failure");
}

/**
 * A copy that is put back knows nothing of what was signed after it was made: validators and finality providers would sign
 * against that a second time.
 */
const RESTORE =
  "stop the service, keep the damaged file, put back the newest copy of the data directory, and raise the floors of " +
  "guarded keys before anything is signed (docs/damaged-ledger.md)";

/** SQLite's codes for a file whose content is wrong; every other failure leaves the content as it was. */
const DAMAGED = /^SQLITE_(?:CORRUPT|NOTADB)/;

function unreadable(path: string, error: unknown): Finding {
  const detail = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "ledger.older") {
    const fix =
      "the ledger is sound: copy the data directory of the stopped service, then start the service once";
    return found("ledger schema", false, detail, fix, "warning");
  }
  if (code === "ledger.newer") {
    const fix = "the ledger is sound: run the release that wrote it, or a newer one";
    return found("ledger schema", false, detail, fix, "failure");
  }
  return found("ledger file", false, detail, DAMAGED.test(code) ? RESTORE : accessFix(path, code), "failure");
}

/** The file may well be sound: nothing is to be put back before it has been read. */
function accessFix(path: string, code: string): string {
  if (/^SQLITE_(?:BUSY|LOCKED)/.test(code))
    return "another program has the file in use: end it, then run doctor again";
  if (/^(?:SQLITE_IOERR|EIO)/.test(code)) {
    return "the disk or file system failed: look into the kernel's log, and copy the directory to a sound disk first";
  }
  if (/^(?:SQLITE_(?:CANTOPEN|PERM|READONLY|AUTH)|EACCES|EPERM)/.test(code)) {
    return `give the user who runs this the right to read and write ${path} and the files in it (ls -l ${path})`;
  }
  return "correct what the message names, then run doctor again; put nothing back before the file has been read";
}

function integrity(path: string): Finding {
  const database = readLedger(path);
  try {
    const answer = quickCheck(database);
    return found("ledger file", answer === "ok", answer.split("\n")[0] ?? answer, RESTORE, "failure");
  } finally {
    database.close();
  }
}

function clock(path: string): Finding {
  const database = readLedger(path);
  try {
    const table = new AuditTable(database);
    const [last] = table.leaves(null, Math.max(0, table.size() - 1), 1);
    const newest = last === undefined ? undefined : timeOf(last);
    const ahead = Date.parse(newest ?? "1970-01-01T00:00:00Z") - Date.now();
    const fix =
      "until the clock is past the newest entry, spending windows do not move: set it if it is wrong; if it is right, and was " +
      "wrong before, stop the service and run claviger audit clock --accept TIME";
    const detail =
      ahead > 0 ? `${Math.round(ahead / 1000)} s behind the newest audit entry` : "not behind the audit log";
    return found("clock", ahead <= 1000, detail, fix, "warning");
  } finally {
    database.close();
  }
}

function starknetKeys(path: string): Finding {
  const { good, detail, fix } = starknetSchemes(path);
  return found("starknet keys", good, detail, fix, "warning");
}

async function auditLog(options: CommandOptions): Promise<Finding> {
  const fix =
    "stop the service; compare with an export or a checkpoint that is kept elsewhere (docs/damaged-ledger.md)";
  try {
    await auditVerify({ ...options, output: "silent" });
    return found("audit log", true, "verified", "", "failure");
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return found("audit log", false, detail, fix, "failure");
  }
}
