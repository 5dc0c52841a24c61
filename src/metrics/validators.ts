/** What validator operators watch: duties and refusals under our names, and Web3Signer's names for its dashboards. */
import { Counter, Gauge, Summary, type Registry } from "prom-client";
import { ERRORS } from "../domain/errors.ts";
import type { Observer } from "../signing/observer.ts";

/** As Web3Signer's summaries have them. */
const PERCENTILES = [0.2, 0.5, 0.8, 0.95, 0.99, 1];
const WINDOW = { maxAgeSeconds: 60, ageBuckets: 5, pruneAgedBuckets: true };
const GUARD = "guard.";
/** Votes of finality providers, which Web3Signer does not know. */
const EOTS = "babylon.eots";

export class ValidatorMetrics {
  readonly #duties;
  readonly #refusals;
  readonly #signing;
  readonly #missing;
  readonly #malformed;
  readonly #permitted;
  readonly #prevented;
  readonly #database;
  readonly #pruned;
  readonly #lastPruning;
  readonly #imports;

  constructor(registry: Registry) {
    const registers = [registry];
    const counter = (name: string, help: string) => new Counter({ name, help, registers });
    this.#duties = new Counter({
      name: "claviger_duties_signed_total",
      help: "Validator duties signed, by type",
      labelNames: ["type"] as const,
      registers,
    });
    this.#refusals = new Counter({
      name: "claviger_guard_refusals_total",
      help: "Duties and EOTS votes that a double-sign guard refused, by reason",
      labelNames: ["reason"] as const,
      registers,
    });
    // At zero from the start: an alert on an increase must see the first one.
    for (const [code, { family }] of Object.entries(ERRORS)) {
      if (family === "guard") this.#refusals.inc(reasonOf(code), 0);
    }
    this.#signing = new Summary({
      name: "signing_bls_signing_duration",
      help: "Seconds that one BLS signature takes, under Web3Signer's name",
      percentiles: PERCENTILES,
      ...WINDOW,
      registers,
    });
    this.#missing = counter(
      "signing_bls_missing_identifier_count_total",
      "Duties for a key that is not here, under Web3Signer's name",
    );
    this.#malformed = counter(
      "http_bls_malformed_request_count_total",
      "Duties that were refused as malformed, under Web3Signer's name",
    );
    this.#permitted = counter(
      "eth2_slashingprotection_permitted_signings",
      "Blocks and votes that the guard allowed, under Web3Signer's name",
    );
    this.#prevented = counter(
      "eth2_slashingprotection_prevented_signings",
      "Blocks and votes that the guard refused, under Web3Signer's name",
    );
    this.#pruned = counter(
      "claviger_slashing_rows_pruned_total",
      "Records of signing history that the running service deleted, their watermark kept",
    );
    this.#lastPruning = new Gauge({
      name: "claviger_slashing_last_pruning_timestamp_seconds",
      help: "When pruning last went over all keys, in seconds since 1970; 0 before it has",
      registers,
    });
    this.#imports = importGauges(registry);
    this.#database = new Summary({
      name: "eth2_slashingprotection_database_duration",
      help: "Seconds of the record step of blocks and votes, under Web3Signer's name",
      labelNames: ["signingOperation"] as const,
      percentiles: PERCENTILES,
      ...WINDOW,
      registers,
    });
  }

  guarded(kind: Parameters<Observer["guarded"]>[0], seconds: number): void {
    if (kind === "eots") return;
    this.#permitted.inc();
    this.#database.observe({ signingOperation: kind === "eip3076.block" ? "block" : "attestation" }, seconds);
  }

  guardRefused(code: string, type: string): void {
    this.#refusals.inc(reasonOf(code));
    if (type !== EOTS) this.#prevented.inc();
  }

  dutySigned(type: string): void {
    this.#duties.inc({ type });
  }

  dutySigning(seconds: number): void {
    this.#signing.observe(seconds);
  }

  pruned(rows: number): void {
    this.#pruned.inc(rows);
  }

  pruningEnded(): void {
    this.#lastPruning.setToCurrentTime();
  }

  keysMerging(keys: number): void {
    this.#imports.merging.set(keys);
  }

  importHeldUp(isHeldUp: boolean): void {
    this.#imports.heldUp.set(isHeldUp ? 1 : 0);
  }

  missingKey(): void {
    this.#missing.inc();
  }

  malformed(): void {
    this.#malformed.inc();
  }
}

function importGauges(registry: Registry): Readonly<Record<"merging" | "heldUp", Gauge>> {
  const registers = [registry];
  return {
    merging: new Gauge({
      name: "claviger_slashing_merging_keys",
      help: "Validator keys that sign nothing until the import of their history has ended",
      registers,
    }),
    heldUp: new Gauge({
      name: "claviger_slashing_import_held_up",
      help: "1 while an import of signing history could not go on and is tried again",
      registers,
    }),
  };
}

function reasonOf(code: string): { reason: string } {
  return { reason: code.slice(GUARD.length) };
}
