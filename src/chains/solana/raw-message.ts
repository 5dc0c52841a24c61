/**
 * `solana.rawMessage`: signs a message's own bytes, as wallets' `signMessage` does for sign-ins. Nothing sets such bytes apart
 * from a transaction, so what any cluster could take for one is refused here, and the rest needs a policy's own permission.
 * @module
 */
import type { DecodedRequest, SignRequest } from "../adapter.ts";
import { equalBytes } from "../../domain/bytes.ts";
import { invalid, refused } from "../../domain/errors.ts";
import { intentOf, type Findings } from "../../domain/intent.ts";
import type { KeyRecord } from "../../domain/keys.ts";
import { findingsOf, understandMessage, type Understanding } from "../../domain/messages/understanding.ts";
import { SIGNING_DOMAIN } from "./cli-envelope.ts";
import { contentOf, textOf } from "./message-content.ts";
import { isTransaction } from "./wire.ts";

/** As many as an off-chain message may have. */
const BYTES_MAX = 65_535;
/** Set in the first byte of every versioned transaction message. */
const VERSION_FLAG = 0x80;

/**
 * Bytes that are signed as they are. A sign-in for the key's own address is harmless; all else is opaque, with the cause
 * `rawMessage` beside what the text itself is.
 * @throws SignerError `transaction.refused` for bytes that are, or could be, a transaction; `transaction.invalid` for an
 * off-chain envelope, no bytes, or more than 65,535
 */
export function decodeRawMessage(request: SignRequest, key: KeyRecord): DecodedRequest {
  const { field, bytes } = contentOf(request["message"]);
  if (bytes.length === 0 || bytes.length > BYTES_MAX)
    throw invalid(field, `must have 1 to ${BYTES_MAX} bytes`);
  refuseEnvelope(bytes, field);
  refuseTransaction(bytes, field, key);
  const understood = understandMessage(bytes, {
    ecosystem: "Solana",
    isAddress: (text) => text === key.address,
  });
  const { text, hex, ...rest } = understood.detail;
  const message = text ?? { hex: hex ?? "0x" };
  return {
    type: request.type,
    intent: intentOf(findings(understood), { solana: { envelope: "none", message, ...rest } }),
    environment: { chainId: "solana", network: "any" },
    payloads: [{ scheme: "ed25519", message: bytes, publicKey: key.publicKey }],
    draft: { envelope: bytes },
  };
}

function findings(understood: Understanding): Findings {
  const found = findingsOf(understood);
  if (understood.detail["signIn"] !== undefined && "harmless" in understood) return found;
  const reason = "a message without an envelope, which any program may take for its own";
  return { opacity: [...(found.opacity ?? []), { cause: "rawMessage", reason }] };
}

function refuseEnvelope(bytes: Uint8Array, field: string): void {
  if (equalBytes(bytes.subarray(0, SIGNING_DOMAIN.length), SIGNING_DOMAIN))
    throw invalid(field, "is an off-chain message in its envelope; send it as solana.message");
}

/**
 * Three ways to be sure, each enough alone for the transactions of today: the codec of all known versions; the first bit,
 * which every version but the first sets and no text does; and the signer, whose 32 bytes are in whatever its signature
 * authorises, in any format.
 */
function refuseTransaction(bytes: Uint8Array, field: string, key: KeyRecord): void {
  if (isTransaction(bytes))
    throw refused(field, "is a transaction or the message of one; send it as solana.transaction");
  if ((bytes[0] ?? 0) >= VERSION_FLAG && textOf(bytes) === undefined)
    throw refused(
      field,
      "begins as a versioned transaction does, and is not text; send text, or sign it as solana.transaction",
    );
  if (Buffer.from(bytes).includes(Buffer.from(key.publicKey)))
    throw refused(
      field,
      "has this key's own 32 bytes in it, as every transaction that the key signs; write the key as " +
        "base58 text, or sign it as solana.message",
    );
}
