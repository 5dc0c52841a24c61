/**
 * The off-chain envelope of `solana sign-offchain-message` (solana-sdk's offchain-message crate before it followed the
 * proposal): 20 bytes before the text, which name neither an application nor a signer.
 */
import { concat, equalBytes, utf8 } from "../../domain/bytes.ts";
import { textOf } from "./message-content.ts";

/** What every off-chain envelope begins with: 0xff cannot begin a transaction message of a version that exists. */
export const SIGNING_DOMAIN = concat(new Uint8Array([0xff]), utf8("solana offchain"));

/** Signing domain, version 0, format, length (u16, little-endian). */
const HEADER_BYTES = SIGNING_DOMAIN.length + 1 + 1 + 2;
/** Up to here a hardware wallet shows the message: one packet, less the header. */
const SHORT_MAX = 1232 - HEADER_BYTES;
const LONG_MAX = 65_535 - HEADER_BYTES;
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

export const CLI_FORMATS = ["restricted-ascii", "utf-8", "utf-8-long"] as const;

export interface CliMessage {
  readonly format: (typeof CLI_FORMATS)[number];
  readonly text: string;
}

/** The envelope of 1 to 65,515 bytes of UTF-8; undefined where they are none. */
export function encodeCliEnvelope(bytes: Uint8Array): Uint8Array | undefined {
  const text = textOf(bytes);
  if (text === undefined || bytes.length === 0 || bytes.length > LONG_MAX) return undefined;
  const format = formatOf(text, bytes.length);
  const header = [0, CLI_FORMATS.indexOf(format), bytes.length & 0xff, bytes.length >> 8];
  return concat(SIGNING_DOMAIN, Uint8Array.from(header), bytes);
}

/** The message in a finished envelope; undefined for anything that the command would not have written. */
export function decodeCliEnvelope(envelope: Uint8Array): CliMessage | undefined {
  const bytes = envelope.subarray(HEADER_BYTES);
  const again = encodeCliEnvelope(bytes);
  const text = textOf(bytes);
  if (again === undefined || text === undefined || !equalBytes(again, envelope)) return undefined;
  return { format: formatOf(text, bytes.length), text };
}

function formatOf(text: string, length: number): CliMessage["format"] {
  if (length > SHORT_MAX) return "utf-8-long";
  return PRINTABLE_ASCII.test(text) ? "restricted-ascii" : "utf-8";
}
