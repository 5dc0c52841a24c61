/** How a command asks the running service: on the configured address, with a token from a file or of development. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readSecretFile } from "../access/secret-files.ts";
import type { Config } from "../config/schema.ts";
import { CommandError } from "./output.ts";

const TIMEOUT_MS = 30_000;

/** The answer's members. @throws CommandError with the service's own code and detail */
export async function askService(
  config: Config,
  options: { readonly tokenFile?: string },
  method: "GET" | "POST",
  path: string,
  body?: object,
): Promise<Readonly<Record<string, unknown>>> {
  const response = await send(config, options, method, path, body, AbortSignal.timeout(TIMEOUT_MS));
  return membersOf(await response.json());
}

/** Milliseconds without a byte after which the service is gone. */
const IDLE_MS = 60_000;

/** The answer as it arrives, of any length. @throws CommandError, also when it breaks off */
export async function* textFromService(
  config: Config,
  options: { readonly tokenFile?: string },
  method: "GET" | "POST",
  path: string,
  body?: object,
): AsyncGenerator<string> {
  const gone = new AbortController();
  const timer = setTimeout(() => gone.abort(new Error("nothing came any more")), IDLE_MS);
  try {
    const response = await send(config, options, method, path, body, gone.signal);
    const decoder = new TextDecoder("utf-8", { fatal: true });
    for await (const piece of response.body ?? []) {
      timer.refresh();
      yield decoder.decode(piece, { stream: true });
    }
    yield decoder.decode();
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError("service.unreachable", `the answer broke off (${causeOf(error)}); ask again`);
  } finally {
    clearTimeout(timer);
  }
}

/** @throws CommandError unless the service says yes */
async function send(
  config: Config,
  options: { readonly tokenFile?: string },
  method: "GET" | "POST",
  path: string,
  body: object | undefined,
  signal: AbortSignal,
): Promise<Response> {
  const { host, port } = config.server;
  const url = `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
  const json = body === undefined ? {} : { "content-type": "application/json" };
  const response = await fetch(url + path, {
    method,
    signal,
    headers: { authorization: `Bearer ${tokenOf(config, options.tokenFile)}`, ...json },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((error: unknown) => {
    throw new CommandError(
      "service.unreachable",
      `no service answers on ${url} (${causeOf(error)}); start it first`,
    );
  });
  if (response.ok) return response;
  const { code, detail } = membersOf(await response.json());
  throw new CommandError(
    typeof code === "string" ? code : "service.internal",
    typeof detail === "string"
      ? detail
      : `${method} ${path} was answered with status ${response.status}; look into the service's log`,
  );
}

function membersOf(answer: unknown): Readonly<Record<string, unknown>> {
  return typeof answer === "object" && answer !== null ? { ...answer } : {};
}

function causeOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Whether there is a token to ask the service with. */
export function hasToken(config: Config, { tokenFile }: { readonly tokenFile?: string }): boolean {
  return (tokenFile ?? developmentFile(config)) !== undefined || config.dev.token !== "";
}

function tokenOf(config: Config, file: string | undefined): string {
  const found = file ?? developmentFile(config);
  if (found === undefined && config.dev.token !== "") return config.dev.token;
  if (found !== undefined && existsSync(found)) return readSecretFile(found).toString("utf8").trim();
  throw new CommandError(
    "auth.missing",
    "--token-file: give a file with the bearer token of a principal that may do this",
    2,
  );
}

function developmentFile(config: Config): string | undefined {
  const file = join(config.storage.dataDir, "dev.token");
  return config.dev.token === "" && existsSync(file) ? file : undefined;
}
