/**
 * The verify step: our own check of every signature against the public key that its payload names, on a thread that made none of
 * them. A fault in the vault, a wrong key or a flipped bit ends here: the signature is dropped.
 * @module
 */
import { verifySignatures } from "../chains/verify.ts";
import { SignerError } from "../domain/errors.ts";
import { clock } from "../threads/clock.ts";
import type { Answer } from "../threads/link.ts";
import { failed, succeeded } from "../threads/serve.ts";
import type { KeptSigned, Stated } from "./contract.ts";
import type { SignedMessage, SignedStatementMessage, ToVerify } from "./messages.ts";

type Pairs = Parameters<typeof verifySignatures>[0][number];

/** The answer to each: its signatures, all of which verify, or `service.signature_invalid`. */
export function verifySigned(messages: readonly ToVerify[]): readonly Answer[] {
  const verdicts = verifySignatures(messages.map(pairsOf));
  return messages.map((message, index): Answer => {
    // Nothing but `true` releases a signature.
    const outcome = verdicts[index] === true ? succeeded(answerOf(message)) : failed(invalid());
    return [message.id, outcome];
  });
}

/** Payloads with their signatures; none unless there are as many of one as of the other, which verifies as false. */
function pairsOf({ payloads, signatures }: ToVerify): Pairs {
  if (payloads.length !== signatures.length) return [];
  return payloads.flatMap((payload, index) => {
    const signature = signatures[index];
    return signature === undefined ? [] : [{ payload, signature }];
  });
}

function answerOf(message: ToVerify): KeptSigned | Stated {
  return "text" in message ? statedOf(message) : keptOf(message);
}

function statedOf({ text, signatures }: SignedStatementMessage): Stated {
  const [signature] = signatures;
  if (signature === undefined) throw new Error("a statement verified without a signature");
  return { outcome: "stated", text, signature: signature.bytes };
}

function keptOf({
  requestId,
  repeated,
  signatures,
  sentAt,
  recordedAt,
  signedAt,
}: SignedMessage): KeptSigned {
  const seconds = {
    record: (recordedAt - sentAt) / 1000,
    sign: (signedAt - recordedAt) / 1000,
    verify: (clock() - signedAt) / 1000,
  };
  return { outcome: "signed", requestId, repeated, signatures, seconds };
}

function invalid(): SignerError {
  return new SignerError(
    "service.signature_invalid",
    "the signature did not verify against the stored public key and was dropped; run claviger doctor",
  );
}
