/** What travels to a thread that signs with BLS keys: calls from the main thread, keys from the vault's thread. */
import type { MessagePort } from "node:worker_threads";
import type { Signature } from "../../chains/adapter.ts";
import type { SignCall } from "../protocol.ts";

export type BlsCall =
  | { readonly do: "connect"; readonly port: MessagePort }
  | { readonly do: "sign"; readonly input: SignCall }
  | { readonly do: "status" }
  | { readonly do: "forget"; readonly keyIds: readonly string[] }
  | { readonly do: "seal" };

export type BlsReply =
  | { readonly did: "connect" }
  | { readonly did: "sign"; readonly signatures: readonly Signature[] }
  | { readonly did: "status"; readonly cachedKeys: number }
  | { readonly did: "forget" }
  | { readonly did: "seal" };

/** Key-encryption keys by version, each a memory of its own that is moved. */
export type SharedKeks = readonly {
  readonly version: number;
  readonly key: Uint8Array<ArrayBuffer>;
  readonly uses: number;
}[];
