/** What contract-allowlist accepts as settings; settings.schema.json says the same. */
import { checkList, checkObject, checkText, checkTexts, Json } from "../../sdk/assemblyscript/index";

const CHAINS = ["ethereum", "bitcoin", "solana", "starknet", "ethereum-validator", "babylon"];

/** Empty, or the first thing to correct. */
export function checkSettings(settings: Json): string {
  let problem = checkObject(settings, "settings", ["contracts"]);
  const contracts = settings.get("contracts");
  if (!problem) problem = checkList(contracts, "settings/contracts", 0, 500);
  let contract = contracts.first;
  for (let index = 0; !problem && contract != null; index++) {
    problem = checkContract(contract, "settings/contracts/" + index.toString());
    contract = contract.next;
  }
  return problem;
}

function checkContract(contract: Json, at: string): string {
  let problem = checkObject(contract, at, ["chain", "chainId", "address", "methods"]);
  if (!problem) problem = checkText(contract.get("chain"), at + "/chain", 32);
  if (!problem && !CHAINS.includes(contract.get("chain").string())) problem = at + "/chain is not a chain";
  if (!problem && contract.has("chainId")) problem = checkText(contract.get("chainId"), at + "/chainId", 80);
  if (!problem) problem = checkText(contract.get("address"), at + "/address", 200);
  if (!problem && contract.has("methods"))
    problem = checkTexts(contract.get("methods"), at + "/methods", 1, 100);
  return problem;
}
