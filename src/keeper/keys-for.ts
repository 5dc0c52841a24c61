/** Which threads have the key that a payload is for. */
import type { PayloadsToSign } from "../chains/adapter.ts";

/** Validators' keys have threads of their own. */
export function keysFor({ payloads }: Pick<PayloadsToSign, "payloads">): "vault" | "bls" {
  return payloads[0]?.scheme === "bls" ? "bls" : "vault";
}
