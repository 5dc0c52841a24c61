/** EIP-191 messages. The request names its encoding, because "0x…" as text and as bytes have different hashes. */
import { hashMessage } from "viem/utils";
import { toHex, utf8 } from "../../domain/bytes.ts";
import { invalid } from "../../domain/errors.ts";
import { readBytes, readObject, readText, type Hex } from "./fields.ts";

export interface Message {
  readonly hex: Hex;
  /** The bytes as text, where they are valid UTF-8. */
  readonly text?: string;
}

const MEMBERS = new Set(["text", "hex"]);
const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads the `message` member of a request: exactly one of `text` (UTF-8) and `hex` (bytes).
 * @throws SignerError `transaction.invalid`
 */
export function readMessage(value: unknown, field = "/message"): Message {
  const members = readObject(value, field, MEMBERS);
  if ((members["text"] === undefined) === (members["hex"] === undefined)) {
    throw invalid(field, "must have exactly one of text and hex");
  }
  if (members["text"] !== undefined) {
    const text = readText(members["text"], `${field}/text`);
    return { hex: toHex(utf8(text)), text };
  }
  const hex = readBytes(members["hex"], `${field}/hex`);
  const text = asText(hex);
  return { hex, ...(text === undefined ? {} : { text }) };
}

/** Why a message of 32 bytes needs a policy that allows opaque requests. */
export const HASH =
  "a message of 32 bytes may be a hash, which Safe and ERC-4337 accounts take for the approval of what was hashed";

/** True for a message that may be the hash of something. Whether its bytes are letters proves nothing: hashes can be searched. */
export function isHash(message: Message): boolean {
  return message.hex.length === 2 + 64;
}

/** 32 bytes: keccak-256("\x19Ethereum Signed Message:\n" ‖ decimal length ‖ message). */
export function messageDigest(message: Message): Uint8Array {
  return hashMessage({ raw: message.hex }, "bytes");
}

function asText(hex: Hex): string | undefined {
  try {
    return DECODER.decode(Buffer.from(hex.slice(2), "hex"));
  } catch {
    return undefined;
  }
}
