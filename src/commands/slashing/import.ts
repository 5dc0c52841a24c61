/** `claviger slashing import`: merges an interchange file. It holds the lock of the data directory: nothing signs meanwhile. */
import { createReadStream, existsSync, statSync } from "node:fs";
import { commandActor } from "../../access/actors.ts";
import { ROOT_NAMESPACE } from "../../access/roles.ts";
import { importInterchange } from "../../guard/eip3076/import.ts";
import type { ImportedKey } from "../../guard/eip3076/merge.ts";
import { ledgerImportTarget } from "../../record/slashing-import.ts";
import { withLedger } from "../data-directory.ts";
import type { CommandOptions } from "../options.ts";
import { CommandError, say, sayJson } from "../output.ts";
import { recordProgress } from "../record-progress.ts";
import { genesisRootOption } from "./genesis-root.ts";

export interface SlashingImportOptions extends CommandOptions {
  readonly file: string;
  /** 0x-hex. */
  readonly genesisValidatorsRoot?: string;
}
/** Keys whose result is printed one by one; the JSON output has all. */
const KEYS_SHOWN = 20;
/** Merges an interchange file into the history, all or nothing. */
export async function slashingImport(options: SlashingImportOptions): Promise<void> {
  const expectedRoot = genesisRootOption(options.genesisValidatorsRoot);
  if (!existsSync(options.file))
    throw new CommandError("slashing.file", `${options.file} does not exist; check the path`);
  const bytes = statSync(options.file).size;
  await withLedger(options, async (ledger) => {
    const actor = commandActor(ROOT_NAMESPACE, "claviger slashing import");
    const report = recordProgress(options, "records read");
    const source = createReadStream(options.file);
    const keys = await importInterchange(source, ledgerImportTarget(ledger, actor), {
      expectedRoot,
      reach: { of: "everyKey" },
      onProgress: report,
    });
    if (options.output === "json") sayJson({ event: "imported", file: options.file, bytes, keys });
    else say(...importLines(options.file, keys));
  });
}

function importLines(file: string, keys: readonly ImportedKey[]): string[] {
  const blocks = keys.reduce((sum, key) => sum + key.blocks, 0);
  const attestations = keys.reduce((sum, key) => sum + key.attestations, 0);
  // Those in conflict first: they are what somebody must look at.
  const shown = keys.toSorted((a, b) => b.conflictCount - a.conflictCount).slice(0, KEYS_SHOWN);
  return [
    `${file}: ${keys.length} keys, ${blocks} blocks and ${attestations} attestations that were not known before`,
    ...shown.flatMap((key) => [
      `  ${key.publicKey}`,
      `    new: ${key.blocks} blocks, ${key.attestations} attestations; signs after slot ${key.lowSlot ?? "any"}, ` +
        `from source epoch ${key.lowSourceEpoch ?? "any"}, after target epoch ${key.lowTargetEpoch ?? "any"}`,
      ...conflictLines(key),
    ]),
    ...(keys.length > shown.length
      ? [`  and ${keys.length - shown.length} keys more; --output json lists all`]
      : []),
  ];
}

function conflictLines({ conflictCount, conflicts }: ImportedKey): string[] {
  if (conflictCount === 0) return [];
  const named = conflicts.map((conflict) =>
    conflict.kind === "double_proposal"
      ? `slot ${conflict.slot}`
      : `${conflict.kind} ${conflict.sourceEpoch}→${conflict.targetEpoch}`,
  );
  const more = conflictCount > conflicts.length ? ", …" : "";
  return [
    `    WARNING: ${conflictCount} slashable records (${named.join(", ")}${more}); ` +
      "nothing at or below the highest record of that kind is signed",
  ];
}
