/**
 * The sign step: the only use of a key, a customer's or the service's own. It takes what came over the port from the record
 * thread, and the mark `Signed` is made here alone.
 * @module
 */
import type { PayloadsToSign, Signature } from "../chains/adapter.ts";
import { markOf } from "../domain/stage.ts";
import { clock } from "../threads/clock.ts";
import { failed } from "../threads/serve.ts";
import { assertHeldBy, type Holder } from "./keys-for.ts";
import type { CommittedMessage, CommittedStatement, Signed, ToSign } from "./messages.ts";
import type { Statement } from "../vault/statements.ts";
import type { SignedStatement } from "../vault/strongroom.ts";

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
  /**
   * In the service's own name, with the key that is for this kind of statement alone.
   * @throws SignerError `service.sealed`; `service.internal` for what this installation does not say
   */
  signStatement(statement: Statement): SignedStatement;
}

/** What was committed, with its signatures; or the key's refusal, which travels on as one. */
export function signCommitted(message: ToSign, keys: Keys): Signed {
  const { id, rank } = message;
  try {
    return "statement" in message ? statementSigned(message, keys) : decisionSigned(message, keys);
  } catch (error) {
    return signed.set({ id, rank, refusal: failed(error) });
  }
}

function decisionSigned({ toSign, ...message }: CommittedMessage, keys: Keys): Signed {
  assertHeldBy(keys.holder, toSign);
  const signatures = keys.sign(toSign);
  return signed.set({ ...message, payloads: toSign.payloads, signatures, signedAt: clock() });
}

function statementSigned({ id, rank, statement }: CommittedStatement, keys: Keys): Signed {
  return signed.set({ id, rank, ...keys.signStatement(statement) });
}
