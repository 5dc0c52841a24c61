/**
 * What a finality provider's key may sign: votes of listed chains, in a window of heights and at a rate; and BIP-340
 * signatures, which commit public randomness, only where they are allowed. The guard beside it has the last word.
 */
import { allow, allowOpaque, compareDecimals, deny, Input, Json } from "../../sdk/assemblyscript/index";
import { Limit, respond, respondToSettings, Verdict } from "../../sdk/assemblyscript/index";
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
  const statement = input.json.get("intent").get("babylon");
  if (input.key.chain != "babylon" || !statement.isObject) {
    return deny("the request is none of a finality provider", "not_babylon");
  }
  const kind = statement.get("kind").string();
  if (kind == "eots") return decideVote(input, statement);
  if (kind == "schnorr") return decideSchnorr(input.settings);
  return deny("a " + kind + " request is not known to this policy", "not_babylon");
}

function decideVote(input: Input, statement: Json): Verdict {
  const chainId = statement.get("chainId").string();
  const chain = find(input.settings.get("chains"), chainId);
  if (chain == null) return deny("chain " + chainId + " is not on the list", "chain_not_allowed");
  const height = statement.get("height").string();
  const from = chain.get("fromHeight").stringOr("0");
  if (compareDecimals(height, from) < 0) {
    return deny("height " + height + " is below " + from, "height_out_of_range");
  }
  const to = chain.get("toHeight").stringOr("");
  if (to.length > 0 && compareDecimals(height, to) > 0) {
    return deny("height " + height + " is above " + to, "height_out_of_range");
  }
  if (chain.get("onlyVotes").isTrue) {
    const denial = denialOfMessage(statement, height, chain.get("signingContexts"));
    if (denial != null) return denial;
  }
  const limits = limitsOf(chain, "votes/" + chainId);
  return input.intent.opaque ? allowOpaque(limits) : allow(limits);
}

/** Null for a vote that names the height it is signed for, without a signing context or under one that is known. */
function denialOfMessage(statement: Json, height: string, contexts: Json): Verdict | null {
  // Claviger gives the member to votes without a context and under Babylon's own.
  let named = statement.get("voteHeight").stringOr("");
  if (named.length == 0 && isListed(contexts, statement.get("vote").get("signingContext").stringOr(""))) {
    named = statement.get("vote").get("height").stringOr("");
  }
  if (named.length == 0) {
    return deny(
      "the message is no vote, or one under a signing context that is not on the list",
      "not_a_vote",
    );
  }
  if (named == height) return null;
  return deny("the vote names height " + named + ", the request " + height, "vote_height_differs");
}

function isListed(contexts: Json, context: string): bool {
  let listed = contexts.first;
  while (listed != null) {
    if (context.length > 0 && listed.string() == context) return true;
    listed = listed.next;
  }
  return false;
}

function decideSchnorr(settings: Json): Verdict {
  const schnorr = settings.get("schnorr");
  if (schnorr.isMissing) return deny("BIP-340 signatures are not allowed", "schnorr_not_allowed");
  // A hash says nothing of what it is the hash of; allowing it is what this setting is for.
  return allowOpaque(limitsOf(schnorr, "schnorr"));
}

function find(chains: Json, chainId: string): Json | null {
  let chain = chains.first;
  while (chain != null) {
    if (chain.get("chainId").string() == chainId) return chain;
    chain = chain.next;
  }
  return null;
}

/** One is counted for each signature. */
function limitsOf(rule: Json, counter: string): Limit[] {
  const limits: Limit[] = [];
  let window = rule.get("windows").first;
  while (window != null) {
    limits.push(new Limit(counter, "1", i32(window.get("seconds").integer()), window.get("max").string()));
    window = window.next;
  }
  return limits;
}
