/**
 * A slot's votes over HTTP: every key is asked at once, and what counts is the last reply. One key a request on many
 * connections, or all keys in one request.
 * @module
 */
import { RunningService, TOKEN } from "../../test/running/service.ts";
import { LoadProcess, postBytes, type LoadReport } from "../load.ts";
import { cpuSeconds, stageSeconds } from "../scrape.ts";
import type { Aim, BenchContext } from "../section.ts";
import { median } from "../statistics.ts";
import { figure, headed, markdownTable, ratio } from "../table.ts";
import { assertSignsVote, attestationDuty, FIRST_EPOCH } from "./duty.ts";
import { createValidators } from "./keys.ts";

const CONNECTIONS = 64;
const STAGES = ["decode", "record", "sign", "verify"] as const;
const AIM = { keys: 600, route: "batch", milliseconds: 300, guardShare: 0.15 } as const;

type Route = "single" | "batch";
const ROUTES: readonly Route[] = ["single", "batch"];

interface Burst {
  readonly lastReplyMs: number;
  readonly cpuMicros: number;
  /** Mean milliseconds of one request in each step, waiting included. */
  readonly stages: ReadonlyMap<string, number>;
}

export interface BurstReport {
  readonly blocks: readonly string[];
  readonly aims: readonly Aim[];
}

export async function burstBlocks(context: BenchContext): Promise<BurstReport> {
  const service = await RunningService.start();
  const load = new LoadProcess();
  try {
    const { bursts, repetitions } = context.pace.validators;
    await createValidators(service, Math.max(...bursts));
    const bench = new BurstBench(service, load, await publicKeys(service));
    // The compiler's part.
    for (const route of ROUTES) await bench.burst(route, Math.max(...bursts));
    const measured = new Map<string, Burst[]>();
    for (let repetition = 0; repetition < repetitions; repetition += 1) {
      for (const keys of bursts) {
        for (const route of ROUTES) {
          const burst = await bench.burst(route, keys);
          const name = cellName(route, keys);
          measured.set(name, [...(measured.get(name) ?? []), burst]);
          context.progress(`${name}: last reply after ${figure(burst.lastReplyMs)} ms`);
        }
      }
    }
    const rows = bursts.flatMap((keys) =>
      ROUTES.map((route) => rowOf(cellName(route, keys), keys, measured.get(cellName(route, keys)) ?? [])),
    );
    const titles = [
      "last reply ms",
      "slowest",
      "per second",
      "CPU µs each",
      ...STAGES.map((stage) => `${stage} ms`),
    ];
    return {
      blocks: [
        `A burst asks every key for the same vote at once, as a slot does: one key a request on ${CONNECTIONS} connections, ` +
          `or all keys in one request. Each signature is behind a durable check-and-record. Medians of ${repetitions} bursts; ` +
          `the columns of the steps are means over requests, waiting included, from /metrics. ${bench.verified} signatures were ` +
          `verified against their key.`,
        markdownTable(headed("Keys, route", ...titles, "record ÷ last reply"), rows),
      ],
      aims: aimsOf(measured),
    };
  } finally {
    load.close();
    await service.stop();
  }
}

function cellName(route: Route, keys: number): string {
  return `${keys}, ${route}`;
}

function rowOf(name: string, keys: number, bursts: readonly Burst[]): string[] {
  const times = bursts.map((burst) => burst.lastReplyMs);
  return [
    name,
    figure(median(times)),
    figure(Math.max(...times)),
    figure((keys * 1000) / median(times)),
    figure(median(bursts.map((burst) => burst.cpuMicros))),
    ...STAGES.map((stage) => figure(median(bursts.map((burst) => burst.stages.get(stage) ?? Number.NaN)))),
    ratio(guardShare(bursts)),
  ];
}

/** Of the time to the last reply, what a request waits for guard and disk. */
function guardShare(bursts: readonly Burst[]): number {
  return median(bursts.map((burst) => (burst.stages.get("record") ?? Number.NaN) / burst.lastReplyMs));
}

