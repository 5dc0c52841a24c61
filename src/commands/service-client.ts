/** How a command asks the running service: on the configured address, with a token from a file or of development. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../config.ts";
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
  const { host, port } = config.server;
  const url = `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
  const json = body === undefined ? {} : { "content-type": "application/json" };
  const response = await fetch(url + path, {
    method,
    signal: AbortSignal.timeout(TIMEOUT_MS),
    headers: { authorization: `Bearer ${tokenOf(config, options.tokenFile)}`, ...json },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((error: unknown) => {
    const cause = error instanceof Error ? error.message : String(error);
    throw new CommandError("service.unreachable", `no service answers on ${url} (${cause}); start it first`);
  });
  const answer: unknown = await response.json();
  const members: Readonly<Record<string, unknown>> =
    typeof answer === "object" && answer !== null ? { ...answer } : {};
  if (response.ok) return members;
  const { code, detail } = members;
  throw new CommandError(
    typeof code === "string" ? code : "service.internal",
    typeof detail === "string" ? detail : `${method} ${path} was answered with status ${response.status}`,
  );
}

function tokenOf(config: Config, file: string | undefined): string {
  const found = file ?? developmentFile(config);
  if (found === undefined && config.dev.token !== "") return config.dev.token;
  if (found !== undefined && existsSync(found)) return readFileSync(found, "utf8").trim();
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
