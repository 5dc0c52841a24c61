/** Instructions of web3.js version 1, an independent builder, in the form that kit compiles. */
import { type Transaction, TransactionInstruction } from "@solana/web3.js";
import { AccountRole, address, type Instruction } from "@solana/kit";

export function fromWeb3(built: Transaction | TransactionInstruction): Instruction[] {
  const instructions = built instanceof TransactionInstruction ? [built] : built.instructions;
  return instructions.map(({ programId, keys, data }) => ({
    programAddress: address(programId.toBase58()),
    accounts: keys.map(({ pubkey, isSigner, isWritable }) => ({
      address: address(pubkey.toBase58()),
      role: role(isSigner, isWritable),
    })),
    data: new Uint8Array(data),
  }));
}

function role(isSigner: boolean, isWritable: boolean): AccountRole {
  if (isSigner) return isWritable ? AccountRole.WRITABLE_SIGNER : AccountRole.READONLY_SIGNER;
  return isWritable ? AccountRole.WRITABLE : AccountRole.READONLY;
}
