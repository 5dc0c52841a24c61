/**
 * What the outputs of a PSBT pay to whom. An output is change only when its script is a key's, or was derived again, of the
 * one account that all signed inputs belong to; derivation fields of the PSBT say where to look, never what is true.
 * @module
 */
import type { Transaction } from "@scure/btc-signer";
import { invalid, refused } from "../../domain/errors.ts";
import { MAX_MONEY } from "./inputs.ts";
import type { SpentInput } from "./inputs.ts";
import type { PsbtOutput } from "./psbt.ts";
import { recipientOf } from "./scripts.ts";
import type { Output } from "./sighash.ts";
import type { SpendingAccount, Spenders } from "./spenders.ts";

/** Bounds the work of one request. */
const MAX_OUTPUTS = 2000;

export interface PaidOutput extends Output {
  /** Address, `op_return:…` or `script:…`. */
  readonly to: string;
  /** True when the script has no address, so that nobody can tell who may spend it. */
  readonly opaque: boolean;
  readonly ownChange: boolean;
}

/** @throws SignerError `transaction.refused`: no outputs, too many, or amounts past 21 million bitcoin */
export function readOutputs(
  transaction: Transaction,
  inputs: readonly SpentInput[],
  spenders: Spenders,
): readonly PaidOutput[] {
  const count = countOutputs(transaction);
  const isChange = changeRule(inputs, spenders);
  const outputs: PaidOutput[] = [];
  let total = 0n;
  for (let position = 0; position < count; position += 1) {
    const output = transaction.getOutput(position);
    const { script, amount } = output;
    if (script === undefined || amount === undefined || amount < 0n) {
      throw invalid(
        "/psbt",
        `output ${position}: has no script or no amount; write the PSBT with a standard encoder`,
      );
    }
    total += amount;
    if (total > MAX_MONEY)
      throw refused("/psbt", `output ${position}: the sum passes 21 million bitcoin; check the amounts`);
    outputs.push({
      script,
      amount,
      ...recipientOf(script, spenders.network),
      ownChange: isChange(output, script),
    });
  }
  return outputs;
}

/** How many there are. @throws SignerError `transaction.refused`: none, or too many */
export function countOutputs({ outputsLength: count }: Transaction): number {
  if (count === 0) throw refused("/psbt", "has no outputs: everything would be paid as fee; add one");
  if (count > MAX_OUTPUTS)
    throw refused(
      "/psbt",
      `has ${count} outputs; at most ${MAX_OUTPUTS} are signed at once. Split the transaction`,
    );
  return count;
}

/**
 * Change goes back to the one account that pays: where inputs of several accounts are signed, an output to any of them
 * moves coins from one to another, and is a transfer.
 */
function changeRule(
  inputs: readonly SpentInput[],
  spenders: Spenders,
): (output: PsbtOutput, script: Uint8Array) => boolean {
  const accounts = new Map<string, SpendingAccount>();
  for (const { spender } of inputs) {
    if (spender !== undefined) accounts.set(spender.account.id, spender.account);
  }
  const [account, another] = accounts.values();
  if (account === undefined || another !== undefined) return () => false;
  return (output, script) => spenders.of(script)?.account.id === account.id || account.owns(output, script);
}
