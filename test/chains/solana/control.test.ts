/** Who decides over accounts, mints and nonces after an instruction; our own key needs no leave. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  getAllocateInstruction,
  getAllocateWithSeedInstruction,
  getAssignInstruction,
  getAssignWithSeedInstruction,
  getAuthorizeNonceAccountInstruction,
  getCreateAccountAllowPrefundInstruction,
  getCreateAccountInstruction,
  getCreateAccountWithSeedInstruction,
  getInitializeNonceAccountInstruction,
  SYSTEM_PROGRAM_ADDRESS,
} from "@solana-program/system";
import {
  AuthorityType,
  getCloseAccountInstruction,
  getFreezeAccountInstruction,
  getInitializeAccount2Instruction,
  getInitializeAccount3Instruction,
  getInitializeAccountInstruction,
  getInitializeMint2Instruction,
  getInitializeMintInstruction,
  getInitializeMultisig2Instruction,
  getInitializeMultisigInstruction,
  getSetAuthorityInstruction,
  TOKEN_PROGRAM_ADDRESS,
} from "@solana-program/token";
import { address, type Address, type Instruction } from "@solana/kit";
import { friend, intentOf, own, stranger, testKey } from "./fixtures.ts";

const MAX = ((1n << 64n) - 1n).toString();
const TOKEN_2022 = address("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb");
const account = testKey(50);
const mint = testKey(51).address;
const program = stranger.address;
const seeded = { baseAccount: own.signer, base: own.address, seed: "savings", programAddress: program };
const created = { payer: own.signer, lamports: 9n, space: 8n, programAddress: program };

type Change = readonly [what: string, of: string, to: string | null];
type Case = readonly [name: string, instruction: Instruction, changes: readonly Change[]];

const taken: readonly Change[] = [["account", account.address, program]];
const theirs: readonly Change[] = [["authority", account.address, friend.address]];
const newNonce = { nonceAccount: account.address, nonceAuthority: own.signer };

const system: readonly Case[] = [
  [
    "allocateWithSeed",
    getAllocateWithSeedInstruction({ ...seeded, newAccount: account.address, space: 80n }),
    taken,
  ],
  ["assignWithSeed", getAssignWithSeedInstruction({ ...seeded, account: account.address }), taken],
  ["assign", getAssignInstruction({ account: account.signer, programAddress: program }), taken],
  [
    "allocate",
    getAllocateInstruction({ newAccount: own.signer, space: 8n }),
    [["account", own.address, SYSTEM_PROGRAM_ADDRESS]],
  ],
  [
    "createAccountWithSeed",
    getCreateAccountWithSeedInstruction({
      ...seeded,
      payer: own.signer,
      newAccount: account.address,
      amount: 9n,
      space: 8n,
    }),
    taken,
  ],
  [
    "createAccountAllowPrefund",
    getCreateAccountAllowPrefundInstruction({ ...created, newAccount: account.signer }),
    taken,
  ],
  [
    "createAccount at our own address",
    getCreateAccountInstruction({ ...created, payer: friend.signer, newAccount: own.signer }),
    [["account", own.address, program]],
  ],
  // The program refuses one that holds lamports, so only what the transfer says is lost.
  ["createAccount elsewhere", getCreateAccountInstruction({ ...created, newAccount: account.signer }), []],
  [
    "authorizeNonceAccount",
    getAuthorizeNonceAccountInstruction({ ...newNonce, newNonceAuthority: friend.address }),
    theirs,
  ],
  [
    "authorizeNonceAccount to ourselves",
    getAuthorizeNonceAccountInstruction({ ...newNonce, newNonceAuthority: own.address }),
    [],
  ],
  [
    "initializeNonceAccount",
    getInitializeNonceAccountInstruction({ nonceAccount: account.address, nonceAuthority: friend.address }),
    theirs,
  ],
  [
    "initializeNonceAccount of ours",
    getInitializeNonceAccountInstruction({ nonceAccount: account.address, nonceAuthority: own.address }),
    [],
  ],
];

function token(programAddress: Address): readonly Case[] {
  const config = { programAddress };
  const newAccount = { account: account.address, mint };
  const set = { owned: account.address, owner: own.signer };
  const mintTo = { owned: mint, owner: own.signer };
  const { AccountOwner, CloseAccount, FreezeAccount, MintTokens } = AuthorityType;
  const authority = (input: typeof set, authorityType: AuthorityType, newAuthority: Address | null) =>
    getSetAuthorityInstruction({ ...input, authorityType, newAuthority }, config);
  const forGood: readonly Change[] = [
    ["authority", mint, null],
    ["irreversible", mint, null],
  ];
  return [
    ["setAuthority(AccountOwner)", authority(set, AccountOwner, friend.address), theirs],
    ["setAuthority(AccountOwner) to ourselves", authority(set, AccountOwner, own.address), []],
    ["setAuthority(CloseAccount)", authority(set, CloseAccount, friend.address), theirs],
    [
      "setAuthority(CloseAccount to none), which the owner can set again",
      authority(set, CloseAccount, null),
      [["authority", account.address, null]],
    ],
    [
      "setAuthority(MintTokens)",
      authority(mintTo, MintTokens, friend.address),
      [["authority", mint, friend.address]],
    ],
    ["setAuthority(MintTokens to none)", authority(mintTo, MintTokens, null), forGood],
    ["setAuthority(FreezeAccount to none)", authority(mintTo, FreezeAccount, null), forGood],
    [
      "freezeAccount",
      getFreezeAccountInstruction({ account: account.address, mint, owner: own.signer }, config),
      [["account", account.address, null]],
    ],
    [
      "initializeAccount",
      getInitializeAccountInstruction({ ...newAccount, owner: friend.address }, config),
      theirs,
    ],
    [
      "initializeAccount2",
      getInitializeAccount2Instruction({ ...newAccount, owner: friend.address }, config),
      theirs,
    ],
    [
      "initializeAccount3",
      getInitializeAccount3Instruction({ ...newAccount, owner: friend.address }, config),
      theirs,
    ],
    [
      "initializeMint",
      getInitializeMintInstruction(
        { mint, decimals: 0, mintAuthority: own.address, freezeAuthority: friend.address },
        config,
      ),
      [["authority", mint, friend.address]],
    ],
    [
      "initializeMint2",
      getInitializeMint2Instruction(
        { mint, decimals: 0, mintAuthority: friend.address, freezeAuthority: stranger.address },
        config,
      ),
      [
        ["authority", mint, friend.address],
        ["authority", mint, stranger.address],
      ],
    ],
    [
      "initializeMultisig",
      getInitializeMultisigInstruction(
        { multisig: account.address, m: 1, signers: [own.address, friend.address] },
        config,
      ),
      theirs,
    ],
    [
      "initializeMultisig2",
      getInitializeMultisig2Instruction(
        { multisig: account.address, m: 1, signers: [friend.address, own.address] },
        config,
      ),
      theirs,
    ],
    [
      "closeAccount to ourselves",
      getCloseAccountInstruction(
        { account: account.address, destination: own.address, owner: own.signer },
        config,
      ),
      // Token-2022 closes mints too.
      programAddress === TOKEN_2022 ? [["account", account.address, null]] : [],
    ],
  ];
}

const cases = [
  ["system", system],
  ["token", token(TOKEN_PROGRAM_ADDRESS)],
  ["token2022", token(TOKEN_2022)],
] as const;

for (const [prefix, list] of cases) {
  for (const [name, instruction, changes] of list) {
    test(`${prefix}.${name}: ${changes.length === 0 ? "no change of control" : "control"}`, () => {
      const intent = intentOf([instruction]);
      assert.equal(intent.opaque, false);
      assert.deepEqual(
        intent.control.map(({ what, of, to }) => [what, of, to]),
        changes,
      );
      const quiet = changes.length === 0 && intent.transfers.length === 0;
      assert.equal(intent.harmless !== undefined, quiet);
    });
  }
}

test("control: the same change in two instructions stands once", () => {
  const twice = system.slice(0, 2).map(([, instruction]) => instruction);
  assert.deepEqual(intentOf(twice).control, [{ what: "account", of: account.address, to: program }]);
});

test("control: what an account holds is an allowance too, so that limits see it", () => {
  const allowances = [{ asset: "*", owner: account.address, spender: program, amount: MAX }];
  for (const [name, instruction] of system.slice(0, 3)) {
    assert.deepEqual(intentOf([instruction]).allowances, allowances, name);
  }
});
