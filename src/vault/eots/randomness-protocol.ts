/** What travels to a thread that computes EOTS public randomness; its keys come from the vault's thread. */
import type { MessagePort } from "node:worker_threads";
import type { EotsRange } from "./eots.ts";

export interface RandomnessKey {
  readonly namespace: string;
  readonly keyId: string;
  /** 32 bytes, x-only. */
  readonly publicKey: Uint8Array;
}

export interface RandomnessPart {
  readonly key: RandomnessKey;
  readonly range: EotsRange;
}

export type RandomnessCall =
  | { readonly do: "connect"; readonly port: MessagePort }
  | { readonly do: "compute"; readonly part: RandomnessPart }
  | { readonly do: "status" }
  | { readonly do: "forget"; readonly keyIds: readonly string[] }
  | { readonly do: "seal" };

export type RandomnessReply =
  | { readonly did: "connect" }
  /** 32 bytes for each height. */
  | { readonly did: "compute"; readonly values: Uint8Array }
  | { readonly did: "status"; readonly cachedKeys: number }
  | { readonly did: "forget" }
  | { readonly did: "seal" };
