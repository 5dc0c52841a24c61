/**
 * The modules of this process: uploads are prepared on one thread, stored ones on another, and what is compiled is kept within a
 * bound of memory. A module that cannot be had denies; what may pass later is thrown.
 * @module
 */
import { isOf } from "../domain/errors.ts";
import type { PolicyDigest } from "../domain/kinds.ts";
import type { PreparedPolicy } from "./evaluation-thread.ts";
import type { CompiledPolicy } from "./execute.ts";
import { ModuleLoads } from "./module-loads.ts";
import { ModuleShelf } from "./module-shelf.ts";
import type { PolicyInfo } from "./module.ts";
import { Preparation } from "./preparation.ts";

export interface ModulesOptions {
  readonly moduleBytesMax: number;
  readonly uploadsMax: number;
  readonly loadsMax: number;
  readonly loadsAtOnce: number;
  readonly preparationMs: number;
  readonly source: (digest: PolicyDigest) => Promise<Uint8Array | undefined>;
  readonly onEvicted: (digest: PolicyDigest) => void;
}

export class Modules {
  readonly shelf: ModuleShelf;
  readonly #uploads: Preparation;
  /** For stored modules, which must not wait behind uploads. */
  readonly #loading: Preparation;
  readonly #loads: ModuleLoads;

  constructor(options: ModulesOptions) {
    const {
      uploadsMax,
      loadsMax,
      loadsAtOnce: atOnce,
      preparationMs: timeoutMs,
      source,
      onEvicted,
    } = options;
    this.shelf = new ModuleShelf({ bytesMax: options.moduleBytesMax, onEvicted });
    this.#uploads = new Preparation({ name: "policy-upload", timeoutMs, waitingMax: uploadsMax });
    this.#loading = new Preparation({ name: "policy-load", timeoutMs, waitingMax: atOnce });
    this.#loads = new ModuleLoads({ source, preparation: this.#loading, atOnce, waitingMax: loadsMax });
  }

  /** @throws SignerError `policy.rejected` with `feature` and `offset`; `service.overloaded` */
  async prepare(bytes: Uint8Array): Promise<PolicyInfo> {
    const prepared = await this.#uploads.prepare(bytes);
    this.#keep(prepared);
    return prepared.info;
  }

  /**
   * From memory, or else from its source.
   * @returns an error for what denies
   * @throws SignerError `service.…`, also as the source does: what may pass later must not become a recorded denial
   */
  async get(digest: PolicyDigest): Promise<CompiledPolicy | Error> {
    const here = this.shelf.get(digest);
    if (here !== undefined) return here;
    try {
      const prepared = await this.#loads.load(digest);
      if (prepared !== undefined) {
        this.#keep(prepared);
        return prepared.policy;
      }
      this.shelf.missing(digest);
      return new Error(`policy ${digest} is not stored here`);
    } catch (error) {
      if (isOf(error, "service")) throw error;
      this.shelf.missing(digest);
      const reason = error instanceof Error ? error.message : "unknown error";
      return new Error(`policy ${digest} cannot be loaded: ${reason}`);
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#uploads.close(), this.#loading.close()]);
  }

  #keep({ info, policy, memoryBytes }: PreparedPolicy): void {
    this.shelf.put(info.digest, policy, memoryBytes);
  }
}
