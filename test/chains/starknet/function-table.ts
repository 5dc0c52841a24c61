/**
 * Calls of every known function in every known form, as felts, and what they do. Written down apart from src: taking an
 * effect out of a row there fails here.
 */
import { hash } from "starknet";
import type { Allowance, Control, ControlKind, OpaqueCause, Transfer } from "../../../src/domain/intent.ts";
import { KEY, padded } from "./sample.ts";

export interface FunctionCase {
  readonly name: string;
  readonly felts: readonly (string | number)[];
  readonly transfers: readonly Transfer[];
  readonly allowances: readonly Allowance[];
  readonly control: readonly Control[];
  readonly causes: readonly OpaqueCause[];
}

/** The contract that every case calls; no deployment that is known. */
export const CONTRACT = padded("0xc0ffee");
const A = padded("0xa1");
const B = padded("0xa2");
const ME = KEY.address;
const PUBLIC_KEY = padded(`0x5${"1".repeat(62)}`);
const OTHER_KEY = padded(`0x4${"2".repeat(62)}`);
const CLASS = padded(`0x3${"3".repeat(62)}`);
const UNLIMITED = (2n ** 256n - 1n).toString();
const text = (word: string): string => `0x${Buffer.from(word).toString("hex")}`;

type Found = Partial<Omit<FunctionCase, "name" | "felts">>;

function row(name: string, felts: FunctionCase["felts"], found: Found): FunctionCase {
  return { name, felts, transfers: [], allowances: [], control: [], causes: [], ...found };
}

function moves(kind: string, from: string, to: string, amount: string): Found {
  return {
    transfers: [{ asset: `starknet-${kind.replace("@", CONTRACT)}`, from, to, amount, ownChange: false }],
  };
}

function allows(kind: string, owner: string, spender: string, amount: string): Found {
  return { allowances: [{ asset: `starknet-${kind.replace("@", CONTRACT)}`, owner, spender, amount }] };
}

function controls(...changes: readonly (readonly [ControlKind, string | null])[]): Found {
  return { control: changes.map(([what, to]) => ({ what, of: CONTRACT, to })) };
}

/** The same case under a second spelling of the name. */
function both(names: readonly [string, string], felts: FunctionCase["felts"], found: Found): FunctionCase[] {
  return names.map((name) => row(name, felts, found));
}

const TOKENS: readonly FunctionCase[] = [
  row("transfer", [A, 42, 1], moves("erc20:@", ME, A, (2n ** 128n + 42n).toString())),
  ...both(["transfer_from", "transferFrom"], [A, B, 42, 0], moves("erc20:@", A, B, "42")),
  row("approve", [A, 42, 0], allows("erc20:@", ME, A, "42")),
  ...both(["increase_allowance", "increaseAllowance"], [A, 42, 0], allows("erc20:@", ME, A, "42")),
  ...both(["decrease_allowance", "decreaseAllowance"], [A, 42, 0], { causes: ["unknownContract"] }),
  row("permit", [A, B, 42, 0, 99, 2, 7, 8], allows("erc20:@", A, B, "42")),
  ...both(["safe_transfer_from", "safeTransferFrom"], [A, B, 7, 0, 2, 5, 6], moves("erc721:@/7", A, B, "1")),
  ...both(
    ["safe_transfer_from", "safeTransferFrom"],
    [A, B, 7, 0, 42, 0, 0],
    moves("erc1155:@/7", A, B, "42"),
  ),
  ...both(["safe_batch_transfer_from", "safeBatchTransferFrom"], [A, B, 2, 7, 0, 8, 0, 2, 42, 0, 43, 0, 0], {
    transfers: [
      ...(moves("erc1155:@/7", A, B, "42").transfers ?? []),
      ...(moves("erc1155:@/8", A, B, "43").transfers ?? []),
    ],
  }),
  ...both(["safe_batch_transfer_from", "safeBatchTransferFrom"], [A, B, 0, 0, 0], {
    causes: ["unknownContract"],
  }),
  ...both(["set_approval_for_all", "setApprovalForAll"], [A, 1], allows("erc721:@/*", ME, A, UNLIMITED)),
  // Any felt but 0 is true to Cairo.
  ...both(["set_approval_for_all", "setApprovalForAll"], [A, 2], allows("erc721:@/*", ME, A, UNLIMITED)),
  ...both(["set_approval_for_all", "setApprovalForAll"], [A, 0], allows("erc721:@/*", ME, A, "0")),
];

