/** What a signature may cost in fees, each time and in sliding windows. */
import { compareDecimals, deny, Fee, Input, isHere, Json, Limit } from "../../sdk/assemblyscript/index";
import { normalAsset, placeOf, Verdict } from "../../sdk/assemblyscript/index";
import { termsOf } from "./rules";

/** Null where the request pays no fee. The first entry of `maxFee` for its asset counts. */
export function feeRule(input: Input): Json | null {
  const fee = input.intent.fee;
  if (fee == null) return null;
  let rule = input.settings.get("maxFee").first;
  while (rule != null) {
    const asset = rule.get("asset").stringOr(fee.asset);
    if (isHere(rule, input) && normalAsset(asset) == normalAsset(fee.asset)) return rule;
    rule = rule.next;
  }
  return null;
}

/** A fee without a maximum could empty the account into the pocket of a block's producer. */
export function checkFee(input: Input, rule: Json | null): Verdict | null {
  const fee = input.intent.fee;
  if (fee == null) return null;
  if (rule == null) {
    return deny(
      "no maxFee is set for " + fee.asset + " on " + placeOf(input) + "; add one to settings/maxFee",
      "fee_over_limit",
    );
  }
  const max = rule.get("max").string();
  if (compareDecimals(fee.max, max) <= 0) return null;
  return deny(
    "the fee may reach " + fee.max + ", more than " + max + "; lower it, or raise max in settings/maxFee",
    "fee_over_limit",
  );
}

/** One counter for each window; the host adds the fee. Assets in which a chain takes fees never share a counter. */
export function feeLimits(fee: Fee, rule: Json): Limit[] {
  const limits: Limit[] = [];
  const chainId = rule.get("chainId").stringOr("any");
  const name = "fee/" + rule.get("chain").string() + "/" + chainId + "/" + normalAsset(fee.asset) + "/";
  let window = rule.get("windows").first;
  while (window != null) {
    const seconds = i32(window.get("seconds").integer());
    const max = window.get("max").string();
    const over = termsOf(window.get("over"));
    limits.push(new Limit(name + seconds.toString(), "0", seconds, max, over, fee.asset, true));
    window = window.next;
  }
  return limits;
}
