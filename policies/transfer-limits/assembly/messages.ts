/** Messages and documents: which texts and which sign-in domains an operator allows. */
import { deny, Input, Intent, Json, Verdict } from "../../sdk/assemblyscript/index";

/** Signs nothing that a rule could look at. */
export function isMessage(intent: Intent): bool {
  const effects = intent.transfers.length + intent.allowances.length + intent.calls.length;
  return effects + intent.control.length == 0 && intent.fee == null;
}

/** Such a message has no envelope: a program may take it for its own, and a later format of transactions may look like it. */
const RAW_MESSAGE = "solana.rawMessage";

/** Signing bytes as they are needs a separate permission, whatever the text is. */
export function checkRawMessage(input: Input): Verdict | null {
  if (input.request.type != RAW_MESSAGE || input.settings.get("rawMessages").isTrue) return null;
  return deny(
    "the request signs a message without an envelope; set rawMessages, or send it as solana.message",
    "raw_message_not_allowed",
  );
}

/** True where the request signs a text that `messages` names, whole or by how it begins. */
export function isListedText(input: Input): bool {
  const text = textOf(input);
  if (!text.isString) return false;
  let entry = input.settings.get("messages").first;
  while (entry != null) {
    if (isText(entry.string(), text.string())) return true;
    entry = entry.next;
  }
  return false;
}

export function checkMessage(input: Input): Verdict | null {
  const settings = input.settings;
  const domain = signInDomain(input);
  if (settings.has("signInDomains") && !domain.isMissing) {
    if (settings.get("signInDomains").strings().includes(domain.stringOr(""))) return null;
    return deny(
      "the message signs in at " + domain.stringOr("no domain") + "; add it to settings/signInDomains",
      "sign_in_not_allowed",
    );
  }
  if (settings.get("allowMessages").isTrue || isListedText(input)) return null;
  return deny(
    "the request signs a message, no transaction; set allowMessages, or name its text in settings/messages" +
      (domain.isMissing ? "" : ", or its domain in settings/signInDomains"),
    "message_not_allowed",
  );
}

/** `entry` with a `*` at its end is the beginning of texts. */
function isText(entry: string, text: string): bool {
  if (!entry.endsWith("*")) return entry == text;
  return text.startsWith(entry.substring(0, entry.length - 1));
}

function textOf(input: Input): Json {
  const message = detailOf(input).get("message");
  return message.isString ? message : message.get("text");
}

/** Where the message is a text and not an object, as on Solana, the sign-in is beside it. */
function signInDomain(input: Input): Json {
  const detail = detailOf(input);
  const message = detail.get("message");
  return (message.isObject ? message : detail).get("signIn").get("domain");
}

function detailOf(input: Input): Json {
  return input.intent.json.get(input.key.chain);
}
