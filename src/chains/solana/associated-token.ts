/**
 * Associated token accounts: the address follows from wallet, token program and mint. So a transaction that creates the
 * recipient's account also proves which wallet receives the tokens.
 * @module
 */
import {
  getCreateAssociatedTokenDiscriminatorBytes,
  getCreateAssociatedTokenIdempotentDiscriminatorBytes,
  getCreateAssociatedTokenIdempotentInstructionDataEncoder,
  getCreateAssociatedTokenInstructionDataEncoder,
  parseCreateAssociatedTokenIdempotentInstruction,
  parseCreateAssociatedTokenInstruction,
} from "@solana-program/token";
import type { AccountMeta } from "@solana/kit";
import { sha256 } from "@noble/hashes/sha2.js";
import { base58 } from "@scure/base";
import { concat, equalBytes, utf8 } from "../../domain/bytes.ts";
import { invalid } from "../../domain/errors.ts";
import { type Effects, nothing } from "./effects.ts";
import { exactly, known, type ProgramReader, programReader } from "./program-reader.ts";
import {
  ASSOCIATED_TOKEN_PROGRAM,
  SYSTEM_PROGRAM,
  TOKEN_2022_PROGRAM,
  TOKEN_PROGRAM,
} from "./program-addresses.ts";

/**
 * Rent-exempt balance: (128 + account bytes) × 3,480 lamports × 2 years, the cluster default. A Token account has 165
 * bytes; Token-2022 adds up to 30 for what a mint can demand when its account is made (transfer fee, transfer hook,
 * non-transferable, pausable, immutable owner).
 */
const RENT_LAMPORTS = new Map([
  [TOKEN_PROGRAM, 2_039_280n],
  [TOKEN_2022_PROGRAM, 2_248_080n],
]);
const HIGHEST_BUMP = 255;
const PDA_MARKER = utf8("ProgramDerivedAddress");

const layouts = [
  known(
    "create",
    getCreateAssociatedTokenDiscriminatorBytes(),
    exactly(parseCreateAssociatedTokenInstruction, getCreateAssociatedTokenInstructionDataEncoder()),
    (parsed) => creation(parsed),
  ),
  known(
    "createIdempotent",
    getCreateAssociatedTokenIdempotentDiscriminatorBytes(),
    exactly(
      parseCreateAssociatedTokenIdempotentInstruction,
      getCreateAssociatedTokenIdempotentInstructionDataEncoder(),
    ),
    (parsed) => creation(parsed),
  ),
];

const reader = programReader("associatedToken", layouts, () => 1);
/** The first release of the program had one instruction and no data. */
const CREATE_DATA = getCreateAssociatedTokenDiscriminatorBytes();

/** recoverNested is not known, hence opaque. */
export const associatedTokenProgram: ProgramReader = {
  functions: reader.functions,
  selector: reader.selector,
  names: (data) => data.length === 0 || reader.names(data),
  read: (instruction, own) =>
    reader.read(instruction.data.length === 0 ? { ...instruction, data: CREATE_DATA } : instruction, own),
};

interface Creation {
  readonly accounts: {
    readonly payer: AccountMeta;
    readonly ata: AccountMeta;
    readonly owner: AccountMeta;
    readonly mint: AccountMeta;
    readonly systemProgram: AccountMeta;
    readonly tokenProgram: AccountMeta;
  };
}

function creation({ accounts }: Creation): Effects | undefined {
  const { payer, ata, owner, mint, systemProgram, tokenProgram } = accounts;
  const rent = RENT_LAMPORTS.get(tokenProgram.address);
  if (rent === undefined || systemProgram.address !== SYSTEM_PROGRAM) return undefined;
  if (!isAssociatedAddress(ata.address, owner.address, tokenProgram.address, mint.address)) {
    // At once, because the program would refuse it too and each further false claim costs 256 hashes.
    throw invalid(
      "/transaction",
      "creates an associated token account at an address that is not its owner's; derive it again " +
        "from owner, token program and mint",
    );
  }
  return {
    ...nothing("associated token accounts are empty when they are made, and their address is their owner's"),
    associated: { account: ata.address, owner: owner.address },
    rent: { payer: payer.address, lamports: rent },
  };
}

/**
 * True when `account` is a program address of wallet, token program and mint under some bump. Whether the bump is the
 * canonical one is left to the program: nothing but these seeds can hash to the address.
 */
function isAssociatedAddress(account: string, owner: string, tokenProgram: string, mint: string): boolean {
  const wanted = base58.decode(account);
  const seeds = concat(base58.decode(owner), base58.decode(tokenProgram), base58.decode(mint));
  const suffix = concat(base58.decode(ASSOCIATED_TOKEN_PROGRAM), PDA_MARKER);
  const input = concat(seeds, new Uint8Array(1), suffix);
  for (let bump = HIGHEST_BUMP; bump >= 0; bump -= 1) {
    input[seeds.length] = bump;
    if (equalBytes(sha256(input), wanted)) return true;
  }
  return false;
}
