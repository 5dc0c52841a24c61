/** Composition root: builds the service on its foundation, and takes both down again in the opposite order. */
import type { FastifyBaseLogger } from "fastify";
import { Chains } from "./chains/chains.ts";
import { commitmentModules } from "./config/commitment-modules.ts";
import type { Config } from "./config/schema.ts";
import { closeFoundation, type Foundation } from "./foundation.ts";
import { openCallers, type Callers } from "./grpc/callers.ts";
import type { Door } from "./grpc/door.ts";
import type { EotsDoorSinks } from "./grpc/open-eots-door.ts";
import type { Application } from "./http/application.ts";
import { hostNames } from "./http/hosts.ts";
import { openValidatorDoors } from "./http/open-validator-doors.ts";
import type { Metrics } from "./metrics/metrics.ts";
import { buildServer } from "./http/server.ts";
import { PolicySandbox } from "./policy/sandbox.ts";
import type { AdministrationParts, Queues } from "./administration/parts.ts";
import { makeCheckpoint } from "./administration/audit.ts";
import { CheckpointTimer } from "./administration/checkpoint-timer.ts";
import { Core } from "./core.ts";
import { applyChanges } from "./directory/changes.ts";
import { loadDirectory, readInstallation } from "./directory/load.ts";
import type { Binding } from "./domain/policies.ts";
import { Pruner } from "./record/pruning.ts";
import { ImportTurns } from "./record/import-turns.ts";
import { commandActor } from "./access/actors.ts";
import { ROOT_NAMESPACE } from "./access/roles.ts";
import { pinNetwork } from "./administration/network-pin.ts";
import { configuredNetwork, type ConfiguredNetwork } from "./config/network.ts";
import { Departures } from "./signing/departures.ts";

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
  const { keeper, ledger, vault, metrics } = foundation;
  const { host, port, bodyLimitBytes, requestTimeoutMs } = config.server;
  const network = configuredNetwork(config);
  const { validators, hosts, callers } = callersOf(config, network, logger);
  await pinNetwork(ledger, commandActor(ROOT_NAMESPACE, "claviger serve"), network);
  // This thread reads while the others start.
  const starting = startThreads(foundation, config, network);
  const [{ chains, policies }, stored] = await Promise.all([starting, readInstallation(ledger.databasePath)]);
  const { directory, principals } = loadDirectory(stored);
  ledger.followChanges((changes) => applyChanges({ directory, principals }, changes));
  await preloadBound(policies, stored.bindings, logger);
  const departures = new Departures();
  const queues = queuesOf(foundation, chains, policies);
  const imports = importsOf(foundation, logger);
  const parts = { directory, principals, chains, policies, keeper, ledger, vault, departures, queues };
  const core = new Core(
    { ...parts, onLostOutcome: (error) => logger.error({ err: error }, "an outcome line was not written") },
    { ...parts, imports, ...config.keys },
    metrics,
  );
  watchLoad(metrics, core, parts);
  await readyToSign(keeper, directory.counts.activeValidators);
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
  const eots = callers && (await eotsDoor(core, config, callers, sinksOf(metrics, logger)));
  await app.listen({ host, port });
  const ownWork = await startOwnWork(imports, timersOf(foundation, config, network, logger), logger);
  return {
    app,
    eotsPort: eots?.port ?? null,
    core,
    keys: directory.counts.live,
    async stop() {
      stopping = true;
      const drained = core.drain();
      await Promise.all([app.close(), eots?.close(drained), ownWork.stop(), drained]);
      if (vault.state() === "unsealed") await makeCheckpoint({ ledger, keeper });
      await Promise.all([policies.close(), chains.close()]);
      await closeFoundation(foundation);
    },
  };
}

/** The first signature, and where there are validators the first duty of a slot, must not wait for a thread to start. */
function readyToSign(keeper: Foundation["keeper"], validators: number): Promise<void> {
  return validators > 0 ? keeper.readyForDuties() : keeper.ready();
}

/** Who may call which door. @throws ConfigError where a setting would let in whom it should not */
function callersOf(
  { server, validators, eots }: Config,
  { network }: ConfiguredNetwork,
  logger: FastifyBaseLogger,
) {
  const { host, allowedHosts } = server;
  const doors = openValidatorDoors({ ...validators, host, network }, (message) => logger.warn(message));
  const commitments = commitmentModules(validators.commitBoostFile, validators.namespace);
  return {
    validators: { ...doors, commitments },
    hosts: hostNames(allowedHosts, host),
    callers: eots.enabled ? openCallers(eots) : null,
  };
}

/** gRPC is loaded only where the door is open: it is a tenth of what a start loads. */
async function eotsDoor(core: Core, { eots }: Config, callers: Callers, sinks: EotsDoorSinks): Promise<Door> {
  const { openEotsDoor } = await import("./grpc/open-eots-door.ts");
  return openEotsDoor(core, eots, callers, sinks);
}

