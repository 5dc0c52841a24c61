/**
 * Which contracts may be called: those of assets that a rule covers, and those of the setting `contracts`. A function that
 * moves nothing does so only at the contract that it was read for; elsewhere the same bytes may mean anything.
 */
import { Call, deny, Input, isHere, normalAddress, placeOf, Verdict } from "../../sdk/assemblyscript/index";
import { Rule } from "./rules";

/** Null where every call is to a contract that may be called; calls that are not known are for `allowOpaque` to judge. */
export function checkContracts(input: Input, rules: Rule[]): Verdict | null {
  const calls = input.intent.calls;
  if (calls.length == 0 || input.key.chain == "solana") return null;
  const listed = listedContracts(input, rules);
  for (let index = 0; index < calls.length; index++) {
    const call = calls[index];
    if (!mustBeListed(call) || listed.has(normalAddress(call.to))) continue;
    return deny(
      call.functionName +
        " of " +
        call.to +
        " on " +
        placeOf(input) +
        " is called, which is neither the contract of an asset under a rule nor on the list; add it to settings/contracts",
      "contract_not_allowed",
    );
  }
  return null;
}

function mustBeListed(call: Call): bool {
  return !call.createsContract && call.functionName.length > 0;
}

function listedContracts(input: Input, rules: Rule[]): Set<string> {
  const listed = new Set<string>();
  for (let index = 0; index < rules.length; index++) listed.add(contractOf(rules[index].asset));
  let contract = input.settings.get("contracts").first;
  while (contract != null) {
    if (isHere(contract, input)) listed.add(normalAddress(contract.get("address").string()));
    contract = contract.next;
  }
  return listed;
}

/** `0x…` of `erc20:0x…` or `erc721:0x…/7`. */
function contractOf(asset: string): string {
  const start = asset.indexOf(":") + 1;
  const slash = asset.indexOf("/", start);
  return asset.substring(start, slash < 0 ? asset.length : slash);
}
