/** Documents of standards: permits, vote delegation and ballots. */
import { nothing } from "../../../domain/intent.ts";
import { changeOf, erc20, type Effect } from "../effects.ts";
import { addressText } from "../felts.ts";
import { felt, text, u256 } from "../values.ts";
import { REVISION_1, type DocumentSite, type KnownDocument } from "./document.ts";

const OZ = "OpenZeppelin/cairo-contracts v4.0.0-alpha.1 packages";

/** The deadline ends the signature, not the allowance. */
const permitted: Effect<DocumentSite> = (values, { account }) => ({
  allowances: [
    {
      asset: erc20(text(values, "token")),
      owner: account,
      spender: text(values, "spender"),
      amount: u256(values, "amount"),
    },
  ],
});

const delegated: Effect<DocumentSite> = (values) => ({
  control: [changeOf("delegate", text(values, "verifying_contract"), text(values, "delegatee"))],
});

/** A ballot of another account is opaque: nobody knows what this account's signature does there. */
const ballot: Effect<DocumentSite> = (values, { account }) => {
  if (addressText(felt(values, "voter")) === account)
    return nothing("a ballot of a governor counts a vote, once");
  const reason = "the voter of the document is not the account that signs";
  return { opacity: [{ cause: "unknownTypedData", reason }] };
};

export const STANDARD_DOCUMENTS: readonly KnownDocument[] = [
  {
    name: "ERC-20 Permit",
    source: `${OZ}/token/src/erc20/snip12_utils/permit.cairo`,
    revision: "1",
    primaryType: "Permit",
    types: { Permit: "token:ContractAddress,spender:ContractAddress,amount:u256,nonce:felt,deadline:u128" },
    domainTypes: REVISION_1,
    // The token's own name and version: with others the token does not take it.
    domain: {},
    effect: permitted,
  },
  {
    name: "Votes Delegation",
    source: `${OZ}/governance/src/votes/delegation.cairo`,
    revision: "1",
    primaryType: "Delegation",
    types: {
      Delegation: "verifying_contract:ContractAddress,delegatee:ContractAddress,nonce:felt,expiry:u128",
    },
    domainTypes: REVISION_1,
    domain: {},
    effect: delegated,
  },
  {
    name: "Governor Vote",
    source: `${OZ}/governance/src/governor/vote.cairo`,
    revision: "1",
    primaryType: "Vote",
    types: {
      Vote: "verifying_contract:ContractAddress,nonce:felt,proposal_id:felt,support:u128,voter:ContractAddress",
    },
    domainTypes: REVISION_1,
    domain: {},
    effect: ballot,
  },
  {
    name: "Governor VoteWithReasonAndParams",
    source: `${OZ}/governance/src/governor/vote.cairo`,
    revision: "1",
    primaryType: "VoteWithReasonAndParams",
    types: {
      VoteWithReasonAndParams:
        "verifying_contract:ContractAddress,nonce:felt,proposal_id:felt,support:u128,voter:ContractAddress," +
        "reason_hash:felt,params:felt*",
    },
    domainTypes: REVISION_1,
    domain: {},
    effect: ballot,
  },
];
