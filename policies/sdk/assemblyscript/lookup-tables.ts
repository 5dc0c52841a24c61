/**
 * Pins of Solana address lookup tables. What is read through a table whose contents the request brought is the caller's word,
 * unless an operator has looked at these contents: the setting `lookupTables` names address and digest.
 */
import { isHex, sameAddress } from "./address";
import { Input } from "./input";
import { Json } from "./json";
import { checkList, checkObject, checkText } from "./settings";

/** True where the intent names tables and each of them is pinned with the same digest. */
export function areTablesPinned(input: Input): bool {
  let table = input.intent.json.get("solana").get("addressLookupTables").first;
  if (table == null) return false;
  while (table != null) {
    if (!isPinned(input.settings.get("lookupTables"), table)) return false;
    table = table.next;
  }
  return true;
}

function isPinned(pins: Json, table: Json): bool {
  const address = table.get("table").string();
  // Null where the request did not bring the contents: that is another cause, which no pin answers.
  const digest = table.get("digest").stringOr("");
  if (digest.length == 0) return false;
  let pin = pins.first;
  while (pin != null) {
    if (pin.get("address").string() == address && sameAddress(pin.get("digest").string(), digest))
      return true;
    pin = pin.next;
  }
  return false;
}

/** Empty, or the first thing to correct in `settings/lookupTables`. */
export function checkLookupTables(settings: Json): string {
  if (!settings.has("lookupTables")) return "";
  const pins = settings.get("lookupTables");
  let problem = checkList(pins, "settings/lookupTables", 0, 100);
  let pin = pins.first;
  for (let index = 0; !problem && pin != null; index++) {
    const at = "settings/lookupTables/" + index.toString();
    problem = checkObject(pin, at, ["address", "digest"]);
    if (!problem) problem = checkText(pin.get("address"), at + "/address", 44);
    if (!problem) problem = checkDigest(pin.get("digest"), at + "/digest");
    pin = pin.next;
  }
  return problem;
}

function checkDigest(digest: Json, at: string): string {
  if (digest.isString && digest.string().length == 66 && isHex(digest.string())) return "";
  return at + " must be 0x and 64 hex digits, as the intent shows it";
}
