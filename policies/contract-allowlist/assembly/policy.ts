/**
 * Every contract call must be on a list of contracts and methods. A listed method may be one that Claviger cannot read:
 * the list then answers for it, and the intent is allowed although it is opaque. For anything else that makes an intent
 * opaque no list of calls can answer.
 */
import { allow, allowedControl, allowOpaque, areTablesPinned, Call } from "../../sdk/assemblyscript/index";
import { deny, Input, Json, respond, respondToSettings, Verdict } from "../../sdk/assemblyscript/index";
import { Contracts, Standing } from "./contracts";
import { checkSettings } from "./settings";

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
  const contracts = new Contracts(input);
  for (let index = 0; index < intent.calls.length; index++) {
    const denial = denialOf(contracts, intent.calls[index]);
    if (denial != null) return denial;
  }
  if (!intent.opaque) return allow().allowControl(allowedControl(input));
  // Every call is on the list by now, so these causes are answered for.
  const answered: string[] =
    intent.calls.length == 0 ? [] : ["unknownCall", "unknownProgram", "unknownContract"];
  if (areTablesPinned(input)) answered.push("lookup_table");
  if (intent.isOpaqueFor(answered)) return allowOpaque().allowControl(allowedControl(input));
  const advice = intent.opaqueCauses.includes("lookup_table")
    ? " (pin its tables in settings/lookupTables)"
    : "";
  return deny(
    "the request is opaque, and not for listed calls only" + advice + ": " + intent.opaqueReason,
    "opaque",
  );
}

function denialOf(contracts: Contracts, call: Call): Verdict | null {
  if (call.createsContract) {
    return deny(
      "the request creates a contract, which no list of contracts can name; sign it with a key that this policy is not bound to",
      "contract_creation_not_allowed",
    );
  }
  const standing = contracts.standing(call);
  if (standing == Standing.Method) return null;
  if (standing == Standing.Unlisted) {
    return deny(
      "contract " + call.to + " is not on the list; add it to settings/contracts",
      "contract_not_allowed",
    );
  }
  return deny(
    "method " + methodText(call) + " of " + call.to + " is not on the list; add it to the contract's methods",
    "method_not_allowed",
  );
}

function methodText(call: Call): string {
  if (call.functionName.length > 0) return call.functionName;
  return call.selector.length > 0 ? call.selector : "without call data";
}
