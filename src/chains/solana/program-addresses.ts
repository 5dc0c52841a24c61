/** Addresses of the programs that Claviger reads. */
import { COMPUTE_BUDGET_PROGRAM_ADDRESS } from "@solana-program/compute-budget";
import { SUPPORTED_MEMO_PROGRAM_ADDRESSES } from "@solana-program/memo";
import { SYSTEM_PROGRAM_ADDRESS } from "@solana-program/system";
import { ASSOCIATED_TOKEN_PROGRAM_ADDRESS, TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";

export const SYSTEM_PROGRAM: string = SYSTEM_PROGRAM_ADDRESS;
export const TOKEN_PROGRAM: string = TOKEN_PROGRAM_ADDRESS;
export const TOKEN_2022_PROGRAM = "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb";
export const ASSOCIATED_TOKEN_PROGRAM: string = ASSOCIATED_TOKEN_PROGRAM_ADDRESS;
export const COMPUTE_BUDGET_PROGRAM: string = COMPUTE_BUDGET_PROGRAM_ADDRESS;
export const STAKE_PROGRAM = "Stake11111111111111111111111111111111111111";
export const LOOKUP_TABLE_PROGRAM = "AddressLookupTab1e1111111111111111111111111";
export const MEMO_PROGRAMS: readonly string[] = SUPPORTED_MEMO_PROGRAM_ADDRESSES;

/** Programs that verify signatures listed in their data; each signature is paid for like one of the transaction. */
export const SIGNATURE_PROGRAMS: ReadonlySet<string> = new Set([
  "Ed25519SigVerify111111111111111111111111111",
  "KeccakSecp256k11111111111111111111111111111",
  "Secp256r1SigVerify1111111111111111111111111",
]);