function aimsOf(measured: ReadonlyMap<string, readonly Burst[]>): Aim[] {
  const bursts = measured.get(cellName(AIM.route, AIM.keys)) ?? [];
  const name = `${AIM.keys} votes by batch`;
  const time = median(bursts.map((burst) => burst.lastReplyMs));
  const share = guardShare(bursts);
  return [
    {
      name: `${name}, last reply`,
      aim: `< ${AIM.milliseconds} ms`,
      measured: `${figure(time)} ms`,
      reached: time < AIM.milliseconds,
    },
    {
      name: `${name}, guard and disk ÷ last reply`,
      aim: `< ${AIM.guardShare}`,
      measured: ratio(share),
      reached: share < AIM.guardShare,
    },
  ];
}

class BurstBench {
  verified = 0;
  readonly #service: RunningService;
  readonly #load: LoadProcess;
  readonly #keys: readonly string[];
  #epoch = FIRST_EPOCH;

  constructor(service: RunningService, load: LoadProcess, keys: readonly string[]) {
    this.#service = service;
    this.#load = load;
    this.#keys = keys;
  }

  /** The next epoch's vote of the first `count` keys. */
  async burst(route: Route, count: number): Promise<Burst> {
    const { url } = this.#service;
    const keys = this.#keys.slice(0, count);
    const epoch = this.#epoch++;
    const stagesBefore = await stageSeconds(url);
    const before = await cpuSeconds(url);
    const report = await (route === "batch" ? this.#batch(keys, epoch) : this.#single(keys, epoch));
    const cpuMicros = (((await cpuSeconds(url)) - before) * 1e6) / count;
    this.#check(route, keys, epoch, report);
    const stages = [...(await stageSeconds(url))].map(
      ([stage, { seconds, count: total }]): [string, number] => {
        const earlier = stagesBefore.get(stage) ?? { seconds: 0, count: 0 };
        return [stage, ((seconds - earlier.seconds) * 1000) / (total - earlier.count)];
      },
    );
    return { lastReplyMs: report.elapsedMs, cpuMicros, stages: new Map(stages) };
  }

  #single(keys: readonly string[], epoch: number): Promise<LoadReport> {
    const duty = attestationDuty(epoch);
    const requests = keys.map((key) => postBytes(`/api/v1/eth2/sign/${key}`, duty, TOKEN));
    return this.#send(requests, CONNECTIONS);
  }

  #batch(keys: readonly string[], epoch: number): Promise<LoadReport> {
    const body = { identifiers: keys, signing_request: attestationDuty(epoch) };
    return this.#send([postBytes("/api/v1/eth2/sign", body, TOKEN)], 1);
  }

  #send(requests: readonly Uint8Array[], connections: number): Promise<LoadReport> {
    const port = Number(new URL(this.#service.url).port);
    return this.#load.run({
      port,
      requests,
      connections: Math.min(connections, requests.length),
      status: 200,
      warmUpMs: 0,
      durationMs: 0,
      count: requests.length,
    });
  }

  /** All signatures must be there; some are verified. */
  #check(route: Route, keys: readonly string[], epoch: number, { samples }: LoadReport): void {
    for (const { index, body } of samples) {
      if (route === "single") this.#verify(epoch, keys[index], body);
      else {
        const answers: readonly { readonly identifier: string; readonly signature?: string }[] =
          JSON.parse(body);
        if (answers.length !== keys.length || answers.some((answer) => answer.signature === undefined)) {
          throw new Error(`a burst of ${keys.length} has ${answers.length} answers: ${body.slice(0, 300)}`);
        }
        for (const answer of [answers[0], answers.at(-1)]) {
          this.#verify(epoch, answer?.identifier, answer?.signature);
        }
      }
    }
  }

  #verify(epoch: number, key: string | undefined, signature: string | undefined): void {
    if (key === undefined || signature === undefined) throw new Error("an answer without a signature");
    assertSignsVote(epoch, key, signature);
    this.verified += 1;
  }
}

async function publicKeys(service: RunningService): Promise<string[]> {
  const reply = await service.call("GET", "/api/v1/eth2/publicKeys");
  if (reply.status !== 200 || !Array.isArray(reply.body)) throw new Error(reply.text);
  return reply.body.map(String);
}
