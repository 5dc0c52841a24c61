/**
 * Functions that decide over an account: owners, guardians, recovery, sessions. They are calls of the account to itself,
 * but what is said of them is said of the contract called, whichever it is.
 * @module
 */
import type { Control, ControlKind } from "../../../domain/intent.ts";
import type { Fields } from "../calldata.ts";
import { changes, changeOf, deciding, passesTo, type Effect } from "../effects.ts";
import { known, type Form, type KnownFunction } from "./row.ts";
import { record, records, text, texts } from "../values.ts";

const OPENZEPPELIN =
  "OpenZeppelin/cairo-contracts v4.0.0-alpha.1 packages/interfaces/src/account/accounts.cairo; " +
  "v0.7.0 src/account/interface.cairo";
const ARGENT =
  "argentlabs/argent-contracts-starknet 0.5.0 src/multiowner_account/account_interface.cairo; " +
  "0.4.0 src/account/interface.cairo; 0.3.0 contracts/account/src/argent_account.cairo";
const MULTISIG =
  "argentlabs/argent-contracts-starknet 0.5.0 src/multisig_account/signer_manager.cairo; " +
  "OpenZeppelin/cairo-contracts v4.0.0-alpha.1 packages/interfaces/src/governance/multisig.cairo";
const RECOVERY = "argentlabs/argent-contracts-starknet 0.5.0 src/multisig_account/external_recovery.cairo";
const SESSIONS = "argentlabs/argent-contracts-starknet 0.5.0 src/session/session.cairo";
const BRAAVOS = "myBraavos/braavos-account-cairo 1.2.0 src/signers/interface.cairo";
const BRAAVOS_LIMITS = "myBraavos/braavos-account-cairo 1.2.0 src/dwl/interface.cairo";

/** One entry for each that is added, and one to null where any is removed or nothing else is said. */
function replaced(what: ControlKind, of: string, gained: readonly string[], removed: number): Control[] {
  const each = gained.map((who) => changeOf(what, of, who));
  return removed > 0 || gained.length === 0 ? [...each, changeOf(what, of, null)] : each;
}

/** Lists of whom to remove and whom to add, under these names. */
function swapped(what: ControlKind, removed: string, gained: string): Effect {
  return deciding([what], (values, { to }) => ({
    control: replaced(what, to, texts(values, gained), texts(values, removed).length),
  }));
}

function added(name: string): Effect {
  return deciding(["owner"], (values, { to }) => ({
    control: replaced("owner", to, texts(values, name), 0),
  }));
}

/** A key of 0 means that there is none. */
function keyed(what: ControlKind, name: string): Effect {
  return deciding([what], (values, { to }) => {
    const key = text(values, name);
    return { control: [changeOf(what, to, BigInt(key) === 0n ? null : key)] };
  });
}

const recovered = deciding(["guardian"], (values, { to }) => ({
  control: [changeOf("guardian", to, values["is_enabled"] === true ? text(values, "guardian") : null)],
}));

/** Braavos: a point of secp256r1, of a device or of a passkey. */
const strongSigner = deciding(["owner"], (values, { to }) => {
  const kind = text(values, "signer_type") === WEBAUTHN ? "webauthn" : "secp256r1";
  const x = BigInt(text(record(values, "secp256r1_signer"), "pub_x"));
  return { control: [changeOf("owner", to, `${kind}:0x${x.toString(16).padStart(64, "0")}`)] };
});

const externalSigners = deciding(["owner"], (values, { to }) => ({
  control: replaced(
    "owner",
    to,
    records(values, "signers").map((signer) => text(signer, "address")),
    0,
  ),
}));

/** myBraavos/braavos-account-cairo 1.2.0 src/signers/signer_type.cairo. */
const WEBAUTHN = "0x5";

const SIGNERS = { list: "signer" } as const;
const KEYS = { list: "key" } as const;
const GUIDS = { list: "felt" } as const;
const POINT: Fields = [
  ["pub_x", "u256"],
  ["pub_y", "u256"],
];
const STRONG: Fields = [["secp256r1_signer", { struct: POINT }]];
const SIGNED_BY_NEW: Fields = [
  ["signer_signature", "signerSignature"],
  ["signature_expiration", "u64"],
];
const ESCAPE_CALL: Fields = [
  ["selector", "felt"],
  ["calldata", "felts"],
];

const escaped = changes("owner");

/** 0.3 takes a public key, later versions a signer, or an option of one. */
function keyOrSigner(what: ControlKind, name: string, layout: "signer" | { option: "signer" }): [Form, Form] {
  return [
    { fields: [[name, "key"]], effect: keyed(what, name) },
    { fields: [[name, layout]], effect: passesTo(what, name) },
  ];
}

const SIGNATURE: Fields = [["signature", "felts"]];
const NEW_KEY: readonly [Form, Form] = [
  { fields: [["new_public_key", "key"], ...SIGNATURE], effect: passesTo("owner", "new_public_key") },
  { fields: [["new_public_key", "key"]], effect: passesTo("owner", "new_public_key") },
];

