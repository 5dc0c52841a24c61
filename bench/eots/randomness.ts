/** A whole commitment's public randomness: how long it takes, and what votes that are signed meanwhile wait longer. */
import { randomBytes } from "node:crypto";
import { utf8 } from "../../src/domain/bytes.ts";
import { eotsPublicRandomness } from "../../src/vault/eots/eots.ts";
import { LoadProcess, type LoadReport } from "../load.ts";
import type { Aim, BenchContext } from "../section.ts";
import { TOKEN } from "../../test/running/service.ts";
import { figure, headed, markdownTable, ratio } from "../table.ts";
import { median } from "../statistics.ts";
import { CHAIN_ID, Provider } from "./provider.ts";

const AIM_MS = 10;
/** Callers that vote, one vote under way each: a provider's daemon has one. */
const CONNECTIONS = 2;
/** Far above every height that is voted for. */
const FAR = 10_000_000_000n;

export interface RandomnessReport {
  readonly blocks: readonly string[];
  readonly aims: readonly Aim[];
}

interface Comparison {
  readonly quiet: LoadReport;
  readonly beside: LoadReport;
  readonly listMs: number;
}

export async function randomnessBlocks(context: BenchContext): Promise<RandomnessReport> {
  const { randomness: count, votesBeside } = context.pace.eots;
  const provider = await Provider.start();
  const load = new LoadProcess();
  try {
    const alone = aloneMs(count);
    const rounds: Comparison[] = [];
    for (let round = 0; round < context.pace.rounds; round += 1) {
      // The first list also starts the threads; it is measured like the others.
      const comparison = await compare(provider, load, votesBeside, {
        startHeight: FAR + BigInt(round * count),
        count,
      });
      rounds.push(comparison);
      context.progress(
        `${figure(count)} values in ${figure(comparison.listMs)} ms; p99 of votes ${figure(comparison.quiet.p99Ms)} → ${figure(comparison.beside.p99Ms)} ms`,
      );
    }
    return reportOf(count, alone, rounds);
  } finally {
    load.close();
    await provider.service.stop();
  }
}

async function compare(
  provider: Provider,
  load: LoadProcess,
  votes: number,
  list: { readonly startHeight: bigint; readonly count: number },
): Promise<Comparison> {
  const quiet = await vote(provider, load, votes);
  const progress = { listed: false };
  const began = performance.now();
  const listing = randomness(provider, list).then(() => {
    progress.listed = true;
    return performance.now() - began;
  });
  const beside: LoadReport[] = [];
  // Votes for as long as the list is computed, and no longer.
  while (!progress.listed) beside.push(await vote(provider, load, Math.ceil(votes / 10)));
  const listMs = await listing;
  const worst = beside.toSorted((a, b) => a.p99Ms - b.p99Ms)[Math.floor(beside.length / 2)];
  if (worst === undefined) throw new Error("no vote was signed beside the list");
  return { quiet, beside: worst, listMs };
}

function vote(provider: Provider, load: LoadProcess, votes: number): Promise<LoadReport> {
  const requests = Array.from({ length: votes }, () => provider.singleRequest(provider.nextVote()));
  return load.run({
    port: provider.port,
    requests,
    connections: CONNECTIONS,
    status: 200,
    warmUpMs: 0,
    durationMs: 0,
    count: votes,
  });
}

async function randomness(
  { service, keyId }: Provider,
  { startHeight, count }: { readonly startHeight: bigint; readonly count: number },
): Promise<void> {
  const response = await fetch(`${service.url}/v1/keys/${keyId}/eots/randomness`, {
    method: "POST",
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
    body: JSON.stringify({ chainId: CHAIN_ID, startHeight: startHeight.toString(), count }),
  });
  const text = await response.text();
  // 0x, 64 digits, quotes and a comma each.
  if (response.status !== 200 || text.length < count * 69) throw new Error(text.slice(0, 300));
}

/** The same list by a loop on one thread of this process. */
function aloneMs(count: number): number {
  const began = performance.now();
  eotsPublicRandomness(new Uint8Array(randomBytes(32)), {
    chainId: utf8(CHAIN_ID),
    start: 1n,
    count,
    interval: 1n,
  });
  return performance.now() - began;
}

function reportOf(count: number, alone: number, rounds: readonly Comparison[]): RandomnessReport {
  const listMs = median(rounds.map((round) => round.listMs));
  const added = median(rounds.map(({ quiet, beside }) => beside.p99Ms - quiet.p99Ms));
  const rows = [
    ["votes alone", ...latencies(rounds.map((round) => round.quiet))],
    ["votes beside the list", ...latencies(rounds.map((round) => round.beside))],
  ];
  return {
    blocks: [
      `${figure(count)} values of public randomness over HTTP, with their Merkle root, took ${figure(listMs)} ms (median of ` +
        `${rounds.length}), while votes were signed; a loop on one idle thread took ${figure(alone)} ms ` +
        `(ratio ${ratio(listMs / alone)}). ${CONNECTIONS} callers vote one by one; the votes beside the list are counted in ` +
        `runs while it is computed, of which this is the median.`,
      markdownTable(headed("Requests", "per second", "p50 ms", "p99 ms"), rows),
    ],
    aims: [
      {
        name: `p99 of votes beside ${figure(count)} values, added`,
        aim: `< ${AIM_MS} ms`,
        measured: `${figure(added)} ms`,
        reached: added < AIM_MS,
      },
    ],
  };
}

function latencies(reports: readonly LoadReport[]): string[] {
  return [
    figure(median(reports.map((report) => report.perSecond))),
    figure(median(reports.map((report) => report.p50Ms))),
    figure(median(reports.map((report) => report.p99Ms))),
  ];
}
