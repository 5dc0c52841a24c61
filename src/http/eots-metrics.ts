/** What operators of finality providers watch: calls over gRPC under our name, and eotsd's names for its dashboards. */
import { Counter, Gauge, type Registry } from "prom-client";

/** A finality provider's public key stands on chain under its name, and dashboards tell providers apart by it. */
const KEY = "fp_btc_pk_hex";

export class EotsMetrics {
  readonly #calls;
  readonly #randomness;
  readonly #lastRandomness;
  readonly #eots;
  readonly #lastEots;
  readonly #schnorr;

  constructor(registry: Registry) {
    const registers = [registry];
    const labelNames = [KEY] as const;
    const under = ", over gRPC, under eotsd's name";
    this.#calls = new Counter({
      name: "claviger_grpc_calls_total",
      help: "gRPC calls by method and status",
      labelNames: ["method", "status"] as const,
      registers,
    });
    // At zero from the start: an alert on an increase must see the first one.
    for (const method of GUARDED) this.#calls.inc({ method, status: "UNAUTHENTICATED" }, 0);
    this.#randomness = new Counter({
      name: "eots_fp_total_generated_randomness_counter",
      help: `Public randomness values that were handed out${under}`,
      labelNames,
      registers,
    });
    this.#lastRandomness = new Gauge({
      name: "eots_fp_last_generated_randomness_height",
      help: `Last height that public randomness was handed out for${under}`,
      labelNames,
      registers,
    });
    this.#eots = new Counter({
      name: "eots_fp_total_eots_sign_counter",
      help: `EOTS signatures${under}`,
      labelNames,
      registers,
    });
    this.#lastEots = new Gauge({
      name: "eots_fp_last_eots_sign_height",
      help: `Height of the last EOTS signature${under}`,
      labelNames,
      registers,
    });
    this.#schnorr = new Counter({
      name: "eots_fp_total_schnorr_sign_counter",
      help: `Schnorr signatures${under}`,
      labelNames,
      registers,
    });
  }

  called(method: string, status: string): void {
    this.#calls.inc({ method, status });
  }

  eotsSigned(publicKey: string, height: bigint): void {
    this.#eots.inc({ [KEY]: publicKey });
    this.#lastEots.set({ [KEY]: publicKey }, Number(height));
  }

  schnorrSigned(publicKey: string): void {
    this.#schnorr.inc({ [KEY]: publicKey });
  }

  randomnessMade(publicKey: string, count: number, lastHeight: bigint): void {
    this.#randomness.inc({ [KEY]: publicKey }, count);
    this.#lastRandomness.set({ [KEY]: publicKey }, Number(lastHeight));
  }
}

/** Calls of the daemon that need its code. */
const GUARDED = ["CreateRandomnessPairList", "SignEOTS", "SignBatchEOTS", "SignSchnorrSig"];
