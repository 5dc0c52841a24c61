/** User operations as typed data: what owners of a Safe sign, and what EntryPoint 0.8 and 0.9 hash. */
import { ENTRY_POINTS } from "../known-addresses.ts";
import { maxCost, visitUserOperation } from "../user-operation/effects.ts";
import { PACKED_USER_OPERATION, SAFE_MODULES, SAFE_OPERATIONS } from "../user-operation/hash.ts";
import type { UserOperation } from "../user-operation/operation.ts";
import { hex, text, type Values } from "../values.ts";
import { fixed, FULL, type Effect, type KnownDocument, type Signed } from "./document.ts";

type Ends = Pick<
  UserOperation,
  "nonce" | "initCode" | "callData" | "preVerificationGas" | "paymasterAndData"
>;

function integer(message: Values, name: string): bigint {
  return BigInt(text(message, name));
}

function ends(message: Values): Ends {
  return {
    nonce: integer(message, "nonce"),
    initCode: hex(message, "initCode"),
    callData: hex(message, "callData"),
    preVerificationGas: integer(message, "preVerificationGas"),
    paymasterAndData: hex(message, "paymasterAndData"),
  };
}

function visit({ effects, field }: Signed, operation: UserOperation): void {
  visitUserOperation(effects, operation, field);
  const max = maxCost(operation);
  if (max !== undefined) effects.fee = { asset: "native", max: max.toString() };
}

/** Two integers of 128 bits in 32 bytes. */
function halves(message: Values, name: string): readonly [high: bigint, low: bigint] {
  const digits = hex(message, name).slice(2);
  return [BigInt(`0x${digits.slice(0, 32)}`), BigInt(`0x${digits.slice(32)}`)];
}

const packed: Effect = (signed) => {
  const { message, effects } = signed;
  const [verificationGasLimit, callGasLimit] = halves(message, "accountGasLimits");
  const [maxPriorityFeePerGas, maxFeePerGas] = halves(message, "gasFees");
  const version = text(signed.domain, "verifyingContract") === ENTRY_POINTS["0.8"] ? "0.8" : "0.9";
  const gas = { verificationGasLimit, callGasLimit, maxPriorityFeePerGas, maxFeePerGas };
  const operation: UserOperation = { version, sender: hex(message, "sender"), ...ends(message), ...gas };
  // In what is hashed, the address of a delegated account's code takes the place of a factory's.
  if (operation.initCode !== "0x")
    effects.opaque(
      "unknownForm",
      "a user operation whose initCode may be a factory's or a delegated account's",
    );
  visit(signed, operation);
};

function safeOperation(version: "0.6" | "0.7"): Effect {
  return (signed) => {
    const { message, effects } = signed;
    if (text(message, "entryPoint") !== ENTRY_POINTS[version]) {
      effects.opaque("unknownTypedData", "a SafeOp for an EntryPoint that is not known");
      return;
    }
    visit(signed, {
      version,
      sender: hex(message, "safe"),
      ...ends(message),
      callGasLimit: integer(message, "callGasLimit"),
      verificationGasLimit: integer(message, "verificationGasLimit"),
      maxFeePerGas: integer(message, "maxFeePerGas"),
      maxPriorityFeePerGas: integer(message, "maxPriorityFeePerGas"),
    });
  };
}

export const USER_OPERATION_DOCUMENTS: readonly KnownDocument[] = [
  {
    name: "ERC-4337 PackedUserOperation",
    type: PACKED_USER_OPERATION,
    domains: [
      fixed(FULL, {
        name: ["ERC4337"],
        version: ["1"],
        verifyingContract: [ENTRY_POINTS["0.8"], ENTRY_POINTS["0.9"]],
      }),
    ],
    source: "eth-infinitism/account-abstraction 0.8, 0.9 contracts/core/UserOperationLib.sol",
    effect: packed,
  },
  ...(["0.6", "0.7"] as const).map((version): KnownDocument => ({
    name: `SafeOp (EntryPoint ${version})`,
    type: SAFE_OPERATIONS[version],
    domains: [
      fixed({ members: "chainId,verifyingContract" }, { verifyingContract: [SAFE_MODULES[version]] }),
    ],
    source: "safe-global/safe-modules 4337/contracts/Safe4337Module.sol 0.2.0, 0.3.0",
    effect: safeOperation(version),
  })),
];
