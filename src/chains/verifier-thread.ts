/**
 * The verifier thread: our own check of every signature before it is released, not on the thread that made it. The calls of a
 * batch are checked together, because BLS signatures share their most costly step.
 * @module
 */
import { serveTogether } from "../threads/serve.ts";
import type { Signature, SigningPayload } from "./adapter.ts";
import type { SignedPayload } from "./verify-bls.ts";
import { verifySignatures } from "./verify.ts";

/** The contract of the verifier thread. */
export interface VerifierThread {
  /** True only when every payload has its signature and each one verifies against the payload's public key. */
  verify(payloads: readonly SigningPayload[], signatures: readonly Signature[]): boolean;
}

serveTogether<VerifierThread, "verify">("verify", (calls) =>
  verifySignatures(calls.map(([payloads, signatures]) => pairs(payloads, signatures))),
);

/** Payloads with their signatures; none where one of them is missing, which verifies as false. */
function pairs(
  payloads: readonly SigningPayload[],
  signatures: readonly Signature[],
): readonly SignedPayload[] {
  const signed = payloads.flatMap((payload, index) => {
    const signature = signatures[index];
    return signature === undefined ? [] : [{ payload, signature }];
  });
  return signed.length === payloads.length ? signed : [];
}
