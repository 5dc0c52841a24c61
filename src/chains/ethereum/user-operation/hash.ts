/**
 * Hashes of user operations: by EntryPoint 0.6 and 0.7 over ABI words, from 0.8 on as EIP-712 typed data, and as the SafeOp
 * document of Safe's module. Source: eth-infinitism/account-abstraction, contracts/core of each version (EntryPoint.sol,
 * UserOperationLib.sol); safe-global/safe-modules, 4337/contracts/Safe4337Module.sol 0.2.0 and 0.3.0.
 * @module
 */
import { keccak_256 } from "@noble/hashes/sha3.js";
import { bigintToBytes, concat, fromHex, utf8 } from "../../../domain/bytes.ts";
import type { Hex } from "../fields.ts";
import { ENTRY_POINTS, type EntryPointVersion } from "../known-addresses.ts";
import type { UserOperation } from "./operation.ts";

export const PACKED_USER_OPERATION =
  "PackedUserOperation(address sender,uint256 nonce,bytes initCode,bytes callData,bytes32 accountGasLimits," +
  "uint256 preVerificationGas,bytes32 gasFees,bytes paymasterAndData)";

/** Safe's document for EntryPoint 0.6 and 0.7. */
export const SAFE_OPERATIONS: Readonly<Record<"0.6" | "0.7", string>> = {
  "0.6":
    "SafeOp(address safe,uint256 nonce,bytes initCode,bytes callData,uint256 callGasLimit,uint256 verificationGasLimit," +
    "uint256 preVerificationGas,uint256 maxFeePerGas,uint256 maxPriorityFeePerGas,bytes paymasterAndData," +
    "uint48 validAfter,uint48 validUntil,address entryPoint)",
  "0.7":
    "SafeOp(address safe,uint256 nonce,bytes initCode,bytes callData,uint128 verificationGasLimit,uint128 callGasLimit," +
    "uint256 preVerificationGas,uint128 maxPriorityFeePerGas,uint128 maxFeePerGas,bytes paymasterAndData," +
    "uint48 validAfter,uint48 validUntil,address entryPoint)",
};

/** safe-global/safe-modules-deployments, src/assets/safe-4337-module, 0.2.0 and 0.3.0. */
export const SAFE_MODULES: Readonly<Record<"0.6" | "0.7", Hex>> = {
  "0.6": "0xa581c4a4db7175302464ff3c06380bc3270b4037",
  "0.7": "0x75cf11467937ce3f2f357ce24ffc3dbf8fd5c226",
};

const DOMAIN = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";
const SAFE_DOMAIN = "EIP712Domain(uint256 chainId,address verifyingContract)";

/** 32 bytes: what the EntryPoint of the operation's version calls its hash. */
export function userOperationHash(operation: UserOperation, chainId: number): Uint8Array {
  const entryPoint = address(ENTRY_POINTS[operation.version]);
  if (operation.version === "0.6" || operation.version === "0.7") {
    return keccak_256(concat(innerHash(operation), entryPoint, word(BigInt(chainId))));
  }
  const domain = concat(text(DOMAIN), text("ERC4337"), text("1"), word(BigInt(chainId)), entryPoint);
  return typedDigest(domain, concat(text(PACKED_USER_OPERATION), packedWords(operation)));
}

/** The hash of an operation of 0.6 without its chain: coinbase/smart-wallet, CoinbaseSmartWallet.getUserOpHashWithoutChainId. */
export function hashWithoutChain(operation: UserOperation): Uint8Array {
  return keccak_256(concat(innerHash(operation), address(ENTRY_POINTS["0.6"])));
}

/** Unix seconds; 0 has no bound. */
export interface Validity {
  readonly validAfter: bigint;
  readonly validUntil: bigint;
}

/** 32 bytes: EIP-712 digest of the SafeOp that owners sign. */
export function safeOperationHash(
  operation: UserOperation & { readonly version: keyof typeof SAFE_OPERATIONS },
  chainId: number,
  { validAfter, validUntil }: Validity,
): Uint8Array {
  const { version, callGasLimit, verificationGasLimit, maxFeePerGas, maxPriorityFeePerGas } = operation;
  const [limits, fees] =
    version === "0.6"
      ? [
          [callGasLimit, verificationGasLimit],
          [maxFeePerGas, maxPriorityFeePerGas],
        ]
      : [
          [verificationGasLimit, callGasLimit],
          [maxPriorityFeePerGas, maxFeePerGas],
        ];
  const struct = concat(
    text(SAFE_OPERATIONS[version]),
    ...identity(operation),
    ...(limits ?? []).map(word),
    word(operation.preVerificationGas),
    ...(fees ?? []).map(word),
    bytes(operation.paymasterAndData),
    word(validAfter),
    word(validUntil),
    address(ENTRY_POINTS[version]),
  );
  return typedDigest(
    concat(text(SAFE_DOMAIN), word(BigInt(chainId)), address(SAFE_MODULES[version])),
    struct,
  );
}

export function hasSafeModule(version: EntryPointVersion): version is keyof typeof SAFE_MODULES {
  return version in SAFE_MODULES;
}

/** keccak-256("\x19Ethereum Signed Message:\n32" ‖ hash). */
export function personalDigest(hash: Uint8Array): Uint8Array {
  return keccak_256(concat(utf8("\u0019Ethereum Signed Message:\n32"), hash));
}

function innerHash(operation: UserOperation): Uint8Array {
  if (operation.version !== "0.6") return keccak_256(packedWords(operation));
  return keccak_256(
    concat(
      ...identity(operation),
      word(operation.callGasLimit),
      word(operation.verificationGasLimit),
      word(operation.preVerificationGas),
      word(operation.maxFeePerGas),
      word(operation.maxPriorityFeePerGas),
      bytes(operation.paymasterAndData),
    ),
  );
}

function packedWords(operation: UserOperation): Uint8Array {
  return concat(
    ...identity(operation),
    halves(operation.verificationGasLimit, operation.callGasLimit),
    word(operation.preVerificationGas),
    halves(operation.maxPriorityFeePerGas, operation.maxFeePerGas),
    bytes(operation.paymasterAndData),
  );
}

function identity({ sender, nonce, initCode, callData }: UserOperation): readonly Uint8Array[] {
  return [address(sender), word(nonce), bytes(initCode), bytes(callData)];
}

function typedDigest(domain: Uint8Array, struct: Uint8Array): Uint8Array {
  return keccak_256(concat(Uint8Array.of(0x19, 0x01), keccak_256(domain), keccak_256(struct)));
}

function word(value: bigint): Uint8Array {
  return bigintToBytes(value, 32);
}

function halves(high: bigint, low: bigint): Uint8Array {
  return concat(bigintToBytes(high, 16), bigintToBytes(low, 16));
}

function address(hex: string): Uint8Array {
  return word(BigInt(hex));
}

function bytes(hex: Hex): Uint8Array {
  return keccak_256(fromHex(hex) ?? new Uint8Array());
}

function text(value: string): Uint8Array {
  return keccak_256(utf8(value));
}
