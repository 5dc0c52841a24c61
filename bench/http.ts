/**
 * Durable signatures over HTTP beside three controls of the same run: a bare Fastify POST, the signer alone, the group
 * commit alone. Rates of a shared machine wander, so rounds of all cells are interleaved and ratios are taken per round.
 * @module
 */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { RunningService } from "../test/running/service.ts";
import { aloneBlocks } from "./alone.ts";
import { LoadProcess, postBytes, type LoadReport } from "./load.ts";
import { cpuSeconds } from "./scrape.ts";
import type { Aim, BenchContext, Report } from "./section.ts";
import { prepareLoads, type SigningLoad } from "./signing-requests.ts";
import { median, spread } from "./statistics.ts";
import { figure, headed, markdownTable, ratio } from "./table.ts";

const CONNECTIONS = [1, 32, 128] as const;
/** The first seconds of a server are its compiler's: every target runs once before anything is measured. */
const WARM_UP_CONNECTIONS = 32;
const BODY_BYTES = 430;
const CONTROL = "bare Fastify POST";
const AIM = { chain: "ethereum", connections: 32, ratio: 0.12 } as const;

/** What one cell of the table is measured on. */
interface Target {
  readonly name: string;
  readonly url: string;
  readonly requests: readonly Uint8Array[];
  check(index: number, body: string): Promise<void>;
}

interface Round {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMicros: number;
}

type Rounds = Map<string, Round[]>;

export async function httpSection(context: BenchContext): Promise<Report> {
  const control = await BareServer.start();
  const service = await RunningService.start();
  const load = new LoadProcess();
  try {
    const loads = await prepareLoads(service);
    const targets = [bareTarget(control.url), ...loads.map((signing) => signingTarget(service.url, signing))];
    for (const target of targets) await runLoad(load, target, WARM_UP_CONNECTIONS, context.pace.roundMs, 0);
    const measured = new Map<number, Rounds>();
    let verified = 0;
    for (const connections of CONNECTIONS) {
      const level = await measureLevel(context, load, targets, connections);
      measured.set(connections, level.rounds);
      verified += level.verified;
    }
    const blocks = [
      `Request bodies: ${loads.map(({ chain, bodyBytes }) => `${chain} ${bodyBytes} B`).join(", ")}; the control's has ${BODY_BYTES} B. ` +
        `Each signature passes one transfer-limits policy with one rule and one daily window, and is on disk before it ` +
        `is released. Every answer was 200; ${verified} signatures were verified against their key.`,
      ...CONNECTIONS.map((connections) => levelTable(connections, measured.get(connections) ?? new Map())),
      controlNoise(measured),
    ];
    await service.stop();
    const alone = await aloneBlocks(context, controlRates(measured));
    return { title: "HTTP", blocks: [...blocks, ...alone], aims: [aimOf(measured)] };
  } finally {
    load.close();
    control.stop();
    await service.stop();
  }
}

/** `rounds` times every target in turn, and the control once more at the end. */
async function measureLevel(
  context: BenchContext,
  load: LoadProcess,
  targets: readonly Target[],
  connections: number,
): Promise<{ readonly rounds: Rounds; readonly verified: number }> {
  const { pace, progress } = context;
  const rounds: Rounds = new Map();
  const [control] = targets;
  const order = Array.from({ length: pace.rounds }, () => targets).flat();
  if (control !== undefined) order.push(control);
  let verified = 0;
  for (const target of order) {
    const before = await cpuSeconds(target.url);
    const report = await runLoad(load, target, connections, pace.warmUpMs, pace.roundMs);
    const cpuMicros = (((await cpuSeconds(target.url)) - before) * 1e6) / report.answered;
    for (const { index, body } of report.samples) await target.check(index, body);
    if (target !== control) verified += report.samples.length;
    rounds.set(target.name, [...(rounds.get(target.name) ?? []), roundOf(report, cpuMicros)]);
    progress(
      `${connections} connections, ${target.name}: ${figure(report.perSecond)}/s, ${figure(cpuMicros)} µs CPU`,
    );
  }
  return { rounds, verified };
}

