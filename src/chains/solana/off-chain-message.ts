/**
 * `solana.message`: signs the off-chain message envelope and never the bare text, so that the signed bytes begin with
 * 0xff "solana offchain" and no cluster can take them for a transaction.
 * @module
 */
import { base58 } from "@scure/base";
import {
  address,
  getOffchainMessageDecoder,
  getOffchainMessageEncoder,
  isOffchainMessageContentRestrictedAsciiOf1232BytesMax,
  isOffchainMessageContentUtf8Of1232BytesMax,
  isOffchainMessageContentUtf8Of65535BytesMax,
  type OffchainMessage,
  offchainMessageApplicationDomain,
  OffchainMessageContentFormat,
} from "@solana/kit";
import type { DecodedRequest, Signature, SignedFields, SignRequest } from "../adapter.ts";
import { concat, equalBytes, fromBase64, toBase64, utf8 } from "../../domain/bytes.ts";
import type { Json } from "../../domain/canonical.ts";
import { invalid, refused } from "../../domain/errors.ts";
import { intentOf } from "../../domain/intent.ts";
import { findingsOf, judgeMessage, type MessageDetail } from "../../domain/messages/judgement.ts";
import type { KeyRecord } from "../../domain/keys.ts";
import { isTransaction } from "./wire.ts";

const SIGNING_DOMAIN = concat(new Uint8Array([0xff]), utf8("solana offchain"));
/** 32 zero bytes: the message is for no application in particular. */
const NO_APPLICATION_DOMAIN = offchainMessageApplicationDomain("11111111111111111111111111111111");
/** Signing domain, version, application domain, format, signer count, one signer, length. */
const PREAMBLE_BYTES = 16 + 1 + 32 + 1 + 1 + 32 + 2;
/** Formats 0 and 1 promise that a hardware wallet can show the whole envelope, which has at most this many bytes. */
const HARDWARE_WALLET_LIMIT = 1232;
const FORMAT_NAMES = {
  [OffchainMessageContentFormat.RESTRICTED_ASCII_1232_BYTES_MAX]: "restricted-ascii",
  [OffchainMessageContentFormat.UTF8_1232_BYTES_MAX]: "utf-8",
  [OffchainMessageContentFormat.UTF8_65535_BYTES_MAX]: "utf-8-long",
};

const decoder = getOffchainMessageDecoder();
const encoder = getOffchainMessageEncoder();
const textDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Text, or base64 of UTF-8, goes into a version 0 envelope: 0xff "solana offchain", version 0, 32 zero bytes as the
 * application domain, the format (0 printable ASCII, 1 UTF-8, both where the envelope has at most 1,232 bytes; 2 UTF-8
 * to 65,535), our key as the only signer, the length (u16 little-endian), the text. Base64 of a finished envelope
 * (version 0 or 1) is signed as it is, provided that our key is among its signers.
 * @throws SignerError `transaction.invalid`; `transaction.refused` for the bytes of a transaction
 */
export function decodeOffChainMessage(request: SignRequest, key: KeyRecord): DecodedRequest {
  const { field, bytes } = contentOf(request["message"]);
  if (isTransaction(bytes)) {
    throw refused(field, "is a transaction or the message of one; send it as solana.transaction");
  }
  const envelope = equalBytes(bytes.subarray(0, SIGNING_DOMAIN.length), SIGNING_DOMAIN)
    ? bytes
    : wrap(bytes, field, key);
  const message = decodeEnvelope(envelope, field);
  const signers = message.requiredSignatories.map((signatory) => signatory.address.toString());
  if (new Set(signers).size !== signers.length) throw invalid(field, "lists the same signer twice");
  if (!signers.includes(key.address)) {
    throw refused(field, `does not need a signature of ${key.address}; use the key of one of its signers`);
  }
  const judgement = judgeMessage(utf8(textIn(message)), {
    ecosystem: "Solana",
    isAddress: (text) => text === key.address,
  });
  return {
    type: request.type,
    intent: intentOf(findingsOf(judgement), { solana: describe(message, signers, judgement.detail) }),
    environment: { chainId: "solana", network: "any" },
    payloads: [{ scheme: "ed25519", message: envelope, publicKey: key.publicKey }],
    draft: { envelope },
  };
}

