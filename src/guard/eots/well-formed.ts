/** What an EOTS message must be before anything is asked of it. */
import { CHAIN_ID_BYTES_MAX, HEIGHT_LIMIT, MESSAGE_BYTES_MAX } from "../../domain/eots.ts";
import { SignerError } from "../../domain/errors.ts";
import type { EotsClaim } from "../../domain/guard.ts";

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

/** Whether it names a place that can be looked up. A message that is too long may be one whose hash is on record. */
export function hasPlace({ publicKey, chainId, height }: Omit<EotsClaim, "kind">): boolean {
  return (
    publicKey.length === 32 && chainId.length <= CHAIN_ID_BYTES_MAX && height >= 0n && height < HEIGHT_LIMIT
  );
}

function fail(field: string, rule: string): never {
  throw new SignerError("request.malformed", `/${field}: ${rule}`, { field: `/${field}` });
}
