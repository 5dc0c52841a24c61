/**
 * `npm run bench:beside -- COMMIT`: this tree beside an earlier commit, in one run. Both services sign the same requests, round
 * by round in turn; a ratio is taken of each pair of rounds, because rates of a shared machine wander.
 * @module
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RunningService, TOKEN } from "../test/running/service.ts";
import { countOf, refuse, wordsOf } from "../test/running/words.ts";
import { LoadProcess, postBytes, type LoadReport } from "./load.ts";
import { machineLines } from "./machine.ts";
import { cpuSeconds, stageSeconds } from "./scrape.ts";
import { prepareLoads } from "./signing-requests.ts";
import { median } from "./statistics.ts";
import { figure, headed, markdownTable, ratio } from "./table.ts";
import { assertSignsVote, attestationDuty, FIRST_EPOCH } from "./validators/duty.ts";
import { createValidators } from "./validators/keys.ts";

const ROOT = join(import.meta.dirname, "..");
const CONNECTIONS = [1, 32] as const;
const VALIDATORS = 64;
/** Of one round; a multiple of the number of validators. */
const VOTES = 64 * VALIDATORS;

const USAGE = `usage: npm run bench:beside -- COMMIT [--rounds COUNT] [--milliseconds COUNT]

  COMMIT                what this tree is measured beside
  --rounds COUNT        pairs of rounds for each kind of request; default 5
  --milliseconds COUNT  how long a round takes; default 1500`;

const { values, positionals } = wordsOf(USAGE, {
  options: { rounds: { type: "string", default: "5" }, milliseconds: { type: "string", default: "1500" } },
  allowPositionals: true,
});
const [commit = refuse(USAGE, "COMMIT is missing")] = positionals;
const pace = {
  rounds: countOf(USAGE, "--rounds", values.rounds),
  roundMs: countOf(USAGE, "--milliseconds", values.milliseconds),
};

/** What a service is asked in each round. */
interface Asked {
  readonly name: string;
  requests(): readonly Uint8Array[];
  /** Throws unless `body` answers request `index` of the newest `requests` with a signature. */
  check(index: number, body: string): Promise<void> | void;
}

/** One of the two services with the requests that it is asked. */
interface Side {
  readonly name: "before" | "now";
  readonly service: RunningService;
  readonly loads: readonly Asked[];
}

interface Round {
  readonly perSecond: number;
  readonly cpuMicros: number;
  readonly p99Ms: number;
  /** Mean time of one request in the record step, waiting for others included. */
  readonly recordMicros: number;
}

const earlier = checkOut(commit);
const sides: Side[] = [];
const load = new LoadProcess();
try {
  sides.push(
    await side("before", join(earlier, "src/main.ts")),
    await side("now", join(ROOT, "src/main.ts")),
  );
  console.log([...machineLines(), `- before: ${describe(commit)}`, `- now: ${describe("HEAD")}`].join("\n"));
  for (const connections of CONNECTIONS) console.log(`\n${await levelTable(connections)}`);
} finally {
  load.close();
  for (const { service } of sides) await service.stop();
  execFileSync("git", ["worktree", "remove", "--force", earlier], { cwd: ROOT });
}

/** A tree of its own, with the packages of this one. */
function checkOut(revision: string): string {
  const folder = mkdtempSync(join(tmpdir(), "claviger-before-"));
  rmSync(folder, { recursive: true });
  execFileSync("git", ["worktree", "add", "--quiet", "--detach", folder, revision], { cwd: ROOT });
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  return folder;
}

function describe(revision: string): string {
  return execFileSync("git", ["log", "-1", "--format=%h %s", revision], {
    cwd: ROOT,
    encoding: "utf8",
  }).trim();
}

async function side(name: Side["name"], main: string): Promise<Side> {
  const service = await RunningService.start({ main });
  const chains = await prepareLoads(service);
  const loads: readonly Asked[] = [
    ...chains.map((signing): Asked => ({
      name: signing.chain,
      requests: () => signing.requests,
      check: (index, body) => signing.check(index, body),
    })),
    await votesOf(service),
  ];
  // The compiler's part.
  for (const signing of loads) await run(service, signing, 32, pace.roundMs);
  return { name, service, loads };
}

