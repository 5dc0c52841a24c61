/** What transfer-limits accepts as settings; settings.schema.json says the same. */
import { checkAmount, checkBoolean, checkChain, checkControlSettings } from "../../sdk/assemblyscript/index";
import { checkInteger, checkList, checkLookupTables, checkObject } from "../../sdk/assemblyscript/index";
import { checkText, checkTexts, CONTROL_SETTINGS, Json, normalAsset } from "../../sdk/assemblyscript/index";

const SWITCHES = ["allowContractCreation", "allowMessages", "allowOpaque", "rawMessages"];
const LISTS = ["rules", "maxFee", "contracts", "messages", "signInDomains", "lookupTables"];
const RULE = [
  "name",
  "chain",
  "chainId",
  "asset",
  "recipients",
  "maxPerTransaction",
  "windows",
  "fees",
  "from",
];

/** Empty, or the first thing to correct. */
export function checkSettings(settings: Json): string {
  let problem = checkObject(settings, "settings", LISTS.concat(SWITCHES).concat(CONTROL_SETTINGS));
  if (!problem) problem = checkList(settings.get("rules"), "settings/rules", 0, 200);
  if (!problem) problem = checkList(settings.get("maxFee"), "settings/maxFee", 0, 100);
  for (let index = 0; !problem && index < SWITCHES.length; index++) {
    problem = checkBoolean(settings.get(SWITCHES[index]), "settings/" + SWITCHES[index]);
  }
  if (!problem) problem = checkRules(settings.get("rules"));
  if (!problem) problem = checkFees(settings.get("maxFee"));
  if (!problem && settings.has("contracts")) problem = checkContractList(settings.get("contracts"));
  if (!problem && settings.has("messages")) problem = checkMessages(settings.get("messages"));
  if (!problem && settings.has("signInDomains")) problem = checkDomains(settings.get("signInDomains"));
  if (!problem) problem = checkControlSettings(settings);
  if (!problem) problem = checkLookupTables(settings);
  return problem;
}

/**
 * The first part of a rule's counter names: its own name, else chain, chainId and asset. Amounts that were spent count
 * under it, so it must not depend on the rule's place in the list.
 */
export function counterName(rule: Json): string {
  if (rule.has("name")) return rule.get("name").string();
  const chainId = rule.get("chainId").stringOr("any");
  return rule.get("chain").string() + "/" + chainId + "/" + normalAsset(rule.get("asset").string());
}

function checkRules(rules: Json): string {
  const counters: string[] = [];
  let rule = rules.first;
  for (let index = 0; rule != null; index++) {
    const at = "settings/rules/" + index.toString();
    const problem = checkRule(rule, at);
    if (problem.length > 0) return problem;
    if (counters.includes(counterName(rule))) {
      return at + " has the same counters as another rule: give each of them its own name";
    }
    counters.push(counterName(rule));
    rule = rule.next;
  }
  return "";
}

function checkRule(rule: Json, at: string): string {
  let problem = checkObject(rule, at, RULE);
  if (!problem) problem = checkChain(rule, at);
  if (!problem) problem = checkAsset(rule.get("asset"), at + "/asset");
  if (!problem && rule.has("name")) problem = checkName(rule.get("name"), at + "/name");
  if (!problem && rule.has("recipients"))
    problem = checkTexts(rule.get("recipients"), at + "/recipients", 0, 500);
  if (!problem && rule.has("from")) problem = checkTexts(rule.get("from"), at + "/from", 1, 100);
  if (!problem && rule.has("maxPerTransaction")) {
    problem = checkAmount(rule.get("maxPerTransaction"), at + "/maxPerTransaction");
  }
  if (!problem && rule.has("windows")) problem = checkWindows(rule.get("windows"), at + "/windows");
  if (!problem) problem = checkBoolean(rule.get("fees"), at + "/fees");
  if (!problem && rule.has("fees") && !rule.has("windows"))
    problem = at + "/fees needs windows that count them";
  return problem;
}

/** Counters of fees begin with `fee/`: what a rule spends must not add to them. */
function checkName(name: Json, at: string): string {
  const problem = checkText(name, at, 100);
  if (problem.length > 0) return problem;
  return name.string().startsWith("fee/") ? at + " must not begin with fee/" : "";
}

