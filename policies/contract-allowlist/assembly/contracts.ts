/** The listed contracts of the request's chain and network, and what they say of a call. */
import { Call, Input, isHere, Json, lowerHex, normalAddress } from "../../sdk/assemblyscript/index";
import { sameAddress, selectorOf } from "../../sdk/assemblyscript/index";

/** From worst to best. */
export const enum Standing {
  Unlisted,
  Contract,
  Method,
}

export class Contracts {
  private readonly chain: string;
  /** Normal, in the order of `rules`: each call is compared with all of them. */
  private readonly addresses: string[] = [];
  private readonly rules: Json[] = [];

  constructor(input: Input) {
    this.chain = input.key.chain;
    let contract = input.settings.get("contracts").first;
    while (contract != null) {
      if (isHere(contract, input)) {
        this.addresses.push(normalAddress(contract.get("address").string()));
        this.rules.push(contract);
      }
      contract = contract.next;
    }
  }

  standing(call: Call): Standing {
    const address = normalAddress(call.to);
    let best = Standing.Unlisted;
    for (let index = 0; index < this.addresses.length; index++) {
      if (this.addresses[index] != address) continue;
      if (hasMethod(this.rules[index], this.chain, call)) return Standing.Method;
      best = Standing.Contract;
    }
    return best;
  }
}

function hasMethod(contract: Json, chain: string, call: Call): bool {
  const methods = contract.get("methods");
  if (methods.isMissing) return true;
  let method = methods.first;
  while (method != null) {
    if (method.string() == "*" || isMethod(method.string(), chain, call)) return true;
    method = method.next;
  }
  return false;
}

/** `method` is bytes in 0x-hex, or a name as the intent shows it; for an unknown call on Ethereum an ABI signature. */
function isMethod(method: string, chain: string, call: Call): bool {
  if (method.startsWith("0x")) return isMethodBytes(method, chain, call);
  if (call.functionName.length > 0) return method == call.functionName;
  if (chain != "ethereum" || method.indexOf("(") < 1) return false;
  return call.selector.length > 0 && selectorOf(method) == call.selector;
}

/** Bytes and lengths are compared; only StarkNet's selectors are numbers, whose leading zeros may be left out. */
function isMethodBytes(method: string, chain: string, call: Call): bool {
  if (chain == "starknet") return call.selector.length > 0 && sameAddress(method, call.selector);
  const bytes = lowerHex(method);
  if (chain != "solana") return bytes == lowerHex(call.selector);
  // Hosts that do not send the data send its first bytes.
  const data = call.data.length > 0 ? call.data : call.selector;
  return bytes.length > 2 && lowerHex(data).startsWith(bytes);
}
