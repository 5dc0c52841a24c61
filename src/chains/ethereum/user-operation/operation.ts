/**
 * User operations of ERC-4337, read strictly in the form of the bundlers' RPC (ERC-7769): separate members for factory and
 * paymaster from 0.7 on, packed ones in 0.6. Kept as the EntryPoint hashes them.
 * @module
 */
import { parseQuantity } from "../../../domain/amounts.ts";
import { bigintToBytes, toHex } from "../../../domain/bytes.ts";
import { invalid, refused } from "../../../domain/errors.ts";
import { readAddress } from "../address.ts";
import { readBytes, readObject, type Hex, type Members } from "../fields.ts";
import type { EntryPointVersion } from "../known-addresses.ts";

export interface UserOperation {
  readonly version: EntryPointVersion;
  /** Lowercase account that acts and, without a paymaster, pays. */
  readonly sender: Hex;
  /** 192 bits of key, then 64 bits of sequence. */
  readonly nonce: bigint;
  /** Factory and its call data, empty for an account that exists. */
  readonly initCode: Hex;
  readonly callData: Hex;
  readonly callGasLimit: bigint;
  readonly verificationGasLimit: bigint;
  readonly preVerificationGas: bigint;
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
  /** Empty where the account pays itself. */
  readonly paymasterAndData: Hex;
}

const COMMON = ["sender", "nonce", "callData", "callGasLimit", "verificationGasLimit", "preVerificationGas"];
const FEES = ["maxFeePerGas", "maxPriorityFeePerGas"];
const PACKED = new Set([...COMMON, ...FEES, "initCode", "paymasterAndData"]);
const PAYMASTER_LIMITS = ["paymasterVerificationGasLimit", "paymasterPostOpGasLimit"];
const SEPARATE = new Set([
  ...COMMON,
  ...FEES,
  "factory",
  "factoryData",
  "paymaster",
  "paymasterData",
  ...PAYMASTER_LIMITS,
]);

/** How an operation of 0.9 says that a paymaster's signature follows, which is then not hashed. */
const PAYMASTER_SIGNATURE = "22e325a297439656";
/** The factory that stands for an EIP-7702 delegation from 0.8 on. */
const DELEGATION = /^0x77020{36}$/;
/** Packed next to each other from 0.7 on. */
const HALF = 16;

/**
 * Reads the `userOperation` member of a request.
 * @throws SignerError `transaction.invalid` for malformed, unknown or contradicting members; `transaction.refused` for an
 * EIP-7702 factory, or paymaster data whose end the EntryPoint would not hash
 */
export function readUserOperation(
  value: unknown,
  version: EntryPointVersion,
  field = "/userOperation",
): UserOperation {
  const members = readObject(value, field, version === "0.6" ? PACKED : SEPARATE);
  const bits = version === "0.6" ? 256 : 128;
  const integer = (name: string, width = bits): bigint =>
    parseQuantity(members[name], `${field}/${name}`, width);
  const operation = {
    version,
    sender: readAddress(members["sender"], `${field}/sender`),
    nonce: integer("nonce", 256),
    callData: readBytes(members["callData"], `${field}/callData`),
    callGasLimit: integer("callGasLimit"),
    verificationGasLimit: integer("verificationGasLimit"),
    preVerificationGas: integer("preVerificationGas", 256),
    maxFeePerGas: integer("maxFeePerGas"),
    maxPriorityFeePerGas: integer("maxPriorityFeePerGas"),
    ...(version === "0.6" ? readPacked(members, field) : readSeparate(members, field)),
  };
  if (operation.maxPriorityFeePerGas > operation.maxFeePerGas)
    throw refused(`${field}/maxPriorityFeePerGas`, "must not exceed maxFeePerGas");
  if (version === "0.9" && operation.paymasterAndData.endsWith(PAYMASTER_SIGNATURE))
    throw refused(
      `${field}/paymasterData`,
      "ends as a paymaster's signature does, which is not hashed; leave it out",
    );
  return operation;
}

type Ends = Pick<UserOperation, "initCode" | "paymasterAndData">;

function readPacked(members: Members, field: string): Ends {
  const read = (name: string): Hex => {
    const bytes = members[name] === undefined ? "0x" : readBytes(members[name], `${field}/${name}`);
    if (bytes !== "0x" && bytes.length < 42)
      throw invalid(`${field}/${name}`, "must begin with an address, or be empty");
    return bytes;
  };
  return { initCode: read("initCode"), paymasterAndData: read("paymasterAndData") };
}

function readSeparate(members: Members, field: string): Ends {
  const initCode = withData(members, "factory", "factoryData", field, "");
  if (DELEGATION.test(initCode.slice(0, 42)))
    throw refused(
      `${field}/factory`,
      "stands for an EIP-7702 delegation; delegate the account first, without a factory",
    );
  if (members["paymaster"] === undefined) {
    for (const name of PAYMASTER_LIMITS) absent(members, name, `${field}/${name}`);
    return { initCode, paymasterAndData: withData(members, "paymaster", "paymasterData", field, "") };
  }
  const limits = PAYMASTER_LIMITS.map((name) =>
    toHex(bigintToBytes(parseQuantity(members[name] ?? 0, `${field}/${name}`, 128), HALF)).slice(2),
  );
  return {
    initCode,
    paymasterAndData: withData(members, "paymaster", "paymasterData", field, limits.join("")),
  };
}

/** Address, what is between, data; empty without the address, which the data needs. */
function withData(members: Members, address: string, data: string, field: string, between: string): Hex {
  if (members[address] === undefined) {
    absent(members, data, `${field}/${data}`);
    return "0x";
  }
  const bytes = members[data] === undefined ? "0x" : readBytes(members[data], `${field}/${data}`);
  return `${readAddress(members[address], `${field}/${address}`)}${between}${bytes.slice(2)}`;
}

function absent(members: Members, name: string, field: string): void {
  if (members[name] !== undefined) throw invalid(field, "belongs to a member that is not there; remove it");
}
