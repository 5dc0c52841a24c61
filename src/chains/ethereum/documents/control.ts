/** Documents by which others decide: over votes, positions and the account's name. */
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

/**
 * Kernel's validation ids are a type byte and the validator's address; permissions (type 2) have an id instead. Whose keys
 * the validator takes, and which other code answers, is in data that each module reads in its own way.
 */
const kernelEnable: Effect = (signed) => {
  const { effects, message } = signed;
  const account = contractOf(signed);
  effects.controls("module", account, `0x${text(message, "validationId").slice(4)}`);
  const hook = text(message, "hook");
  if (BigInt(hook) > 1n) effects.controls("module", account, hook);
  const plain =
    text(message, "validatorData") === "0x" &&
    text(message, "hookData") === "0x" &&
    text(message, "selectorData").length <= SELECTOR_ONLY;
  if (!plain) effects.opaque("unknownTypedData", "a module of a Kernel account with data of its own");
};

/** "0x" and the four bytes of one function. */
const SELECTOR_ONLY = 10;

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
    // Caveats only narrow what the delegate may do, by code that is not shown: the whole account counts as delegated.
    name: "MetaMask Delegation",
    type:
      "Delegation(address delegate,address delegator,bytes32 authority,Caveat[] caveats,uint256 salt)" +
      "Caveat(address enforcer,bytes terms)",
    domains: [fixed(FULL, { name: ["DelegationManager"], version: ["1"] })],
    source: "MetaMask/delegation-framework src/utils/Constants.sol, src/DelegationManager.sol",
    effect: ({ effects, message }) =>
      effects.controls("delegate", text(message, "delegator"), text(message, "delegate")),
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