function checkMessages(messages: Json): string {
  let problem = checkList(messages, "settings/messages", 0, 100);
  let message = messages.first;
  for (let index = 0; !problem && message != null; index++) {
    const at = "settings/messages/" + index.toString();
    problem = checkText(message, at, 2000);
    if (!problem && message.string() == "*") problem = at + " must say how the text begins, before the *";
    message = message.next;
  }
  return problem;
}

/** A domain in another form than intents show it would never match. */
function checkDomains(domains: Json): string {
  const problem = checkTexts(domains, "settings/signInDomains", 0, 100);
  if (problem.length > 0) return problem;
  let domain = domains.first;
  for (let index = 0; domain != null; index++) {
    if (!isDomain(domain.string())) {
      const at = "settings/signInDomains/" + index.toString();
      return at + " must be a host in small letters, with its port if it has one, and nothing else";
    }
    domain = domain.next;
  }
  return "";
}

/** Letters, digits and `-.:[]`. */
function isDomain(text: string): bool {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code >= 97 && code <= 122) continue;
    if ((code >= 45 && code <= 58 && code != 47) || code == 91 || code == 93) continue;
    return false;
  }
  return true;
}

function checkContractList(contracts: Json): string {
  let problem = checkList(contracts, "settings/contracts", 0, 500);
  let contract = contracts.first;
  for (let index = 0; !problem && contract != null; index++) {
    const at = "settings/contracts/" + index.toString();
    problem = checkObject(contract, at, ["chain", "chainId", "address"]);
    if (!problem) problem = checkChain(contract, at);
    if (!problem) problem = checkText(contract.get("address"), at + "/address", 200);
    contract = contract.next;
  }
  return problem;
}

/** No rule can cover everything that an account owns. */
function checkAsset(asset: Json, at: string): string {
  const problem = checkText(asset, at, 160);
  if (problem.length > 0) return problem;
  return asset.string() == "*" ? at + " must name one asset, or one collection by /* at its end" : "";
}

function checkWindows(windows: Json, at: string): string {
  let problem = checkList(windows, at, 1, 8);
  const seconds: i64[] = [];
  let window = windows.first;
  for (let index = 0; !problem && window != null; index++) {
    const place = at + "/" + index.toString();
    problem = checkObject(window, place, ["seconds", "max", "over"]);
    if (!problem) problem = checkInteger(window.get("seconds"), place + "/seconds", 1, 31622400);
    if (!problem) problem = checkAmount(window.get("max"), place + "/max");
    if (!problem && window.has("over")) problem = checkTerms(window.get("over"), place + "/over");
    if (!problem && seconds.includes(window.get("seconds").integer())) problem = place + " repeats a window";
    if (!problem) seconds.push(window.get("seconds").integer());
    window = window.next;
  }
  return problem;
}

function checkTerms(terms: Json, at: string): string {
  let problem = checkObject(terms, at, ["quorum", "groups", "expiresIn"]);
  if (!problem) problem = checkInteger(terms.get("quorum"), at + "/quorum", 1, 100);
  if (!problem) problem = checkTexts(terms.get("groups"), at + "/groups", 1, 32);
  if (!problem) problem = checkInteger(terms.get("expiresIn"), at + "/expiresIn", 1, 2592000);
  return problem;
}

function checkFees(fees: Json): string {
  let fee = fees.first;
  for (let index = 0; fee != null; index++) {
    const at = "settings/maxFee/" + index.toString();
    let problem = checkObject(fee, at, ["chain", "chainId", "asset", "max", "windows"]);
    if (!problem) problem = checkChain(fee, at);
    if (!problem && fee.has("asset")) problem = checkText(fee.get("asset"), at + "/asset", 160);
    if (!problem) problem = checkAmount(fee.get("max"), at + "/max");
    if (!problem && fee.has("windows")) problem = checkWindows(fee.get("windows"), at + "/windows");
    if (problem.length > 0) return problem;
    fee = fee.next;
  }
  return "";
}
