/** What ten thousand keys cost: memory, and the time from start to ready. They are made through the API, as users do. */
import { argon2Sync, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TOUR_CHAINS } from "../src/commands/tour/requests.ts";
import { RunningService, TOKEN } from "../test/running/service.ts";
import { LoadProcess, postBytes } from "./load.ts";
import { metric } from "./scrape.ts";
import type { BenchContext, Report } from "./section.ts";
import { median } from "./statistics.ts";
import { figure, headed, markdownTable } from "./table.ts";

const AIM_SECONDS = 3;
const STARTS = 3;
const CONNECTIONS = 16;
/** Of `--dev`, and of a production directory. */
const KDF = {
  "--dev (64 MiB, 3 passes)": { memory: 65_536, passes: 3 },
  "production (256 MiB, 3 passes)": { memory: 262_144, passes: 3 },
} as const;

interface Start {
  readonly keys: number;
  readonly seconds: number;
  readonly memoryMiB: number;
}

export async function keysSection(context: BenchContext): Promise<Report> {
  const directory = mkdtempSync(join(tmpdir(), "claviger-bench-"));
  try {
    // The first start initialises; only later ones are compared.
    await withService(directory, async () => undefined);
    const empty = await starts(context, directory);
    const keysPerSecond = await withService(directory, (service) => createKeys(context, service));
    const full = await starts(context, directory);
    const seconds = median(full.map((measured) => measured.seconds));
    return {
      title: "Keys",
      blocks: [
        startTable([empty, full]),
        `Start is from spawning the process to 200 from /health/ready, with --dev, whose seal has the Argon2id floor. ` +
          `Made over HTTP with ${CONNECTIONS} connections, a quarter on each chain: ${figure(keysPerSecond)} keys per second.`,
        kdfTable(),
      ],
      aims: [
        {
          name: `Start with ${figure(context.pace.keys)} keys`,
          aim: `< ${AIM_SECONDS} s`,
          measured: `${seconds.toFixed(2)} s`,
          reached: seconds < AIM_SECONDS && (full[0]?.keys ?? 0) >= context.pace.keys,
        },
      ],
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function withService<Result>(
  directory: string,
  work: (service: RunningService) => Promise<Result>,
): Promise<Result> {
  const service = await RunningService.start({ dataDirectory: directory });
  try {
    return await work(service);
  } finally {
    await service.stop();
  }
}

async function starts(context: BenchContext, directory: string): Promise<Start[]> {
  const measured: Start[] = [];
  while (measured.length < STARTS) {
    const began = performance.now();
    const start = await withService(directory, async (service) => {
      const ready = await service.call("GET", "/health/ready");
      const seconds = (performance.now() - began) / 1000;
      if (ready.status !== 200) throw new Error(`not ready after start: ${ready.text}`);
      return {
        seconds,
        keys: await metric(service.url, "claviger_keys_loaded"),
        memoryMiB: (await metric(service.url, "process_resident_memory_bytes")) / 2 ** 20,
      };
    });
    context.progress(
      `start with ${start.keys} keys: ${start.seconds.toFixed(2)} s, ${figure(start.memoryMiB)} MiB`,
    );
    measured.push(start);
  }
  return measured;
}

/** Keys per second. */
async function createKeys(context: BenchContext, service: RunningService): Promise<number> {
  const wallet = await service.call("POST", "/v1/wallets", { name: "bench" });
  if (wallet.status !== 201) throw new Error(wallet.text);
  const path = `/v1/wallets/${String(wallet.body.id)}/keys`;
  const { keys } = context.pace;
  const requests = Array.from({ length: keys }, (_, index) => {
    const chain = TOUR_CHAINS[index % TOUR_CHAINS.length]?.chain;
    const position = Math.floor(index / TOUR_CHAINS.length);
    // A Solana path counts by account.
    const place = chain === "solana" ? { account: position } : { index: position };
    return postBytes(path, { chain, ...place }, TOKEN);
  });
  const load = new LoadProcess();
  try {
    const report = await load.run({
      port: Number(new URL(service.url).port),
      requests,
      connections: CONNECTIONS,
      status: 201,
      warmUpMs: 0,
      durationMs: 0,
      count: keys,
    });
    context.progress(`${report.answered} keys made, ${figure(report.perSecond)} per second`);
    return report.perSecond;
  } finally {
    load.close();
  }
}

function startTable(groups: readonly (readonly Start[])[]): string {
  const rows = groups.map((group) => {
    const seconds = group.map((measured) => measured.seconds);
    return [
      figure(group[0]?.keys ?? 0),
      median(seconds).toFixed(2),
      `${Math.min(...seconds).toFixed(2)} to ${Math.max(...seconds).toFixed(2)}`,
      figure(median(group.map((measured) => measured.memoryMiB))),
    ];
  });
  return markdownTable(headed("Keys", "start s", "range s", "memory after start MiB"), rows);
}

/** The part of a start that is Argon2id, and is meant to be slow. */
function kdfTable(): string {
  const rows = Object.entries(KDF).map(([name, { memory, passes }]) => {
    const samples = Array.from({ length: 3 }, () => {
      const start = performance.now();
      argon2Sync("argon2id", {
        message: randomBytes(24),
        nonce: randomBytes(16),
        memory,
        passes,
        parallelism: 4,
        tagLength: 32,
      });
      return (performance.now() - start) / 1000;
    });
    return [name, median(samples).toFixed(2)];
  });
  return markdownTable(headed("Argon2id alone, once in each start", "s"), rows);
}