function runLoad(
  load: LoadProcess,
  target: Target,
  connections: number,
  warmUpMs: number,
  durationMs: number,
): Promise<LoadReport> {
  const port = Number(new URL(target.url).port);
  const { requests } = target;
  return load.run({ port, requests, connections, status: 200, warmUpMs, durationMs, count: null });
}

function roundOf({ perSecond, p50Ms, p99Ms }: LoadReport, cpuMicros: number): Round {
  return { perSecond, p50Ms, p99Ms, cpuMicros };
}

function bareTarget(url: string): Target {
  const body = {
    type: "ethereum.transaction",
    transaction: {
      chainId: 1,
      nonce: 0,
      to: "0xd8da6bf26964af9d7eed9e03e53415d37aa96045",
      value: "10000",
      gas: 21_000,
      maxFeePerGas: "30000000000",
      maxPriorityFeePerGas: "1000000000",
    },
  };
  const padding = BODY_BYTES - JSON.stringify({ ...body, note: "" }).length;
  return {
    name: CONTROL,
    url,
    requests: [postBytes("/", { ...body, note: "n".repeat(padding) }, null)],
    check: async () => undefined,
  };
}

function signingTarget(url: string, load: SigningLoad): Target {
  return { name: load.chain, url, requests: load.requests, check: (index, body) => load.check(index, body) };
}

function levelTable(connections: number, rounds: Rounds): string {
  const rows = [...rounds].map(([name, list]) => [
    name,
    figure(median(list.map((round) => round.perSecond))),
    figure(median(list.map((round) => round.p50Ms))),
    figure(median(list.map((round) => round.p99Ms))),
    figure(median(list.map((round) => round.cpuMicros))),
    ratio(spread(list.map((round) => round.perSecond))),
    name === CONTROL ? "1" : ratio(ratioTo(rounds, name)),
  ]);
  const title = `${connections} ${connections === 1 ? "connection" : "connections"}`;
  const head = headed(title, "per second", "p50 ms", "p99 ms", "CPU µs each", "max ÷ min", "÷ bare");
  return markdownTable(head, rows);
}

/** Median over rounds of this target's rate ÷ the mean of the control's rates before and after that round. */
function ratioTo(rounds: Rounds, name: string): number {
  const control = rounds.get(CONTROL) ?? [];
  const ratios = (rounds.get(name) ?? []).map((round, index) => {
    const before = control[index]?.perSecond ?? Number.NaN;
    const after = control[index + 1]?.perSecond ?? before;
    return round.perSecond / ((before + after) / 2);
  });
  return median(ratios);
}

function controlRates(measured: ReadonlyMap<number, Rounds>): ReadonlyMap<number, number> {
  return new Map(
    [...measured].map(([connections, rounds]) => [
      connections,
      median((rounds.get(CONTROL) ?? []).map((round) => round.perSecond)),
    ]),
  );
}

function controlNoise(measured: ReadonlyMap<number, Rounds>): string {
  const texts = [...measured].map(([connections, rounds]) => {
    const rates = (rounds.get(CONTROL) ?? []).map((round) => figure(round.perSecond));
    return `${connections}: ${rates.join(", ")}`;
  });
  return `Noise: the control's rates per second, first to last, at each number of connections: ${texts.join("; ")}.`;
}

function aimOf(measured: ReadonlyMap<number, Rounds>): Aim {
  const found = ratioTo(measured.get(AIM.connections) ?? new Map(), AIM.chain);
  return {
    name: `Ethereum EIP-1559, ${AIM.connections} connections ÷ bare Fastify POST`,
    aim: `≥ ${AIM.ratio}`,
    measured: ratio(found),
    reached: found >= AIM.ratio,
  };
}

class BareServer {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async start(): Promise<BareServer> {
    const child = fork(new URL("./bare-server.ts", import.meta.url));
    const [message]: { readonly port: number }[] = await once(child, "message");
    if (message === undefined) throw new Error("the bare server did not start");
    return new BareServer(child, message.port);
  }

  /** It ends with its channel. */
  stop(): void {
    this.#child.disconnect();
  }
}
