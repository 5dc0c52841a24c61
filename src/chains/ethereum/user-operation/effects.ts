/** What a user operation does: its account may be deployed first, pays for it, and makes the calls that its call data says. */
import { visitAccountCall } from "../calls.ts";
import type { Effects } from "../effects.ts";
import type { Hex } from "../fields.ts";
import { ENTRY_POINTS } from "../known-addresses.ts";
import type { UserOperation } from "./operation.ts";

/** 0x and 20 bytes. */
const ADDRESS_END = 42;
/** executeUserOp(PackedUserOperation,bytes32): the rest of the call data is the account's own. */
const EXECUTE_USER_OP = "0x8dd7712f";

/**
 * Adds what the account of `operation` does. A paymaster is opaque: it may take tokens, and no operation says how many.
 * @param field JSON pointer of the operation
 * @throws SignerError as `visitCall`
 */
export function visitUserOperation(effects: Effects, operation: UserOperation, field: string): void {
  const { sender, initCode, callData, paymasterAndData } = operation;
  if (initCode !== "0x") effects.controls("deployment", sender, initCode.slice(0, ADDRESS_END));
  if (paymasterAndData !== "0x") {
    const paymaster = paymasterAndData.slice(0, ADDRESS_END);
    effects.opaque("unstatedAmount", `the paymaster ${paymaster}, which may take tokens for the fee`);
  }
  if (callData === "0x") effects.nothing("a user operation without call data makes no call");
  else visitAccountCall(effects, siteOf(operation, callData, `${field}/callData`));
}

/** The same for an account that takes what follows the selector of executeUserOp as its call data (zerodevapp/kernel 3). */
export function withoutExecuteUserOp(operation: UserOperation): UserOperation {
  const { callData } = operation;
  if (!callData.startsWith(EXECUTE_USER_OP)) return operation;
  return { ...operation, callData: `0x${callData.slice(EXECUTE_USER_OP.length)}` };
}

/** The most wei that the account can pay for it; undefined where a paymaster does. */
export function maxCost(operation: UserOperation): bigint | undefined {
  if (operation.paymasterAndData !== "0x") return undefined;
  const gas = operation.callGasLimit + operation.verificationGasLimit + operation.preVerificationGas;
  return gas * operation.maxFeePerGas;
}

function siteOf({ version, sender }: UserOperation, data: Hex, field: string) {
  return { from: ENTRY_POINTS[version], to: sender, value: 0n, data, field };
}
