/** A real `claviger serve --dev` process on a free port with a data directory of its own, for tests. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const MAIN = join(import.meta.dirname, "../../src/main.ts");
/** Compiled code of earlier starts: without it each of the service's threads compiles the same files again. */
const COMPILE_CACHE = join(import.meta.dirname, "../../node_modules/.cache/claviger-tests");

/** Token of the development administrator, who has all roles. */
export const TOKEN = "test-administrator-token-0123456789abcdef";

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Parsed body, or undefined where it is no JSON. */
  readonly body: any;
}

export interface StartOptions {
  /** Kept after `stop`; a temporary directory is removed. */
  readonly dataDirectory?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly arguments?: readonly string[];
  /** Entry of another tree's service; default this one's. */
  readonly main?: string;
}

export class RunningService {
  readonly url: string;
  /** Address of the EOTS manager; empty where it is not served. */
  readonly eots: string;
  readonly process: ChildProcess;
  readonly dataDirectory: string;
  readonly stderr: string[];
  /** Exit code and signal, when the process has ended and all that it printed has been read. */
  readonly ended: Promise<unknown[]>;
  readonly #temporary: boolean;

  private constructor(child: Child, { url, eots }: Addresses, directory: string, temporary: boolean) {
    this.process = child.process;
    this.stderr = child.stderr;
    this.ended = child.ended;
    this.url = url;
    this.eots = eots;
    this.dataDirectory = directory;
    this.#temporary = temporary;
  }

  /** Resolves when /health/ready is 200; for a data directory that nobody unseals, when it listens. */
  static async start(options: StartOptions = {}): Promise<RunningService> {
    const directory = options.dataDirectory ?? mkdtempSync(join(tmpdir(), "claviger-test-"));
    const child = spawn(
      process.execPath,
      [options.main ?? MAIN, "serve", ...(options.arguments ?? ["--dev"]), "-o", "json"],
      {
        stdio: ["ignore", "pipe", "pipe"],
        env: {
          ...withoutClaviger(),
          CLAVIGER_STORAGE__DATA_DIR: directory,
          CLAVIGER_SERVER__PORT: "0",
          CLAVIGER_DEV__TOKEN: TOKEN,
          CLAVIGER_LOG__LEVEL: "warn",
          NODE_COMPILE_CACHE: COMPILE_CACHE,
          ...options.environment,
        },
      },
    );
    const stderr: string[] = [];
    child.stderr?.on("data", (chunk: Buffer) => stderr.push(chunk.toString()));
    const ended = once(child, "close");
    const addresses = await readyAddresses(child, stderr);
    // Nobody reads on: a pipe that is never read to its end never closes.
    child.stdout?.resume();
    const started = { process: child, stderr, ended };
    return new RunningService(started, addresses, directory, options.dataDirectory === undefined);
  }

  /** One request; a Uint8Array body is sent as application/wasm, anything else as JSON. */
  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Reply> {
    const wasm = body instanceof Uint8Array;
    const type = body === undefined ? {} : { "content-type": wasm ? "application/wasm" : "application/json" };
    const response = await fetch(this.url + path, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, ...type, ...headers },
      ...(body === undefined ? {} : { body: wasm ? new Uint8Array(body) : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: parsed(text) };
  }

  /** Resolves once the service is not ready any more: it has begun to stop. */
  async stopping(): Promise<void> {
    const isReady = (): Promise<boolean> =>
      fetch(`${this.url}/health/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
    while (await isReady());
  }

  /** SIGTERM; resolves with the exit code and removes a temporary data directory. */
  async stop(): Promise<number | null> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      this.process.kill("SIGTERM");
      await once(this.process, "exit");
    }
    this.#remove();
    return this.process.exitCode;
  }

  /** SIGKILL: what a crash leaves on disk stays there unless the directory is temporary. */
  async kill(): Promise<void> {
    this.process.kill("SIGKILL");
    await once(this.process, "exit");
    this.#remove();
  }

  #remove(): void {
    if (this.#temporary) rmSync(this.dataDirectory, { recursive: true, force: true });
  }
}

interface Child {
  readonly process: ChildProcess;
  readonly stderr: string[];
  readonly ended: Promise<unknown[]>;
}

interface Addresses {
  readonly url: string;
  readonly eots: string;
}

async function readyAddresses(child: ChildProcess, stderr: readonly string[]): Promise<Addresses> {
  if (child.stdout === null) throw new Error("no stdout");
  for await (const line of createInterface({ input: child.stdout })) {
    const ready = parsed(line);
    if (ready?.event === "ready" || ready?.event === "sealed") {
      return { url: ready.url, eots: ready.eots ?? "" };
    }
  }
  throw new Error(`service did not start: ${stderr.join("")}`);
}

function parsed(text: string): any {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function withoutClaviger(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("CLAVIGER_")));
}
