/**
 * `claviger audit clock`: the remedy where the clock jumped ahead and came back. The log's time never goes back by itself, so no
 * window moves until the clock is past the newest entry. Once the clock is accepted they do; none of them gets room by it, for
 * whoever accepts it says what time it is.
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
import { CommandError, say, sayJson } from "../output.ts";

export interface AuditClockOptions extends CommandOptions {
  /** What time it is, as its user typed it. */
  readonly accept?: string;
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
  const stated = options.accept === undefined ? undefined : timeIn(options.accept);
  const shown = read(readLedger(dataDir));
  let accepted = false;
  if (stated !== undefined) {
    await withLedger(options, async (ledger) => {
      accepted = (await ledger.acceptClock({ actor: ACTOR, stated })) !== null;
    });
  }
  if (options.output === "json") sayJson({ ...shown, accepted });
  else say(...lines({ ...shown, accepted }, stated !== undefined));
}

/** Seconds may be left out; the zone may not, since a watch has none. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)$/;

/** RFC 3339 in UTC with milliseconds. @throws CommandError for anything but a time of a day */
function timeIn(text: string): string {
  const time = TIME.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) return new Date(time).toISOString();
  throw new CommandError(
    "usage",
    "--accept: must be what time it is, with its zone, such as 2026-03-01T12:00Z or 2026-03-01T13:00:30+01:00; take it from " +
      "another clock than this machine's",
    2,
  );
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
        : "Set the clock if it is wrong. If it is right, and was wrong before, run claviger audit clock --accept TIME with the " +
          "time of another clock.",
  ];
}
