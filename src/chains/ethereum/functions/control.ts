/** Functions that change who decides over a contract: owners, roles, votes, modules, and the code that a proxy runs. */
import { ZERO_ADDRESS } from "../address.ts";
import type { CallSite, Effects } from "../effects.ts";
import type { ControlKind } from "../../../domain/intent.ts";
import { hex, records, text, texts, type Values } from "../values.ts";
import { nothing, type Effect, type Row } from "./row.ts";

/** `to` of a control: the zero address is nobody. */
function somebody(address: string): string | null {
  return address === ZERO_ADDRESS ? null : address;
}

/** The called contract gets a new `what`, named by the argument `name`. */
function names(what: ControlKind, name: string): Effect {
  return (effects, site, args) => effects.controls(what, site.to, somebody(text(args, name)));
}

/** The called contract loses one, or the call does not say who decides afterwards. */
function ends(what: ControlKind): Effect {
  return (effects, site) => effects.controls(what, site.to, null);
}

/** The sender takes what was offered to it. */
function takes(what: ControlKind): Effect {
  return (effects, site) => effects.controls(what, site.to, site.from);
}

/** Nobody owns the contract any more, and nobody can change that. */
const renounce: Effect = (effects, site) => {
  effects.controls("owner", site.to, null);
  effects.controls("irreversible", site.to, null);
};

const ownership: Effect = (effects, site, args) => {
  const to = somebody(text(args, "newOwner"));
  effects.controls("owner", site.to, to);
  if (to === null) effects.controls("irreversible", site.to, null);
};

/** The new code runs `data` as the proxy, with the caller as its sender; empty data runs nothing. */
const upgradeToAndCall: Effect = (effects, site, args) => {
  effects.controls("upgrade", site.to, text(args, "newImplementation"));
  const data = hex(args, "data");
  return data === "0x" ? [] : [{ ...site, value: 0n, data }];
};

const adminUpgrade: Effect = (effects, _site, args) =>
  effects.controls("upgrade", text(args, "proxy"), text(args, "implementation"));

/** A proxy's admin contract upgrades the proxy and sends it a call, with all that it was paid. */
const adminUpgradeAndCall: Effect = (effects, site, args) => {
  adminUpgrade(effects, site, args);
  const data = hex(args, "data");
  if (data === "0x" && site.value === 0n) return [];
  return [{ ...site, from: site.to, to: text(args, "proxy"), data }];
};

/** ERC-2535: facets are code; the last call is a delegatecall of what the sender names. */
const diamondCut: Effect = (effects, site, args) => {
  for (const cut of records(args, "cuts")) {
    effects.controls("upgrade", site.to, somebody(text(cut, "facet")));
  }
  const init = text(args, "init");
  if (init !== ZERO_ADDRESS) effects.opaque("delegateCall", `a diamond cut that delegatecalls ${init}`);
};

/** Votes are the sender's own: they are decided over, wherever the votes are counted. */
const delegateVotes: Effect = (effects, site, args) =>
  effects.controls("delegate", site.from, somebody(text(args, "delegatee")));

/** Whose votes they are, only the signature says; the contract that counts them stands for them. */
const delegateBySignature: Effect = (effects, site, args) =>
  effects.controls("delegate", site.to, somebody(text(args, "delegatee")));

const endsVotes: Effect = (effects, site) => effects.controls("delegate", site.from, null);

const publicKeyOwner: Effect = (effects, site, args) =>
  effects.controls("owner", site.to, `${text(args, "x")}${text(args, "y").slice(2)}`);

/** How many owners must sign can change too, and for that nobody can be named. */
const ownerWithThreshold: Effect = (effects, site, args) => {
  effects.controls("owner", site.to, somebody(text(args, "owner")));
  effects.controls("owner", site.to, null);
};

const updateOwners: Effect = (effects, site, args) => {
  for (const owner of texts(args, "ownersToAdd")) effects.controls("owner", site.to, owner);
  if (texts(args, "ownersToRemove").length > 0) effects.controls("owner", site.to, null);
};

