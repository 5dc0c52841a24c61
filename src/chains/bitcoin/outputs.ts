/**
 * What the outputs of a PSBT pay to whom. An output is change only when its script was derived again from this key or
 * from its account's public node; derivation fields of the PSBT say where to look, never what is true.
 * @module
 */
import type { Transaction } from "@scure/btc-signer";
import { equalBytes } from "../../domain/bytes.ts";
import { invalid, refused } from "../../domain/errors.ts";
import { MAX_MONEY } from "./inputs.ts";
import { accountPublicKey, MAX_ADDRESS_INDEX } from "./keys.ts";
import type { Spender } from "./keys.ts";
import { keyScript, recipientOf } from "./scripts.ts";
import type { Output } from "./sighash.ts";

/** Bounds the work of one request. */
const MAX_OUTPUTS = 2000;

export interface PaidOutput extends Output {
  /** Address, `op_return:…` or `script:…`. */
  readonly to: string;
  /** True when the script has no address, so that nobody can tell who may spend it. */
  readonly opaque: boolean;
  readonly ownChange: boolean;
}

type PsbtOutput = ReturnType<Transaction["getOutput"]>;

/** @throws SignerError `transaction.refused`: no outputs, too many, or amounts past 21 million bitcoin */
export function readOutputs(transaction: Transaction, spender: Spender): readonly PaidOutput[] {
  const count = transaction.outputsLength;
  if (count === 0) throw refused("/psbt", "has no outputs: everything would be paid as fee");
  if (count > MAX_OUTPUTS)
    throw refused("/psbt", `has ${count} outputs; at most ${MAX_OUTPUTS} are signed at once`);
  const outputs: PaidOutput[] = [];
  let total = 0n;
  for (let position = 0; position < count; position += 1) {
    const output = readOutput(transaction.getOutput(position), position, spender);
    total += output.amount;
    if (total > MAX_MONEY) throw refused("/psbt", `output ${position}: the sum passes 21 million bitcoin`);
    outputs.push(output);
  }
  return outputs;
}

function readOutput(output: PsbtOutput, position: number, spender: Spender): PaidOutput {
  const { script, amount } = output;
  if (script === undefined || amount === undefined || amount < 0n) {
    throw invalid("/psbt", `output ${position}: has no script or no amount`);
  }
  return {
    script,
    amount,
    ...recipientOf(script, spender.network),
    ownChange: isOwn(output, script, spender),
  };
}

function isOwn(output: PsbtOutput, script: Uint8Array, spender: Spender): boolean {
  if (equalBytes(script, spender.script)) return true;
  const claim = claimedKey(output, spender);
  if (claim === undefined || spender.account === undefined) return false;
  const [branch, index] = claim.path.slice(spender.account.path.length);
  if (branch === undefined || index === undefined) return false;
  const publicKey = accountPublicKey(spender.account.node, branch, index);
  // Taproot fields hold x alone.
  const claimed = spender.purpose === 86 ? publicKey.subarray(1) : publicKey;
  if (!equalBytes(claimed, claim.publicKey)) return false;
  return equalBytes(keyScript(publicKey, spender.purpose, spender.network).script, script);
}

interface Claim {
  readonly publicKey: Uint8Array;
  readonly path: readonly number[];
}

/** The one derivation that the output claims, if it lies in the key's account: branch 0 or 1, a findable index. */
function claimedKey(output: PsbtOutput, spender: Spender): Claim | undefined {
  const claims = spender.purpose === 86 ? taprootClaims(output) : plainClaims(output);
  const [claim] = claims;
  const account = spender.account?.path;
  // More than one key on a single-key output is a lie, or a search that the sender wants us to do.
  if (claim === undefined || claims.length !== 1 || account === undefined) return undefined;
  const inAccount = account.every((index, depth) => claim.path[depth] === index);
  const [branch = -1, index = -1, ...rest] = claim.path.slice(account.length);
  const findable =
    (branch === 0 || branch === 1) && index >= 0 && index <= MAX_ADDRESS_INDEX && rest.length === 0;
  return inAccount && findable ? claim : undefined;
}

function plainClaims(output: PsbtOutput): readonly Claim[] {
  return (output.bip32Derivation ?? []).map(([publicKey, { path }]) => ({ publicKey, path }));
}

/** Keys that only occur in script leaves (BIP-371: non-empty hashes) are none of ours. */
function taprootClaims(output: PsbtOutput): readonly Claim[] {
  const claims = (output.tapBip32Derivation ?? []).filter(([, { hashes }]) => hashes.length === 0);
  return claims.map(([publicKey, { der }]) => ({ publicKey, path: der.path }));
}
