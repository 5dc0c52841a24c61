/** What a request spends, added to the rules that cover it. */
import { compareDecimals, deny, Input, Intent } from "../../sdk/assemblyscript/index";
import { normalAddress, normalAsset, placeOf, Verdict } from "../../sdk/assemblyscript/index";
import { Rule } from "./rules";

const MAX_UINT256 = "115792089237316195423570985008687907853269984665640564039457584007913129639935";

/** Adds every amount to its rule; returns the denial of what no rule covers. */
export function spend(input: Input, rules: Rule[]): Verdict | null {
  const intent = input.intent;
  const payments = new Payments(rules, placeOf(input));
  for (let index = 0; index < intent.transfers.length; index++) {
    const transfer = intent.transfers[index];
    if (transfer.ownChange) continue;
    const denial = payments.add(
      transfer.asset,
      payments.ownerAsked ? transfer.from : "",
      transfer.to,
      transfer.amount,
    );
    if (denial != null) return denial;
  }
  for (let index = 0; index < intent.allowances.length; index++) {
    const allowance = intent.allowances[index];
    const denial = payments.add(allowance.asset, allowance.owner, allowance.spender, allowance.amount);
    if (denial != null) return denial;
  }
  return spendInCalls(input, payments);
}

/** The value of a call counts, unless it is among the transfers. */
function spendInCalls(input: Input, payments: Payments): Verdict | null {
  const intent = input.intent;
  const stated = new StatedValues();
  const mayCreate = input.settings.get("allowContractCreation").isTrue;
  for (let index = 0; index < intent.calls.length; index++) {
    const call = intent.calls[index];
    if (call.createsContract && !mayCreate) {
      return deny(
        "the request creates a contract; set allowContractCreation",
        "contract_creation_not_allowed",
      );
    }
    if (call.value == "0") continue;
    if (
      call.createsContract ? isCreationStated(intent, call.value) : stated.take(intent, call.to, call.value)
    )
      continue;
    const denial = payments.add("native", "", call.to, call.value);
    if (denial != null) return denial;
  }
  return null;
}

/** How often each native payment is among the transfers: one transfer must not count for two calls. */
class StatedValues {
  private counts: Map<string, i32> | null = null;

  take(intent: Intent, to: string, value: string): bool {
    let counts = this.counts;
    if (counts == null) {
      counts = countsOf(intent);
      this.counts = counts;
    }
    const key = value + " " + to;
    const left = counts.has(key) ? counts.get(key) : 0;
    if (left == 0) return false;
    counts.set(key, left - 1);
    return true;
  }
}

function countsOf(intent: Intent): Map<string, i32> {
  const counts = new Map<string, i32>();
  for (let index = 0; index < intent.transfers.length; index++) {
    const transfer = intent.transfers[index];
    if (transfer.ownChange || transfer.asset != "native") continue;
    const key = transfer.amount + " " + transfer.to;
    counts.set(key, counts.has(key) ? counts.get(key) + 1 : 1);
  }
  return counts;
}

/** The call does not name the new contract; a transaction creates one at most, and makes no other call then. */
function isCreationStated(intent: Intent, value: string): bool {
  if (intent.calls.length != 1 || intent.transfers.length != 1) return false;
  const transfer = intent.transfers[0];
  return !transfer.ownChange && transfer.asset == "native" && transfer.amount == value;
}

class Payments {
  /** What the last payment was made in: a batch pays one asset as a rule. */
  private asset: string = "native";
  private normal: string = "native";

  /** True where a rule asks whose the asset is: names are read only for rules that look at them. */
  ownerAsked: bool = false;

  constructor(
    private readonly rules: Rule[],
    private readonly place: string,
  ) {
    for (let index = 0; index < rules.length; index++) {
      if (rules[index].namesOwners) this.ownerAsked = true;
    }
  }

  /** The first rule that covers the owner's asset and pays the recipient takes the amount. */
  add(asset: string, owner: string, recipient: string, amount: string): Verdict | null {
    if (asset != this.asset) {
      this.asset = asset;
      this.normal = normalAsset(asset);
    }
    const address = normalAddress(recipient);
    let covered = false;
    for (let index = 0; index < this.rules.length; index++) {
      const rule = this.rules[index];
      if (!rule.covers(this.normal) || !rule.isOwnedBy(owner)) continue;
      if (rule.pays(address)) {
        rule.add(amount);
        return null;
      }
      covered = true;
    }
    if (!covered) {
      const whose = this.ownerAsked && owner.length > 0 ? " of " + owner : "";
      return deny(
        "no rule covers the asset " + asset + whose + " on " + this.place + "; add one to settings/rules",
        "asset_not_allowed",
      );
    }
    return deny(
      "recipient " + recipient + " of " + asset + " is not on the list; add it to the recipients of a rule",
      "recipient_not_allowed",
    );
  }
}

export function checkMaximums(rules: Rule[]): Verdict | null {
  for (let index = 0; index < rules.length; index++) {
    const rule = rules[index];
    const max = rule.maxPerTransaction.length > 0 ? rule.maxPerTransaction : MAX_UINT256;
    if (compareDecimals(rule.sum, max) <= 0) continue;
    return deny(
      rule.sum + " of " + rule.asset + " is more than " + max + "; ask for less, or raise maxPerTransaction",
      "amount_over_limit",
    );
  }
  return null;
}
