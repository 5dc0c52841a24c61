/**
 * Who may be paid how much, on any chain: an allow-list of recipients, a maximum for one request and sliding windows, for
 * each asset. Whatever leaves the account must be covered by a rule; an allowance counts as if it were spent at once.
 */
import { allow, allowOpaque, compareDecimals, deny, Input, Intent } from "../../sdk/assemblyscript/index";
import {
  Json,
  Limit,
  normalAsset,
  respond,
  respondToSettings,
  Verdict,
} from "../../sdk/assemblyscript/index";
import { isHere, Rule, rulesFor } from "./rules";
import { checkSettings } from "./settings";

export { policy_abi_v1, policy_alloc } from "../../sdk/assemblyscript/index";

const MAX_UINT256 = "115792089237316195423570985008687907853269984665640564039457584007913129639935";

export function policy_evaluate(pointer: i32, length: i32): i64 {
  const input = Input.read(pointer, length);
  return respond(input, decide(input));
}

export function policy_validate_settings(pointer: i32, length: i32): i64 {
  return respondToSettings(checkSettings(Json.read(pointer, length)));
}

function decide(input: Input): Verdict {
  const settings = input.settings;
  const intent = input.intent;
  if (intent.opaque && !settings.get("allowOpaque").isTrue) {
    return deny("the request is opaque: " + intent.opaqueReason, "opaque");
  }
  if (isMessage(intent) && !settings.get("allowMessages").isTrue) {
    return deny("the request signs a message, no transaction", "message_not_allowed");
  }
  const rules = rulesFor(input);
  const denial = spend(input, rules);
  if (denial != null) return denial;
  const tooMuch = checkMaximums(rules);
  if (tooMuch != null) return tooMuch;
  const fee = checkFee(input);
  if (fee != null) return fee;
  const limits = limitsOf(rules);
  return intent.opaque ? allowOpaque(limits) : allow(limits);
}

/** Signs nothing that a rule could look at. */
function isMessage(intent: Intent): bool {
  const effects = intent.transfers.length + intent.allowances.length + intent.calls.length;
  return effects == 0 && intent.fee == null;
}

/** Adds every amount to its rule; returns the denial of what no rule covers. */
function spend(input: Input, rules: Rule[]): Verdict | null {
  const intent = input.intent;
  for (let index = 0; index < intent.transfers.length; index++) {
    const transfer = intent.transfers[index];
    if (transfer.ownChange) continue;
    const denial = pay(rules, transfer.asset, transfer.to, transfer.amount);
    if (denial != null) return denial;
  }
  for (let index = 0; index < intent.allowances.length; index++) {
    const allowance = intent.allowances[index];
    const denial = pay(rules, allowance.asset, allowance.spender, allowance.amount);
    if (denial != null) return denial;
  }
  const mayCreate = input.settings.get("allowContractCreation").isTrue;
  for (let index = 0; index < intent.calls.length; index++) {
    const call = intent.calls[index];
    if (call.createsContract && !mayCreate) {
      return deny("the request creates a contract", "contract_creation_not_allowed");
    }
    if (call.value == "0" || isPaid(intent, index)) continue;
    const denial = pay(rules, "native", call.to, call.value);
    if (denial != null) return denial;
  }
  return null;
}

/** True where the value of the call at `index` is among the transfers. */
function isPaid(intent: Intent, index: i32): bool {
  const call = intent.calls[index];
  if (call.createsContract) return isCreationPaid(intent, call.value);
  // As many equal transfers as equal calls so far: one transfer must not stand for two calls.
  let unpaid = 0;
  for (let other = 0; other <= index; other++) {
    const earlier = intent.calls[other];
    if (!earlier.createsContract && earlier.to == call.to && earlier.value == call.value) unpaid++;
  }
  for (let other = 0; other < intent.transfers.length; other++) {
    const transfer = intent.transfers[other];
    if (transfer.ownChange || transfer.asset != "native") continue;
    if (transfer.to == call.to && transfer.amount == call.value) unpaid--;
  }
  return unpaid <= 0;
}

/** The call does not name the new contract; a transaction creates one at most, with a call that nothing stands beside. */
function isCreationPaid(intent: Intent, value: string): bool {
  if (intent.calls.length != 1 || intent.transfers.length != 1) return false;
  const transfer = intent.transfers[0];
  return !transfer.ownChange && transfer.asset == "native" && transfer.amount == value;
}

/** The first rule that covers the asset and pays the recipient takes the amount. */
function pay(rules: Rule[], asset: string, recipient: string, amount: string): Verdict | null {
  const normal = normalAsset(asset);
  let covered = false;
  for (let index = 0; index < rules.length; index++) {
    const rule = rules[index];
    if (!rule.covers(normal)) continue;
    if (rule.pays(recipient)) {
      rule.add(amount);
      return null;
    }
    covered = true;
  }
  if (!covered) return deny("no rule covers the asset " + asset, "asset_not_allowed");
  return deny("recipient " + recipient + " of " + asset + " is not on the list", "recipient_not_allowed");
}

function checkMaximums(rules: Rule[]): Verdict | null {
  for (let index = 0; index < rules.length; index++) {
    const rule = rules[index];
    const max = rule.maxPerTransaction.length > 0 ? rule.maxPerTransaction : MAX_UINT256;
    if (compareDecimals(rule.sum, max) <= 0) continue;
    return deny(rule.sum + " of " + rule.asset + " is more than " + max, "amount_over_limit");
  }
  return null;
}

/** A fee without a maximum could empty the account into the pocket of a block's producer. */
function checkFee(input: Input): Verdict | null {
  const fee = input.intent.fee;
  if (fee == null) return null;
  let rule = input.settings.get("maxFee").first;
  while (rule != null) {
    const asset = rule.get("asset").stringOr(fee.asset);
    if (isHere(rule, input) && normalAsset(asset) == normalAsset(fee.asset)) {
      const max = rule.get("max").string();
      if (compareDecimals(fee.max, max) <= 0) return null;
      return deny("the fee may reach " + fee.max + ", more than " + max, "fee_over_limit");
    }
    rule = rule.next;
  }
  return deny("no maxFee is set for " + fee.asset + " on " + input.key.chain, "fee_over_limit");
}

function limitsOf(rules: Rule[]): Limit[] {
  let limits: Limit[] = [];
  for (let index = 0; index < rules.length; index++) {
    if (rules[index].used) limits = limits.concat(rules[index].limits());
  }
  return limits;
}
