/**
 * Loads stored modules: in a queue and on a thread of their own, so that no upload keeps a request from the modules that it
 * needs. What waits holds a digest and no bytes; those who need the same module share one load.
 * @module
 */
import { SignerError } from "../domain/errors.ts";
import type { PolicyDigest } from "../domain/kinds.ts";
import type { PreparedPolicy } from "./evaluation-thread.ts";
import type { Preparation } from "./preparation.ts";

export interface ModuleLoadsOptions {
  /** The uploaded bytes of a module, e.g. from the ledger; undefined when there is none. */
  readonly source: (digest: PolicyDigest) => Promise<Uint8Array | undefined>;
  readonly preparation: Pick<Preparation, "prepare">;
  /** Loads under way at once: the bytes of so many modules are in memory. */
  readonly atOnce: number;
  /** Loads that may wait. */
  readonly waitingMax: number;
}

export class ModuleLoads {
  readonly #options: ModuleLoadsOptions;
  readonly #loads = new Map<PolicyDigest, Promise<PreparedPolicy | undefined>>();
  readonly #waiting: (() => void)[] = [];
  #underWay = 0;

  constructor(options: ModuleLoadsOptions) {
    this.#options = options;
  }

  /**
   * The module, prepared again from its stored bytes; undefined when nobody has them.
   * @throws SignerError `policy.rejected`, also when the bytes are not those of `digest`; `service.overloaded`; as the source
   */
  load(digest: PolicyDigest): Promise<PreparedPolicy | undefined> {
    const shared = this.#loads.get(digest);
    if (shared !== undefined) return shared;
    if (this.#waiting.length >= this.#options.waitingMax) {
      const message = `${this.#waiting.length} policy modules are waiting to be loaded; retry later`;
      return Promise.reject(new SignerError("service.overloaded", message));
    }
    const load = this.#inTurn(digest).finally(() => this.#loads.delete(digest));
    this.#loads.set(digest, load);
    return load;
  }

  async #inTurn(digest: PolicyDigest): Promise<PreparedPolicy | undefined> {
    // Whoever waits is handed the place of the one that ends.
    if (this.#underWay < this.#options.atOnce) this.#underWay += 1;
    else await new Promise<void>((begin) => this.#waiting.push(begin));
    try {
      const bytes = await this.#options.source(digest);
      return bytes === undefined ? undefined : await preparedAs(this.#options.preparation, digest, bytes);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#underWay -= 1;
      else next();
    }
  }
}

/**
 * Prepares stored bytes again, which must be those of `digest`. They go through the strict reader and the meter like an upload:
 * no metered code is ever stored, so none can be forged or go stale.
 * @throws SignerError `policy.rejected`
 */
async function preparedAs(
  preparation: Pick<Preparation, "prepare">,
  digest: PolicyDigest,
  bytes: Uint8Array,
): Promise<PreparedPolicy> {
  const prepared = await preparation.prepare(bytes);
  if (prepared.info.digest === digest) return prepared;
  throw new SignerError(
    "policy.rejected",
    `policy module: its digest is ${prepared.info.digest}, not ${digest}; upload it again`,
    { feature: "digest" },
  );
}
