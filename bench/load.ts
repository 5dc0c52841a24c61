/** The bench's side of the load process: one job at a time, bytes in, figures out. */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";

export interface LoadJob {
  readonly port: number;
  /** Whole HTTP requests; used in turn by all connections. */
  readonly requests: readonly Uint8Array[];
  readonly connections: number;
  /** Status that every answer must have. */
  readonly status: number;
  readonly warmUpMs: number;
  readonly durationMs: number;
  /** Ends after so many requests instead of after a time. */
  readonly count: number | null;
}

export interface Sample {
  /** Which of the job's requests this answers. */
  readonly index: number;
  readonly body: string;
}

export interface LoadReport {
  readonly perSecond: number;
  /** From the first connection to the last answer, warm-up included. */
  readonly elapsedMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Warm-up included. */
  readonly answered: number;
  readonly failed: number;
  readonly firstFailure: string | null;
  readonly samples: readonly Sample[];
  readonly clientCpuMicros: number;
}

type Message = { readonly report: LoadReport } | { readonly error: string };

export class LoadProcess {
  readonly #child: ChildProcess;

  constructor() {
    // `advanced` is structured clone: requests travel as bytes.
    this.#child = fork(new URL("./load-generator.ts", import.meta.url), { serialization: "advanced" });
  }

  /** Runs one job. @throws Error when a connection fails or an answer has another status */
  async run(job: LoadJob): Promise<LoadReport> {
    this.#child.send(job);
    const [message]: Message[] = await once(this.#child, "message");
    if (message === undefined || "error" in message) {
      throw new Error(`load failed: ${message?.error ?? "no message"}`);
    }
    const { report } = message;
    if (report.failed > 0) {
      throw new Error(`${report.failed} of ${report.answered} answers were wrong: ${report.firstFailure}`);
    }
    return report;
  }

  close(): void {
    this.#child.disconnect();
  }
}

/** The bytes of one POST with a JSON body. */
export function postBytes(path: string, body: unknown, token: string | null): Uint8Array {
  const json = Buffer.from(JSON.stringify(body));
  const head =
    `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n` +
    (token === null ? "" : `authorization: Bearer ${token}\r\n`) +
    `content-length: ${json.length}\r\n\r\n`;
  return new Uint8Array(Buffer.concat([Buffer.from(head), json]));
}
