/** The `message` member of a request, text or base64, and the text that bytes are. */
import { fromBase64, utf8 } from "../../domain/bytes.ts";
import { invalid } from "../../domain/errors.ts";

const textDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export interface MessageContent {
  /** JSON pointer of the member that was given. */
  readonly field: string;
  readonly bytes: Uint8Array;
}

/** Bytes of exactly one of `text` (as UTF-8) and `base64`. @throws SignerError `transaction.invalid` */
export function contentOf(message: unknown): MessageContent {
  if (typeof message === "object" && message !== null) {
    if ("text" in message && typeof message.text === "string" && !("base64" in message)) {
      if (!message.text.isWellFormed())
        throw invalid(
          "/message/text",
          "has half of a surrogate pair, which UTF-8 cannot encode; leave it out",
        );
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

/** The text whose UTF-8 `bytes` are, or undefined. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return textDecoder.decode(bytes);
  } catch {
    return undefined;
  }
}