/** `signature`: base58 of 64 bytes; `signedMessage`: base64 of the envelope that it signs. */
export function assembleOffChainMessage(draft: unknown, signature: Signature): SignedFields {
  if (!isMessageDraft(draft)) throw new TypeError("not the draft of a Solana message");
  return { signature: base58.encode(signature.bytes), signedMessage: toBase64(draft.envelope) };
}

function contentOf(message: unknown): { readonly field: string; readonly bytes: Uint8Array } {
  if (typeof message === "object" && message !== null) {
    if ("text" in message && typeof message.text === "string" && !("base64" in message)) {
      if (!message.text.isWellFormed()) throw invalid("/message/text", "has half of a surrogate pair");
      return { field: "/message/text", bytes: utf8(message.text) };
    }
    if ("base64" in message && typeof message.base64 === "string" && !("text" in message)) {
      const bytes = fromBase64(message.base64);
      if (bytes === undefined) throw invalid("/message/base64", "must be standard, padded base64");
      return { field: "/message/base64", bytes };
    }
  }
  throw invalid("/message", "must have either text or base64");
}

function wrap(bytes: Uint8Array, field: string, key: KeyRecord): Uint8Array {
  const preamble = {
    version: 0 as const,
    applicationDomain: NO_APPLICATION_DOMAIN,
    requiredSignatories: [{ address: address(key.address) }],
  };
  const text = textOf(bytes, field);
  if (PREAMBLE_BYTES + bytes.length <= HARDWARE_WALLET_LIMIT) {
    const ascii = { format: OffchainMessageContentFormat.RESTRICTED_ASCII_1232_BYTES_MAX, text };
    if (isOffchainMessageContentRestrictedAsciiOf1232BytesMax(ascii))
      return encode({ ...preamble, content: ascii });
    const short = { format: OffchainMessageContentFormat.UTF8_1232_BYTES_MAX, text };
    if (isOffchainMessageContentUtf8Of1232BytesMax(short)) return encode({ ...preamble, content: short });
  }
  const long = { format: OffchainMessageContentFormat.UTF8_65535_BYTES_MAX, text };
  if (isOffchainMessageContentUtf8Of65535BytesMax(long)) return encode({ ...preamble, content: long });
  throw invalid(field, "must have from 1 to 65,535 bytes of UTF-8");
}

function encode(message: OffchainMessage): Uint8Array {
  return new Uint8Array(encoder.encode(message));
}

function textOf(bytes: Uint8Array, field: string): string {
  try {
    return textDecoder.decode(bytes);
  } catch {
    throw invalid(field, "must be UTF-8; an off-chain message cannot carry other bytes");
  }
}

/** Strict: what the codec would not have written is refused. */
function decodeEnvelope(envelope: Uint8Array, field: string): OffchainMessage {
  const message = readEnvelope(envelope);
  if (message === undefined)
    throw invalid(field, "is not a valid off-chain message: NUL or other bytes break its form");
  return message;
}

function readEnvelope(envelope: Uint8Array): OffchainMessage | undefined {
  try {
    const message = decoder.decode(envelope);
    return equalBytes(encode(message), envelope) ? message : undefined;
  } catch {
    return undefined;
  }
}

function textIn(message: OffchainMessage): string {
  return message.version === 1 ? message.content : message.content.text;
}

/** The text is `message`; `signIn` stands beside it where it is one. */
function describe(
  message: OffchainMessage,
  signers: readonly string[],
  { text = textIn(message), ...rest }: MessageDetail,
): Json {
  if (message.version === 1) return { version: 1, message: text, signers, ...rest };
  return {
    version: 0,
    format: FORMAT_NAMES[message.content.format],
    applicationDomain: message.applicationDomain,
    message: text,
    signers,
    ...rest,
  };
}

function isMessageDraft(draft: unknown): draft is { readonly envelope: Uint8Array } {
  return (
    typeof draft === "object" && draft !== null && "envelope" in draft && draft.envelope instanceof Uint8Array
  );
}
