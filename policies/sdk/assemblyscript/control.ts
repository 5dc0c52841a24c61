/**
 * Which changes of control an operator allows, by three settings that policies share: `control` (rules for any kind),
 * `delegates` (who may become an EIP-7702 delegate) and `allowDelegationEnd`.
 */
import { normalAddress, sameAddress } from "./address";
import { checkChain, isHere } from "./chain";
import { Control, Input } from "./input";
import { Json } from "./json";
import { checkBoolean, checkList, checkObject, checkText, checkTexts } from "./settings";

/** Names of the settings that this file reads. */
export const CONTROL_SETTINGS = ["control", "delegates", "allowDelegationEnd"];

const KINDS = [
  "owner",
  "delegate",
  "authority",
  "module",
  "guardian",
  "upgrade",
  "deployment",
  "account",
  "irreversible",
];

/**
 * The kinds of control in the intent for `Verdict.allowControl`: those of which the settings allow every single change, and
 * those in `always`. A kind with one change that no setting names is left out: the host then refuses the request, unless
 * another policy answers for it.
 */
export function allowedControl(input: Input, always: string[] = []): string[] {
  const authorizations = new Authorizations(input);
  const refused: string[] = [];
  const allowed: string[] = [];
  const control = input.intent.control;
  for (let index = 0; index < control.length; index++) {
    const change = control[index];
    const what = change.what;
    if (always.includes(what) || isRuled(input, change) || authorizations.allow(change)) {
      if (!allowed.includes(what)) allowed.push(what);
    } else if (!refused.includes(what)) {
      refused.push(what);
    }
  }
  const kinds: string[] = [];
  for (let index = 0; index < allowed.length; index++) {
    if (!refused.includes(allowed[index])) kinds.push(allowed[index]);
  }
  return kinds;
}

function isRuled(input: Input, change: Control): bool {
  let rule = input.settings.get("control").first;
  while (rule != null) {
    if (isHere(rule, input) && rule.get("what").string() == change.what && isNamed(rule, change)) return true;
    rule = rule.next;
  }
  return false;
}

function isNamed(rule: Json, change: Control): bool {
  const subject = rule.get("of");
  if (!subject.isMissing && !sameAddress(subject.string(), change.subject)) return false;
  const to = rule.get("to");
  if (to.isMissing) return true;
  if (to.isNull) return change.to.length == 0;
  return change.to.length > 0 && sameAddress(to.string(), change.to);
}

/**
 * The EIP-7702 authorizations that the request signs or carries. Other delegates (session keys, agents, votes) look the same
 * in `control` and are not meant by the settings for these, so each authorization answers for one change only.
 */
class Authorizations {
  private readonly authorities: string[] = [];
  private readonly delegates: string[] = [];

  constructor(private readonly input: Input) {
    // Nothing of the chain's decode is read for a request that changes no control.
    if (input.intent.control.length > 0 && input.key.chain == "ethereum")
      this.read(input.intent.json.get("ethereum"));
  }

  /** True for a change that is one of them, and that the settings allow. */
  allow(change: Control): bool {
    if (change.what != "delegate") return false;
    for (let index = 0; index < this.delegates.length; index++) {
      if (!sameAddress(this.authorities[index], change.subject)) continue;
      if (!isDelegate(this.delegates[index], change.to)) continue;
      this.authorities[index] = "";
      return change.to.length == 0 ? this.mayEnd : this.mayBecome(change.to);
    }
    return false;
  }

  private read(detail: Json): void {
    const signed = detail.get("authorization");
    if (signed.isObject) this.add(this.input.key.address, signed);
    let carried = detail.get("transaction").get("authorizationList").first;
    while (carried != null) {
      this.add(carried.get("authority").string(), carried);
      carried = carried.next;
    }
  }

  private add(authority: string, authorization: Json): void {
    this.authorities.push(authority);
    this.delegates.push(authorization.get("address").string());
  }

  private get mayEnd(): bool {
    return this.input.settings.get("allowDelegationEnd").isTrue;
  }

  private mayBecome(delegate: string): bool {
    let rule = this.input.settings.get("delegates").first;
    while (rule != null) {
      if (isHere(rule, this.input)) {
        let address = rule.get("addresses").first;
        while (address != null) {
          if (sameAddress(address.string(), delegate)) return true;
          address = address.next;
        }
      }
      rule = rule.next;
    }
    return false;
  }
}

/** A change to nobody is an authorization of the zero address. */
function isDelegate(address: string, to: string): bool {
  return to.length == 0 ? isZero(address) : sameAddress(address, to);
}

function isZero(address: string): bool {
  return normalAddress(address) == "0x0";
}

/** Empty, or the first thing to correct in the three settings. */
export function checkControlSettings(settings: Json): string {
  let problem = checkBoolean(settings.get("allowDelegationEnd"), "settings/allowDelegationEnd");
  if (!problem && settings.has("control")) problem = checkControl(settings.get("control"));
  if (!problem && settings.has("delegates")) problem = checkDelegates(settings.get("delegates"));
  return problem;
}

function checkControl(rules: Json): string {
  let problem = checkList(rules, "settings/control", 0, 100);
  let rule = rules.first;
  for (let index = 0; !problem && rule != null; index++) {
    const at = "settings/control/" + index.toString();
    problem = checkObject(rule, at, ["chain", "chainId", "what", "of", "to"]);
    if (!problem) problem = checkChain(rule, at);
    if (!problem) problem = checkKind(rule.get("what"), at + "/what");
    if (!problem && rule.has("of")) problem = checkText(rule.get("of"), at + "/of", 200);
    if (!problem && rule.has("to") && !rule.get("to").isNull)
      problem = checkText(rule.get("to"), at + "/to", 200);
    rule = rule.next;
  }
  return problem;
}

function checkKind(what: Json, at: string): string {
  if (what.isString && KINDS.includes(what.string())) return "";
  return at + " must be one of " + KINDS.join(", ");
}

function checkDelegates(rules: Json): string {
  let problem = checkList(rules, "settings/delegates", 0, 100);
  let rule = rules.first;
  for (let index = 0; !problem && rule != null; index++) {
    const at = "settings/delegates/" + index.toString();
    problem = checkObject(rule, at, ["chain", "chainId", "addresses"]);
    if (!problem) problem = checkChain(rule, at);
    if (!problem && rule.get("chain").string() != "ethereum") problem = at + "/chain must be ethereum";
    if (!problem) problem = checkTexts(rule.get("addresses"), at + "/addresses", 1, 100);
    if (!problem) problem = checkNotZero(rule.get("addresses"), at + "/addresses");
    rule = rule.next;
  }
  return problem;
}

function checkNotZero(addresses: Json, at: string): string {
  let address = addresses.first;
  for (let index = 0; address != null; index++) {
    if (isZero(address.string()))
      return at + "/" + index.toString() + " ends a delegation: set allowDelegationEnd";
    address = address.next;
  }
  return "";
}
