/**
 * Functions of an ERC-4337 EntryPoint that its users call (eth-infinitism/account-abstraction: contracts/core/StakeManager.sol,
 * NonceManager.sol). handleOps is left out: what the operations of others do cannot be told.
 * @module
 */
import { text } from "../values.ts";
import { nothing, type Row } from "./row.ts";

export const ENTRY_POINT: readonly Row[] = [
  [
    "0xb760faf9",
    "depositTo",
    "address account",
    // Whose deposit it becomes can take it out again.
    (effects, site, args) =>
      effects.transfer("native", site.to, text(args, "account"), site.value.toString()),
  ],
  [
    "0x205c2878",
    "withdrawTo",
    "address to,uint256 amount",
    (effects, site, args) => effects.transfer("native", site.from, text(args, "to"), text(args, "amount")),
  ],
  ["0x0396cb60", "addStake", "uint32 unstakeDelay", nothing("what is staked stays the sender's")],
  ["0xbb9fe6bf", "unlockStake", "", nothing("unlockStake only starts the sender's own delay")],
  [
    "0xc23a5cea",
    "withdrawStake",
    "address to",
    (effects, site, args) => {
      effects.transfer("native", site.from, text(args, "to"), "0");
      effects.opaque(
        "unstatedAmount",
        "withdrawStake pays out the whole stake, which the call does not state",
      );
    },
  ],
  [
    "0x0bd28e3b",
    "incrementNonce",
    "uint192 key",
    nothing("incrementNonce makes the sender's own operations unusable"),
  ],
];
