/** What babylon-votes accepts as settings; settings.schema.json says the same. */
import { checkAmount, checkBoolean, checkInteger, checkList } from "../../sdk/assemblyscript/index";
import { checkObject, compareDecimals, Json } from "../../sdk/assemblyscript/index";

const CHAIN = ["chainId", "fromHeight", "toHeight", "onlyVotes", "signingContexts", "windows"];
/** 0x-hex of 64 bytes. */
const CHAIN_ID_MAX = 130;

/** Empty, or the first thing to correct. */
export function checkSettings(settings: Json): string {
  let problem = checkObject(settings, "settings", ["chains", "schnorr"]);
  if (!problem) problem = checkList(settings.get("chains"), "settings/chains", 0, 50);
  if (!problem) problem = checkChains(settings.get("chains"));
  if (!problem && settings.has("schnorr")) problem = checkSchnorr(settings.get("schnorr"));
  return problem;
}

function checkChains(chains: Json): string {
  const known: string[] = [];
  let chain = chains.first;
  for (let index = 0; chain != null; index++) {
    const at = "settings/chains/" + index.toString();
    const problem = checkChain(chain, at);
    if (problem.length > 0) return problem;
    const chainId = chain.get("chainId").string();
    if (known.includes(chainId)) return at + "/chainId stands on the list already";
    known.push(chainId);
    chain = chain.next;
  }
  return "";
}

function checkChain(chain: Json, at: string): string {
  let problem = checkObject(chain, at, CHAIN);
  if (!problem) problem = checkChainId(chain.get("chainId"), at + "/chainId");
  if (!problem && chain.has("fromHeight")) problem = checkAmount(chain.get("fromHeight"), at + "/fromHeight");
  if (!problem && chain.has("toHeight")) problem = checkAmount(chain.get("toHeight"), at + "/toHeight");
  if (!problem) problem = checkOrder(chain, at);
  if (!problem) problem = checkBoolean(chain.get("onlyVotes"), at + "/onlyVotes");
  if (!problem && chain.has("signingContexts")) {
    problem = checkContexts(chain.get("signingContexts"), at + "/signingContexts");
  }
  if (!problem && chain.has("windows")) problem = checkWindows(chain.get("windows"), at + "/windows");
  return problem;
}

function checkContexts(contexts: Json, at: string): string {
  const problem = checkList(contexts, at, 1, 20);
  let context = contexts.first;
  for (let index = 0; !problem && context != null; index++) {
    if (!isContext(context)) return at + "/" + index.toString() + " must be 64 lowercase hex digits";
    context = context.next;
  }
  return problem;
}

function isContext(value: Json): bool {
  if (!value.isString || value.string().length != 64) return false;
  const text = value.string();
  for (let index = 0; index < 64; index++) {
    const digit = text.charCodeAt(index);
    if (!(digit >= 0x30 && digit <= 0x39) && !(digit >= 0x61 && digit <= 0x66)) return false;
  }
  return true;
}

/** Unlike other names it may be empty: so may a chain's id. */
function checkChainId(value: Json, at: string): string {
  if (value.isString && value.string().length <= CHAIN_ID_MAX) return "";
  return at + " must be text of at most " + CHAIN_ID_MAX.toString() + " characters";
}

function checkOrder(chain: Json, at: string): string {
  if (!chain.has("fromHeight") || !chain.has("toHeight")) return "";
  if (compareDecimals(chain.get("fromHeight").string(), chain.get("toHeight").string()) <= 0) return "";
  return at + "/toHeight is below fromHeight";
}

function checkSchnorr(schnorr: Json): string {
  const problem = checkObject(schnorr, "settings/schnorr", ["windows"]);
  if (problem.length > 0 || !schnorr.has("windows")) return problem;
  return checkWindows(schnorr.get("windows"), "settings/schnorr/windows");
}

function checkWindows(windows: Json, at: string): string {
  let problem = checkList(windows, at, 1, 8);
  const seconds: i64[] = [];
  let window = windows.first;
  for (let index = 0; !problem && window != null; index++) {
    const place = at + "/" + index.toString();
    problem = checkObject(window, place, ["seconds", "max"]);
    if (!problem) problem = checkInteger(window.get("seconds"), place + "/seconds", 1, 31622400);
    if (!problem) problem = checkAmount(window.get("max"), place + "/max");
    if (!problem && seconds.includes(window.get("seconds").integer())) problem = place + " repeats a window";
    if (!problem) seconds.push(window.get("seconds").integer());
    window = window.next;
  }
  return problem;
}
