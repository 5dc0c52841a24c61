/**
 * Entry of the load process: keep-alive connections on plain sockets, one request under way on each, requests written
 * as prepared bytes. Every answer's status is checked; some are kept whole, so that signatures can be verified.
 * @module
 */
import { connect } from "node:net";
import type { LoadJob, LoadReport, Sample } from "./load.ts";
import { percentile } from "./statistics.ts";

const HEADER_END = Buffer.from("\r\n\r\n");
const CONTENT_LENGTH = /\r\ncontent-length: (\d+)/i;
/** One answer in this many is kept, up to the maximum. */
const SAMPLE_EVERY = 97;
const SAMPLES_MAX = 24;

class Load {
  readonly #job: LoadJob;
  readonly #measureFrom: number;
  readonly #measureUntil: number;
  #sent = 0;
  #answered = 0;
  #failed = 0;
  #firstFailure: string | null = null;
  readonly #latencies: number[] = [];
  readonly #samples: Sample[] = [];
  readonly #began = performance.now();

  constructor(job: LoadJob) {
    this.#job = job;
    this.#measureFrom = this.#began + job.warmUpMs;
    this.#measureUntil = job.count === null ? this.#measureFrom + job.durationMs : Number.POSITIVE_INFINITY;
  }

  async run(): Promise<LoadReport> {
    const cpu = process.cpuUsage();
    await Promise.all(Array.from({ length: this.#job.connections }, () => this.#connection()));
    const { user, system } = process.cpuUsage(cpu);
    const ended = performance.now();
    const until = Math.min(this.#measureUntil, ended);
    return {
      elapsedMs: ended - this.#began,
      perSecond: (this.#latencies.length * 1000) / (until - this.#measureFrom),
      p50Ms: percentile(this.#latencies, 50),
      p99Ms: percentile(this.#latencies, 99),
      answered: this.#answered,
      failed: this.#failed,
      firstFailure: this.#firstFailure,
      samples: this.#samples,
      clientCpuMicros: user + system,
    };
  }

  /** Resolves when this connection has had its last answer. */
  #connection(): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: "127.0.0.1", port: this.#job.port, noDelay: true });
      const reader = new AnswerReader();
      let index = 0;
      let startedAt = 0;
      const next = (): void => {
        const request = this.#nextRequest();
        if (request === undefined) {
          socket.end();
          resolve();
          return;
        }
        index = request.index;
        startedAt = performance.now();
        socket.write(request.bytes);
      };
      socket.on("connect", next);
      socket.on("error", reject);
      socket.on("close", () => reject(new Error("the server closed a connection")));
      socket.on("data", (chunk) => {
        const answer = reader.read(chunk);
        if (answer === undefined) return;
        this.#count(answer, index, startedAt);
        next();
      });
    });
  }

  #nextRequest(): { readonly index: number; readonly bytes: Uint8Array } | undefined {
    const { requests, count } = this.#job;
    if (count === null ? performance.now() >= this.#measureUntil : this.#sent >= count) return undefined;
    const index = this.#sent % requests.length;
    const bytes = requests[index];
    this.#sent += 1;
    return bytes === undefined ? undefined : { index, bytes };
  }

  #count(answer: Answer, index: number, startedAt: number): void {
    const now = performance.now();
    this.#answered += 1;
    if (answer.status !== this.#job.status) {
      this.#failed += 1;
      this.#firstFailure ??= `${answer.status} ${answer.body.toString("utf8").slice(0, 300)}`;
    }
    if (now >= this.#measureFrom && now < this.#measureUntil) this.#latencies.push(now - startedAt);
    if (this.#answered % SAMPLE_EVERY === 1 && this.#samples.length < SAMPLES_MAX) {
      this.#samples.push({ index, body: answer.body.toString("utf8") });
    }
  }
}

interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

/** HTTP/1.1 answers with a content-length: all that our servers send. */
class AnswerReader {
  #pending: Buffer | undefined;

  /** The answer once all of it has arrived. */
  read(chunk: Buffer): Answer | undefined {
    const bytes = this.#pending === undefined ? chunk : Buffer.concat([this.#pending, chunk]);
    this.#pending = bytes;
    const headerEnd = bytes.indexOf(HEADER_END);
    if (headerEnd < 0) return undefined;
    const header = bytes.toString("latin1", 0, headerEnd);
    const length = CONTENT_LENGTH.exec(header)?.[1];
    if (length === undefined) throw new Error(`answer without content-length: ${header}`);
    const bodyStart = headerEnd + HEADER_END.length;
    const bodyEnd = bodyStart + Number(length);
    if (bytes.length < bodyEnd) return undefined;
    if (bytes.length > bodyEnd) throw new Error("the server sent more than one answer");
    this.#pending = undefined;
    // `HTTP/1.1 200 OK`
    return { status: Number(header.slice(9, 12)), body: bytes.subarray(bodyStart, bodyEnd) };
  }
}

process.on("message", (job: LoadJob) => {
  new Load(job).run().then(
    (report) => process.send?.({ report }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
