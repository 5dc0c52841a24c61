/**
 * What a signed message can do. Its wording cannot be judged, only recognised: rollups take sentences for transfers, and
 * privacy protocols make keys of the signature itself. So a message is opaque unless it is a form that is known to be
 * harmless (docs/decisions/0008-messages-are-opaque-unless-known.md).
 * @module
 */
import { toHex } from "../bytes.ts";
import type { Json } from "../canonical.ts";
import type { Findings, Opacity } from "../intent.ts";
import { hashReason } from "./hashes.ts";
import { ownershipReason } from "./ownership.ts";
import { readSignIn, type SignInAccount } from "./sign-in.ts";

/** The message as an intent shows it: `{text}` where the bytes are UTF-8, else `{hex}`; with `signIn` where it is one. */
export type MessageDetail = Readonly<Record<string, Json>>;

/** Harmless for a reason, or opaque for one: no third way. */
export type Understanding =
  | { readonly detail: MessageDetail; readonly harmless: string }
  | { readonly detail: MessageDetail; readonly opacity: MessageOpacity };

interface MessageOpacity extends Opacity {
  readonly cause: "hashedMessage" | "unknownMessage";
}

const UNKNOWN =
  "a message that is none of the known forms may be a rollup's order, or the seed of a key that is made of its signature";

const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads the bytes of the message, without the prefix or envelope that its chain signs around them. */
export function understandMessage(bytes: Uint8Array, account: SignInAccount): Understanding {
  const text = asText(bytes);
  const detail = text === undefined ? { hex: toHex(bytes) } : { text };
  const hash = hashReason(bytes, text);
  if (hash !== undefined) return { detail, opacity: { cause: "hashedMessage", reason: hash } };
  const reading = text === undefined ? undefined : readSignIn(text, account);
  if (reading !== undefined && "signIn" in reading)
    return {
      detail: { ...detail, signIn: { ...reading.signIn } },
      harmless: `a sign-in at ${reading.signIn.domain} proves who holds the key, to that service`,
    };
  const owned = text === undefined ? undefined : ownershipReason(text, account.ecosystem);
  if (owned !== undefined) return { detail, harmless: owned };
  const reason = reading === undefined ? UNKNOWN : `an unknown message: ${reading.flaw}`;
  return { detail, opacity: { cause: "unknownMessage", reason } };
}

/** What was understood, as `intentOf` takes it. */
export function findingsOf(understood: Understanding): Findings {
  return "harmless" in understood ? { harmless: [understood.harmless] } : { opacity: [understood.opacity] };
}

function asText(bytes: Uint8Array): string | undefined {
  try {
    return DECODER.decode(bytes);
  } catch {
    return undefined;
  }
}
