/** Bindings: where a policy is asked, and with which settings. */
import { assertMay, type Principal } from "../access/principals.ts";
import { canonicalJson, type Json } from "../domain/canonical.ts";
import { SignerError } from "../domain/errors.ts";
import { GUEST_LIMITS, INPUT_SHARES } from "../policy/limits.ts";
import type { Binding, Scope } from "../domain/policies.ts";
import { newIdentifier } from "../directory/identifiers.ts";
import { pageOf, type Page, type PageRequest } from "./pages.ts";
import { actorOf, begin, kept, type AdministrationParts, type Caller } from "./parts.ts";
import type { BindingId, KeyId, NamespaceName, PolicyDigest, WalletId } from "../domain/kinds.ts";

export interface BindingRequest {
  readonly policy: PolicyDigest;
  readonly scope: {
    readonly namespace?: NamespaceName;
    readonly walletId?: WalletId;
    readonly keyId?: KeyId;
  };
  readonly settings?: { readonly [name: string]: Json };
  readonly fuelMax?: number;
  readonly mode?: "enforce" | "shadow";
}

/** Highest `fuelMax` of a binding: about a tenth of a second of V8, below the backstop of its thread's CPU time. */
export const BINDING_FUEL_MAX = 100_000_000;

/** Settings are in every input of the policy: those that are too long would fail each of its evaluations. */
function assertFits(settings: string, policy: PolicyDigest): void {
  const bytes = Buffer.byteLength(settings, "utf8");
  const max = INPUT_SHARES.settingsBytesMax;
  if (bytes <= max) return;
  const reason =
    `have ${bytes} bytes as canonical JSON, at most ${max} fit a policy's input; split ` +
    `them over several bindings`;
  throw new SignerError("policy.settings_invalid", `/settings: ${reason}`, { policy, reason });
}

export class Bindings {
  readonly #parts: AdministrationParts;

  constructor(parts: AdministrationParts) {
    this.#parts = parts;
  }

  /** @throws SignerError `auth.forbidden` */
  list(principal: Principal, page: PageRequest): Page<Binding> {
    assertMay(principal, "binding.read");
    return pageOf(this.#parts.directory.bindings(principal.namespace), page);
  }

  /** @throws SignerError `auth.forbidden`, `request.not_found` */
  get(principal: Principal, id: BindingId): Binding {
    assertMay(principal, "binding.read");
    return this.#parts.directory.binding(principal.namespace, id);
  }

  /**
   * @throws SignerError `auth.forbidden`, `policy.not_found`, `policy.settings_invalid`, `request.malformed` (scope),
   *   `request.conflict` when the scope has as many bindings as it may
   */
  async create(caller: Caller<Binding>, request: BindingRequest): Promise<Binding> {
    await begin(this.#parts, caller, "binding.create");
    const { namespace } = caller.principal;
    const policy = this.#parts.directory.policy(namespace, request.policy);
    const scope = scopeOf(this.#parts, namespace, request.scope);
    const settings = canonicalJson(request.settings ?? {});
    const fuelMax = request.fuelMax ?? GUEST_LIMITS.fuelMax;
    await assertTaken(this.#parts, policy.digest, settings, fuelMax);
    const binding: Binding = {
      id: newIdentifier("bnd"),
      namespace,
      policy: policy.digest,
      scope,
      settings,
      fuelMax,
      mode: request.mode ?? "enforce",
      createdAt: new Date().toISOString(),
      version: 1,
    };
    const answer = kept(caller, binding);
    await this.#parts.ledger.createBinding({ actor: actorOf(caller.principal), binding, answer });
    return binding;
  }

  /**
   * In place: counters and windows stay. Whatever is recorded after the answer was judged under the change.
   * @throws SignerError `auth.forbidden`, `request.not_found`, `policy.not_found`, `policy.settings_invalid`,
   *   `request.conflict` when another change came first
   */
  async update(principal: Principal, id: BindingId, change: BindingChange): Promise<Binding> {
    assertMay(principal, "binding.update");
    const { namespace } = principal;
    const before = this.#parts.directory.binding(namespace, id);
    const next = {
      policy: this.#parts.directory.policy(namespace, change.policy ?? before.policy).digest,
      settings: change.settings === undefined ? before.settings : canonicalJson(change.settings),
      fuelMax: change.fuelMax ?? before.fuelMax,
      mode: change.mode ?? before.mode,
    };
    // Settings that stay are checked too: by another policy, or with less fuel, they may not be taken.
    await assertTaken(this.#parts, next.policy, next.settings, next.fuelMax);
    if (Object.entries(next).every(([name, value]) => Reflect.get(before, name) === value)) {
      // Whoever made it so may wait for the answer still.
      await this.#parts.departures.settled();
      return before;
    }
    const { version } = before;
    const binding: Binding = { ...before, ...next, version: version + 1 };
    await this.#parts.ledger.updateBinding({ actor: actorOf(principal), binding, version });
    return binding;
  }

  /** @throws SignerError `auth.forbidden`, `request.not_found` */
  async delete(principal: Principal, id: BindingId): Promise<void> {
    assertMay(principal, "binding.delete");
    const { namespace } = principal;
    const binding = this.#parts.directory.binding(namespace, id);
    await this.#parts.ledger.deleteBinding({ actor: actorOf(principal), namespace, id: binding.id });
  }
}

/** The policy's own check of what would be bound. @throws SignerError `policy.settings_invalid` */
async function assertTaken(
  parts: AdministrationParts,
  policy: PolicyDigest,
  settings: string,
  fuelMax: number,
): Promise<void> {
  assertFits(settings, policy);
  const checked = await parts.policies.validateSettings(policy, settings, fuelMax);
  if (checked.ok) return;
  const { reason } = checked;
  throw new SignerError("policy.settings_invalid", `/settings: ${reason}`, { policy, reason });
}

/** Members that are left out stay. The scope never changes: that would be another binding. */
export type BindingChange = Omit<Partial<BindingRequest>, "scope">;

/** Exactly one of the three, and it must be the caller's own. */
function scopeOf(
  parts: AdministrationParts,
  namespace: NamespaceName,
  scope: BindingRequest["scope"],
): Scope {
  const named = Object.values(scope).filter((value) => value !== undefined);
  if (named.length === 1) {
    if (scope.keyId !== undefined) return { kind: "key", id: parts.directory.key(namespace, scope.keyId).id };
    if (scope.walletId !== undefined) {
      return { kind: "wallet", id: parts.directory.wallet(namespace, scope.walletId).id };
    }
    if (scope.namespace === namespace) return { kind: "namespace", id: namespace };
    throw new SignerError(
      "auth.forbidden",
      "/scope/namespace: a binding can only be in your own namespace; name that one, or a wallet or key",
      {
        field: "/scope/namespace",
      },
    );
  }
  throw new SignerError("request.malformed", "/scope: must name exactly one of namespace, walletId, keyId", {
    field: "/scope",
  });
}
