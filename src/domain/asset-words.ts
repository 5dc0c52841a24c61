/**
 * Names under which typed documents that move assets are known to travel, on every chain that has typed data. They only
 * ever make a document opaque: what a document does is read from the exact types that an adapter knows.
 * @module
 */

/** Parts of type names: orders, permits, delegations and signed calls. */
const MOVES_ASSETS = new RegExp(
  [
    "permit|authoriz|approv|delegat|session|safetx|safemessage|typeddatasign",
    "transfer|withdraw|claim|redeem|payment|bridge",
    "order|swap|trade|listing|offer|bid|intent",
    "forwardrequest|metatransaction|userop|execut|batch|multicall|outside",
    "(?:account|wallet)message",
  ].join("|"),
  "i",
);

/** Whole names of members, in lower case. A hash stands for a document that nobody here can see. */
const MOVING_MEMBERS: ReadonlySet<string> = new Set([
  "spender",
  "operator",
  "delegate",
  "delegatee",
  "permitted",
  "allowance",
  "calldata",
  "offerer",
  "consideration",
  "recipient",
  "beneficiary",
  "payee",
  "hash",
  "digest",
  "messagehash",
  "userophash",
]);

/** True where a document with this type, and these members in it, may well move assets. */
export function soundsLikeMovingAssets(typeName: string, memberNames: readonly string[]): boolean {
  return MOVES_ASSETS.test(typeName) || memberNames.some((name) => MOVING_MEMBERS.has(name.toLowerCase()));
}
