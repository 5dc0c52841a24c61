/**
 * `claviger audit clock`: the remedy where the clock jumped ahead and came back. The log's time never goes back by itself, so no
 * window moves until the clock is past the newest entry. Once the clock is accepted they do; none of them gets room by it.
 * @module
 */
import { commandActor } from "../../access/actors.ts";
import { ROOT_NAMESPACE } from "../../access/roles.ts";
import { timeOf } from "../../domain/audit-log.ts";
import type { LedgerDatabase } from "../../ledger/open.ts";
import { AuditTable } from "../../ledger/tables/audit.ts";
import { spendsAhead, type SpendAhead } from "../../ledger/tables/rollups.ts";
import { readLedger, withLedger } from "../data-directory.ts";
import { loadConfig } from "../../config/config.ts";
import type { CommandOptions } from "../options.ts";
import { say, sayJson } from "../output.ts";

export interface AuditClockOptions extends CommandOptions {
  readonly accept: boolean;
}

const ACTOR = commandActor(ROOT_NAMESPACE, "claviger audit clock");

interface Shown {
  /** Time of the log's newest entry, RFC 3339 in UTC; null for an empty log. */
  readonly newest: string | null;
  readonly clock: string;
  /** How far the newest entry is ahead of the clock; 0 where it is not. */
  readonly secondsAhead: number;
  readonly accepted: boolean;
  readonly spendsAhead: readonly SpendAhead[];
}

/** With `--accept` no service may have the directory. @throws an error with the code `ledger.in_use` */
export async function auditClock(options: AuditClockOptions): Promise<void> {
  const { dataDir } = loadConfig({ file: options.config, preset: "production" }).storage;
  const shown = read(readLedger(dataDir));
  let accepted = false;
  if (options.accept) {
    await withLedger(options, async (ledger) => {
      accepted = (await ledger.acceptClock({ actor: ACTOR })) !== null;
    });
  }
  if (options.output === "json") sayJson({ ...shown, accepted });
  else say(...lines({ ...shown, accepted }, options.accept));
}

function read(database: LedgerDatabase): Omit<Shown, "accepted"> {
  try {
    const clock = new Date();
    const newest = newestTime(new AuditTable(database));
    const ahead = newest === null ? 0 : Date.parse(newest) - clock.getTime();
    return {
      newest,
      clock: clock.toISOString(),
      secondsAhead: Math.max(0, Math.ceil(ahead / 1000)),
      spendsAhead: spendsAhead(database, Math.floor(clock.getTime() / 1000)),
    };
  } finally {
    database.close();
  }
}

function newestTime(table: AuditTable): string | null {
  const size = table.size();
  const [last] = size === 0 ? [] : table.leaves(null, size - 1, 1);
  return last === undefined ? null : (timeOf(last) ?? null);
}

function lines(
  { newest, clock, secondsAhead, accepted, spendsAhead: ahead }: Shown,
  asked: boolean,
): string[] {
  if (secondsAhead === 0)
    return [`the log's newest entry is of ${newest}, and the clock is not behind it: nothing to do`];
  return [
    `newest entry  ${newest}`,
    `clock         ${clock}, ${secondsAhead} s behind it`,
    ...ahead.map(
      ({ bindingId, counter, last }) =>
        `  counter ${counter} of ${bindingId} has spends dated up to ${last}: they count until their window has passed that`,
    ),
    ...(ahead.length === 0
      ? []
      : ["Bind the policy anew where that is too long: a new binding's counters begin at zero."]),
    accepted
      ? "accepted: the log goes on at the clock's time, and its newest entry says so"
      : asked
        ? "nothing was written: the clock has caught up"
        : "Set the clock if it is wrong. If it is right, and was wrong before, claviger audit clock --accept.",
  ];
}
