/** `claviger audit export`: writes the log for others to check. A service may be running on the data directory. */
import { once } from "node:events";
import { createWriteStream, type WriteStream } from "node:fs";
import { loadConfig } from "../../config/config.ts";
import type { CheckpointNote } from "../../audit/report.ts";
import type { LedgerDatabase } from "../../ledger/open.ts";
import { readSnapshot } from "../../ledger/snapshot.ts";
import { AuditTable } from "../../ledger/tables/audit.ts";
import { eachCheckpoint, eachLeaf } from "../../ledger/tables/audit-walk.ts";
import { readLedger } from "../data-directory.ts";
import type { CommandOptions } from "../options.ts";
import { say, sayJson } from "../output.ts";
import { showProgress } from "../progress.ts";
import { keyedLog, type ExportHead } from "./log.ts";

/** Writes the log as JSON Lines: a head with the verifier key, then one entry a line, each checkpoint behind what it covers. */
export async function auditExport(options: CommandOptions & { readonly file: string }): Promise<void> {
  const config = loadConfig({ file: options.config, preset: "production" });
  let entries = 0;
  let target: WriteStream | undefined;
  try {
    await readSnapshot(readLedger(config.storage.dataDir), async (database) => {
      const table = new AuditTable(database);
      const log = keyedLog(table);
      target = createWriteStream(options.file, { flags: "wx", mode: 0o600 });
      await once(target, "open");
      const head: ExportHead = { claviger: "audit-export", version: 2, ...log };
      target.write(`${JSON.stringify(head)}\n`);
      const progress = showProgress(options.output, "entries", table.size());
      for (const line of exportedLines(database)) {
        if (!target.write(`${JSON.stringify(line)}\n`)) await once(target, "drain");
        if (!("sequence" in line)) continue;
        entries += 1;
        progress.step();
      }
      progress.end();
    });
  } finally {
    if (target?.closed === false) {
      target.end();
      await once(target, "close");
    }
  }
  if (options.output === "json") sayJson({ event: "exported", file: options.file, entries });
  else
    say(
      `${entries} entries written to ${options.file}`,
      `check them with: claviger audit verify --file ${options.file}`,
    );
}

interface EntryLine {
  readonly sequence: number;
  readonly entry: string;
  /** Base64. */
  readonly hash: string;
}

function* exportedLines(database: LedgerDatabase): Generator<EntryLine | CheckpointNote> {
  const checkpoints = eachCheckpoint(database);
  let next = checkpoints.next();
  for (const { sequence, entry, hash } of eachLeaf(database)) {
    for (; next.done !== true && next.value.size <= sequence; next = checkpoints.next()) yield next.value;
    yield { sequence, entry, hash: Buffer.from(hash, "hex").toString("base64") };
  }
  for (; next.done !== true; next = checkpoints.next()) yield next.value;
}