/** Who set a Safe up decides what it asks: owners, a handler, and code that runs once as the Safe. */
function setUpSafe(effects: Effects, site: CallSite, args: Values): void {
  for (const owner of texts(args, "owners")) effects.controls("owner", site.to, owner);
  effects.controls("module", site.to, somebody(text(args, "fallbackHandler")));
  const to = text(args, "to");
  if (to !== ZERO_ADDRESS) effects.opaque("delegateCall", `the setup of a Safe that delegatecalls ${to}`);
  if (text(args, "payment") === "0") return;
  const token = text(args, "paymentToken");
  const receiver = text(args, "paymentReceiver");
  // The zero receiver is whoever sends the transaction.
  if (receiver === ZERO_ADDRESS) effects.opaque("unstatedAmount", "a Safe that pays for its setup");
  const asset = token === ZERO_ADDRESS ? "native" : `erc20:${token}`;
  effects.transfer(asset, site.to, receiver, text(args, "payment"));
}

const OWNERSHIP: readonly Row[] = [
  // ERC-173 and OpenZeppelin Ownable, Ownable2Step; Solady, Ownable
  ["0xf2fde38b", "transferOwnership", "address newOwner", ownership],
  ["0x79ba5097", "acceptOwnership", "", takes("owner")],
  ["0x715018a6", "renounceOwnership", "", renounce],
  ["0x4e71e0c8", "claimOwnership", "", takes("owner")],
  ["0x078dfbe7", "transferOwnership", "address newOwner,bool direct,bool renounce", ownership],
  ["0xf04e283e", "completeOwnershipHandover", "address pendingOwner", names("owner", "pendingOwner")],
  ["0x13af4035", "setOwner", "address newOwner", ownership],
  // Gnosis MultiSigWallet
  ["0x7065cb48", "addOwner", "address owner", names("owner", "owner")],
  ["0x173825d9", "removeOwner", "address owner", ends("owner")],
  ["0xe20056e6", "replaceOwner", "address owner,address newOwner", names("owner", "newOwner")],
  ["0xba51a6df", "changeRequirement", "uint256 required", ends("owner")],
];

const ROLES: readonly Row[] = [
  // OpenZeppelin AccessControl and AccessControlDefaultAdminRules
  ["0x2f2ff15d", "grantRole", "bytes32 role,address account", names("authority", "account")],
  ["0xd547741f", "revokeRole", "bytes32 role,address account", ends("authority")],
  ["0x36568abe", "renounceRole", "bytes32 role,address account", ends("authority")],
  ["0x634e93da", "beginDefaultAdminTransfer", "address newAdmin", names("authority", "newAdmin")],
  ["0xcefc1429", "acceptDefaultAdminTransfer", "", takes("authority")],
  [
    "0xd602b9fd",
    "cancelDefaultAdminTransfer",
    "",
    nothing("cancelDefaultAdminTransfer leaves the admin as it is"),
  ],
  ["0x649a5ec7", "changeDefaultAdminDelay", "uint48 newDelay", ends("authority")],
  // Solady OwnableRoles; DSAuth and Solmate Auth; MakerDAO wards
  ["0x1c10893f", "grantRoles", "address user,uint256 roles", names("authority", "user")],
  ["0x4a4ee7b1", "revokeRoles", "address user,uint256 roles", ends("authority")],
  ["0x183a4f6e", "renounceRoles", "uint256 roles", ends("authority")],
  ["0x7a9e5e4b", "setAuthority", "address authority", names("authority", "authority")],
  ["0x65fae35e", "rely", "address user", names("authority", "user")],
  ["0x9c52a7f1", "deny", "address user", ends("authority")],
];

