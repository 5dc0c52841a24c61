/** Namespaces: closed parts of the installation, each with its own keys, policies and principals. */
import { assertMay, type Principal } from "../access/principals.ts";
import { ROOT_NAMESPACE } from "../access/roles.ts";
import { Ordered } from "../domain/ordered.ts";
import type { Namespace } from "../domain/wallets.ts";
import { pageOf, type Page, type PageRequest } from "./pages.ts";
import { actorOf, begin, kept, type AdministrationParts, type Caller } from "./parts.ts";

export class Namespaces {
  readonly #parts: AdministrationParts;

  constructor(parts: AdministrationParts) {
    this.#parts = parts;
  }

  /** By name. A principal sees its own; the root namespace sees all. @throws SignerError `auth.forbidden` */
  list(principal: Principal, page: PageRequest): Page<Namespace> {
    assertMay(principal, "namespace.read");
    const { namespaces } = this.#parts.directory;
    if (principal.namespace === ROOT_NAMESPACE) return pageOf(namespaces, page);
    const own = namespaces.get(principal.namespace);
    return pageOf(new Ordered(namespaces.nameOf, own === undefined ? [] : [own]), page);
  }

  /** @throws SignerError `auth.forbidden`, `request.conflict` */
  async create(caller: Caller<Namespace>, name: string): Promise<Namespace> {
    await begin(this.#parts, caller, "namespace.create");
    // Whether the name is taken, the ledger says: it looks at the Idempotency-Key first.
    const created = { name, createdAt: new Date().toISOString() };
    const answer = kept(caller, created);
    await this.#parts.ledger.createNamespace({ actor: actorOf(caller.principal), created, answer });
    return created;
  }
}
