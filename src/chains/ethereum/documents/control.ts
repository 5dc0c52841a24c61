/** Documents that let others decide: over votes, positions and the account's name. */
import { text } from "../values.ts";
import {
  contractOf,
  fixed,
  FULL,
  UNVERSIONED,
  type Domain,
  type Effect,
  type KnownDocument,
} from "./document.ts";

const votes: Effect = ({ effects, message, signer }) =>
  effects.controls("delegate", signer, text(message, "delegatee"));

/** Whoever is authorised can move all of the owner's positions in the market. */
const manager =
  (owner: string, who: string, granted: string): Effect =>
  ({ effects, message }) =>
    effects.controls("delegate", text(message, owner), message[granted] === true ? text(message, who) : null);

const SNAPSHOT: Domain = fixed({ members: "name,version" }, { name: ["snapshot"], version: ["0.1.4"] });

/** Kernel's validation ids are a type byte and the validator's address; permissions (type 2) have an id instead. */
const kernelEnable: Effect = (signed) => {
  const { effects, message } = signed;
  const validation = text(message, "validationId");
  effects.controls("module", contractOf(signed), `0x${validation.slice(4)}`);
  const hook = text(message, "hook");
  if (BigInt(hook) > 1n) effects.controls("module", contractOf(signed), hook);
};

export const CONTROL_DOCUMENTS: readonly KnownDocument[] = [
  {
    name: "Delegation of votes",
    type: "Delegation(address delegatee,uint256 nonce,uint256 expiry)",
    domains: [FULL, UNVERSIONED],
    source:
      "compound-finance/compound-protocol contracts/Governance/Comp.sol; OpenZeppelin governance/utils/Votes.sol",
    effect: votes,
  },
  {
    name: "Morpho Authorization",
    type: "Authorization(address authorizer,address authorized,bool isAuthorized,uint256 nonce,uint256 deadline)",
    domains: [{ members: "chainId,verifyingContract" }],
    source: "morpho-org/morpho-blue src/libraries/ConstantsLib.sol",
    effect: manager("authorizer", "authorized", "isAuthorized"),
  },
  {
    name: "Compound III Authorization",
    type: "Authorization(address owner,address manager,bool isAllowed,uint256 nonce,uint256 expiry)",
    domains: [FULL],
    source: "compound-finance/comet contracts/CometExt.sol",
    effect: manager("owner", "manager", "isAllowed"),
  },
  {
    name: "Snapshot Alias",
    type: "Alias(address from,address alias,uint64 timestamp)",
    domains: [SNAPSHOT],
    source: "snapshot-labs/snapshot.js src/sign/types.ts",
    effect: ({ effects, message }) =>
      effects.controls("delegate", text(message, "from"), text(message, "alias")),
  },
  {
    name: "Kernel Enable",
    type: "Enable(bytes21 validationId,uint32 nonce,address hook,bytes validatorData,bytes hookData,bytes selectorData)",
    domains: [fixed(FULL, { name: ["Kernel"], version: ["0.3.0-beta", "0.3.1"] })],
    source: "zerodevapp/kernel v3.1 src/core/ValidationManager.sol, src/types/Constants.sol",
    effect: kernelEnable,
  },
];
