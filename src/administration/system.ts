/** The installation while it runs: seal and unseal, status, health. initialisation.ts makes one. */
import { assertMay, type Principal } from "../access/principals.ts";
import { VERSION } from "../domain/version.ts";
import { actorOf, type AdministrationParts, type Queues } from "./parts.ts";
import type { NamespaceName } from "../domain/kinds.ts";

export interface SystemStatus {
  readonly state: "sealed" | "unsealed";
  readonly version: string;
  readonly namespace: NamespaceName;
  /** Keys of the namespace that were not deleted. */
  readonly keys: number;
  /** Entries of the audit log. */
  readonly auditSize: number;
  readonly queues: Queues;
  /** Which library signs on each curve. */
  readonly backends: Readonly<Record<string, string>>;
}

export class System {
  readonly #parts: AdministrationParts;

  constructor(parts: AdministrationParts) {
    this.#parts = parts;
  }

  get state(): "sealed" | "unsealed" {
    return this.#parts.vault.state();
  }

  /** Whether the ledger can be read now. */
  async ledgerAnswers(): Promise<boolean> {
    try {
      await this.#parts.ledger.readSlashingChain();
      return true;
    } catch {
      return false;
    }
  }

  /** Wipes every secret from memory. Signing answers `service.sealed` until someone unseals. */
  async seal(principal: Principal): Promise<void> {
    assertMay(principal, "system.seal");
    await this.#parts.ledger.noteAct({ actor: actorOf(principal), action: "system.seal" });
    await this.#parts.vault.seal();
  }

  /** @throws SignerError `auth.forbidden`, `service.unseal_failed` */
  async unseal(principal: Principal, passphrase: Uint8Array): Promise<void> {
    assertMay(principal, "system.unseal");
    await this.#parts.vault.unseal(passphrase);
    await this.#parts.ledger.noteAct({ actor: actorOf(principal), action: "system.unseal" });
  }

  /** State, version and load of this process. */
  async status(principal: Principal): Promise<SystemStatus> {
    assertMay(principal, "system.status");
    const [vault, head] = await Promise.all([this.#parts.vault.status(), this.#parts.ledger.readHead()]);
    return {
      state: vault.state,
      version: VERSION,
      namespace: principal.namespace,
      keys: this.#parts.directory.counts.liveIn(principal.namespace),
      auditSize: head.size,
      queues: this.#parts.queues(),
      backends: { ...vault.backends },
    };
  }
}
