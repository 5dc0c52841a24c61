/** `claviger status`: what runs on the configured address, or, when nothing does, what the data directory holds. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadConfig } from "../../config/config.ts";
import type { Config } from "../../config/schema.ts";
import { schemaVersion } from "../../ledger/migrate.ts";
import { LEDGER_FILE } from "../../ledger/open.ts";
import { SealedRowReader } from "../../ledger/sealed-rows.ts";
import { AuditTable } from "../../ledger/tables/audit.ts";
import { DirectoryTable } from "../../ledger/tables/directory.ts";
import { SYSTEM_NAMESPACE } from "../../access/roles.ts";
import { VERSION } from "../../domain/version.ts";
import { readLedger } from "../data-directory.ts";
import type { CommandOptions } from "../options.ts";
import { say, sayJson } from "../output.ts";

const PROBE_TIMEOUT_MS = 2000;

export async function status(options: CommandOptions): Promise<void> {
  const config = loadConfig({ file: options.config, preset: "production" });
  const report = { version: VERSION, ...(await service(config)), ...directory(config.storage.dataDir) };
  if (options.output === "json") sayJson(report);
  else say(...Object.entries(report).map(([name, value]) => `${label(name).padEnd(16)} ${shown(value)}`));
}

/** `dataDir` → `data dir`. */
function label(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function shown(value: unknown): string {
  return typeof value === "object" && value !== null
    ? Object.entries(value)
        .map(([name, member]) => `${name} ${String(member)}`)
        .join(", ")
    : String(value);
}

/** The running service as its probes show it; with a token also its queues. */
async function service(config: Config): Promise<Record<string, unknown>> {
  const url = `http://${config.server.host}:${config.server.port}`;
  const ready = await probe(`${url}/health/ready`, undefined);
  if (ready === undefined) return { service: `not running on ${url}` };
  const token = tokenOf(config);
  const details = token === undefined ? undefined : await probe(`${url}/v1/sys/status`, token);
  const known = details?.status === 200 ? details.body : {};
  return {
    service: url,
    state: known["state"] ?? stateOf(ready),
    ...(known["queues"] === undefined ? {} : { queues: known["queues"], backends: known["backends"] }),
  };
}

/** `service.sealed` → `sealed`: what the probe's refusal is about. */
function stateOf(ready: { readonly status: number; readonly body: { readonly code?: unknown } }): string {
  if (ready.status === 200) return "unsealed";
  const { code } = ready.body;
  return typeof code === "string" ? code.replace(/^service\./, "") : "not ready";
}

function tokenOf(config: Config): string | undefined {
  if (config.dev.token !== "") return config.dev.token;
  const file = join(config.storage.dataDir, "dev.token");
  return existsSync(file) ? readFileSync(file, "utf8").trim() : undefined;
}

async function probe(
  url: string,
  token: string | undefined,
): Promise<{ status: number; body: Record<string, unknown> } | undefined> {
  try {
    const response = await fetch(url, {
      signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    });
    const body: unknown = await response.json();
    return { status: response.status, body: typeof body === "object" && body !== null ? { ...body } : {} };
  } catch {
    // Nobody listens, or not a Claviger: both mean that no service answers here.
    return undefined;
  }
}

function directory(path: string): Record<string, unknown> {
  if (!existsSync(join(path, LEDGER_FILE))) return { dataDir: path, initialised: false };
  const database = readLedger(path);
  try {
    const { keys, wallets, policies } = new DirectoryTable(database).everything();
    return {
      dataDir: path,
      initialised: new SealedRowReader(database).seal() !== undefined,
      schema: schemaVersion(database),
      wallets: wallets.filter((row) => row.namespace !== SYSTEM_NAMESPACE).length,
      keys: keys.filter((row) => row.namespace !== SYSTEM_NAMESPACE).length,
      policies: policies.length,
      auditEntries: new AuditTable(database).size(),
    };
  } finally {
    database.close();
  }
}
