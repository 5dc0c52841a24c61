/** Policies: modules that a namespace uploaded, by digest. */
import { assertMay, type Principal } from "../access/principals.ts";
import { canonicalJson, parseJson } from "../domain/canonical.ts";
import type { Policy } from "../domain/policies.ts";
import { pageOf, type Page, type PageRequest } from "./pages.ts";
import { actorOf, begin, kept, type AdministrationParts, type Caller } from "./parts.ts";
import type { PolicyDigest } from "../domain/kinds.ts";

export class Policies {
  readonly #parts: AdministrationParts;

  constructor(parts: AdministrationParts) {
    this.#parts = parts;
  }

  /** By digest. @throws SignerError `auth.forbidden` */
  list(principal: Principal, page: PageRequest): Page<Policy> {
    assertMay(principal, "policy.read");
    return pageOf(this.#parts.directory.policies(principal.namespace), page);
  }

  /** @throws SignerError `auth.forbidden`, `policy.not_found` */
  get(principal: Principal, digest: PolicyDigest): Policy {
    assertMay(principal, "policy.read");
    return this.#parts.directory.policy(principal.namespace, digest);
  }

  /** @throws SignerError `auth.forbidden`, `policy.rejected` with `feature` and `offset` */
  async create(caller: Caller<Policy>, name: string, module: Uint8Array): Promise<Policy> {
    await begin(this.#parts, caller, "policy.create");
    const { namespace } = caller.principal;
    const info = await this.#parts.policies.prepare(module);
    const meter = canonicalJson({ ...info.meter, limits: { ...info.meter.limits } });
    const made: Policy = {
      namespace,
      digest: info.digest,
      name,
      sizeBytes: info.sizeBytes,
      abi: info.abi,
      // As it will be read back: a repeat gets the same bytes.
      meter: parseJson(meter),
      createdAt: new Date().toISOString(),
    };
    return this.#store(caller, made, module);
  }

  async #store(caller: Caller<Policy>, made: Policy, module: Uint8Array): Promise<Policy> {
    const { directory, ledger } = this.#parts;
    const actor = actorOf(caller.principal);
    // The same bytes again: the first name stays.
    let policy = directory.findPolicy(made.namespace, made.digest) ?? made;
    for (;;) {
      const { stored } = await ledger.createPolicy({ actor, policy, module, answer: kept(caller, policy) });
      // Otherwise somebody uploaded it at the same moment, and the answer was worded for another name: it was not kept.
      if (stored.name === policy.name && stored.createdAt === policy.createdAt) return stored;
      policy = stored;
    }
  }
}
