/**
 * What an act changes of the directory that the main thread keeps in memory. It travels beside the act's reply, and is applied
 * there before anyone sees the reply.
 * @module
 */
import type { PrincipalRecord } from "../../access/principals.ts";
import type { KeyRecord } from "../../domain/keys.ts";
import type { Freeze } from "../../domain/freezes.ts";
import type { BindingId, DescriptorId, FreezeId, PrincipalId } from "../../domain/kinds.ts";
import type { Binding, Policy } from "../../domain/policies.ts";
import type { KeptAnswer } from "../../domain/requests.ts";
import type { Namespace, RegisteredDescriptor, Wallet } from "../../domain/wallets.ts";

/** `…Changed` is made too: in place of the one with its id, where there is one. */
export type Change =
  | { readonly change: "namespaceAdded"; readonly namespace: Namespace }
  | { readonly change: "principalChanged"; readonly principal: PrincipalRecord }
  | { readonly change: "principalRemoved"; readonly id: PrincipalId }
  | { readonly change: "walletAdded"; readonly wallet: Wallet }
  | { readonly change: "keyChanged"; readonly key: KeyRecord }
  | { readonly change: "policyAdded"; readonly policy: Policy }
  | { readonly change: "bindingChanged"; readonly binding: Binding }
  | { readonly change: "bindingRemoved"; readonly id: BindingId }
  | { readonly change: "freezeAdded"; readonly freeze: Freeze }
  | { readonly change: "freezeLifted"; readonly id: FreezeId }
  | { readonly change: "descriptorAdded"; readonly descriptor: RegisteredDescriptor }
  | { readonly change: "descriptorRemoved"; readonly id: DescriptorId };

/** How an act's reply travels: done now, with what it changed; or done before under its Idempotency-Key, with that answer. */
export type Acted<Reply> =
  | { readonly acted: "now"; readonly reply: Reply; readonly changes: readonly Change[] }
  | { readonly acted: "before"; readonly answer: KeptAnswer };
