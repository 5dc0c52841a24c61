/** The respond step: what the caller gets back, and the outcome line that says so in the log. */
import { createHash } from "node:crypto";
import type { Chains } from "../chains/chains.ts";
import { canonicalJson } from "../domain/canonical.ts";
import { resultOf } from "../domain/requests.ts";
import type { Ledger } from "../record/ledger.ts";
import { assertSigned, keyIdsOf, walletOf } from "./keep.ts";
import type { Answer, Signed } from "./stages.ts";

export interface RespondParts {
  readonly chains: Pick<Chains, "assemble">;
  readonly ledger: Pick<Ledger, "recordOutcome"> & { readonly following: Pick<Ledger, "recordOutcome"> };
  /** Receives a failure of the outcome line, which nobody waits for. */
  readonly onLostOutcome: (error: unknown) => void;
}

export async function respond(parts: RespondParts, request: Signed): Promise<Answer> {
  assertSigned(request);
  const [{ chain, namespace }] = request.keys;
  const fields = await parts.chains.assemble(chain, request.decoded, request.signatures);
  const hash = createHash("sha256");
  for (const signature of request.signatures) hash.update(signature.bytes);
  const line = {
    namespace,
    requestId: request.recordedId,
    signatureHash: hash.digest("hex"),
    result: canonicalJson(fields),
  };
  if (request.idempotencyKey === null) {
    // The decision is on disk already; the outcome line follows with the next commit and nobody waits for it.
    parts.ledger.following.recordOutcome(line).catch(parts.onLostOutcome);
    return answerOf(request, fields);
  }
  // Two callers with one Idempotency-Key get the same bytes: those that were stored first.
  const stored = await parts.ledger.recordOutcome(line);
  return answerOf(request, resultOf({ id: request.recordedId, ...stored }));
}

function answerOf({ recordedId: requestId, asked, keys }: Signed, fields: Answer["fields"]): Answer {
  return { requestId, walletId: walletOf(asked), keyIds: keyIdsOf(keys), fields };
}
