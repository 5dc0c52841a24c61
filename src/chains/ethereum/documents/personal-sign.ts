/** ERC-7739's PersonalSign: an EIP-191 message that an owner signs for a contract account, judged as that message. */
import { concat, fromHex, utf8 } from "../../../domain/bytes.ts";
import { visitMessage } from "../message.ts";
import { text } from "../values.ts";
import { contractOf, FULL, type Effect, type KnownDocument } from "./document.ts";

const PREFIX = "\u0019Ethereum Signed Message:\n";

/** The account takes the hash of these bytes as approved, so they may be those of a transaction as well. */
const personalSign: Effect = (signed) => {
  const bytes = fromHex(text(signed.message, "prefixed"));
  const message = bytes === undefined ? undefined : messageIn(bytes);
  if (message === undefined)
    signed.effects.opaque("hashedMessage", "a PersonalSign of bytes that are no EIP-191 message");
  else signed.effects.message = visitMessage(signed.effects, message, contractOf(signed));
};

/** What follows the prefix and the length: the one whose length that is. A few digits, so that all can be tried. */
function messageIn(bytes: Uint8Array): Uint8Array | undefined {
  for (let digits = 1; digits <= LENGTH_DIGITS_MAX; digits++) {
    const message = bytes.subarray(PREFIX.length + digits);
    const expected = concat(utf8(`${PREFIX}${message.length}`), message);
    if (Buffer.compare(expected, bytes) === 0) return message;
  }
  return undefined;
}

const LENGTH_DIGITS_MAX = 8;

export const PERSONAL_SIGN_DOCUMENTS: readonly KnownDocument[] = [
  {
    name: "ERC-7739 PersonalSign",
    type: "PersonalSign(bytes prefixed)",
    domains: [FULL],
    source: "ERC-7739",
    effect: personalSign,
  },
];
