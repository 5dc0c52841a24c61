/**
 * The same proof for typed data: a document is decoded and signed, and an attacker who has the signature takes the most it
 * can with it from real contracts. What the attacker gets, or may take later, must be in the intent.
 */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import fc from "fast-check";
import { encodeFunctionData, parseAbi, type Hex } from "viem";
import type { KnownDocument } from "../../src/chains/ethereum/documents/document.ts";
import { DOCUMENTS } from "../../src/chains/ethereum/documents/registry.ts";
import { SignerError } from "../../src/domain/errors.ts";
import { decode, hexField, sign } from "../chains/ethereum/keys.ts";
import { few, rounds } from "../extent.ts";
import { SKIP_WITHOUT_CONTRACTS } from "./contracts.ts";
import { Facts } from "./facts.ts";
import { shown, uncovered } from "./judge.ts";
import { Generator, implementers } from "./requests.ts";
import type { Signed, Trial } from "./trial.ts";
import { TESTED } from "./uses.ts";
import { ATTACKER, buildWorld, type World } from "./world.ts";

const RUNS_EACH = rounds("EVM_RUNS");

const NO_CONTRACT = "no package has its contract's bytecode";
/** Documents that no contract of the world reads, and why. */
const NOT_RUN: ReadonlyMap<string, string> = new Map(
  [
    "Uniswap v4 PermitForAll",
    "Aave DelegationWithSig",
    "CoW Order",
    "0x LimitOrder",
    "0x RfqOrder",
    "0x OtcOrder",
    "ParaSwap Order",
    "1inch Order",
    "LooksRare Maker",
    "Polymarket Order",
    "ForwardRequest (OpenGSN)",
    "MetaTransaction",
    "Morpho Authorization",
    "Compound III Authorization",
    "Snapshot Alias",
    "Kernel Enable",
    "MetaMask Delegation",
    "ERC-4337 PackedUserOperation",
    "SafeOp (EntryPoint 0.6)",
    "SafeOp (EntryPoint 0.7)",
  ].map((name) => [name, NO_CONTRACT]),
);

describe(
  "ethereum: what an attacker takes with a signed document is within the intent",
  {
    skip: SKIP_WITHOUT_CONTRACTS,
  },
  () => {
    let world: World;
    let facts: Facts;
    let generator: Generator;

    before(async () => {
      world = await buildWorld();
      await revoke(world);
      facts = await Facts.of(world);
      generator = new Generator(world, await implementers(world));
    });

    const effective = DOCUMENTS.filter(({ effect }) => typeof effect === "function");
    for (const known of effective.filter(({ name }) => !TESTED.has(name))) {
      test(`document: ${known.name} (${known.type.slice(0, 60)})`, (t) => {
        const why = whyNot(known);
        assert.ok(why !== undefined, "no attack is known for it: write one in uses.ts, or say why not");
        t.skip(why);
      });
    }

    const attacked = effective.flatMap((known) => {
      const trial = TESTED.get(known.name);
      return trial === undefined ? [] : [{ known, trial }];
    });
    for (const { known, trial } of few(attacked, 12)) {
      test(`document: ${known.name} (${known.type.slice(0, 60)})`, async () => {
        const made = await fc.assert(
          fc.asyncProperty(trial.document(world, known, generator), async (document) => {
            fc.pre(await check(world, facts, trial, document));
          }),
          { numRuns: RUNS_EACH, maxSkipsPerRun: 100 },
        );
        return made;
      });
    }
  },
);

function whyNot({ name }: KnownDocument): string | undefined {
  if (/^Hyperliquid|^ZKsync/.test(name)) return "its chain is not an EVM that runs here";
  if (name === "ERC-7739 PersonalSign") return "a sign-in moves nothing";
  return NOT_RUN.get(name);
}

/** False where the document is opaque, or the signature was of no use. */
async function check(
  world: World,
  facts: Facts,
  trial: Trial,
  document: Signed["document"],
): Promise<boolean> {
  const request = { type: "ethereum.typedData", typedData: document };
  let decoded;
  try {
    decoded = decode(request);
  } catch (error) {
    if (error instanceof SignerError) return false;
    throw error;
  }
  const { intent } = decoded;
  if (intent.opaque) return false;
  const signature = hexField(sign(request), "signature");
  const happened = await world.machine.tentative(async () => {
    for (const call of trial.attack(world, { document, signature })) {
      await world.machine.call(ATTACKER, call.to, call.data, call.value ?? 0n);
    }
    await rob(world);
    return await facts.changes();
  });
  assert.deepEqual(uncovered(intent, happened, ""), [], shown(intent));
  return happened.changed.length + happened.code.length > 0;
}

const TOKEN = parseAbi([
  "function transferFrom(address from, address to, uint256 amount)",
  "function approve(address spender, uint256 amount)",
  "function approve(address token, address spender, uint160 amount, uint48 expiration)",
]);

/** What the attacker was allowed before does not count. */
async function revoke({ machine, at, us }: World): Promise<void> {
  const none = encodeFunctionData({ abi: TOKEN, functionName: "approve", args: [ATTACKER, 0n] });
  await machine.call(us, at.coin, none);
  const args = [at.coin, ATTACKER, 0n, 0] as const;
  await machine.call(us, at.permit2, encodeFunctionData({ abi: TOKEN, functionName: "approve", args }));
}

/** The attacker takes what it may, of everything, from everyone of ours: all amounts that the tests' documents name. */
async function rob({ machine, at, us }: World): Promise<void> {
  for (const token of [at.coin, at.dai, at.wrapped, at.picture]) {
    for (const owner of [us, at.safe]) {
      for (const amount of token === at.picture ? [0n, 1n, 2n, 3n, 6n, 8n] : [9_000n, 400n, 8n, 1n]) {
        const data: Hex = encodeFunctionData({
          abi: TOKEN,
          functionName: "transferFrom",
          args: [owner, ATTACKER, amount],
        });
        await machine.call(ATTACKER, token, data);
      }
    }
  }
}
