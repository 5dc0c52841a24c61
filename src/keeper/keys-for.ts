/** Which thread has the key that a payload is for. Types end with the message that brings it, so that each thread asks here. */
import type { PayloadsToSign, SigningPayload } from "../chains/adapter.ts";
import { SignerError } from "../domain/errors.ts";

/** The vault's thread, or a thread that has validators' keys alone. */
export type Holder = "vault" | "bls";

const HOLDERS: Readonly<Record<SigningPayload["scheme"], Holder>> = {
  "secp256k1.ecdsa": "vault",
  "secp256k1.schnorr": "vault",
  ed25519: "vault",
  "stark.ecdsa": "vault",
  bls: "bls",
  "babylon.eots": "vault",
  "babylon.schnorr": "vault",
};

/**
 * The one that has the keys of all payloads.
 * @throws SignerError `service.internal` where they need both, or where a scheme is none that is known
 */
export function keysFor({ payloads }: Pick<PayloadsToSign, "payloads">): Holder {
  const [holder = "vault", ...others] = new Set(payloads.map(holderOf));
  if (others.length > 0) throw unsignable("needs keys of more than one thread");
  return holder;
}

/** What a thread asks before it touches a key. @throws SignerError `service.internal` unless all payloads are for `holder` */
export function assertHeldBy(holder: Holder, { payloads }: Pick<PayloadsToSign, "payloads">): void {
  if (payloads.every((payload) => holderOf(payload) === holder)) return;
  throw unsignable("came to a thread that has other keys");
}

function holderOf({ scheme }: SigningPayload): Holder {
  if (Object.hasOwn(HOLDERS, scheme)) return HOLDERS[scheme];
  throw unsignable("has a scheme that this release does not know");
}

function unsignable(what: string): SignerError {
  return new SignerError(
    "service.internal",
    `what was to be signed ${what}; nothing was signed, report this`,
  );
}
