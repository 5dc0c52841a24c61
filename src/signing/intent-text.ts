/** The intent as text: made once, and shown whole or not at all. */
import { canonicalJson, type Json } from "../domain/canonical.ts";
import { SignerError } from "../domain/errors.ts";
import type { Intent } from "../domain/intent.ts";
import { INPUT_SHARES, SANDBOX_LIMITS } from "../policy/limits.ts";

/**
 * Canonical JSON (RFC 8785) of an intent.
 * @throws SignerError `transaction.too_large` past 184 KiB: no policy is asked about a part of a request
 */
export function intentText(intent: Intent): string {
  const text = canonicalJson(intentJson(intent));
  const bytes = Buffer.byteLength(text, "utf8");
  const max = INPUT_SHARES.intentBytesMax;
  if (bytes <= max) return text;
  const lists = {
    transfers: intent.transfers,
    allowances: intent.allowances,
    control: intent.control,
    calls: intent.calls,
  };
  const counts = Object.entries(lists).map(([name, list]) => `${list.length} ${name}`);
  throw new SignerError(
    "transaction.too_large",
    `the request does more than a policy can be shown: its intent (${counts.join(", ")}, and details) has ${bytes} bytes, ` +
      `at most ${max} are shown, and never a part; split the request`,
    { limit: "intentBytes", max, bytes },
  );
}

/**
 * What several keys that sign take of a policy's input comes from the intent's share; one key fits what is left beside it.
 * @throws SignerError `transaction.too_large`: no policy is asked about a part of the keys either
 */
export function assertKeysFit(intent: string, keys: string, count: number): void {
  if (count === 1) return;
  const bytes = Buffer.byteLength(intent, "utf8") + Buffer.byteLength(keys, "utf8");
  const max = INPUT_SHARES.intentBytesMax;
  if (bytes <= max) return;
  throw new SignerError(
    "transaction.too_large",
    `the request is signed by more keys than a policy can be shown: intent and ${count} keys have ${bytes} bytes, at most ` +
      `${max} are shown, and never a part; split the transaction`,
    { limit: "keysBytes", max, bytes },
  );
}

/**
 * What one request may ask of its policies. What is bound to one key always fits; what is bound to each of many keys may not.
 * @throws SignerError `transaction.too_large`: no part of the policies is asked either
 */
export function assertAskable(questions: readonly { readonly length: number }[], keys: number): void {
  const asked = {
    evaluations: questions.length,
    inputBytes: questions.reduce((sum, { length }) => sum + length, 0),
  };
  const most = {
    evaluations: SANDBOX_LIMITS.evaluationsMax,
    inputBytes: SANDBOX_LIMITS.inputBytesMax,
  };
  for (const limit of ["evaluations", "inputBytes"] as const) {
    if (asked[limit] <= most[limit]) continue;
    throw new SignerError(
      "transaction.too_large",
      `the request asks more of policies than one may: ${keys} keys sign it and ${asked.evaluations} bindings apply, whose ` +
        `inputs have ${asked.inputBytes} bytes; at most ${most.evaluations} with ${most.inputBytes} bytes are asked; split ` +
        `the transaction, or bind to the wallet instead of each key`,
      { limit, max: most[limit], [limit === "evaluations" ? "count" : "bytes"]: asked[limit] },
    );
  }
}

/** Lists of records without an index signature are no Json to the compiler: copied, they are. */
function intentJson(intent: Intent): Json {
  return {
    ...intent,
    transfers: intent.transfers.map((transfer) => ({ ...transfer })),
    allowances: intent.allowances.map((allowance) => ({ ...allowance })),
    control: intent.control.map((change) => ({ ...change })),
    calls: intent.calls.map((call) => ({ ...call })),
    fee: intent.fee === undefined ? undefined : { ...intent.fee },
    warnings: intent.warnings?.map((warning) => ({ ...warning })),
  };
}