const UPGRADES: readonly Row[] = [
  // ERC-1822 and ERC-1967: OpenZeppelin UUPSUpgradeable, TransparentUpgradeableProxy, ProxyAdmin, UpgradeableBeacon
  ["0x3659cfe6", "upgradeTo", "address newImplementation", names("upgrade", "newImplementation")],
  ["0x4f1ef286", "upgradeToAndCall", "address newImplementation,bytes data", upgradeToAndCall],
  ["0x8f283970", "changeAdmin", "address newAdmin", names("upgrade", "newAdmin")],
  ["0x99a88ec4", "upgrade", "address proxy,address implementation", adminUpgrade],
  ["0x9623609d", "upgradeAndCall", "address proxy,address implementation,bytes data", adminUpgradeAndCall],
  [
    "0x7eff275e",
    "changeProxyAdmin",
    "address proxy,address newAdmin",
    (effects, _site, args) => effects.controls("upgrade", text(args, "proxy"), text(args, "newAdmin")),
  ],
  [
    "0x1f931c1c",
    "diamondCut",
    "(address facet,uint8 action,bytes4[] selectors)[] cuts,address init,bytes data",
    diamondCut,
  ],
];

const VOTES: readonly Row[] = [
  // ERC-5805 and Compound's COMP; Aave governance tokens; Snapshot's delegate registry; delegate.xyz v2
  ["0x5c19a95c", "delegate", "address delegatee", delegateVotes],
  [
    "0xc3cda520",
    "delegateBySig",
    "address delegatee,uint256 nonce,uint256 expiry,uint8 v,bytes32 r,bytes32 s",
    delegateBySignature,
  ],
  ["0xdc937e1c", "delegateByType", "address delegatee,uint8 delegationType", delegateVotes],
  ["0xbd86e508", "setDelegate", "bytes32 id,address delegatee", delegateVotes],
  ["0xf0bedbe2", "clearDelegate", "bytes32 id", endsVotes],
  ["0x30ff3140", "delegateAll", "address delegatee,bytes32 rights,bool enable", delegateVotes],
  [
    "0x56781388",
    "castVote",
    "uint256 proposalId,uint8 support",
    nothing("castVote counts the sender's own votes"),
  ],
];

const ACCOUNTS: readonly Row[] = [
  // Safe: contracts/base/OwnerManager.sol, ModuleManager.sol, GuardManager.sol, FallbackManager.sol, Safe.sol
  ["0x0d582f13", "addOwnerWithThreshold", "address owner,uint256 threshold", ownerWithThreshold],
  ["0xf8dc5dd9", "removeOwner", "address prevOwner,address owner,uint256 threshold", ends("owner")],
  [
    "0xe318b52b",
    "swapOwner",
    "address prevOwner,address oldOwner,address newOwner",
    names("owner", "newOwner"),
  ],
  ["0x694e80c3", "changeThreshold", "uint256 threshold", ends("owner")],
  ["0x610b5925", "enableModule", "address module", names("module", "module")],
  ["0xe009cfde", "disableModule", "address prevModule,address module", ends("module")],
  ["0xe19a9dd9", "setGuard", "address guard", names("module", "guard")],
  ["0xe068df37", "setModuleGuard", "address guard", names("module", "guard")],
  ["0xf08a0323", "setFallbackHandler", "address handler", names("module", "handler")],
  [
    "0xb63e800d",
    "setup",
    "address[] owners,uint256 threshold,address to,bytes data,address fallbackHandler,address paymentToken," +
      "uint256 payment,address paymentReceiver",
    setUpSafe,
  ],
  // ERC-7579
  [
    "0x9517e29f",
    "installModule",
    "uint256 moduleType,address module,bytes initData",
    names("module", "module"),
  ],
  ["0xa71763a8", "uninstallModule", "uint256 moduleType,address module,bytes deInitData", ends("module")],
  // Coinbase, smart-wallet: src/MultiOwnable.sol; Alchemy, light-account: src/MultiOwnerLightAccount.sol
  ["0x0f0f3f24", "addOwnerAddress", "address owner", names("owner", "owner")],
  ["0x29565e3b", "addOwnerPublicKey", "bytes32 x,bytes32 y", publicKeyOwner],
  ["0x89625b57", "removeOwnerAtIndex", "uint256 index,bytes owner", ends("owner")],
  ["0xb8197367", "removeLastOwner", "uint256 index,bytes owner", renounce],
  ["0x39562247", "updateOwners", "address[] ownersToAdd,address[] ownersToRemove", updateOwners],
];

export const CONTROL: readonly Row[] = [...OWNERSHIP, ...ROLES, ...UPGRADES, ...VOTES, ...ACCOUNTS];