export const ACCOUNT_FUNCTIONS: readonly KnownFunction[] = [
  { name: "set_public_key", source: OPENZEPPELIN, forms: NEW_KEY },
  { name: "setPublicKey", source: OPENZEPPELIN, forms: NEW_KEY },
  {
    name: "change_owner",
    source: ARGENT,
    forms: [
      {
        fields: [
          ["new_owner", "key"],
          ["signature_r", "felt"],
          ["signature_s", "felt"],
        ],
        effect: passesTo("owner", "new_owner"),
      },
      { fields: [["signer_signature", "signerSignature"]], effect: passesTo("owner", "signer_signature") },
    ],
  },
  known(
    "change_owners",
    ARGENT,
    [
      ["owner_guids_to_remove", GUIDS],
      ["owners_to_add", SIGNERS],
      ["owner_alive_signature", { option: { struct: SIGNED_BY_NEW } }],
    ],
    swapped("owner", "owner_guids_to_remove", "owners_to_add"),
  ),
  known(
    "change_guardians",
    ARGENT,
    [
      ["guardian_guids_to_remove", GUIDS],
      ["guardians_to_add", SIGNERS],
    ],
    swapped("guardian", "guardian_guids_to_remove", "guardians_to_add"),
  ),
  {
    name: "change_guardian",
    source: ARGENT,
    forms: keyOrSigner("guardian", "new_guardian", { option: "signer" }),
  },
  {
    name: "change_guardian_backup",
    source: ARGENT,
    forms: keyOrSigner("guardian", "new_guardian_backup", { option: "signer" }),
  },
  { name: "trigger_escape_owner", source: ARGENT, forms: keyOrSigner("owner", "new_owner", "signer") },
  {
    name: "trigger_escape_guardian",
    source: ARGENT,
    forms: keyOrSigner("guardian", "new_guardian", { option: "signer" }),
  },
  known("escape_owner", ARGENT, [], escaped),
  known("escape_guardian", ARGENT, [], changes("guardian")),
  known("cancel_escape", ARGENT, [], changes("guardian")),
  known("set_escape_security_period", ARGENT, [["new_security_period", "u64"]], changes("guardian")),
  known("change_threshold", MULTISIG, [["new_threshold", "u32"]], changes("owner")),
  known("change_quorum", MULTISIG, [["new_quorum", "u32"]], changes("owner")),
  {
    name: "add_signers",
    source: MULTISIG,
    forms: [
      {
        fields: [
          ["new_threshold", "u32"],
          ["signers_to_add", SIGNERS],
        ],
        effect: added("signers_to_add"),
      },
      {
        fields: [
          ["new_threshold", "u32"],
          ["signers_to_add", KEYS],
        ],
        effect: added("signers_to_add"),
      },
    ],
  },
  {
    name: "remove_signers",
    source: MULTISIG,
    forms: [
      {
        fields: [
          ["new_threshold", "u32"],
          ["signers_to_remove", SIGNERS],
        ],
        effect: changes("owner"),
      },
      {
        fields: [
          ["new_threshold", "u32"],
          ["signers_to_remove", KEYS],
        ],
        effect: changes("owner"),
      },
    ],
  },
  {
    name: "replace_signer",
    source: MULTISIG,
    forms: [
      {
        fields: [
          ["signer_to_remove", "signer"],
          ["signer_to_add", "signer"],
        ],
        effect: passesTo("owner", "signer_to_add"),
      },
      {
        fields: [
          ["signer_to_remove", "key"],
          ["signer_to_add", "key"],
        ],
        effect: passesTo("owner", "signer_to_add"),
      },
    ],
  },
  known(
    "toggle_escape",
    RECOVERY,
    [
      ["is_enabled", "bool"],
      ["security_period", "u64"],
      ["expiry_period", "u64"],
      ["guardian", "address"],
    ],
    recovered,
  ),
  known("trigger_escape", RECOVERY, ESCAPE_CALL, escaped),
  known("execute_escape", RECOVERY, ESCAPE_CALL, escaped),
  known("revoke_session", SESSIONS, [["session_hash", "felt"]], changes("delegate")),
  known(
    "add_secp256r1_signer",
    BRAAVOS,
    [...STRONG, ["signer_type", "felt"], ["multisig_threshold", "u32"]],
    strongSigner,
  ),
  known(
    "remove_secp256r1_signer",
    BRAAVOS,
    [
      ["guid", "felt"],
      ["signer_type", "felt"],
      ["multisig_threshold", "u32"],
    ],
    changes("owner"),
  ),
  known(
    "change_secp256r1_signer",
    BRAAVOS,
    [...STRONG, ["existing_guid", "felt"], ["signer_type", "felt"]],
    strongSigner,
  ),
  known("deferred_remove_signers", BRAAVOS, [], changes("owner")),
  known("cancel_deferred_remove_signers", BRAAVOS, [], changes("owner")),
  known("set_execution_time_delay", BRAAVOS, [["time_delay", "u64"]], changes("owner")),
  known("set_multisig_threshold", BRAAVOS, [["multisig_threshold", "u32"]], changes("owner")),
  known(
    "add_external_signers",
    BRAAVOS,
    [
      [
        "signers",
        {
          list: {
            struct: [
              ["address", "address"],
              ["pub_key", "felt"],
            ],
          },
        },
      ],
      ["threshold", "u32"],
    ],
    externalSigners,
  ),
  known(
    "remove_external_signers",
    BRAAVOS,
    [
      ["signer_guids", GUIDS],
      ["threshold", "u32"],
    ],
    changes("owner"),
  ),
  // Below these limits fewer signers are asked.
  known("set_withdrawal_limit_low", BRAAVOS_LIMITS, [["withdrawal_limit_low", "u128"]], changes("owner")),
  known("set_withdrawal_limit_high", BRAAVOS_LIMITS, [["withdrawal_limit_high", "u128"]], changes("owner")),
];
