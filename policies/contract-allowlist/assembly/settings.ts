/** What contract-allowlist accepts as settings; settings.schema.json says the same. */
import {
  checkChain,
  checkControlSettings,
  checkList,
  checkLookupTables,
} from "../../sdk/assemblyscript/index";
import {
  checkObject,
  checkText,
  checkTexts,
  CONTROL_SETTINGS,
  isHex,
  Json,
} from "../../sdk/assemblyscript/index";

const CONTRACT = ["chain", "chainId", "address", "methods"];

/** Empty, or the first thing to correct. */
export function checkSettings(settings: Json): string {
  let problem = checkObject(settings, "settings", ["contracts", "lookupTables"].concat(CONTROL_SETTINGS));
  const contracts = settings.get("contracts");
  if (!problem) problem = checkList(contracts, "settings/contracts", 0, 500);
  let contract = contracts.first;
  for (let index = 0; !problem && contract != null; index++) {
    problem = checkContract(contract, "settings/contracts/" + index.toString());
    contract = contract.next;
  }
  if (!problem) problem = checkControlSettings(settings);
  if (!problem) problem = checkLookupTables(settings);
  return problem;
}

function checkContract(contract: Json, at: string): string {
  let problem = checkObject(contract, at, CONTRACT);
  if (!problem) problem = checkChain(contract, at);
  if (!problem) problem = checkText(contract.get("address"), at + "/address", 200);
  if (problem.length > 0 || !contract.has("methods")) return problem;
  problem = checkTexts(contract.get("methods"), at + "/methods", 1, 100);
  let method = contract.get("methods").first;
  for (let index = 0; !problem && method != null; index++) {
    const place = at + "/methods/" + index.toString();
    problem = checkMethod(method.string(), contract.get("chain").string(), place);
    method = method.next;
  }
  return problem;
}

/** A method in hex must have the length that calls of the chain have: another one would match nothing, or too much. */
function checkMethod(method: string, chain: string, at: string): string {
  if (method.startsWith("0X")) return at + " must begin with 0x in small letters";
  if (!method.startsWith("0x")) return "";
  const digits = method.length - 2;
  if (chain == "ethereum")
    return isHex(method) && digits == 8 ? "" : at + " must be 0x and 4 bytes (8 hex digits)";
  if (chain == "solana") {
    if (isHex(method) && digits > 0 && digits % 2 == 0) return "";
    return at + " must be 0x and whole bytes, two hex digits each: the first ones of the instruction data";
  }
  return isHex(method) && digits > 0 ? "" : at + " must be 0x and hex digits";
}
