/**
 * Every contract call must be on a list of contracts and methods. A listed method may be one that Claviger cannot read:
 * the list then answers for it, and the intent is allowed although it is opaque. For anything else that makes an intent
 * opaque no list of calls can answer.
 */
import { allow, allowOpaque, Call, deny, Input, Intent, Json } from "../../sdk/assemblyscript/index";
import { respond, respondToSettings, sameAddress, selectorOf, Verdict } from "../../sdk/assemblyscript/index";
import { checkSettings } from "./settings";

export { policy_abi_v1, policy_alloc } from "../../sdk/assemblyscript/index";

export function policy_evaluate(pointer: i32, length: i32): i64 {
  const input = Input.read(pointer, length);
  return respond(input, decide(input));
}

export function policy_validate_settings(pointer: i32, length: i32): i64 {
  return respondToSettings(checkSettings(Json.read(pointer, length)));
}

/** How a call stands on the list, from worst to best. */
const enum Listed {
  No,
  Contract,
  Method,
}

function decide(input: Input): Verdict {
  const intent = input.intent;
  for (let index = 0; index < intent.allowances.length; index++) {
    const allowance = intent.allowances[index];
    if (allowance.asset == "*") {
      return deny("the account would be delegated to " + allowance.spender, "delegation_not_allowed");
    }
  }
  for (let index = 0; index < intent.calls.length; index++) {
    const call = intent.calls[index];
    if (call.createsContract) return deny("the request creates a contract", "contract_creation_not_allowed");
    const listed = standing(input, call);
    if (listed == Listed.No)
      return deny("contract " + call.to + " is not on the list", "contract_not_allowed");
    if (listed == Listed.Contract) {
      return deny(
        "method " + methodText(call) + " of " + call.to + " is not on the list",
        "method_not_allowed",
      );
    }
  }
  if (!intent.opaque) return allow();
  if (isOpaqueForCallsOnly(intent)) return allowOpaque();
  return deny("the request is opaque, and not for listed calls only: " + intent.opaqueReason, "opaque");
}

/** True where calls that cannot be read, each of which is on the list by now, are all that hides the effect. */
function isOpaqueForCallsOnly(intent: Intent): bool {
  for (let index = 0; index < intent.opaqueCauses.length; index++) {
    const cause = intent.opaqueCauses[index];
    if (cause != "unknownCall" && cause != "unknownProgram") return false;
  }
  return intent.opaqueCauses.length > 0;
}

function standing(input: Input, call: Call): Listed {
  let best = Listed.No;
  let contract = input.settings.get("contracts").first;
  while (contract != null) {
    if (isContract(contract, input, call)) best = max(best, standingAt(contract, input.key.chain, call));
    contract = contract.next;
  }
  return best;
}

function isContract(contract: Json, input: Input, call: Call): bool {
  const chainId = contract.get("chainId");
  return (
    contract.get("chain").string() == input.key.chain &&
    (chainId.isMissing || chainId.string() == input.environment.chainId) &&
    sameAddress(contract.get("address").string(), call.to)
  );
}

function standingAt(contract: Json, chain: string, call: Call): Listed {
  const methods = contract.get("methods");
  if (methods.isMissing) return Listed.Method;
  let method = methods.first;
  while (method != null) {
    if (method.string() == "*" || isMethod(method.string(), chain, call)) return Listed.Method;
    method = method.next;
  }
  return Listed.Contract;
}

/** `method` is a selector in 0x-hex, or a name as the intent shows it; for an unknown call on Ethereum an ABI signature. */
function isMethod(method: string, chain: string, call: Call): bool {
  if (method.startsWith("0x")) return call.selector.length > 0 && sameSelector(method, call.selector);
  if (call.functionName.length > 0) return method == call.functionName;
  if (chain != "ethereum" || method.indexOf("(") < 1) return false;
  return call.selector.length > 0 && selectorOf(method) == call.selector;
}

/** StarkNet selectors are numbers, whose leading zeros may be left out; the others have a fixed length. */
function sameSelector(a: string, b: string): bool {
  return sameAddress(a, b);
}

function methodText(call: Call): string {
  if (call.functionName.length > 0) return call.functionName;
  return call.selector.length > 0 ? call.selector : "without call data";
}
