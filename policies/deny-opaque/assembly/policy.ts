/**
 * Denies whatever cannot be read completely, and allows everything else but changes of control: it names none, so a policy
 * that has looked at them must be bound beside it. The smallest useful policy.
 */
import { allow, deny, Input, Json } from "../../sdk/assemblyscript/index";
import { checkObject, respond, respondToSettings, Verdict } from "../../sdk/assemblyscript/index";

export { policy_abi_v1, policy_alloc } from "../../sdk/assemblyscript/index";

export function policy_evaluate(pointer: i32, length: i32): i64 {
  const input = Input.read(pointer, length);
  return respond(input, decide(input));
}

/** There is nothing to set: `{}`. */
export function policy_validate_settings(pointer: i32, length: i32): i64 {
  return respondToSettings(checkObject(Json.read(pointer, length), "settings", []));
}

function decide(input: Input): Verdict {
  const intent = input.intent;
  if (intent.opaque) return deny("the request is opaque: " + intent.opaqueReason, "opaque");
  for (let index = 0; index < intent.calls.length; index++) {
    const call = intent.calls[index];
    if (call.functionName.length == 0) {
      return deny("the call " + call.selector + " of " + call.to + " is not known", "unknown_call");
    }
  }
  return allow();
}
