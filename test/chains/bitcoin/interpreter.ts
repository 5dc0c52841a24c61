/** bitcore-lib's script interpreter: consensus rules that we did not write decide whether a transaction may spend. */
import { createRequire } from "node:module";
import type { Coin } from "./fixtures.ts";

interface BitcoreInput {
  output: unknown;
  readonly script: unknown;
  readonly witnesses?: readonly Buffer[];
}

interface BitcoreTransaction {
  readonly inputs: readonly BitcoreInput[];
}

interface BitcoreInterpreter {
  readonly errstr: string;
  verify(
    scriptSig: unknown,
    scriptPubkey: unknown,
    transaction: BitcoreTransaction,
    input: number,
    flags: number,
    witness: readonly Buffer[],
    satoshis: number,
  ): boolean;
}

interface Bitcore {
  readonly Transaction: {
    new (raw: string): BitcoreTransaction;
    readonly Output: new (output: { satoshis: number; script: unknown }) => unknown;
  };
  readonly Script: {
    fromBuffer(bytes: Buffer): unknown;
    readonly Interpreter: {
      new (): BitcoreInterpreter;
      readonly [flag: `SCRIPT_VERIFY_${string}`]: number;
    };
  };
}

// CommonJS without types: the interfaces above are what this file uses of it.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const bitcore = createRequire(import.meta.url)("bitcore-lib") as Bitcore;
const { Interpreter } = bitcore.Script;

/** What nodes require, without CLEANSTACK: bitcore-lib's version of it fails every spend. */
const FLAGS = [
  "P2SH",
  "STRICTENC",
  "DERSIG",
  "LOW_S",
  "NULLDUMMY",
  "SIGPUSHONLY",
  "MINIMALDATA",
  "CHECKLOCKTIMEVERIFY",
  "CHECKSEQUENCEVERIFY",
  "WITNESS",
  "MINIMALIF",
  "NULLFAIL",
  "WITNESS_PUBKEYTYPE",
  "TAPROOT",
].reduce((flags, name) => flags | (Interpreter[`SCRIPT_VERIFY_${name}`] ?? 0), 0);

/**
 * Verdict on each input of a raw transaction in hex: `ok`, or the interpreter's error.
 * @param spent the outputs that the inputs spend, in order
 */
export function verdicts(raw: string, spent: readonly Coin[]): readonly string[] {
  const transaction = new bitcore.Transaction(raw);
  const scripts = spent.map(({ script }) => bitcore.Script.fromBuffer(Buffer.from(script)));
  for (const [position, input] of transaction.inputs.entries()) {
    const output = { satoshis: Number(spent[position]?.amount), script: scripts[position] };
    input.output = new bitcore.Transaction.Output(output);
  }
  return transaction.inputs.map((input, position) => {
    const interpreter = new Interpreter();
    const amount = Number(spent[position]?.amount);
    // A p2pkh input has no witness: null, which the interpreter cannot read.
    const witness = input.witnesses ?? [];
    try {
      const accepted = interpreter.verify(
        input.script,
        scripts[position],
        transaction,
        position,
        FLAGS,
        witness,
        amount,
      );
      return accepted ? "ok" : interpreter.errstr;
    } catch (error) {
      return error instanceof Error ? error.message : "refused";
    }
  });
}
