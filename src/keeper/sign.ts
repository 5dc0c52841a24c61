/**
 * The sign step: the only use of a customer's key. It takes what came over the port from the record thread, and the mark `Signed`
 * is made here alone.
 * @module
 */
import type { PayloadsToSign, Signature } from "../chains/adapter.ts";
import { markOf } from "../domain/stage.ts";
import { clock } from "../threads/clock.ts";
import { failed } from "../threads/serve.ts";
import { assertHeldBy, type Holder } from "./keys-for.ts";
import type { CommittedMessage, Signed } from "./messages.ts";

const signed = markOf<Signed>("signed");
/** @throws Error for what this thread's keys did not sign */
export const assertSigned: (value: Signed) => void = signed.assert;

/** Private keys of this thread. */
export interface Keys {
  /** Which thread this is: payloads of the other one's schemes are refused before a key is touched. */
  readonly holder: Holder;
  /**
   * One signature for each payload, in order.
   * @throws SignerError `service.sealed`, `key.not_found`, `transaction.refused`; `service.internal` where a payload is not for
   *   its key
   */
  sign(call: PayloadsToSign): readonly Signature[];
}

export function signCommitted({ toSign, ...message }: CommittedMessage, keys: Keys): Signed {
  const { id, rank } = message;
  try {
    assertHeldBy(keys.holder, toSign);
    const signatures = keys.sign(toSign);
    return signed.set({ ...message, payloads: toSign.payloads, signatures, signedAt: clock() });
  } catch (error) {
    return signed.set({ id, rank, refusal: failed(error) });
  }
}
