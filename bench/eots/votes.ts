/**
 * Votes per second, one a request and sixty a batch, over HTTP and gRPC, beside the bare signing loop. Each vote of the
 * service is behind a durable insert-if-absent and was verified; the loop has neither.
 * @module
 */
import { randomBytes } from "node:crypto";
import { fromHex, utf8 } from "../../src/domain/bytes.ts";
import { signEots } from "../../src/vault/eots/eots.ts";
import { secp256k1 } from "../../src/vault/sign/secp256k1.ts";
import { EotsClient } from "../../test/grpc/client.ts";
import { LoadProcess } from "../load.ts";
import { perSecond } from "../rate.ts";
import { cpuSeconds } from "../scrape.ts";
import type { BenchContext } from "../section.ts";
import { median, spread } from "../statistics.ts";
import { figure, headed, markdownTable, ratio } from "../table.ts";
import { CHAIN_ID, Provider, type Vote } from "./provider.ts";

const CONNECTIONS = 32;
const BATCH = 60;
const BATCHES_AT_ONCE = 4;

interface Round {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly cpuMicros: number;
}
type Cell = (bench: VoteBench, votes: number) => Promise<Omit<Round, "cpuMicros">>;

const CELLS: Readonly<Record<string, Cell>> = {
  [`HTTP, one a request, ${CONNECTIONS} connections`]: (bench, votes) => bench.http(votes, 1, CONNECTIONS),
  [`HTTP, batches of ${BATCH}, one after the other`]: (bench, votes) => bench.http(votes, BATCH, 1),
  [`HTTP, batches of ${BATCH}, ${BATCHES_AT_ONCE} at once`]: (bench, votes) =>
    bench.http(votes, BATCH, BATCHES_AT_ONCE),
  [`gRPC SignEOTS, ${CONNECTIONS} at once`]: (bench, votes) => bench.grpcSingle(votes),
  [`gRPC SignBatchEOTS of ${BATCH}, one after the other`]: (bench, votes) => bench.grpcBatches(votes, 1),
  [`gRPC SignBatchEOTS of ${BATCH}, ${BATCHES_AT_ONCE} at once`]: (bench, votes) =>
    bench.grpcBatches(votes, BATCHES_AT_ONCE),
};

export async function voteBlocks(context: BenchContext): Promise<string[]> {
  const { rounds } = context.pace;
  const { votes } = context.pace.eots;
  const bench = new VoteBench(await Provider.start());
  try {
    const measured = new Map<string, Round[]>();
    const bare: number[] = [];
    // The first round is the compiler's.
    for (let round = -1; round < rounds; round += 1) {
      const loop = await perSecond(context.pace.roundMs / 3, 1, bareVote());
      if (round >= 0) bare.push(loop);
      for (const [name, cell] of Object.entries(CELLS)) {
        const result = await bench.round(votes, cell);
        if (round >= 0) measured.set(name, [...(measured.get(name) ?? []), result]);
        context.progress(`${name}: ${figure(result.perSecond)} votes per second`);
      }
    }
    return [
      `Votes of one finality provider. Medians of ${rounds} rounds of ${votes} votes; the CPU time is the service's, all ` +
        `threads together. The bare loop signs on one thread, with nothing recorded and nothing verified. ` +
        `${bench.verified} signatures were verified against the public randomness of their height.`,
      table(measured, bare),
    ];
  } finally {
    await bench.close();
  }
}

function table(measured: ReadonlyMap<string, readonly Round[]>, bare: readonly number[]): string {
  const loop = median(bare);
  const rows = [...measured].map(([name, list]) => {
    const rates = list.map((round) => round.perSecond);
    return [
      name,
      figure(median(rates)),
      figure(median(list.map((round) => round.p50Ms))),
      figure(median(list.map((round) => round.cpuMicros))),
      ratio(spread(rates)),
      ratio(median(rates) / loop),
    ];
  });
  return markdownTable(
    headed("Votes", "per second", "p50 ms of a request", "CPU µs each", "max ÷ min", "÷ bare loop"),
    [...rows, ["bare signing loop", figure(loop), "–", figure(1e6 / loop), ratio(spread(bare)), "1"]],
  );
}

/** Signs the next height of a key that nothing else uses. */
function bareVote(): () => void {
  const secret = new Uint8Array(randomBytes(32));
  const publicKey = secp256k1.publicKey(secret);
  const chainId = utf8(CHAIN_ID);
  const message = new Uint8Array(randomBytes(40));
  let height = 0n;
  return () => void signEots(secret, publicKey, { chainId, height: height++, message });
}

