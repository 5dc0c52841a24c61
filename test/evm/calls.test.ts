/**
 * The proof that nothing is signed that was not understood, for transactions: known calls with random arguments are decoded,
 * signed, and run by a real EVM on real contracts; what it takes from the accounts of ours must be in the intent.
 */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import fc from "fast-check";
import { concatHex, encodeFunctionData, pad, parseAbi, zeroAddress, zeroHash } from "viem";
import type { Intent } from "../../src/domain/intent.ts";
import { SignerError } from "../../src/domain/errors.ts";
import { FUNCTIONS } from "../../src/chains/ethereum/functions.ts";
import { decode, hexField, sign } from "../chains/ethereum/keys.ts";
import { few, rounds } from "../extent.ts";
import { SKIP_WITHOUT_CONTRACTS } from "./contracts.ts";
import { Facts } from "./facts.ts";
import { onlyFee, shown, uncovered, type Happened } from "./judge.ts";
import { BASE_FEE, CHAIN_ID } from "./machine.ts";
import { Generator, implementers, type Wanted } from "./requests.ts";
import { NOT_RUN } from "./not-run.ts";
import { buildWorld, type World } from "./world.ts";

/** Calls of each function that changed something. */
const RUNS_EACH = rounds("EVM_RUNS");
const DEPTH = 2;

/** How requests went: refused at decode, opaque, without any change, or judged by what they changed. */
type Tally = Record<"refused" | "opaque" | "idle" | "judged", number>;

const none = (): Tally => ({ refused: 0, opaque: 0, idle: 0, judged: 0 });

describe("ethereum: what an EVM takes is within the intent", { skip: SKIP_WITHOUT_CONTRACTS }, () => {
  let world: World;
  let facts: Facts;
  let generator: Generator;
  let answering: ReadonlyMap<string, readonly string[]>;
  const total = none();

  before(async () => {
    world = await buildWorld();
    facts = await Facts.of(world);
    const found = await implementers(world);
    answering = found;
    generator = new Generator(world, found);
  });

  const functions = [...FUNCTIONS].map(([selector, { signature }]) => ({ selector, signature }));
  for (const { signature } of functions.filter((each) => NOT_RUN.has(each.signature))) {
    test(`call: ${signature}`, { skip: NOT_RUN.get(signature) ?? false }, () => undefined);
  }

  const run = functions.filter(({ signature }) => !NOT_RUN.has(signature));
  test("each function has a contract, or a reason why not", () => {
    const without = run.filter(({ selector }) => (answering.get(selector) ?? []).length === 0);
    assert.deepEqual(without, [], "no contract of the world has it: add one, or say why not");
  });

  for (const { selector, signature } of few(run, 30)) {
    test(`call: ${signature}`, async (t) => {
      const tally = none();
      await fc.assert(
        fc.asyncProperty(generator.call(selector, DEPTH), async (wanted) => {
          await check(world, facts, wanted, tally);
        }),
        { numRuns: RUNS_EACH, maxSkipsPerRun: Math.max(250, 1_500 / RUNS_EACH) },
      );
      t.diagnostic(JSON.stringify(tally));
      for (const key of Object.keys(total) as (keyof Tally)[]) total[key] += tally[key];
    });
  }

  test("the check is not empty: enough requests are judged by what they did", (t) => {
    t.diagnostic(JSON.stringify(total));
    assert.ok(total.opaque + total.refused < total.idle + total.judged, JSON.stringify(total));
  });
});

async function check(world: World, facts: Facts, wanted: Wanted, tally: Tally): Promise<void> {
  const made = await possible(world, wanted);
  // A call that reverts costs its fee and nothing else.
  if (made === undefined) return fc.pre(false);
  const transaction = {
    chainId: CHAIN_ID,
    nonce: Number(await world.machine.nonce(world.us)),
    gas: 5_000_000,
    maxFeePerGas: String(BASE_FEE * 2n),
    maxPriorityFeePerGas: "1",
    to: made.to,
    value: String(made.value),
    data: made.data,
  };
  const request = { type: "ethereum.transaction", transaction };
  const intent = intentOf(request);
  if (intent === undefined || intent.opaque) {
    tally[intent === undefined ? "refused" : "opaque"]++;
    return fc.pre(false);
  }
  const raw = hexField(sign(request), "signedTransaction");
  const happened = await world.machine.tentative(async (): Promise<Happened> => {
    await world.machine.transact(raw);
    return await facts.changes();
  });
  assert.deepEqual(uncovered(intent, happened, world.us), [], shown(intent));
  const kind = onlyFee(happened) ? "idle" : "judged";
  tally[kind]++;
  fc.pre(kind === "judged");
  return undefined;
}

const SAFE_EXECUTION = parseAbi([
  "function execTransaction(address to, uint256 value, bytes data, uint8 operation, uint256 safeTxGas, uint256 baseGas, uint256 gasPrice, address gasToken, address refundReceiver, bytes signatures)",
]);

/** The call as the key's, or as its Safe's, whichever does not revert: what a Safe allows only itself is of interest too. */
async function possible({ machine, us, at }: World, wanted: Wanted): Promise<Wanted | undefined> {
  const works = async ({ to, data, value }: Wanted): Promise<boolean> =>
    await machine.tentative(async () => (await machine.call(us, to, data, value)).ok);
  if (await works(wanted)) return wanted;
  const approval = concatHex([pad(us), zeroHash, "0x01"]);
  const { to, value, data } = wanted;
  const args = [to, value, data, 0, 0n, 0n, 0n, zeroAddress, zeroAddress, approval] as const;
  const call = encodeFunctionData({ abi: SAFE_EXECUTION, args });
  const through: Wanted = { selector: wanted.selector, to: at.safe, value: 0n, data: call };
  return (await works(through)) ? through : undefined;
}

/** Undefined where the request is refused at decode, which is right for an encoding or a size that is not ours to sign. */
function intentOf(request: { type: string }): Intent | undefined {
  try {
    return decode(request).intent;
  } catch (error) {
    if (error instanceof SignerError) return undefined;
    throw error;
  }
}
