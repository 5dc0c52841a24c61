/**
 * The double-sign guard of EOTS over the ledger. `checkAndRecord` is the one way to sign such a message: check and
 * insert are one transaction. `foresee` asks the same question for a dry run. No answer leaves before the caller's
 * COMMIT.
 * @module
 */
import { SignerError } from "../../domain/errors.ts";
import type { EotsClaim, GuardJudgement, GuardVerdict } from "../../domain/guard.ts";
import type { EotsTable } from "../../ledger/tables/eots.ts";
import { CHAIN_ID_BYTES_MAX, HEIGHT_LIMIT, MESSAGE_BYTES_MAX } from "../../domain/eots.ts";
import { judge } from "./rules.ts";

/**
 * Judges a message and, where its height is new and above the floor, records it. `at`: RFC 3339 in UTC.
 * @throws SignerError `request.malformed` for a length or height that the claim may not have
 */
export function checkAndRecord(table: EotsTable, claim: EotsClaim, at: string): GuardVerdict {
  return table.atomically(() => {
    const judgement = foresee(table, claim);
    if (judgement.verdict !== "new") return judgement;
    table.insert({ ...claim, signature: null, at });
    return { verdict: "recorded" };
  });
}

/** What `checkAndRecord` would find now; writes nothing, so that another may come first. @throws as `checkAndRecord` */
export function foresee(table: EotsTable, claim: EotsClaim): GuardJudgement {
  assertWellFormed({ ...claim, message: NOTHING });
  const key = table.key(claim.publicKey);
  const judgement = judge(claim, {
    enabled: key?.frozen !== true,
    requiresFloor: key?.requiresFloor === true,
    floor: table.floor(claim),
    message: table.message(claim),
  });
  // A longer one is signed again where its hash is on record, and never anew: only its hash could be kept.
  if (judgement.verdict === "new") assertWellFormed(claim);
  return judgement;
}

const NOTHING = new Uint8Array();

/**
 * @throws SignerError `request.malformed` with the field: also what is imported must hold this, or it could never be
 * compared with a request
 */
export function assertWellFormed(claim: Omit<EotsClaim, "kind">): void {
  const { publicKey, chainId, height, message } = claim;
  if (publicKey.length !== 32) fail("publicKey", `has ${publicKey.length} bytes instead of 32`);
  if (chainId.length > CHAIN_ID_BYTES_MAX) fail("chainId", `is longer than ${CHAIN_ID_BYTES_MAX} bytes`);
  if (height < 0n || height >= HEIGHT_LIMIT) fail("height", "must be from 0 to 2^64 - 1");
  if (message.length > MESSAGE_BYTES_MAX) fail("message", `is longer than ${MESSAGE_BYTES_MAX} bytes`);
}

function fail(field: string, rule: string): never {
  throw new SignerError("request.malformed", `/${field}: ${rule}`, { field: `/${field}` });
}
