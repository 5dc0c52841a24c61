/**
 * Who may be paid how much, on any chain: an allow-list of recipients, a maximum for one request and sliding windows, for
 * each asset. Whatever leaves the account must be covered by a rule; an allowance counts as if it were spent at once.
 */
import { allow, allowedControl, allowOpaque, areTablesPinned, deny } from "../../sdk/assemblyscript/index";
import { Input, Json, Limit, respond, respondToSettings, Verdict } from "../../sdk/assemblyscript/index";
import { checkContracts } from "./contracts";
import { checkFee, feeLimits, feeRule } from "./fees";
import { checkMessage, checkRawMessage, isListedText, isMessage } from "./messages";
import { Rule, rulesFor } from "./rules";
import { checkSettings } from "./settings";
import { checkMaximums, spend } from "./spending";

export { policy_abi_v1, policy_alloc } from "../../sdk/assemblyscript/index";

export function policy_evaluate(pointer: i32, length: i32): i64 {
  const input = Input.read(pointer, length);
  return respond(input, decide(input));
}

export function policy_validate_settings(pointer: i32, length: i32): i64 {
  return respondToSettings(checkSettings(Json.read(pointer, length)));
}

function decide(input: Input): Verdict {
  const intent = input.intent;
  const rules = rulesFor(input);
  const listed = checkContracts(input, rules);
  if (listed != null) return listed;
  const raw = checkRawMessage(input);
  if (raw != null) return raw;
  const opaque = checkOpaque(input);
  if (opaque != null) return opaque;
  const message = isMessage(intent) ? checkMessage(input) : null;
  if (message != null) return message;
  const denial = spend(input, rules);
  if (denial != null) return denial;
  const tooMuch = checkMaximums(rules);
  if (tooMuch != null) return tooMuch;
  const maxFee = feeRule(input);
  const fee = checkFee(input, maxFee);
  if (fee != null) return fee;
  const limits = limitsOf(input, rules, maxFee);
  return (intent.opaque ? allowOpaque(limits) : allow(limits)).allowControl(controlOf(input));
}

/** Null where nothing is opaque, or only for what the settings answer for. The contracts of all calls are checked by now. */
function checkOpaque(input: Input): Verdict | null {
  const intent = input.intent;
  if (!intent.opaque || input.settings.get("allowOpaque").isTrue) return null;
  const answered: string[] = intent.calls.length == 0 ? [] : ["unknownContract"];
  if (isListedText(input)) answered.push("unknownMessage");
  if (input.settings.get("rawMessages").isTrue) answered.push("rawMessage");
  if (areTablesPinned(input)) answered.push("lookup_table");
  if (intent.isOpaqueFor(answered)) return null;
  return deny("the request is opaque (" + adviceFor(input) + "): " + intent.opaqueReason, "opaque");
}

function adviceFor(input: Input): string {
  if (input.intent.isOpaqueFor(["unknownMessage", "rawMessage"])) return "name its text in settings/messages";
  if (input.intent.isOpaqueFor(["lookup_table"])) return "pin its tables in settings/lookupTables";
  return "set allowOpaque, and bind contract-allowlist beside this policy";
}

/** Creating contracts is one setting for both: the call that does it, and the control that it brings. */
function controlOf(input: Input): string[] {
  const always: string[] = input.settings.get("allowContractCreation").isTrue ? ["deployment"] : [];
  return allowedControl(input, always);
}

function limitsOf(input: Input, rules: Rule[], maxFee: Json | null): Limit[] {
  const fee = input.intent.fee;
  let limits: Limit[] = [];
  for (let index = 0; index < rules.length; index++) limits = limits.concat(rules[index].limits(fee));
  return fee == null || maxFee == null ? limits : limits.concat(feeLimits(fee, maxFee));
}
