/** The positive list: ballots, follows and proofs of ownership, each with the reason why it moves nothing. */
import { nothing } from "../../../domain/intent.ts";
import { fixed, FULL, UNVERSIONED, type Domain, type KnownDocument } from "./document.ts";

const GOVERNOR = "OpenZeppelin/openzeppelin-contracts contracts/governance/Governor.sol";
const SNAPSHOT_SOURCE = "snapshot-labs/snapshot.js src/sign/types.ts, src/sign/index.ts";
const BALLOT = nothing("it casts a vote, and a Governor takes it for nothing else");
const SNAPSHOT_VOTE = nothing("it casts a vote that Snapshot counts off chain; no contract reads it");
const SNAPSHOT_SOCIAL = nothing("it is a note in Snapshot's database; no contract reads it");

/** Snapshot names no chain by design; the SDK adds one for wallets that insist. */
const SNAPSHOT: readonly Domain[] = ["name,version", "name,version,chainId"].map((members) =>
  fixed({ members }, { name: ["snapshot"], version: ["0.1.4"] }),
);

/** Later members were added one by one, and the types of others changed with the hub's versions. */
const VOTE_TAILS = [
  "",
  ",string reason",
  ",string reason,string app",
  ",string reason,string app,string metadata",
];

const SNAPSHOT_VOTES: readonly KnownDocument[] = ["address", "string"].flatMap((from) =>
  ["bytes32", "string"].flatMap((proposal) =>
    ["uint32", "uint32[]", "string"].flatMap((choice) =>
      VOTE_TAILS.map((tail): KnownDocument => ({
        name: "Snapshot Vote",
        type: `Vote(${from} from,string space,uint64 timestamp,${proposal} proposal,${choice} choice${tail})`,
        domains: SNAPSHOT,
        source: SNAPSHOT_SOURCE,
        effect: SNAPSHOT_VOTE,
      })),
    ),
  ),
);

const SNAPSHOT_NOTES: readonly KnownDocument[] = ["address", "string"].flatMap((from) =>
  [
    ["Follow", "string network,string space,uint64 timestamp"],
    ["Unfollow", "string network,string space,uint64 timestamp"],
    ["Subscribe", "string space,uint64 timestamp"],
    ["Unsubscribe", "string space,uint64 timestamp"],
    ["Profile", "uint64 timestamp,string profile"],
    [
      "Statement",
      "uint64 timestamp,string space,string about,string statement,string discourse,string status,string network",
    ],
  ].map(([primary, rest]): KnownDocument => ({
    name: `Snapshot ${primary}`,
    type: `${primary}(${from} from,${rest})`,
    domains: SNAPSHOT,
    source: SNAPSHOT_SOURCE,
    effect: SNAPSHOT_SOCIAL,
  })),
);

export const HARMLESS_DOCUMENTS: readonly KnownDocument[] = [
  ...SNAPSHOT_VOTES,
  ...SNAPSHOT_NOTES,
  {
    name: "Governor Ballot",
    type: "Ballot(uint256 proposalId,uint8 support)",
    domains: [FULL, UNVERSIONED],
    source: `${GOVERNOR} 4.3 to 4.9; compound-finance/compound-protocol GovernorBravoDelegate.sol`,
    effect: BALLOT,
  },
  {
    name: "Governor Alpha Ballot",
    type: "Ballot(uint256 proposalId,bool support)",
    domains: [UNVERSIONED],
    source: "compound-finance/compound-protocol GovernorAlpha.sol",
    effect: BALLOT,
  },
  {
    name: "Governor Ballot (5)",
    type: "Ballot(uint256 proposalId,uint8 support,address voter,uint256 nonce)",
    domains: [FULL],
    source: `${GOVERNOR} 5.0`,
    effect: BALLOT,
  },
  {
    name: "Governor ExtendedBallot",
    type: "ExtendedBallot(uint256 proposalId,uint8 support,string reason,bytes params)",
    domains: [FULL],
    source: `${GOVERNOR} 4.6 to 4.9`,
    effect: BALLOT,
  },
  {
    name: "Governor ExtendedBallot (5)",
    type: "ExtendedBallot(uint256 proposalId,uint8 support,address voter,uint256 nonce,string reason,bytes params)",
    domains: [FULL],
    source: `${GOVERNOR} 5.0`,
    effect: BALLOT,
  },
  {
    name: "Governor OverrideBallot",
    type: "OverrideBallot(uint256 proposalId,uint8 support,address voter,uint256 nonce,string reason)",
    domains: [FULL],
    source: "OpenZeppelin/openzeppelin-contracts 5.3 GovernorCountingOverridable.sol",
    effect: BALLOT,
  },
  {
    name: "Snapshot X Vote",
    type:
      "Vote(address space,address voter,uint256 proposalId,uint8 choice,IndexedStrategy[] userVotingStrategies," +
      "string voteMetadataURI)IndexedStrategy(uint8 index,bytes params)",
    domains: [fixed(FULL, { name: ["snapshot-x"] })],
    source: "snapshot-labs/sx-evm src/utils/SignatureVerifier.sol",
    effect: nothing("it casts a vote in a Snapshot X space, whose authenticator takes it for nothing else"),
  },
  {
    name: "CoW OrderCancellations",
    type: "OrderCancellations(bytes[] orderUids)",
    domains: [fixed(FULL, { name: ["Gnosis Protocol"], version: ["v2"] })],
    source: "cowprotocol/cow-sdk packages/contracts-ts/src/order.ts",
    effect: nothing("it takes orders out of the book of CoW Protocol"),
  },
  {
    name: "Farcaster VerificationClaim",
    type: "VerificationClaim(uint256 fid,address address,bytes32 blockHash,uint8 network)",
    domains: [
      fixed(
        { members: "name,version,salt" },
        {
          name: ["Farcaster Verify Ethereum Address"],
          version: ["2.0.0"],
          salt: ["0xf2d857f4a3edcb9b78b4d503bfe733db1e3f6cdc2b7971ee739626c97e86a558"],
        },
      ),
    ],
    source: "farcasterxyz/hub-monorepo packages/core/src/crypto/eip712.ts",
    effect: nothing("it proves to Farcaster that the address belongs to a profile; no contract reads it"),
  },
];
