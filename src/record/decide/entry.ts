/** The entry of the audit log for a decision. */
import { toHex } from "../../domain/bytes.ts";
import type { Json } from "../../domain/canonical.ts";
import type { GuardClaim } from "../../domain/guard.ts";
import type { Problem } from "../../domain/requests.ts";
import { messageHash } from "../../guard/eots/names.ts";
import type { DecisionCall } from "../decision.ts";
import type { ReadPayloads } from "../payloads.ts";
import type { CountedLimit, Spend } from "./limits.ts";

/** That of a refusal says what was asked of the limits; that of an allow also what was reserved in which group. */
export function entryOf(
  call: DecisionCall,
  stated: ReadPayloads,
  problem: Problem | null,
  counted: readonly CountedLimit[],
): Record<string, Json> {
  return {
    requestId: call.id,
    principal: call.principal,
    keyId: call.keyId,
    ...(call.wallet === undefined ? {} : { walletId: call.wallet.id, keyIds: call.wallet.keyIds }),
    request: call.type,
    bodyHash: Buffer.from(call.bodyHash).toString("hex"),
    decision: problem === null ? "allow" : "deny",
    ...(problem === null ? {} : { code: problem.code }),
    ...(stated.claim === undefined ? {} : { guard: guardEntry(stated.claim) }),
    payloads: stated.hashes(),
    evaluations: call.evaluations.map((evaluation) => ({ ...evaluation })),
    limits: counted.map(({ claim: { bindingId, counter, amount, window, max }, spend }) => ({
      bindingId,
      counter,
      amount,
      window,
      max,
      ...(problem === null ? groupEntry(spend) : {}),
    })),
  };
}

function groupEntry({ slot, joined, credited }: Spend): Record<string, Json> {
  if (slot === undefined) return {};
  return joined === undefined ? { group: slot } : { group: slot, credited: credited.toString() };
}

/** Numbers as decimal strings: JSON numbers end at 2^53. */
function guardEntry(claim: GuardClaim): Json {
  const { kind } = claim;
  const publicKey = toHex(claim.publicKey);
  switch (kind) {
    case "eip3076.block":
      return { kind, publicKey, slot: String(claim.slot) };
    case "eip3076.attestation": {
      const { sourceEpoch, targetEpoch } = claim;
      return { kind, publicKey, sourceEpoch: String(sourceEpoch), targetEpoch: String(targetEpoch) };
    }
    case "eots": {
      const { chainId, height, message } = claim;
      // The hash alone: no log holds a refused message beside what a signature of it would need.
      const hashed = { messageHash: messageHash(message) };
      return { kind, publicKey, chainId: toHex(chainId), height: String(height), ...hashed };
    }
  }
}