const CONTRACTS: readonly FunctionCase[] = [
  ...both(["transfer_ownership", "transferOwnership"], [A], controls(["owner", A])),
  ...both(["accept_ownership", "acceptOwnership"], [], controls(["owner", ME])),
  ...both(["renounce_ownership", "renounceOwnership"], [], controls(["owner", null], ["irreversible", null])),
  ...both(["grant_role", "grantRole"], [5, A], controls(["authority", A])),
  row("grant_role_with_delay", [5, A, 60], controls(["authority", A])),
  ...both(["revoke_role", "revokeRole"], [5, A], controls(["authority", null])),
  ...both(["renounce_role", "renounceRole"], [5, A], controls(["authority", null])),
  row("begin_default_admin_transfer", [A], controls(["authority", A])),
  row("cancel_default_admin_transfer", [], controls(["authority", null])),
  row("accept_default_admin_transfer", [], controls(["authority", ME])),
  row("change_default_admin_delay", [60], controls(["authority", null])),
  row("rollback_default_admin_delay", [], controls(["authority", null])),
  row("upgrade", [CLASS], controls(["upgrade", CLASS])),
  row("upgrade", [CLASS, 0], controls(["upgrade", CLASS])),
  row("upgrade", [CLASS, 1, 0], { ...controls(["upgrade", CLASS]), causes: ["delegateCall"] }),
  row("upgrade_and_call", [CLASS, 9, 1, 0], { ...controls(["upgrade", CLASS]), causes: ["delegateCall"] }),
  ...both(["deploy_contract", "deployContract"], [CLASS, 1, 0, 2, 8, 9], {
    control: [{ what: "deployment", of: CLASS, to: null }],
  }),
  row("delegate", [A], controls(["delegate", A])),
  row("delegate_by_sig", [A, B, 0, 99, 2, 7, 8], controls(["delegate", B])),
];

const ETHEREUM = `0x${"e".repeat(40)}`;
const OLD_KEY_SIGNATURE = [7, 8];
const HALVES = [1, 2];
const ORIGIN = [3, 104, 116, 116];
const FIRST_OF_U256 = `0x${"0".repeat(31)}2${"0".repeat(31)}1`;