class VoteBench {
  verified = 0;
  readonly #provider: Provider;
  readonly #load = new LoadProcess();
  readonly #client: EotsClient;

  constructor(provider: Provider) {
    this.#provider = provider;
    this.#client = new EotsClient(provider.grpcAddress);
  }

  async close(): Promise<void> {
    this.#load.close();
    this.#client.close();
    await this.#provider.service.stop();
  }

  async round(votes: number, cell: Cell): Promise<Round> {
    const { url } = this.#provider.service;
    const before = await cpuSeconds(url);
    const result = await cell(this, votes);
    return { ...result, cpuMicros: (((await cpuSeconds(url)) - before) * 1e6) / votes };
  }

  async http(votes: number, size: number, connections: number): Promise<Omit<Round, "cpuMicros">> {
    const provider = this.#provider;
    const groups = this.#groups(votes, size);
    const requests = groups.map((group) => {
      const [only] = group;
      return size === 1 && only !== undefined ? provider.singleRequest(only) : provider.batchRequest(group);
    });
    const report = await this.#load.run({
      port: provider.port,
      requests,
      connections: Math.min(connections, requests.length),
      status: 200,
      warmUpMs: 0,
      durationMs: 0,
      count: requests.length,
    });
    for (const { index, body } of report.samples.slice(0, 2)) await this.#check(groups[index] ?? [], body);
    return { perSecond: (votes * 1000) / report.elapsedMs, p50Ms: report.p50Ms };
  }

  grpcSingle(votes: number): Promise<Omit<Round, "cpuMicros">> {
    return this.#grpc(this.#groups(votes, 1), CONNECTIONS, async ([vote]) => {
      if (vote === undefined) throw new Error("a group has a vote");
      const { height, message } = vote;
      return [await this.#client.signEots(this.#provider.publicKey, utf8(CHAIN_ID), height, message)];
    });
  }

  grpcBatches(votes: number, atOnce: number): Promise<Omit<Round, "cpuMicros">> {
    return this.#grpc(this.#groups(votes, BATCH), atOnce, async (group) => {
      const answers = await this.#client.signBatch(this.#provider.publicKey, utf8(CHAIN_ID), group);
      return answers.map((answer) => answer.signature);
    });
  }

  /** `send` gives the signatures of a group in order. */
  async #grpc(
    groups: readonly (readonly Vote[])[],
    atOnce: number,
    send: (group: readonly Vote[]) => Promise<readonly Uint8Array[]>,
  ): Promise<Omit<Round, "cpuMicros">> {
    const waits: number[] = [];
    let next = 0;
    let sample: { readonly vote: Vote | undefined; readonly signature: Uint8Array | undefined } | undefined;
    const began = performance.now();
    const caller = async (): Promise<void> => {
      for (let group = groups[next++]; group !== undefined; group = groups[next++]) {
        const sent = performance.now();
        const signatures = await send(group);
        waits.push(performance.now() - sent);
        if (signatures.length !== group.length) throw new Error("a vote was left out");
        sample = { vote: group.at(-1), signature: signatures.at(-1) };
      }
    };
    await Promise.all(Array.from({ length: atOnce }, caller));
    const elapsed = performance.now() - began;
    await this.#verify(sample?.vote, sample?.signature);
    const votes = groups.reduce((sum, group) => sum + group.length, 0);
    return { perSecond: (votes * 1000) / elapsed, p50Ms: median(waits) };
  }

  #groups(votes: number, size: number): Vote[][] {
    return Array.from({ length: votes / size }, () =>
      Array.from({ length: size }, () => this.#provider.nextVote()),
    );
  }

  async #check(group: readonly Vote[], body: string): Promise<void> {
    const answer: { signature?: string; items?: readonly { height: string; signature?: string }[] } =
      JSON.parse(body);
    if (answer.items !== undefined && answer.items.some((item) => item.signature === undefined)) {
      throw new Error(`a batch has refusals: ${body.slice(0, 300)}`);
    }
    const signature = answer.items === undefined ? answer.signature : answer.items.at(-1)?.signature;
    await this.#verify(group.at(-1), signature === undefined ? undefined : fromHex(signature));
  }

  async #verify(vote: Vote | undefined, signature: Uint8Array | undefined): Promise<void> {
    if (vote === undefined) throw new Error("nothing was signed");
    await this.#provider.assertSigns(vote, signature);
    this.verified += 1;
  }
}