/** Votes of a few epochs by each of some validators: none of them is asked for twice in a round that is short enough. */
async function votesOf(service: RunningService): Promise<Asked> {
  await createValidators(service, VALIDATORS);
  const { body: publicKeys } = await service.call("GET", "/api/v1/eth2/publicKeys");
  let epoch = FIRST_EPOCH;
  let asked: { readonly epoch: number; readonly publicKey: string }[] = [];
  return {
    name: "vote",
    requests() {
      asked = Array.from({ length: VOTES }, (_, index) => ({
        epoch: epoch + Math.floor(index / VALIDATORS),
        publicKey: publicKeys[index % VALIDATORS],
      }));
      epoch += VOTES / VALIDATORS;
      return asked.map((vote) =>
        postBytes(`/api/v1/eth2/sign/${vote.publicKey}`, attestationDuty(vote.epoch), TOKEN),
      );
    },
    check(index, body) {
      const vote = asked[index];
      if (vote === undefined) throw new Error(`no vote ${index} was asked for`);
      assertSignsVote(vote.epoch, vote.publicKey, body);
    },
  };
}

async function levelTable(connections: number): Promise<string> {
  const rows: string[][] = [];
  for (const { name: asked } of sides[0]?.loads ?? []) {
    const rounds = { before: [] as Round[], now: [] as Round[] };
    for (let index = 0; index < pace.rounds; index += 1) {
      // Whoever comes second finds a warmer machine: they take turns at it.
      for (const { name, service, loads } of index % 2 === 0 ? sides : sides.toReversed()) {
        const signing = loads.find((other) => other.name === asked);
        if (signing !== undefined) rounds[name].push(await measured(service, signing, connections));
      }
      console.error(`   ${connections} connections, ${asked}, round ${index + 1} of ${pace.rounds}`);
    }
    rows.push([asked, ...cells(rounds.before, rounds.now)]);
  }
  const title = `${connections} ${connections === 1 ? "connection" : "connections"}`;
  const names = [
    "before /s",
    "now /s",
    "now ÷ before",
    "min",
    "max",
    "CPU now ÷ before",
    "record now ÷ before",
  ];
  return markdownTable(headed(title, ...names, "p99 now ÷ before"), rows);
}

function cells(before: readonly Round[], now: readonly Round[]): string[] {
  const pairs = (of: (round: Round) => number): number[] =>
    now.map((round, index) => of(round) / of(before[index] ?? round));
  const rates = pairs(({ perSecond }) => perSecond);
  return [
    figure(median(before.map(({ perSecond }) => perSecond))),
    figure(median(now.map(({ perSecond }) => perSecond))),
    ratio(median(rates)),
    ratio(Math.min(...rates)),
    ratio(Math.max(...rates)),
    ratio(median(pairs(({ cpuMicros }) => cpuMicros))),
    ratio(median(pairs(({ recordMicros }) => recordMicros))),
    ratio(median(pairs(({ p99Ms }) => p99Ms))),
  ];
}

async function measured(service: RunningService, signing: Asked, connections: number): Promise<Round> {
  const cpu = await cpuSeconds(service.url);
  const stages = await stageSeconds(service.url);
  const report = await run(service, signing, connections, pace.roundMs);
  for (const { index, body } of report.samples) await signing.check(index, body);
  const { perSecond, p99Ms, answered } = report;
  const cpuMicros = (((await cpuSeconds(service.url)) - cpu) * 1e6) / answered;
  return { perSecond, p99Ms, cpuMicros, recordMicros: recordStep(stages, await stageSeconds(service.url)) };
}

type Stages = Awaited<ReturnType<typeof stageSeconds>>;

function recordStep(before: Stages, after: Stages): number {
  const [from, to] = [before.get("record"), after.get("record")];
  if (to === undefined) return Number.NaN;
  return ((to.seconds - (from?.seconds ?? 0)) * 1e6) / (to.count - (from?.count ?? 0));
}

function run(
  { url }: RunningService,
  asked: Asked,
  connections: number,
  durationMs: number,
): Promise<LoadReport> {
  const port = Number(new URL(url).port);
  const requests = asked.requests();
  return load.run({ port, requests, connections, status: 200, warmUpMs: 200, durationMs, count: null });
}
