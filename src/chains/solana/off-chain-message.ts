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
import { equalBytes, toBase64, utf8 } from "../../domain/bytes.ts";
import type { Json } from "../../domain/canonical.ts";
import { invalid, refused } from "../../domain/errors.ts";
import { intentOf } from "../../domain/intent.ts";
import { findingsOf, understandMessage, type MessageDetail } from "../../domain/messages/understanding.ts";
import type { KeyRecord } from "../../domain/keys.ts";
import { type CliMessage, decodeCliEnvelope, encodeCliEnvelope, SIGNING_DOMAIN } from "./cli-envelope.ts";
import { contentOf, textOf } from "./message-content.ts";
import { isTransaction } from "./wire.ts";

/** How a text is wrapped: by the proposal's version 0 or 1, or as the command line does. */
const ENVELOPES = ["v0", "v1", "cli"] as const;
type EnvelopeName = (typeof ENVELOPES)[number];

const TEXT_BYTES_MAX = 65_535;
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

/**
 * Text, or base64 of UTF-8, goes into the `envelope` that the request names:
 * - `v0` (default): 0xff "solana offchain", version 0, 32 zero bytes as the application domain, the format (0 printable ASCII,
 *   1 UTF-8, both where the envelope has at most 1,232 bytes; 2 UTF-8 to 65,535), our key as the only signer, the length (u16
 *   little-endian), the text;
 * - `v1`: 0xff "solana offchain", version 1, our key as the only signer, the text to 65,535 bytes;
 * - `cli`: 0xff "solana offchain", version 0, the format, the length, the text: 20 bytes before it.
 *
 * Base64 of a finished envelope is signed as it is, provided that it is of the named kind (by default v0 or v1) and our key is
 * among its signers.
 * @throws SignerError `transaction.invalid`; `transaction.refused` for the bytes of a transaction
 */
export function decodeOffChainMessage(request: SignRequest, key: KeyRecord): DecodedRequest {
  const { field, bytes } = contentOf(request["message"]);
  if (isTransaction(bytes)) {
    throw refused(field, "is a transaction or the message of one; send it as solana.transaction");
  }
  const wanted = envelopeName(request["envelope"]);
  const finished = equalBytes(bytes.subarray(0, SIGNING_DOMAIN.length), SIGNING_DOMAIN);
  if (wanted === "cli") return decodeCli(request.type, finished ? bytes : wrapCli(bytes, field), field, key);
  const envelope = finished ? bytes : wrap(bytes, wanted ?? "v0", field, key);
  const message = decodeEnvelope(envelope, field);
  if (wanted !== undefined && wanted !== `v${message.version}`)
    throw invalid(
      "/envelope",
      `is ${wanted}, but the message is an envelope of version ${message.version}; state that one, ` +
        `or leave it out`,
    );
  const signers = message.requiredSignatories.map((signatory) => signatory.address.toString());
  if (new Set(signers).size !== signers.length) throw invalid(field, "lists the same signer twice");
  if (!signers.includes(key.address)) {
    throw refused(field, `does not need a signature of ${key.address}; use the key of one of its signers`);
  }
  return decodedText(request.type, envelope, textIn(message), key, (detail) =>
    describe(message, signers, detail),
  );
}

function decodedText(
  type: string,
  envelope: Uint8Array,
  content: string,
  key: KeyRecord,
  show: (detail: MessageDetail) => Json,
): DecodedRequest {
  const understood = understandMessage(utf8(content), {
    ecosystem: "Solana",
    isAddress: (text) => text === key.address,
  });
  return {
    type,
    intent: intentOf(findingsOf(understood), { solana: show(understood.detail) }),
    environment: { chainId: "solana", network: "any" },
    payloads: [{ scheme: "ed25519", message: envelope, publicKey: key.publicKey }],
    draft: { envelope },
  };
}

function decodeCli(type: string, envelope: Uint8Array, field: string, key: KeyRecord): DecodedRequest {
  const message = decodeCliEnvelope(envelope);
  if (message === undefined)
    throw invalid(
      field,
      "must be an envelope of the command line: signing domain, 0, format, length and text",
    );
  // No text of the command line's spells this by chance; who brings one wants it read in two ways.
  if (readEnvelope(envelope) !== undefined)
    throw refused(
      field,
      "is an envelope of the command line and one of version 0 at once, so that it could be read as " +
        "either; choose another text",
    );
  return decodedText(type, envelope, message.text, key, (detail) => describeCli(message, detail));
}

function wrapCli(bytes: Uint8Array, field: string): Uint8Array {
  const envelope = encodeCliEnvelope(bytes);
  if (envelope === undefined) throw invalid(field, "must have from 1 to 65,515 bytes of UTF-8");
  return envelope;
}

function envelopeName(value: unknown): EnvelopeName | undefined {
  if (value === undefined) return undefined;
  const name = ENVELOPES.find((envelope) => envelope === value);
  if (name === undefined) throw invalid("/envelope", `must be one of ${ENVELOPES.join(", ")}`);
  return name;
}

/** `signature`: base58 of 64 bytes; `signedMessage`: base64 of the envelope that it signs. */
export function assembleOffChainMessage(draft: unknown, signature: Signature): SignedFields {
  if (!isMessageDraft(draft)) throw new TypeError("not the draft of a Solana message");
  return { signature: base58.encode(signature.bytes), signedMessage: toBase64(draft.envelope) };
}

function wrap(
  bytes: Uint8Array,
  version: Exclude<EnvelopeName, "cli">,
  field: string,
  key: KeyRecord,
): Uint8Array {
  const requiredSignatories = [{ address: address(key.address) }];
  const text = textOf(bytes);
  if (text === undefined)
    throw invalid(field, "must be UTF-8; an off-chain message cannot carry other bytes");
  if (version === "v1") {
    if (text === "" || bytes.length > TEXT_BYTES_MAX)
      throw invalid(field, "must have from 1 to 65,535 bytes of UTF-8");
    return encode({ version: 1, requiredSignatories, content: text });
  }
  const preamble = { version: 0 as const, applicationDomain: NO_APPLICATION_DOMAIN, requiredSignatories };
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

/** Strict: what the codec would not have written is refused. */
function decodeEnvelope(envelope: Uint8Array, field: string): OffchainMessage {
  const message = readEnvelope(envelope);
  if (message === undefined)
    throw invalid(
      field,
      "is not a valid off-chain message: NUL or other bytes break its form, or it is another " +
        "envelope; leave those bytes out, or name the envelope in /envelope",
    );
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

/** The text is `message`; `signIn` is beside it where the text is a sign-in. */
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

function describeCli({ format, text: content }: CliMessage, detail: MessageDetail): Json {
  const { text = content, ...rest } = detail;
  return { version: 0, envelope: "cli", format, message: text, ...rest };
}

function isMessageDraft(draft: unknown): draft is { readonly envelope: Uint8Array } {
  return (
    typeof draft === "object" && draft !== null && "envelope" in draft && draft.envelope instanceof Uint8Array
  );
}
