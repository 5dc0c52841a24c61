/**
 * What the record step needs of a ledger: facts are read in sets, and rows are written in sets. `ledgerStore` is the one over the
 * tables of SQLite, which answers at once. Both run inside the transaction of a batch.
 * @module
 */
import type { EotsTable } from "../ledger/tables/eots.ts";
import type { LimitTable } from "../ledger/tables/limits.ts";
import type { RequestTable } from "../ledger/tables/requests.ts";
import type { RightsTable } from "../ledger/tables/rights.ts";
import type { SlashingTable } from "../ledger/tables/slashing.ts";
import type { Facts, Needs, Rows } from "./decide/facts.ts";
import { readDuties, readStatements, writeDuties, writeStatements } from "./guard-tables.ts";
import { readLimits, writeSpends } from "./limit-tables.ts";
import type { LogWriter } from "./log-writer.ts";

export interface Store {
  /** All facts are of one moment. */
  read(needs: Needs): Facts;
  /** @throws Error where a row does not fit: then the facts were not those of the ledger, and nothing of it may be kept */
  write(rows: Rows): void;
}

export interface DecisionTables {
  readonly rights: RightsTable;
  readonly requests: RequestTable;
  readonly limits: LimitTable;
  readonly slashing: SlashingTable;
  readonly eots: EotsTable;
  readonly log: LogWriter;
}

/** Follow `write` with `keep` or `reload` of the limits. */
export function ledgerStore(tables: DecisionTables): Store {
  return { read: (needs) => read(tables, needs), write: (rows) => write(tables, rows) };
}

function read(tables: DecisionTables, needs: Needs): Facts {
  const { rights, requests, limits, log } = tables;
  const at = log.now();
  return {
    at,
    size: log.size,
    keys: needs.keys.map((place) => ({
      ...place,
      bindings: rights.bindings(place.namespace, [place.keyId]) ?? null,
    })),
    principals: needs.principals.flatMap((place) => {
      const version = rights.principalVersion(place.namespace, place.principal);
      return version === undefined ? [] : [{ ...place, version }];
    }),
    descriptors: needs.descriptors.filter(({ namespace, descriptorId }) =>
      rights.areRegistered(namespace, [descriptorId]),
    ),
    repeats: needs.repeats.flatMap(
      ({ namespace, principal, idempotencyKey }) =>
        requests.byIdempotencyKey(namespace, principal, idempotencyKey) ?? [],
    ),
    results: needs.results.flatMap((place) => {
      const known = requests.decided(place.namespace, place.requestId);
      return known === undefined ? [] : [{ ...place, ...known }];
    }),
    ...readLimits(limits, needs, secondOf(at)),
    duties: needs.duties === null ? null : readDuties(tables.slashing, needs.duties),
    statements: readStatements(tables.eots, needs.statements),
  };
}

function write(tables: DecisionTables, rows: Rows): void {
  const { at, duties, entries, requests, results, size, spends, statements } = rows;
  writeSpends(tables.limits, spends, secondOf(at));
  if (duties !== null) writeDuties(tables.slashing, duties);
  writeStatements(tables.eots, statements, at);
  for (const [index, { namespace, type, members }] of entries.entries()) {
    const sequence = tables.log.append(namespace, type, at, members);
    if (sequence !== size + index) throw new Error("the log has grown since the facts were read");
  }
  for (const request of requests) tables.requests.insert(request);
  for (const { namespace, requestId, result } of results) {
    if (!tables.requests.setResult(namespace, requestId, result)) {
      throw new Error(`request ${requestId} has a result that the facts did not have`);
    }
  }
}

/** Unix time. */
function secondOf(at: string): number {
  return Math.floor(Date.parse(at) / 1000);
}
