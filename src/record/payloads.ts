/**
 * What will be signed, read by the ledger's own thread: the hash that the log keeps, and the claim that a guard judges. Both come
 * from the payload itself, so that no decision is recorded for another message than the one that is signed.
 * @module
 */
import { hash } from "node:crypto";
import type { SigningPayload } from "../chains/adapter.ts";
import { dutyClaim, signingRootOf } from "../chains/ethereum-validator/signing-root.ts";
import { bigintToBytes, concat, toHex } from "../domain/bytes.ts";
import { SignerError } from "../domain/errors.ts";
import type { GuardClaim } from "../domain/guard.ts";

type EotsPayload = Extract<SigningPayload, { readonly scheme: "babylon.eots" }>;

export interface ReadPayloads {
  /**
   * Of each payload in order, in hex: the digest or signing root that is signed; SHA-256 over the message where the scheme
   * signs a message, for EOTS over chain id and height too. Ask after the guard, which names what is out of bounds.
   */
  hashes(): readonly string[];
  /** Undefined where nothing is guarded. */
  readonly claim: GuardClaim | undefined;
}

/**
 * @throws SignerError `service.internal` for a duty that has no signing root (see `signingRootOf`), for bytes in shared memory,
 *   and for a guarded payload beside another: a decision has one claim
 */
export function readPayloads(payloads: readonly SigningPayload[]): ReadPayloads {
  for (const payload of payloads) assertOwnMemory(payload);
  const read = payloads.map(readPayload);
  const claim = read.find((payload) => payload.claim !== undefined)?.claim;
  if (claim !== undefined && read.length > 1) {
    throw new SignerError(
      "service.internal",
      "what a guard judges was to be signed together with something else",
    );
  }
  let hashes: readonly string[] | undefined;
  return { hashes: () => (hashes ??= read.map((payload) => payload.hash())), claim };
}

/** Bytes that somebody else can change after the commit would be signed as they are by then. */
function assertOwnMemory(value: object): void {
  for (const member of Object.values(value) as readonly unknown[]) {
    if (ArrayBuffer.isView(member)) {
      if (member.buffer instanceof ArrayBuffer) continue;
      throw new SignerError("service.internal", "what was to be signed is in memory that others can change");
    }
    if (typeof member === "object" && member !== null) assertOwnMemory(member);
  }
}

/** Which guard judges a payload; undefined for none. */
export function guardOf(payload: SigningPayload | undefined): GuardClaim["kind"] | undefined {
  if (payload?.scheme === "babylon.eots") return "eots";
  if (payload?.scheme !== "bls" || payload.duty.kind === "other") return undefined;
  return payload.duty.kind === "block" ? "eip3076.block" : "eip3076.attestation";
}

interface ReadPayload {
  hash(): string;
  readonly claim?: GuardClaim | undefined;
}

function readPayload(payload: SigningPayload): ReadPayload {
  switch (payload.scheme) {
    case "bls": {
      const root = signingRootOf(payload.duty);
      return { hash: () => hex(root), claim: dutyClaim(payload.duty, payload.publicKey, root) };
    }
    case "ed25519":
      return { hash: () => hash("sha256", payload.message, "hex") };
    case "secp256k1.ecdsa":
    case "secp256k1.schnorr":
    case "babylon.schnorr":
    case "stark.ecdsa":
      return { hash: () => hex(payload.digest) };
    case "babylon.eots": {
      const { publicKey, chainId, height, message } = payload;
      return {
        hash: () => hash("sha256", eotsStatement(payload), "hex"),
        claim: { kind: "eots", publicKey, chainId, height, message },
      };
    }
  }
}

function hex(bytes: Uint8Array): string {
  return toHex(bytes).slice(2);
}

/** Length of the chain id (1 byte) ‖ chain id ‖ height (8 bytes big-endian) ‖ message: no two statements share these bytes. */
function eotsStatement({ chainId, height, message }: EotsPayload): Uint8Array {
  return concat(bigintToBytes(BigInt(chainId.length), 1), chainId, bigintToBytes(height, 8), message);
}