function sinksOf(metrics: Metrics, logger: FastifyBaseLogger): EotsDoorSinks {
  return {
    observer: metrics.eots,
    onSigned: (type, outcome) => metrics.signed(type, outcome),
    warn: (message) => logger.warn(message),
    onFailure: (error, method) => logger.error({ method, err: error }, "unexpected failure"),
  };
}

/** What the service does by itself: it goes on with an import, and stops that with the rest. */
async function startOwnWork(
  imports: ImportTurns,
  timers: readonly (Pruner | CheckpointTimer | undefined)[],
  logger: FastifyBaseLogger,
): Promise<{ stop(): Promise<void> }> {
  // Beside serving: the marks of its keys are in the ledger, and hold from the first request on.
  if (await imports.start()) {
    logger.info("an import of signing history goes on; its keys sign when it has ended");
  }
  return {
    async stop() {
      await Promise.all([imports.stop(), ...timers.map((timer) => timer?.stop())]);
    },
  };
}

function timersOf(
  foundation: Foundation,
  config: Config,
  network: ConfiguredNetwork,
  logger: FastifyBaseLogger,
): readonly (Pruner | CheckpointTimer | undefined)[] {
  const pruner = startPruning(foundation, config, network, logger);
  return [pruner, startCheckpoints(foundation, config, logger)];
}

function importsOf({ ledger, metrics }: Foundation, logger: FastifyBaseLogger): ImportTurns {
  return new ImportTurns(ledger, metrics.validators, (error, pause) =>
    logger.error(
      { err: error, retryAfterSeconds: pause / 1000 },
      "an import of signing history cannot go on, and its keys sign nothing; it is tried again by itself",
    ),
  );
}

/** Undefined where one is signed only when somebody asks. */
function startCheckpoints(
  { ledger, vault, keeper }: Foundation,
  { audit: { checkpointSeconds } }: Config,
  logger: FastifyBaseLogger,
): CheckpointTimer | undefined {
  if (checkpointSeconds === 0) return undefined;
  const checkpoint = async () => {
    if (vault.state() === "unsealed") await makeCheckpoint({ ledger, keeper });
  };
  const timer = new CheckpointTimer(checkpoint, checkpointSeconds * 1000);
  timer.start((error) => logger.error({ err: error }, "no checkpoint of the audit log was signed"));
  return timer;
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

/** What waits where, for metrics and for `status`. */
function queuesOf({ keeper, ledger, vault }: Foundation, chains: Chains, policies: PolicySandbox) {
  return (): Queues => {
    const { signing, verifying } = keeper.depths;
    return {
      // A decision is answered by the verifier, and is one of the ledger's calls until then.
      ledger: Math.max(0, ledger.depth - signing - verifying),
      vault: vault.depth + signing,
      policy: policies.depth,
      chains: chains.depth + verifying,
    };
  };
}

type Load = Pick<AdministrationParts, "vault" | "directory" | "queues">;

/** Gauges that a scrape of /metrics reads. */
function watchLoad(metrics: Metrics, core: Core, parts: Load): void {
  const { vault, directory, queues } = parts;
  metrics.watch({
    queues,
    lanes: () => core.depths,
    keys: () => directory.counts.live,
    validators: () => directory.counts.activeValidators,
    finalityProviders: () => directory.counts.finalityProviders,
    sealed: () => vault.state() === "sealed",
  });
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

/** Modules that are asked for at once: one is prepared while the next ones are read. */
const PRELOADS_AT_ONCE = 8;
/** Modules between two lines of progress. */
const PRELOADS_SHOWN = 100;

/** No first request waits for its modules. One that cannot be loaded fails what it is bound to, and nothing else. */
async function preloadBound(
  policies: Pick<PolicySandbox, "preload">,
  bindings: readonly Pick<Binding, "policy" | "id">[],
  logger: FastifyBaseLogger,
): Promise<void> {
  const digests = [...new Set(bindings.map(({ policy }) => policy))];
  const left = digests.values();
  let done = 0;
  const preloadNext = async (): Promise<void> => {
    for (const digest of left) {
      const failure = await policies.preload(digest);
      done += 1;
      if (done % PRELOADS_SHOWN === 0) logger.info(`loading policies: ${done} of ${digests.length} modules`);
      if (failure === null) continue;
      const bound = bindings.filter(({ policy }) => policy === digest).map(({ id }) => id);
      logger.error(
        { policy: digest, bindings: bound },
        `${failure.message}; requests that ask it fail until it can be`,
      );
    }
  };
  await Promise.all(Array.from({ length: PRELOADS_AT_ONCE }, preloadNext));
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
