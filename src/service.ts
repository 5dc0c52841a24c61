/** Composition root: builds the service on its foundation, and takes both down again in the opposite order. */
import type { FastifyBaseLogger } from "fastify";
import { finalityProviderDaemon } from "./access/finality-providers.ts";
import {
  anonymousKeymanagerClient,
  anonymousValidatorClient,
  isLoopback,
  keymanagerClient,
  KeymanagerToken,
} from "./access/validator-clients.ts";
import { Chains } from "./chains/chains.ts";
import { commitmentModules } from "./config/commitment-modules.ts";
import { ConfigError } from "./config/error.ts";
import type { Config } from "./config/schema.ts";
import { fromHex } from "./domain/bytes.ts";
import { closeFoundation, type Foundation } from "./foundation.ts";
import { CallersError, openCallers, type Callers } from "./grpc/callers.ts";
import { openDoor, type Door } from "./grpc/door.ts";
import { Turns } from "./grpc/turns.ts";
import type { Application } from "./http/application.ts";
import { hostNames, type HostNames } from "./http/hosts.ts";
import type { ValidatorDoors } from "./http/validator-doors.ts";
import type { Metrics } from "./metrics/metrics.ts";
import { buildServer } from "./http/server.ts";
import { PolicySandbox } from "./policy/sandbox.ts";
import type { AdministrationParts } from "./administration/parts.ts";
import { makeCheckpoint } from "./administration/audit.ts";
import { Core } from "./core.ts";
import { loadDirectory } from "./directory/load.ts";
import { Pruner } from "./record/pruning.ts";
import { pinNetwork } from "./administration/network-pin.ts";
import { configuredNetwork, type ConfiguredNetwork } from "./config/network.ts";
import { UnderWay } from "./signing/under-way.ts";

export interface Service {
  readonly app: Application;
  /** Port of the EOTS manager; null where it is not served. */
  readonly eotsPort: number | null;
  readonly core: Core;
  /** Number of keys in all namespaces. */
  readonly keys: number;
  /** Stops taking requests, finishes those under way, writes a checkpoint, closes everything. */
  stop(): Promise<void>;
}

/**
 * Builds the service over an initialised foundation and listens.
 * @param prepare runs before the first request can arrive
 */
export async function startService(
  foundation: Foundation,
  config: Config,
  logger: FastifyBaseLogger,
  prepare?: (core: Core) => Promise<void>,
): Promise<Service> {
  const { ledger, vault, metrics } = foundation;
  const { host, port, bodyLimitBytes, requestTimeoutMs } = config.server;
  const network = configuredNetwork(config);
  const validators = openValidatorDoors(config, network, logger);
  const hosts = allowedHosts(config);
  const callers = eotsCallers(config);
  await pinNetwork(ledger, network);
  const { chains, policies } = await startThreads(foundation, config, network);
  const { directory, principals } = loadDirectory(await ledger.readDirectory());
  const parts = { directory, principals, chains, policies, ledger, vault, underWay: new UnderWay() };
  const core = new Core(
    {
      ...parts,
      onLostOutcome: (error) => logger.error({ err: error }, "an outcome line was not written"),
    },
    { ...parts, ...config.keys },
    metrics,
  );
  watchLoad(metrics, core, parts);
  // The first duty of a slot must not wait for a thread to start.
  if (directory.validatorCount > 0) await vault.readyToSignDuties();
  let stopping = false;
  const app = await buildServer(
    {
      core,
      metrics,
      hosts,
      validators,
      ready: () => (stopping ? "stopping" : vault.state() === "sealed" ? "sealed" : "ready"),
      uploads: { bytesMax: config.validators.importBytesMax, idleMs: requestTimeoutMs },
    },
    { logger, bodyLimitBytes, requestTimeoutMs },
  );
  await prepare?.(core);
  const eots = callers === null ? null : await openEotsDoor(core, metrics, config, callers, logger);
  await app.listen({ host, port });
  const pruner = startPruning(foundation, config, network, logger);
  return {
    app,
    eotsPort: eots?.port ?? null,
    core,
    keys: directory.keyCount,
    async stop() {
      stopping = true;
      const drained = core.drain();
      await Promise.all([app.close(), eots?.close(drained), pruner?.stop(), drained]);
      if (vault.state() === "unsealed") await makeCheckpoint({ ledger, vault });
      await policies.close();
      await chains.close();
      await closeFoundation(foundation);
    },
  };
}

/** Undefined where nothing is to be pruned. */
function startPruning(
  { ledger, metrics }: Foundation,
  config: Config,
  { network: { slotsPerEpoch } }: ConfiguredNetwork,
  logger: FastifyBaseLogger,
): Pruner | undefined {
  const keepEpochs = BigInt(config.validators.pruneKeepEpochs);
  if (keepEpochs === 0n) return undefined;
  const pruner = new Pruner(ledger, { keepEpochs, slotsPerEpoch }, metrics.validators);
  pruner.start((error) => logger.error({ err: error }, "a step of pruning failed"));
  return pruner;
}

