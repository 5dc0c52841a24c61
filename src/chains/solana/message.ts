/**
 * Compiled transaction messages, the bytes that are signed: legacy and version 0. The codec accepts trailing bytes, a
 * missing last count and non-minimal lengths, so every message is encoded again and compared.
 * @module
 */
import {
  AccountRole,
  type AccountMeta,
  type Address,
  type CompiledTransactionMessage,
  type CompiledTransactionMessageWithLifetime,
  getCompiledTransactionMessageDecoder,
  getCompiledTransactionMessageEncoder,
  type ReadonlyUint8Array,
} from "@solana/kit";
import { equalBytes } from "../../domain/bytes.ts";
import { invalid } from "../../domain/errors.ts";

type KitMessage = CompiledTransactionMessage & CompiledTransactionMessageWithLifetime;

/** A message of a version that Claviger signs. */
export type TransactionMessage = Exclude<CompiledTransactionMessage, { readonly version: 1 }> &
  CompiledTransactionMessageWithLifetime;

/** One instruction of a message. `accounts` is undefined where one of them is in a lookup table that was not brought. */
export interface MessageInstruction {
  readonly program: Address;
  readonly accounts: readonly AccountMeta[] | undefined;
  readonly accountIndices: readonly number[];
  readonly data: ReadonlyUint8Array;
}

/** The runtime's limit on instructions (SIMD-0160): a message with more of them fails on every cluster. */
const INSTRUCTION_LIMIT = 64;
/** Instructions name accounts by one byte. */
const ACCOUNT_LIMIT = 256;
const VERSION_FLAG = 0x80;
const FIELD = "/transaction";

const decoder = getCompiledTransactionMessageDecoder();
const encoder = getCompiledTransactionMessageEncoder();

/**
 * Decodes a legacy or version 0 message, encodes it again and compares. It checks the form only: see `checkMessage`.
 * @throws SignerError `transaction.invalid` for another version, or bytes that another spelling would also give
 */
export function decodeMessage(bytes: Uint8Array): TransactionMessage {
  const first = bytes[0];
  if (first === undefined)
    throw invalid(FIELD, "has no message after the signatures; send the whole wire format");
  if (first > VERSION_FLAG) {
    throw invalid(
      FIELD,
      `message version ${first - VERSION_FLAG} is not supported; send a legacy or version 0 message`,
    );
  }
  const message = readMessage(bytes);
  if (message === undefined || message.version === 1) {
    throw invalid(
      FIELD,
      "is not a complete Solana message; send the wire format as compiled by a client library",
    );
  }
  if (!equalBytes(encodeMessage(message), bytes)) {
    throw invalid(
      FIELD,
      "is cut short, has trailing bytes or a length that is not in its shortest form; encode it again",
    );
  }
  return message;
}

/** The bytes that are signed. */
export function encodeMessage(message: TransactionMessage): Uint8Array {
  return new Uint8Array(encoder.encode(message));
}

/** Length of the message at the start of `bytes`, of any version; undefined where there is none. */
export function messageLength(bytes: Uint8Array): number | undefined {
  try {
    return decoder.read(bytes, 0)[1];
  } catch {
    return undefined;
  }
}

/**
 * The runtime's own sanitizing: header counts, account and program indexes, duplicates.
 * @throws SignerError `transaction.invalid`
 */
export function checkMessage(message: TransactionMessage): void {
  const { numSignerAccounts, numReadonlySignerAccounts, numReadonlyNonSignerAccounts } = message.header;
  const staticCount = message.staticAccounts.length;
  if (numReadonlySignerAccounts >= numSignerAccounts) {
    throw invalid(FIELD, "header: the fee payer, the first signer, must be writable");
  }
  if (numSignerAccounts + numReadonlyNonSignerAccounts > staticCount) {
    throw invalid(
      FIELD,
      "header: counts more signers and read-only accounts than there are accounts; compile it again",
    );
  }
  if (new Set(message.staticAccounts).size !== staticCount) {
    throw invalid(FIELD, "lists the same account twice; compile it again");
  }
  const lookups = addressTableLookups(message);
  if (lookups.some((lookup) => lookup.writableIndexes.length + lookup.readonlyIndexes.length === 0)) {
    throw invalid(
      FIELD,
      "names an address lookup table without loading an account from it; leave the table out",
    );
  }
  const loaded = lookups.reduce(
    (sum, lookup) => sum + lookup.writableIndexes.length + lookup.readonlyIndexes.length,
    0,
  );
  if (staticCount + loaded > ACCOUNT_LIMIT)
    throw invalid(FIELD, `uses more than ${ACCOUNT_LIMIT} accounts; split the transaction`);
  checkInstructions(message, staticCount, staticCount + loaded);
}

function checkInstructions(message: TransactionMessage, staticCount: number, accountCount: number): void {
  if (message.instructions.length > INSTRUCTION_LIMIT) {
    throw invalid(
      FIELD,
      `has more than ${INSTRUCTION_LIMIT} instructions, which no cluster executes; split the transaction`,
    );
  }
  for (const [position, instruction] of message.instructions.entries()) {
    const { programAddressIndex, accountIndices = [] } = instruction;
    if (programAddressIndex === 0)
      throw invalid(FIELD, `instruction ${position}: the fee payer cannot be a program; compile it again`);
    if (programAddressIndex >= staticCount) {
      throw invalid(FIELD, `instruction ${position}: the program must be one of the message's own accounts`);
    }
    if (accountIndices.some((index) => index >= accountCount)) {
      throw invalid(
        FIELD,
        `instruction ${position}: names an account that the message does not have; compile it again`,
      );
    }
  }
}

/** Address lookup tables of a version 0 message; a legacy message has none. */
export function addressTableLookups(message: TransactionMessage) {
  return message.version === 0 ? (message.addressTableLookups ?? []) : [];
}

/** Accounts that the message itself names, in order, with the role that its header gives them. */
export function staticAccounts(message: TransactionMessage): readonly AccountMeta[] {
  const { numSignerAccounts, numReadonlySignerAccounts, numReadonlyNonSignerAccounts } = message.header;
  const writableSigners = numSignerAccounts - numReadonlySignerAccounts;
  const writableOthers = message.staticAccounts.length - numReadonlyNonSignerAccounts;
  return message.staticAccounts.map((address, index) => {
    if (index < writableSigners) return { address, role: AccountRole.WRITABLE_SIGNER };
    if (index < numSignerAccounts) return { address, role: AccountRole.READONLY_SIGNER };
    return { address, role: index < writableOthers ? AccountRole.WRITABLE : AccountRole.READONLY };
  });
}

/**
 * Instructions of a message that passed `checkMessage`, with their accounts resolved.
 * @param loaded the accounts from lookup tables, undefined where they are not known
 */
export function messageInstructions(
  message: TransactionMessage,
  loaded: readonly (AccountMeta | undefined)[],
): readonly MessageInstruction[] {
  const known = [...staticAccounts(message), ...loaded];
  return message.instructions.map(({ programAddressIndex, accountIndices = [], data = new Uint8Array() }) => {
    const program = message.staticAccounts[programAddressIndex];
    if (program === undefined) throw invalid(FIELD, "the program must be one of the message's own accounts");
    return { program, accounts: resolve(accountIndices, known), accountIndices, data };
  });
}

function resolve(
  indices: readonly number[],
  known: readonly (AccountMeta | undefined)[],
): readonly AccountMeta[] | undefined {
  const accounts = indices.map((index) => known[index]).filter((account) => account !== undefined);
  return accounts.length === indices.length ? accounts : undefined;
}

function readMessage(bytes: Uint8Array): KitMessage | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}
