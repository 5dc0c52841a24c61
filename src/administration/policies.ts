/** Policies and their bindings: a module by digest, and where with which settings it is asked. */
import { assertMay } from "../access/principals.ts";
import { canonicalJson, parseJson, type Json } from "../domain/canonical.ts";
import { SignerError } from "../domain/errors.ts";
import type { Binding, Policy, Scope } from "../domain/policies.ts";
import { GUEST_LIMITS, INPUT_SHARES } from "../policy/limits.ts";
import { newIdentifier } from "../directory/identifiers.ts";
import { actorOf, rememberUnchanged, type AdministrationParts, type Caller } from "./parts.ts";

export interface BindingRequest {
  readonly policy: string;
  readonly scope: { readonly namespace?: string; readonly walletId?: string; readonly keyId?: string };
  readonly settings?: { readonly [name: string]: Json };
  readonly fuelMax?: number;
  readonly mode?: "enforce" | "shadow";
}

/** Highest `fuelMax` of a binding: about a tenth of a second of V8, below the wall-clock backstop. */
export const BINDING_FUEL_MAX = 100_000_000;

/** @throws SignerError `auth.forbidden`, `policy.rejected` with `feature` and `offset` */
export async function createPolicy(
  parts: AdministrationParts,
  caller: Caller,
  name: string,
  module: Uint8Array,
): Promise<Policy> {
  assertMay(caller.principal, "policy.create");
  const { namespace } = caller.principal;
  const info = await parts.policies.prepare(module);
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
  const { existed } = await parts.ledger.createPolicy({
    actor: actorOf(caller.principal),
    policy: made,
    module,
    answer: caller.remember(201, policyJson(made)),
  });
  if (!existed) {
    parts.directory.addPolicy(made);
    return made;
  }
  // The same bytes again: the first name stays.
  const policy = parts.directory.policy(namespace, made.digest);
  await rememberUnchanged(parts, caller, 201, policyJson(policy));
  return policy;
}

/** Settings stand in every input of the policy: those that are too long would fail each of its evaluations. */
function assertFits(settings: string, policy: string): void {
  const bytes = Buffer.byteLength(settings, "utf8");
  const max = INPUT_SHARES.settingsBytesMax;
  if (bytes <= max) return;
  const reason =
    `have ${bytes} bytes as canonical JSON, at most ${max} fit a policy's input; split ` +
    `them over several bindings`;
  throw new SignerError("policy.settings_invalid", `/settings: ${reason}`, { policy, reason });
}

/** Bindings on one scope: each is one more evaluation of every request below it, from a queue that all tenants share. */
const BINDINGS_PER_SCOPE = 32;

/**
 * @throws SignerError `auth.forbidden`, `policy.not_found`, `policy.settings_invalid`, `request.malformed` (scope),
 *   `request.conflict` when the scope has as many bindings as it may
 */
export async function createBinding(
  parts: AdministrationParts,
  caller: Caller,
  request: BindingRequest,
): Promise<Binding> {
  assertMay(caller.principal, "binding.create");
  const { namespace } = caller.principal;
  const policy = parts.directory.policy(namespace, request.policy);
  const scope = scopeOf(parts, namespace, request.scope);
  if (parts.directory.bindingCount(namespace, scope) >= BINDINGS_PER_SCOPE) {
    throw new SignerError(
      "request.conflict",
      `/scope: has ${BINDINGS_PER_SCOPE} bindings, as many as it may; delete one, or join policies ` +
        `into one module`,
      { field: "/scope" },
    );
  }
  const settings = canonicalJson(request.settings ?? {});
  const fuelMax = request.fuelMax ?? GUEST_LIMITS.fuelMax;
  await assertTaken(parts, policy.digest, settings, fuelMax);
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
  const answer = caller.remember(201, bindingJson(binding));
  await parts.ledger.createBinding({ actor: actorOf(caller.principal), binding, answer });
  parts.directory.addBinding(binding);
  return binding;
}

/** The policy's own check of what would be bound. @throws SignerError `policy.settings_invalid` */
async function assertTaken(
  parts: AdministrationParts,
  policy: string,
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

/**
 * In place: counters and windows stay. Whatever is recorded after the answer was judged under the change.
 * @throws SignerError `auth.forbidden`, `request.not_found`, `policy.not_found`, `policy.settings_invalid`,
 *   `request.conflict` when another change came first
 */
export async function updateBinding(
  parts: AdministrationParts,
  caller: Caller,
  id: string,
  change: BindingChange,
): Promise<Binding> {
  assertMay(caller.principal, "binding.update");
  const { namespace } = caller.principal;
  const before = parts.directory.binding(namespace, id);
  const next = {
    policy: parts.directory.policy(namespace, change.policy ?? before.policy).digest,
    settings: change.settings === undefined ? before.settings : canonicalJson(change.settings),
    fuelMax: change.fuelMax ?? before.fuelMax,
    mode: change.mode ?? before.mode,
  };
  // Settings that stay are checked too: by another policy, or with less fuel, they may not be taken.
  await assertTaken(parts, next.policy, next.settings, next.fuelMax);
  if (Object.entries(next).every(([name, value]) => Reflect.get(before, name) === value)) return before;
  const { version } = before;
  const binding: Binding = { ...before, ...next, version: version + 1 };
  await parts.ledger.updateBinding({ actor: actorOf(caller.principal), binding, version });
  parts.directory.changeBinding(binding);
  return binding;
}

/** @throws SignerError `auth.forbidden`, `request.not_found` */
export async function deleteBinding(parts: AdministrationParts, caller: Caller, id: string): Promise<void> {
  assertMay(caller.principal, "binding.delete");
  const { namespace } = caller.principal;
  const binding = parts.directory.binding(namespace, id);
  await parts.ledger.deleteBinding({ actor: actorOf(caller.principal), namespace, id: binding.id });
  parts.directory.removeBinding(binding.id);
}

/** Policy as the API shows it. */
export function policyJson(policy: Policy): Json {
  return {
    digest: policy.digest,
    name: policy.name,
    sizeBytes: policy.sizeBytes,
    abi: policy.abi,
    meter: policy.meter,
    createdAt: policy.createdAt,
  };
}

/** Binding as the API shows it. */
export function bindingJson(binding: Binding): Record<string, Json> {
  const { kind, id } = binding.scope;
  const scope =
    kind === "namespace" ? { namespace: id } : kind === "wallet" ? { walletId: id } : { keyId: id };
  return {
    id: binding.id,
    policy: binding.policy,
    scope,
    settings: parseJson(binding.settings),
    fuelMax: binding.fuelMax,
    mode: binding.mode,
    createdAt: binding.createdAt,
    version: binding.version,
  };
}

/** Exactly one of the three, and it must be the caller's own. */
function scopeOf(parts: AdministrationParts, namespace: string, scope: BindingRequest["scope"]): Scope {
  const named = Object.values(scope).filter((value) => value !== undefined);
  if (named.length === 1) {
    if (scope.keyId !== undefined) return { kind: "key", id: parts.directory.key(namespace, scope.keyId).id };
    if (scope.walletId !== undefined) {
      return { kind: "wallet", id: parts.directory.wallet(namespace, scope.walletId).id };
    }
    if (scope.namespace === namespace) return { kind: "namespace", id: namespace };
    throw new SignerError(
      "auth.forbidden",
      "/scope/namespace: a binding stands in your own namespace only; name that one, or a wallet or key",
      {
        field: "/scope/namespace",
      },
    );
  }
  throw new SignerError("request.malformed", "/scope: must name exactly one of namespace, walletId, keyId", {
    field: "/scope",
  });
}
