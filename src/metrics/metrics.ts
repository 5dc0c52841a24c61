/**
 * Prometheus metrics. Labels are request types, outcomes, stages and queues: never an address or a namespace, and a key only
 * under eotsd's names, where it is a finality provider's, which is public.
 * @module
 */
import {
  Counter,
  Gauge,
  Histogram,
  Registry,
  collectDefaultMetrics,
  type GaugeConfiguration,
} from "prom-client";
import type { Observer } from "../signing/observer.ts";
import { EotsMetrics } from "./finality-providers.ts";
import { ValidatorMetrics } from "./validators.ts";

export interface Gauges {
  readonly queues: () => Readonly<Record<string, number>>;
  readonly lanes: () => Readonly<Record<string, number>>;
  readonly keys: () => number;
  /** Active validator keys. */
  readonly validators: () => number;
  /** Keys of finality providers. */
  readonly finalityProviders: () => number;
  readonly sealed: () => boolean;
}

/** A gauge lives in its registry: nobody else needs to hold it. */
function gauge<Label extends string>(configuration: GaugeConfiguration<Label>): Gauge<Label> {
  return new Gauge(configuration);
}

export class Metrics implements Observer {
  readonly registry = new Registry();
  readonly #requests;
  readonly #evaluations;
  readonly #stages;
  readonly #fuel;
  readonly #batch;
  readonly #http;
  readonly #workersLost;
  /** Duties, guard and what Web3Signer's dashboards look for. */
  readonly validators: ValidatorMetrics;
  /** Calls of finality providers' daemons, and what eotsd's dashboards look for. */
  readonly eots: EotsMetrics;

  constructor() {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    this.validators = new ValidatorMetrics(this.registry);
    this.eots = new EotsMetrics(this.registry);
    this.#requests = new Counter({
      name: "claviger_sign_requests_total",
      help: "Sign requests by type and outcome: signed, or the error code",
      labelNames: ["type", "outcome"] as const,
      registers,
    });
    this.#evaluations = new Counter({
      name: "claviger_evaluate_requests_total",
      help: "Dry runs by type and outcome: done, or the error code",
      labelNames: ["type", "outcome"] as const,
      registers,
    });
    this.#stages = new Histogram({
      name: "claviger_stage_seconds",
      help: "Duration of each step of the signing path, in seconds",
      labelNames: ["stage"] as const,
      buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
      registers,
    });
    this.#fuel = new Histogram({
      name: "claviger_policy_fuel",
      help: "Fuel used by one policy evaluation",
      buckets: [1e3, 1e4, 3e4, 1e5, 3e5, 1e6, 3e6, 1e7, 3e7, 1e8],
      registers,
    });
    this.#batch = new Histogram({
      name: "claviger_commit_batch_size",
      help: "Operations in one ledger transaction",
      buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
      registers,
    });
    this.#http = new Counter({
      name: "claviger_http_requests_total",
      help: "HTTP requests by route and status",
      labelNames: ["method", "route", "status"] as const,
      registers,
    });
    this.#workersLost = new Counter({
      name: "claviger_policy_workers_lost_total",
      help: "Policy workers that were stopped, by cause",
      labelNames: ["cause"] as const,
      registers,
    });
  }

  /** Values that are read when someone scrapes. */
  watch(gauges: Gauges): void {
    const registers = [this.registry];
    gauge({
      name: "claviger_queue_depth",
      help: "Calls that wait for, or run on, a thread",
      labelNames: ["queue"] as const,
      registers,
      collect() {
        for (const [queue, depth] of Object.entries(gauges.queues())) this.set({ queue }, depth);
      },
    });
    gauge({
      name: "claviger_lane_depth",
      help: "Requests that wait for a place or are under way",
      labelNames: ["lane"] as const,
      registers,
      collect() {
        for (const [lane, depth] of Object.entries(gauges.lanes())) this.set({ lane }, depth);
      },
    });
    gauge({
      name: "claviger_keys_loaded",
      help: "Keys in all namespaces",
      registers,
      collect() {
        this.set(gauges.keys());
      },
    });
    gauge({
      name: "signing_signers_loaded_count",
      help: "Active validator keys of all namespaces, under Web3Signer's name",
      registers,
      collect() {
        this.set(gauges.validators());
      },
    });
    gauge({
      name: "claviger_finality_provider_keys_loaded",
      help: "Keys of finality providers in all namespaces that were not deleted",
      registers,
      collect() {
        this.set(gauges.finalityProviders());
      },
    });
    gauge({
      name: "claviger_sealed",
      help: "1 while the vault is sealed",
      registers,
      collect() {
        this.set(gauges.sealed() ? 1 : 0);
      },
    });
  }

  signed(type: string, outcome: string): void {
    this.#requests.inc({ type, outcome });
  }

  evaluated(type: string, outcome: string): void {
    this.#evaluations.inc({ type, outcome });
  }

  http(method: string, route: string, status: number): void {
    this.#http.inc({ method, route, status: String(status) });
  }

  step(name: string, seconds: number): void {
    this.#stages.observe({ stage: name }, seconds);
  }

  fuel(units: number): void {
    this.#fuel.observe(units);
  }

  guarded(kind: Parameters<Observer["guarded"]>[0], seconds: number): void {
    this.validators.guarded(kind, seconds);
  }

  guardRefused(code: string, type: string): void {
    this.validators.guardRefused(code, type);
  }

  dutySigned(type: string): void {
    this.validators.dutySigned(type);
  }

  dutySigning(seconds: number): void {
    this.validators.dutySigning(seconds);
  }

  eotsSigned(publicKey: string, height: bigint): void {
    this.eots.eotsSigned(publicKey, height);
  }

  schnorrSigned(publicKey: string): void {
    this.eots.schnorrSigned(publicKey);
  }

  commitBatch(size: number): void {
    this.#batch.observe(size);
  }

  workerLost(cause: string): void {
    this.#workersLost.inc({ cause });
  }
}
