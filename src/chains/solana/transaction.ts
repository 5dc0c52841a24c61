/** `solana.transaction`: our signature goes into our own slot of the wire format; foreign signatures pass unchanged. */
import { base58 } from "@scure/base";
import type { DecodedRequest, Signature, SignedFields, SignRequest } from "../adapter.ts";
import { toBase64 } from "../../domain/bytes.ts";
import { invalid, refused } from "../../domain/errors.ts";
import type { KeyRecord } from "../../domain/keys.ts";
import { messageIntent } from "./intent.ts";
import { resolveLookups } from "./lookup-tables.ts";
import { checkMessage, decodeMessage } from "./message.ts";
import { parseWire, withSignature } from "./wire.ts";

interface TransactionDraft {
  readonly wire: Uint8Array;
  readonly slot: number;
}

/**
 * Decodes a base64 wire transaction of at most 1,232 bytes whose slots may be empty (zeros). The signatures of others are
 * not verified: a wrong one makes the transaction fail on the cluster and costs us nothing.
 * @throws SignerError `transaction.invalid`; `transaction.refused` where our key is not a required signer
 */
export function decodeTransaction(request: SignRequest, key: KeyRecord): DecodedRequest {
  const { wire, signatureCount, message: bytes } = parseWire(request["transaction"]);
  const message = decodeMessage(bytes);
  checkMessage(message);
  const signerCount = message.header.numSignerAccounts;
  if (signatureCount !== signerCount) {
    throw invalid(
      "/transaction",
      `has ${signatureCount} signature slots, but its message needs ${signerCount}; give one for each signer`,
    );
  }
  const slot = message.staticAccounts.slice(0, signerCount).findIndex((signer) => signer === key.address);
  if (slot === -1) {
    throw refused(
      "/transaction",
      `does not need a signature of ${key.address}; use the key of one of its signers`,
    );
  }
  const draft: TransactionDraft = { wire, slot };
  return {
    type: request.type,
    intent: messageIntent(message, resolveLookups(message, request["lookupTables"]), key.address),
    // A message does not name its cluster; its blockhash or nonce exists on one of them only.
    environment: { chainId: "solana", network: "any" },
    payloads: [{ scheme: "ed25519", message: bytes, publicKey: key.publicKey }],
    draft,
  };
}

/** `signedTransaction`: base64 wire format with our slot filled; `signature`: base58 of our 64 bytes. */
export function assembleTransaction(draft: unknown, signature: Signature): SignedFields {
  if (!isTransactionDraft(draft)) throw new TypeError("not the draft of a Solana transaction");
  return {
    signedTransaction: toBase64(withSignature(draft.wire, draft.slot, signature.bytes)),
    signature: base58.encode(signature.bytes),
  };
}

function isTransactionDraft(draft: unknown): draft is TransactionDraft {
  return (
    typeof draft === "object" &&
    draft !== null &&
    "wire" in draft &&
    draft.wire instanceof Uint8Array &&
    "slot" in draft &&
    typeof draft.slot === "number"
  );
}
