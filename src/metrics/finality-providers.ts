/**
 * What operators of finality providers watch: calls over gRPC under our name, and eotsd's names for its dashboards. Under
 * its names a number means what it means there: lists and not values, their first height, new signatures and not repeats.
 * @module
 */
import { Counter, Gauge, type Registry } from "prom-client";

/** A finality provider's public key is on chain under its name, and dashboards tell providers apart by it. */
const KEY = "fp_btc_pk_hex";

export class EotsMetrics {
  readonly #calls;
  readonly #randomness;
  readonly #lastRandomness;
  readonly #eots;
  readonly #lastEots;
  readonly #schnorr;
  readonly #keys;

  constructor(registry: Registry) {
    const registers = [registry];
    const labelNames = [KEY] as const;
    const under = ", under eotsd's name";
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
      help: `Lists of public randomness that were handed out${under}`,
      labelNames,
      registers,
    });
    this.#lastRandomness = new Gauge({
      name: "eots_fp_last_generated_randomness_height",
      help: `First height of the last list of public randomness${under}`,
      labelNames,
      registers,
    });
    this.#eots = new Counter({
      name: "eots_fp_total_eots_sign_counter",
      help: `EOTS signatures that were made, repeats not counted${under}`,
      labelNames,
      registers,
    });
    this.#lastEots = new Gauge({
      name: "eots_fp_last_eots_sign_height",
      help: `Height of the last EOTS signature that was made${under}`,
      labelNames,
      registers,
    });
    this.#schnorr = new Counter({
      name: "eots_fp_total_schnorr_sign_counter",
      help: `Schnorr signatures${under}`,
      labelNames,
      registers,
    });
    this.#keys = new Counter({
      name: "eots_created_keys_counter",
      help: `Keys of finality providers that were created or imported${under}`,
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

  randomnessMade(publicKey: string, startHeight: bigint): void {
    this.#randomness.inc({ [KEY]: publicKey });
    this.#lastRandomness.set({ [KEY]: publicKey }, Number(startHeight));
  }

  keyCreated(): void {
    this.#keys.inc();
  }
}

/** Calls of the daemon that need its code. */
const GUARDED = ["CreateRandomnessPairList", "SignEOTS", "SignBatchEOTS", "SignSchnorrSig"];
