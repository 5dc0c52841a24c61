/** `claviger serve`: runs the service until SIGTERM or SIGINT. `--dev` makes and unseals a data directory by itself. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pino } from "pino";
import type { FastifyBaseLogger } from "fastify";
import { loadConfig } from "../../config/config.ts";
import type { Config } from "../../config/schema.ts";
import { DoorError } from "../../grpc/door-error.ts";
import { assertDirectory, makeDirectory } from "../../ledger/directory.ts";
import { LEDGER_FILE } from "../../ledger/open.ts";
import { closeFoundation, openFoundation, type Foundation } from "../../foundation.ts";
import { startService, type Service } from "../../service.ts";
import type { Core } from "../../core.ts";
import { ensureDevelopmentKey } from "./development-key.ts";
import { openDevelopmentSeal } from "./development-seal.ts";
import type { CommandOptions } from "../options.ts";
import { CommandError, sayJson } from "../output.ts";
import { welcome } from "./welcome.ts";

export interface ServeOptions extends CommandOptions {
  readonly dev: boolean;
}

const DEV_KEYMANAGER_TOKEN_FILE = "keymanager.token";

/** Resolves when the service has stopped. */
export async function serve(options: ServeOptions): Promise<void> {
  const loaded = loadConfig({ file: options.config, preset: options.dev ? "development" : "production" });
  const config = options.dev ? withDevelopmentFiles(loaded) : loaded;
  const logger = createLogger(config);
  if (options.dev) makeDirectory(config.storage.dataDir);
  else requireLedger(config.storage.dataDir);
  const foundation = await openFoundation(config.storage.dataDir);
  const generated = await openSeal(foundation, config, options.dev, logger).catch(async (error: unknown) => {
    await closeFoundation(foundation);
    throw error;
  });
  // Before it listens: whoever finds it ready finds the key too.
  const prepare = (core: Core) => ensureDevelopmentKey(core, tokenOf(config, generated));
  const starting = startService(foundation, config, logger, options.dev ? prepare : undefined);
  const service = await starting.catch((error: unknown) => {
    throw listenError(error, config) ?? error;
  });
  const stopped = untilSignal(async () => {
    logger.info("stopping: finishing requests under way");
    await service.stop();
  });
  const url = urlOf(service, config);
  const eots = eotsAddress(service, config);
  if (options.dev && options.output === "text") {
    const shownToken = generated ?? "$CLAVIGER_DEV__TOKEN";
    await welcome(service.core, { config, url, eots, token: tokenOf(config, generated), shownToken });
  }
  // A sealed service listens, but is not ready: scripts that wait for the event must not go on.
  const event = foundation.vault.state() === "sealed" ? "sealed" : "ready";
  sayJson({
    event,
    url,
    ...(eots === null ? {} : { eots }),
    ...(generated === null ? {} : { token: generated }),
  });
  await stopped;
  logger.info("stopped");
}

/** A development service serves the Keymanager API too, with a token beside its data. */
function withDevelopmentFiles(config: Config): Config {
  if (config.validators.keymanagerTokenFile !== "") return config;
  const keymanagerTokenFile = join(config.storage.dataDir, DEV_KEYMANAGER_TOKEN_FILE);
  return { ...config, validators: { ...config.validators, keymanagerTokenFile } };
}

/** Without it a service that nobody initialised would leave an empty ledger, which the next init would have to judge. */
function requireLedger(directory: string): void {
  assertDirectory(directory);
  if (existsSync(join(directory, LEDGER_FILE))) return;
  throw new CommandError(
    "ledger.missing",
    `${directory} has no ledger; make one with claviger init, or try claviger serve --dev`,
  );
}

/** What to do about an address that cannot be listened on; undefined for any other error. */
function listenError(error: unknown, config: Config): CommandError | undefined {
  if (error instanceof DoorError) {
    return new CommandError(
      "server.listen",
      `${error.message}; set CLAVIGER_EOTS__HOST and CLAVIGER_EOTS__PORT`,
    );
  }
  if (!(error instanceof Error) || !("syscall" in error) || error.syscall !== "listen") return undefined;
  const { host, port } = config.server;
  const reason = "code" in error && error.code === "EADDRINUSE" ? "is in use" : error.message;
  return new CommandError(
    "server.listen",
    `${host} port ${port} ${reason}; set CLAVIGER_SERVER__HOST and CLAVIGER_SERVER__PORT`,
  );
}

function urlOf(service: Service, config: Config): string {
  const address = service.app.server.address();
  const port = typeof address === "object" && address !== null ? address.port : config.server.port;
  return `http://${inUrl(config.server.host)}:${port}`;
}

/** What a daemon's EOTSManagerAddress must be; null where the EOTS manager is not served. */
function eotsAddress({ eotsPort }: Service, config: Config): string | null {
  return eotsPort === null ? null : `${inUrl(config.eots.host)}:${eotsPort}`;
}

function inUrl(host: string): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}

/** pino to stderr, so that stdout stays for scripts; bodies and headers are never given to it. */
function createLogger(config: Config): FastifyBaseLogger {
  return pino(
    {
      level: config.log.level,
      redact: ["req.headers", "*.token", "*.passphrase", "*.mnemonic", "*.privateKey"],
    },
    pino.destination({ fd: 2, sync: false }),
  );
}

/** Unseals, and with `--dev` initialises first. Returns the token if it was generated. */
async function openSeal(
  foundation: Foundation,
  config: Config,
  dev: boolean,
  logger: FastifyBaseLogger,
): Promise<string | null> {
  if (dev) return openDevelopmentSeal(foundation, config);
  await requireSetUp(foundation, config.storage.dataDir);
  if (config.seal.passphraseFile === "") {
    logger.warn("sealed: set CLAVIGER_SEAL__PASSPHRASE_FILE, or unseal with POST /v1/sys/unseal");
    return null;
  }
  await foundation.vault.unsealFromFile(config.seal.passphraseFile);
  return null;
}

/** A service without an audit log or an administrator would listen, and serve nobody. */
async function requireSetUp({ ledger }: Foundation, directory: string): Promise<void> {
  const { initialised, log } = await ledger.readSeal();
  if (!initialised) {
    throw new CommandError(
      "service.sealed",
      `${directory} has no seal; make one with claviger init, or try claviger serve --dev`,
    );
  }
  const principals = await ledger.readPrincipals();
  if (log !== null && principals.length > 0) return;
  throw new CommandError(
    "init.interrupted",
    `setting up ${directory} was interrupted; run claviger init again, which goes on with the same passphrase`,
  );
}

/** The bearer token of the development administrator. */
function tokenOf(config: Config, generated: string | null): string {
  return generated ?? config.dev.token;
}

/** Runs `stop` once on the first SIGTERM or SIGINT; a second signal ends the process at once. */
function untilSignal(stop: () => Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    let asked = false;
    const onSignal = (): void => {
      if (asked) process.exit(130);
      asked = true;
      stop().then(resolve, reject);
    };
    process.on("SIGTERM", onSignal);
    process.on("SIGINT", onSignal);
  });
}
