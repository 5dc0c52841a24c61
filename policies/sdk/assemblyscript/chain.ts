/** Rules of settings that are for one chain, or for one network of it. */
import { Input } from "./input";
import { Json } from "./json";
import { checkText } from "./settings";

const CHAINS = ["ethereum", "bitcoin", "solana", "starknet", "ethereum-validator", "babylon"];

/** True where `rule`'s chain, and chainId if it has one, are the request's. */
export function isHere(rule: Json, input: Input): bool {
  if (rule.get("chain").string() != input.key.chain) return false;
  return !rule.has("chainId") || rule.get("chainId").string() == input.environment.chainId;
}

/** The request's chain and network for messages, e.g. `ethereum 10`: what a rule's chain and chainId must be. */
export function placeOf(input: Input): string {
  return input.key.chain + " " + input.environment.chainId;
}

/** Empty, or what is wrong with the members `chain` and `chainId` of the rule at `at`. */
export function checkChain(rule: Json, at: string): string {
  let problem = checkText(rule.get("chain"), at + "/chain", 32);
  if (!problem && !CHAINS.includes(rule.get("chain").string())) problem = at + "/chain is not a chain";
  if (!problem && rule.has("chainId")) problem = checkText(rule.get("chainId"), at + "/chainId", 80);
  return problem;
}
