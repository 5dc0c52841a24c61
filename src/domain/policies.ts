/** Uploaded policies, and their bindings: which one is asked, for what, with which settings. */
import type { Json } from "./canonical.ts";
import type { BindingId, KeyId, NamespaceName, PolicyDigest, WalletId } from "./kinds.ts";

export interface Policy {
  readonly namespace: NamespaceName;
  /** Of the uploaded module. */
  readonly digest: PolicyDigest;
  readonly name: string;
  readonly sizeBytes: number;
  readonly abi: string;
  /** What the meter found in the module. */
  readonly meter: Json;
  readonly createdAt: string;
}

export const SCOPE_KINDS = ["namespace", "wallet", "key"] as const;

export type Scope =
  | { readonly kind: "namespace"; readonly id: NamespaceName }
  | { readonly kind: "wallet"; readonly id: WalletId }
  | { readonly kind: "key"; readonly id: KeyId };

/** `shadow`: its verdict is written down and decides nothing. */
export const BINDING_MODES = ["enforce", "shadow"] as const;
export type BindingMode = (typeof BINDING_MODES)[number];

export interface Binding {
  readonly id: BindingId;
  readonly namespace: NamespaceName;
  readonly policy: PolicyDigest;
  readonly scope: Scope;
  /** Canonical JSON object: goes into the policy input as it is. */
  readonly settings: string;
  readonly fuelMax: number;
  readonly mode: BindingMode;
  readonly createdAt: string;
  /** Begins at 1 and rises with every change. */
  readonly version: number;
}