type Load = Pick<AdministrationParts, "ledger" | "vault" | "policies" | "chains" | "directory">;

/** Gauges that a scrape of /metrics reads. */
function watchLoad(metrics: Metrics, core: Core, parts: Load): void {
  const { ledger, vault, policies, chains, directory } = parts;
  metrics.watch({
    queues: () => ({
      ledger: ledger.depth,
      vault: vault.depth,
      policy: policies.depth,
      chains: chains.depth,
    }),
    lanes: () => core.depths,
    keys: () => directory.keyCount,
    validators: () => directory.validatorCount,
    finalityProviders: () => directory.finalityProviderCount,
    sealed: () => vault.state() === "sealed",
  });
}

/** @throws ConfigError */
function allowedHosts({ server }: Config): HostNames {
  const hosts = hostNames(server.allowedHosts, server.host);
  if (hosts !== undefined) return hosts;
  throw new ConfigError("server.allowedHosts: must be host names without port, with commas between, or *");
}

/** @throws ConfigError where the configuration would let in whom it should not */
function openValidatorDoors(
  config: Config,
  configured: ConfiguredNetwork,
  logger: FastifyBaseLogger,
): ValidatorDoors {
  const { allowAnonymousSigning, allowAnonymousKeymanager, namespace } = config.validators;
  const { keymanagerTokenFile: file } = config.validators;
  for (const [name, doing] of [
    ["allowAnonymousSigning", "sign"],
    ["allowAnonymousKeymanager", "take keys in and away"],
  ] as const) {
    if (!config.validators[name]) continue;
    if (!isLoopback(config.server.host)) {
      throw new ConfigError(
        `validators.${name}: needs a loopback server.host, since whoever reaches the port could ${doing}`,
      );
    }
    logger.warn(`validators.${name}: every program on this machine can ${doing} without a token`);
  }
  const { name, genesisValidatorsRoot: root } = configured.network;
  const network = { name, genesisValidatorsRoot: root === undefined ? null : (fromHex(root) ?? null) };
  const keymanager = {
    token: file === "" ? null : KeymanagerToken.open(file),
    principal: keymanagerClient(namespace),
    anonymous: allowAnonymousKeymanager ? anonymousKeymanagerClient(namespace) : null,
    network,
  };
  return {
    anonymous: allowAnonymousSigning ? anonymousValidatorClient(namespace) : null,
    keymanager: keymanager.token === null && keymanager.anonymous === null ? null : keymanager,
    commitments: commitmentModules(config.validators.commitBoostFile, namespace),
  };
}

/** Null where the EOTS manager is not served. @throws ConfigError where the configuration would let in whom it should not */
function eotsCallers({ eots }: Config): Callers | null {
  if (!eots.enabled) return null;
  try {
    return openCallers(eots);
  } catch (error) {
    if (!(error instanceof CallersError)) throw error;
    throw new ConfigError(error.message, { cause: error });
  }
}

/** @throws DoorError */
function openEotsDoor(
  core: Core,
  metrics: Metrics,
  { eots }: Config,
  callers: Callers,
  logger: FastifyBaseLogger,
): Promise<Door> {
  if (callers.code === null && (callers.tls?.clientAuthority ?? null) === null) {
    logger.warn(
      "eots: calls carry no code, so that every program on this machine can sign; set eots.hmacKeyFile",
    );
  }
  if (callers.code?.short === true) {
    logger.warn(
      "eots.hmacKeyFile: a key of less than 32 bytes can be found by trying; make one with openssl rand -base64 32",
    );
  }
  const manager = {
    core,
    principal: finalityProviderDaemon(eots.namespace),
    observer: metrics.eots,
    catchUp: new Turns(),
    answerBytesMax: eots.maxMessageBytes,
    onSigned: (type: string, outcome: string) => metrics.signed(type, outcome),
  };
  const onFailure = (error: unknown, method: string) =>
    logger.error({ method, err: error }, "unexpected failure");
  return openDoor(manager, { ...eots, ...callers, onFailure });
}

async function startThreads(
  foundation: Foundation,
  config: Config,
  validators: ConfiguredNetwork,
): Promise<{ readonly chains: Chains; readonly policies: PolicySandbox }> {
  const starting = [Chains.start({ validators }), startSandbox(foundation, config)] as const;
  const [chains, policies] = await Promise.all(starting);
  return { chains, policies };
}

async function startSandbox(foundation: Foundation, config: Config): Promise<PolicySandbox> {
  const policies = new PolicySandbox({
    activeWorkers: config.policy.workers,
    source: async (digest) => (await foundation.ledger.readModule({ digest })) ?? undefined,
    onThreadLost: (cause) => foundation.metrics.workerLost(cause),
  });
  await policies.ready();
  return policies;
}