const ARGENT: readonly FunctionCase[] = [
  row("change_owner", [PUBLIC_KEY, ...OLD_KEY_SIGNATURE], controls(["owner", PUBLIC_KEY])),
  row("change_owner", [0, PUBLIC_KEY, 7, 8], controls(["owner", PUBLIC_KEY])),
  row("change_owner", [3, ETHEREUM, 1, 2, 3, 4, 1], controls(["owner", `eip191:${ETHEREUM}`])),
  row(
    "change_owners",
    [1, 5, 2, 0, PUBLIC_KEY, 1, ETHEREUM, 0, 0, OTHER_KEY, 7, 8, 99],
    controls(["owner", PUBLIC_KEY], ["owner", `secp256k1:${ETHEREUM}`], ["owner", null]),
  ),
  row("change_owners", [0, 1, 2, ...HALVES, 1], controls(["owner", `secp256r1:${FIRST_OF_U256}`])),
  row("change_owners", [0, 0, 1], controls(["owner", null])),
  row(
    "change_guardians",
    [0, 1, 4, ...ORIGIN, 5, 6, ...HALVES],
    controls(["guardian", `webauthn:${FIRST_OF_U256}`]),
  ),
  row("change_guardians", [1, 5, 0], controls(["guardian", null])),
  ...["change_guardian", "change_guardian_backup", "trigger_escape_guardian"].flatMap((name) => [
    row(name, [PUBLIC_KEY], controls(["guardian", PUBLIC_KEY])),
    row(name, [0], controls(["guardian", null])),
    row(name, [0, 0, PUBLIC_KEY], controls(["guardian", PUBLIC_KEY])),
    row(name, [1], controls(["guardian", null])),
  ]),
  row("trigger_escape_owner", [PUBLIC_KEY], controls(["owner", PUBLIC_KEY])),
  row("trigger_escape_owner", [0, PUBLIC_KEY], controls(["owner", PUBLIC_KEY])),
  row("escape_owner", [], controls(["owner", null])),
  row("escape_guardian", [], controls(["guardian", null])),
  row("cancel_escape", [], controls(["guardian", null])),
  row("set_escape_security_period", [600], controls(["guardian", null])),
  row("change_threshold", [2], controls(["owner", null])),
  row("change_quorum", [2], controls(["owner", null])),
  row(
    "add_signers",
    [2, 2, 0, PUBLIC_KEY, 0, OTHER_KEY],
    controls(["owner", PUBLIC_KEY], ["owner", OTHER_KEY]),
  ),
  row("add_signers", [2, 2, PUBLIC_KEY, OTHER_KEY], controls(["owner", PUBLIC_KEY], ["owner", OTHER_KEY])),
  row("add_signers", [2, 0], controls(["owner", null])),
  row("remove_signers", [2, 1, 0, PUBLIC_KEY], controls(["owner", null])),
  row("remove_signers", [2, 1, PUBLIC_KEY], controls(["owner", null])),
  row("replace_signer", [0, PUBLIC_KEY, 0, OTHER_KEY], controls(["owner", OTHER_KEY])),
  row("replace_signer", [PUBLIC_KEY, OTHER_KEY], controls(["owner", OTHER_KEY])),
  row("toggle_escape", [1, 600, 600, A], controls(["guardian", A])),
  row("toggle_escape", [0, 0, 0, 0], controls(["guardian", null])),
  row("trigger_escape", [9, 2, 7, 8], controls(["owner", null])),
  row("execute_escape", [9, 2, 7, 8], controls(["owner", null])),
  row("revoke_session", [text("hash")], controls(["delegate", null])),
];

const OTHER_ACCOUNTS: readonly FunctionCase[] = [
  ...both(["set_public_key", "setPublicKey"], [PUBLIC_KEY, 2, 7, 8], controls(["owner", PUBLIC_KEY])),
  ...both(["set_public_key", "setPublicKey"], [PUBLIC_KEY], controls(["owner", PUBLIC_KEY])),
  row("add_secp256r1_signer", [...HALVES, 3, 4, 2, 2], controls(["owner", `secp256r1:${FIRST_OF_U256}`])),
  row("add_secp256r1_signer", [...HALVES, 3, 4, 5, 2], controls(["owner", `webauthn:${FIRST_OF_U256}`])),
  row("remove_secp256r1_signer", [5, 2, 1], controls(["owner", null])),
  row("change_secp256r1_signer", [...HALVES, 3, 4, 9, 2], controls(["owner", `secp256r1:${FIRST_OF_U256}`])),
  row("deferred_remove_signers", [], controls(["owner", null])),
  row("cancel_deferred_remove_signers", [], controls(["owner", null])),
  row("set_execution_time_delay", [600], controls(["owner", null])),
  row("set_multisig_threshold", [2], controls(["owner", null])),
  row("add_external_signers", [1, A, PUBLIC_KEY, 2], controls(["owner", A])),
  row("remove_external_signers", [1, 5, 2], controls(["owner", null])),
  row("set_withdrawal_limit_low", [5], controls(["owner", null])),
  row("set_withdrawal_limit_high", [5], controls(["owner", null])),
];

export const FUNCTION_CASES: readonly FunctionCase[] = [
  ...TOKENS,
  ...CONTRACTS,
  ...ARGENT,
  ...OTHER_ACCOUNTS,
];

/** Multicall calldata of `calls`, with selectors by the starknet package. */
export function multicall(
  ...calls: readonly (readonly [to: string, name: string, felts: FunctionCase["felts"]])[]
): (string | number)[] {
  return [
    calls.length,
    ...calls.flatMap(([to, name, felts]) => [to, hash.getSelectorFromName(name), felts.length, ...felts]),
  ];
}
