/** `claviger serve`: runs the service until SIGTERM or SIGINT. `--dev` makes and unseals a data directory by itself. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import { pino } from "pino";
import type { FastifyBaseLogger } from "fastify";
import { createToken, hashToken, TOKEN_LENGTH_MIN } from "../access/tokens.ts";
import { loadConfig, type Config } from "../config.ts";
import { DoorError } from "../grpc/door.ts";
import { LEDGER_FILE } from "../ledger/open.ts";
import { closeFoundation, openFoundation, startService, type Foundation, type Service } from "../service.ts";
import { initialiseInstallation } from "../signing/administration/system.ts";
import type { AdministrationParts } from "../signing/administration/parts.ts";
import { principalRow } from "../signing/administration/principals.ts";
import { ROLES, ROOT_NAMESPACE } from "../access/roles.ts";
import { curlLine, developmentKey, makeDevelopmentKey } from "./development.ts";
import { CommandError, say, sayJson, type Format } from "./output.ts";
import { DEV_PASSPHRASE_FILE } from "./passphrase.ts";

export interface ServeOptions {
  readonly dev: boolean;
  readonly config?: string;
  readonly output: Format;
}

/** Argon2id at its floor: a development directory keeps its passphrase beside itself anyway. */
const DEV_KDF = { memoryKiB: 65_536, passes: 3, lanes: 4 };
const DEV_TOKEN_FILE = "dev.token";
const DEV_KEYMANAGER_TOKEN_FILE = "keymanager.token";

/** Resolves when the service has stopped. */
export async function serve(options: ServeOptions): Promise<void> {
  const loaded = loadConfig({ file: options.config, preset: options.dev ? "development" : "production" });
  const config = options.dev ? withDevelopmentFiles(loaded) : loaded;
  const logger = createLogger(config);
  if (options.dev) mkdirSync(config.storage.dataDir, { recursive: true, mode: 0o700 });
  else requireLedger(config.storage.dataDir);
  const foundation = await openFoundation(config.storage.dataDir);
  const generated = await openSeal(foundation, config, options.dev, logger).catch(async (error: unknown) => {
    await closeFoundation(foundation);
    throw error;
  });
  // Before it listens: whoever finds it ready finds the key too.
  const prepare = (parts: AdministrationParts) => ensureDevelopmentKey(parts, tokenOf(config, generated));
  const starting = startService(foundation, config, logger, options.dev ? prepare : undefined);
  const service = await starting.catch((error: unknown) => {
    throw listenError(error, config) ?? error;
  });
  const stopped = untilSignal(async () => {
    logger.info("stopping: finishing requests under way");
    await service.stop();
  });
  const url = urlOf(service, config);
  if (options.dev && options.output === "text") welcome(service, config, url, generated);
  // A sealed service listens, but is not ready: scripts that wait for the event must not go on.
  const event = foundation.vault.state() === "sealed" ? "sealed" : "ready";
  const eots = eotsAddress(service, config);
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
  const { initialised } = await foundation.ledger.call("readSeal", null);
  if (dev) return openDevelopmentSeal(foundation, config, initialised);
  if (!initialised) {
    throw new CommandError(
      "service.sealed",
      `${config.storage.dataDir} has no seal; make one with claviger init, or try claviger serve --dev`,
    );
  }
  if (config.seal.passphraseFile === "") {
    logger.warn("sealed: set CLAVIGER_SEAL__PASSPHRASE_FILE, or unseal with POST /v1/sys/unseal");
    return null;
  }
  await foundation.vault.unsealFromFile(config.seal.passphraseFile);
  return null;
}

async function openDevelopmentSeal(
  foundation: Foundation,
  config: Config,
  initialised: boolean,
): Promise<string | null> {
  const passphraseFile = join(config.storage.dataDir, DEV_PASSPHRASE_FILE);
  const tokenFile = join(config.storage.dataDir, DEV_TOKEN_FILE);
  if (config.dev.token !== "" && config.dev.token.length < TOKEN_LENGTH_MIN) {
    throw new CommandError(
      "config.invalid",
      `CLAVIGER_DEV__TOKEN: must have ${TOKEN_LENGTH_MIN} characters or more`,
    );
  }
  if (!initialised) {
    const token = config.dev.token === "" ? createToken() : config.dev.token;
    writeSecret(passphraseFile, randomBytes(24).toString("base64url"));
    const passphrase = new Uint8Array(readFileSync(passphraseFile));
    await initialiseInstallation(foundation.ledger, foundation.vault, {
      passphrase,
      kdf: DEV_KDF,
      administratorToken: token,
      administratorName: "development administrator",
      administratorRoles: "all",
    });
    if (config.dev.token !== "") return null;
    writeSecret(tokenFile, token);
    return token;
  }
  if (!existsSync(passphraseFile)) {
    throw new CommandError(
      "service.sealed",
      `${config.storage.dataDir} was not made by --dev; run claviger serve without --dev`,
    );
  }
  await foundation.vault.unsealFromFile(passphraseFile);
  if (config.dev.token !== "") {
    await ensureAdministrator(foundation, config.dev.token);
    return null;
  }
  return existsSync(tokenFile) ? readFileSync(tokenFile, "utf8").trim() : null;
}

/** A second start with another CLAVIGER_DEV__TOKEN gets an administrator for it; the first token stays valid. */
async function ensureAdministrator(foundation: Foundation, token: string): Promise<void> {
  const hash = hashToken(token);
  const { principals } = await foundation.ledger.call("readDirectory", null);
  if (principals.some((row) => Buffer.from(row.token_hash).equals(hash))) return;
  const row = principalRow(ROOT_NAMESPACE, { name: "development administrator", roles: ROLES }, hash);
  const actor = { namespace: ROOT_NAMESPACE, principal: "claviger serve --dev" };
  await foundation.ledger.call("createPrincipal", { actor, row, answer: null });
}

function writeSecret(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600 });
  chmodSync(path, 0o600);
}

/** The bearer token of the development administrator. */
function tokenOf(config: Config, generated: string | null): string {
  return generated ?? config.dev.token;
}

/** A directory that has keys already was prepared before, or is somebody's own. */
async function ensureDevelopmentKey(parts: AdministrationParts, token: string): Promise<void> {
  const principal = parts.principals.authenticate(token);
  if (principal !== undefined && parts.directory.keyCount === 0) await makeDevelopmentKey(parts, principal);
}

/** The first screen of a development service: what it is, and a line that signs when it is pasted. */
function welcome(service: Service, config: Config, url: string, generated: string | null): void {
  const { administration } = service;
  const principal = administration.principals.authenticate(tokenOf(config, generated));
  const key = principal === undefined ? undefined : developmentKey(administration, principal);
  const eots = eotsAddress(service, config);
  say(
    "",
    "Claviger runs in DEVELOPMENT mode: its passphrase lies beside its data. Never put real keys here.",
    "",
    `  data           ${config.storage.dataDir}`,
    `  API            ${url}`,
    `  documentation  ${url}/docs`,
    `  metrics        ${url}/metrics`,
    ...(eots === null ? [] : [`  EOTS manager   ${eots} (gRPC)`]),
    "",
  );
  if (key !== undefined) {
    say(
      `Ethereum key ${key.address} is ready: its policy, transfer-limits, lets it send at most 1 ETH at once.`,
      "Paste this to sign a transfer; make the value larger than 1 ETH to see it refused:",
      "",
      curlLine(url, generated ?? "$CLAVIGER_DEV__TOKEN", key),
      "",
    );
  }
  say("Every chain in a minute: npm run tour. Stop with Ctrl-C.", "");
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
