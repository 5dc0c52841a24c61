/** Policies and bindings as the API shows them. */
import { parseJson, type Json } from "../../domain/canonical.ts";
import type { Binding, Policy } from "../../domain/policies.ts";

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
