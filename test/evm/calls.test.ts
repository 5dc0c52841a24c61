/**
 * The proof that nothing is signed that was not understood, for transactions: known calls with random arguments are decoded,
 * signed, and run by a real EVM on real contracts; what it takes from the accounts of ours must be in the intent.
 */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import fc from "fast-check";
import type { Intent } from "../../src/domain/intent.ts";
import { SignerError } from "../../src/domain/errors.ts";
import { FUNCTIONS } from "../../src/chains/ethereum/functions.ts";
import { decode, hexField, sign } from "../chains/ethereum/keys.ts";
import { SKIP_WITHOUT_CONTRACTS } from "./contracts.ts";
import { Facts } from "./facts.ts";
import { onlyFee, shown, uncovered, type Happened } from "./judge.ts";
import { BASE_FEE, CHAIN_ID } from "./machine.ts";
import { NOT_RUN_SIGNATURES } from "./not-run.ts";
import { Generator, implementers, type Wanted } from "./requests.ts";
import { buildWorld, type World } from "./world.ts";

/** Calls of each function that changed something; `EVM_RUNS=200` is a long proof. */
const RUNS_EACH = Number(process.env["EVM_RUNS"] ?? 4);
const DEPTH = 2;

/** Known functions that no contract of the world has, and why. Empty is best. */
const NOT_RUN: ReadonlyMap<string, string> = new Map(
  NOT_RUN_SIGNATURES.map((signature) => [signature, "no contract of the world has it yet"]),
);

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

  for (const [selector, { signature }] of FUNCTIONS) {
    test(`call: ${signature}`, async (t) => {
      const why = NOT_RUN.get(signature);
      if (why !== undefined) return t.skip(why);
      assert.ok(
        (answering.get(selector) ?? []).length > 0,
        "no contract of the world has it: add one, or say why not",
      );
      const tally = none();
      await fc.assert(
        fc.asyncProperty(generator.call(selector, DEPTH), async (wanted) => {
          await check(world, facts, wanted, tally);
        }),
        { numRuns: RUNS_EACH, maxSkipsPerRun: 250 },
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
  const transaction = {
    chainId: CHAIN_ID,
    nonce: Number(await world.machine.nonce(world.us)),
    gas: 5_000_000,
    maxFeePerGas: String(BASE_FEE * 2n),
    maxPriorityFeePerGas: "1",
    to: wanted.to,
    value: String(wanted.value),
    data: wanted.data,
  };
  const { to, data, value } = wanted;
  // A call that reverts costs its fee and nothing else.
  fc.pre(await world.machine.tentative(async () => (await world.machine.call(world.us, to, data, value)).ok));
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
