/** EIP-191 messages. The request names its encoding, because "0x…" as text and as bytes have different hashes. */
import { hashMessage } from "viem/utils";
import { fromHex, toHex, utf8 } from "../../domain/bytes.ts";
import { invalid } from "../../domain/errors.ts";
import { understandMessage, type MessageDetail } from "../../domain/messages/understanding.ts";
import { checksumAddress, readAddress } from "./address.ts";
import type { Effects } from "./effects.ts";
import { readBytes, readObject, readText, type Hex } from "./fields.ts";

const MEMBERS = new Set(["text", "hex"]);

/**
 * Bytes of the `message` member of a request: exactly one of `text` (UTF-8) and `hex` (bytes).
 * @throws SignerError `transaction.invalid`
 */
export function readMessage(value: unknown, field = "/message"): Uint8Array {
  const members = readObject(value, field, MEMBERS);
  if ((members["text"] === undefined) === (members["hex"] === undefined)) {
    throw invalid(field, "must have exactly one of text and hex");
  }
  if (members["text"] !== undefined) return utf8(readText(members["text"], `${field}/text`));
  return bytesOf(readBytes(members["hex"], `${field}/hex`));
}

/**
 * Judges the bytes of a message, without EIP-191's prefix, and returns what an intent shows of it: `{text}` or `{hex}`, with
 * `signIn` where it is a sign-in. Wherever bytes end in a personal signature, this says what they do.
 * @param signer lowercase address that a sign-in has to name: the signing key's, or that of the account it signs for
 */
export function visitMessage(effects: Effects, bytes: Uint8Array, signer: string): MessageDetail {
  const own = readAddress(signer, "/key");
  const understood = understandMessage(bytes, {
    ecosystem: "Ethereum",
    isAddress: (text) => isAddressOf(text, own),
  });
  if ("harmless" in understood) effects.nothing(understood.harmless);
  else effects.opaque(understood.opacity.cause, understood.opacity.reason);
  return understood.detail;
}

/** EIP-55 tells in mixed case alone. */
function isAddressOf(text: string, own: Hex): boolean {
  return text === own || text === checksumAddress(own) || text === `0x${own.slice(2).toUpperCase()}`;
}

/** 32 bytes: keccak-256("\x19Ethereum Signed Message:\n" ‖ decimal length ‖ message). */
export function messageDigest(bytes: Uint8Array): Uint8Array {
  return hashMessage({ raw: toHex(bytes) }, "bytes");
}

function bytesOf(hex: Hex): Uint8Array {
  const bytes = fromHex(hex);
  if (bytes === undefined) throw new TypeError("not hex");
  return bytes;
}
