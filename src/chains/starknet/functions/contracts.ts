/** Contracts in general: who owns them, who has which role, which class they run, and how new ones come to be. */
import { pedersen } from "@scure/starknet";
import { contractAddress } from "../accounts.ts";
import type { Fields } from "../calldata.ts";
import { accepts, changes, changeOf, deciding, passesTo } from "../effects.ts";
import { addressText } from "../felts.ts";
import { known, type Form, type KnownFunction } from "./row.ts";
import { isDeployer } from "../known-contracts.ts";
import { text } from "../values.ts";

const OZ = "OpenZeppelin/cairo-contracts v4.0.0-alpha.1 packages/interfaces/src";
const OWNABLE = `${OZ}/access/ownable.cairo`;
const ROLES = `${OZ}/access/accesscontrol.cairo`;
const DEFAULT_ADMIN = `${OZ}/access/accesscontrol_default_admin_rules.cairo`;
const UPGRADES = `${OZ}/upgrades.cairo; argentlabs/argent-contracts-starknet 0.5.0 src/upgrade.cairo`;
const DEPLOYMENTS = `${OZ}/utils/deployments.cairo`;
const VOTES = `${OZ}/governance/votes.cairo`;

const renounced = deciding(["owner", "irreversible"], (_values, { to }) => ({
  control: [changeOf("owner", to, null), changeOf("irreversible", to, null)],
}));

const upgraded = passesTo("upgrade", "new_class_hash");

/** Data of an upgrade is calls that the account makes, or whatever else the new class takes it for. */
const upgradedWithData = deciding(["upgrade"], (values, { to }) => {
  const upgrade = changeOf("upgrade", to, text(values, "new_class_hash"));
  const { data } = values;
  if (Array.isArray(data) && data.length === 0) return { control: [upgrade] };
  const reason = "an upgrade comes with data that only the new class understands";
  return { control: [upgrade], opacity: [{ cause: "delegateCall", reason }] };
});

const upgradedAndCalled = deciding(["upgrade"], (values, { to }) => ({
  control: [changeOf("upgrade", to, text(values, "new_class_hash"))],
  opacity: [{ cause: "delegateCall", reason: "an upgrade calls the new class" }],
}));

/** Felts of a constructor that are hashed for an address: Pedersen is slow, and there can be 64 deployments. */
const CONSTRUCTOR_HASHED_MAX = 16;

/**
 * What the Universal Deployer makes has an address that can be computed, as its source does: a unique one depends on the
 * caller and the deployer. For any other contract, and for long arguments, the class takes its place.
 */
const deployed = deciding(["deployment"], (values, { account, to, chainId, calldata }) => {
  const classHash = text(values, "class_hash");
  const constructor = calldata.slice(4);
  if (!isDeployer(to, chainId) || constructor.length > CONSTRUCTOR_HASHED_MAX) {
    return { control: [changeOf("deployment", classHash, null)] };
  }
  const salt = calldata[1] ?? 0n;
  const unique = values["unique"] === true;
  const address = contractAddress(
    unique ? BigInt(pedersen(BigInt(account), salt)) : salt,
    BigInt(classHash),
    constructor,
    unique ? BigInt(to) : 0n,
  );
  return { control: [changeOf("deployment", addressText(address), classHash)] };
});

const ROLE: Fields = [
  ["role", "felt"],
  ["account", "address"],
];
const CLASS: Fields = [["new_class_hash", "classHash"]];
const UPGRADE: readonly [Form, Form] = [
  { fields: CLASS, effect: upgraded },
  { fields: [...CLASS, ["data", "felts"]], effect: upgradedWithData },
];
const DEPLOYMENT: Form = {
  fields: [
    ["class_hash", "classHash"],
    ["salt", "felt"],
    ["unique", "bool"],
    ["calldata", "felts"],
  ],
  effect: deployed,
};

const granted = passesTo("authority", "account");
const lost = changes("authority");

const UPGRADE_CALL: Fields = [...CLASS, ["selector", "felt"], ["data", "felts"]];

export const CONTRACT_FUNCTIONS: readonly KnownFunction[] = [
  known("transfer_ownership", OWNABLE, [["new_owner", "address"]], passesTo("owner", "new_owner")),
  known("transferOwnership", OWNABLE, [["new_owner", "address"]], passesTo("owner", "new_owner")),
  known("accept_ownership", OWNABLE, [], accepts("owner")),
  known("acceptOwnership", OWNABLE, [], accepts("owner")),
  known("renounce_ownership", OWNABLE, [], renounced),
  known("renounceOwnership", OWNABLE, [], renounced),
  known("grant_role", ROLES, ROLE, granted),
  known("grantRole", ROLES, ROLE, granted),
  known("grant_role_with_delay", ROLES, [...ROLE, ["delay", "u64"]], granted),
  known("revoke_role", ROLES, ROLE, lost),
  known("revokeRole", ROLES, ROLE, lost),
  known("renounce_role", ROLES, ROLE, lost),
  known("renounceRole", ROLES, ROLE, lost),
  known(
    "begin_default_admin_transfer",
    DEFAULT_ADMIN,
    [["new_admin", "address"]],
    passesTo("authority", "new_admin"),
  ),
  known("cancel_default_admin_transfer", DEFAULT_ADMIN, [], lost),
  known("accept_default_admin_transfer", DEFAULT_ADMIN, [], accepts("authority")),
  known("change_default_admin_delay", DEFAULT_ADMIN, [["new_delay", "u64"]], lost),
  known("rollback_default_admin_delay", DEFAULT_ADMIN, [], lost),
  { name: "upgrade", source: UPGRADES, forms: UPGRADE },
  known("upgrade_and_call", UPGRADES, UPGRADE_CALL, upgradedAndCalled),
  { name: "deploy_contract", source: DEPLOYMENTS, forms: [DEPLOYMENT] },
  { name: "deployContract", source: DEPLOYMENTS, forms: [DEPLOYMENT] },
  known("delegate", VOTES, [["delegatee", "address"]], passesTo("delegate", "delegatee")),
  known(
    "delegate_by_sig",
    VOTES,
    [
      ["delegator", "address"],
      ["delegatee", "address"],
      ["nonce", "felt"],
      ["expiry", "u64"],
      ["signature", "felts"],
    ],
    passesTo("delegate", "delegatee"),
  ),
];
