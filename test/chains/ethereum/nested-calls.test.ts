/** A property: what nested batches do is the sum of what their innermost calls do, whatever wraps them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodeAbiParameters, encodeFunctionData, parseAbi, type Hex } from "viem";
import { visitCall } from "../../../src/chains/ethereum/calls.ts";
import { Effects, type CallSite } from "../../../src/chains/ethereum/effects.ts";
import { asHex } from "./keys.ts";

const ABI = parseAbi([
  "function transfer(address,uint256)",
  "function approve(address,uint256)",
  "function transferOwnership(address)",
  "function multicall(bytes[])",
  "function aggregate3Value((address,bool,uint256,bytes)[])",
  "function execute(bytes32,bytes)",
  "function executeBatch(address[],uint256[],bytes[])",
]);
const CALLS = [
  { type: "tuple[]", components: [{ type: "address" }, { type: "uint256" }, { type: "bytes" }] },
] as const;
const MODE = asHex(`0x01${"00".repeat(31)}`);

type Site = CallSite & { readonly to: Hex };
/** A call, and the sites of the innermost calls in it. */
interface Made {
  readonly site: Site;
  readonly leaves: readonly Site[];
}
/** Makes one for a sender. */
type Maker = (from: Hex) => Made;

const address = fc
  .integer({ min: 1, max: 0xffff })
  .map((number) => asHex(`0xad${number.toString(16).padStart(38, "0")}`));
const value = fc.bigInt({ min: 0n, max: 1000n });

const leafData = fc.oneof(
  fc.tuple(address, value).map((args) => encodeFunctionData({ abi: ABI, functionName: "transfer", args })),
  fc.tuple(address, value).map((args) => encodeFunctionData({ abi: ABI, functionName: "approve", args })),
  fc.tuple(address).map((args) => encodeFunctionData({ abi: ABI, functionName: "transferOwnership", args })),
  fc.constant<Hex>("0xdeadbeef"),
);

const leaf: fc.Arbitrary<Maker> = fc.record({ to: address, value, data: leafData }).map((call) => (from) => {
  const site = { ...call, from, field: "/transaction/data" };
  return { site, leaves: [site] };
});

/** A contract that is the sender of what it batches, in one of three encodings. */
function batches(inner: fc.Arbitrary<Maker>): fc.Arbitrary<Maker> {
  const form = fc.constantFrom("aggregate3Value", "execute", "executeBatch");
  return fc
    .record({ to: address, value, form, makers: fc.array(inner, { minLength: 1, maxLength: 3 }) })
    .map(({ makers, form: name, ...call }) => (from) => {
      const made = makers.map((make) => make(call.to));
      const site = {
        ...call,
        from,
        field: "/transaction/data",
        data: batchData(
          name,
          made.map((part) => part.site),
        ),
      };
      const paid = { ...site, data: "0x" } as const;
      return { site, leaves: [...(call.value > 0n ? [paid] : []), ...made.flatMap((part) => part.leaves)] };
    });
}

function batchData(name: string, sites: readonly Site[]): Hex {
  if (name === "aggregate3Value") {
    const args = [sites.map((site) => [site.to, false, site.value, site.data] as const)] as const;
    return encodeFunctionData({ abi: ABI, functionName: name, args });
  }
  if (name === "execute") {
    const calls = encodeAbiParameters(CALLS, [
      sites.map((site) => [site.to, site.value, site.data] as const),
    ]);
    return encodeFunctionData({ abi: ABI, functionName: name, args: [MODE, calls] });
  }
  return encodeFunctionData({
    abi: ABI,
    functionName: "executeBatch",
    args: [sites.map((site) => site.to), sites.map((site) => site.value), sites.map((site) => site.data)],
  });
}

function effectsOf(sites: readonly CallSite[]) {
  const effects = new Effects("1");
  for (const site of sites) visitCall(effects, site);
  const { transfers, allowances, control, opacity } = effects;
  return { transfers, allowances, control, opacity };
}

test("nested batches are the sum of their parts", () => {
  const nested = batches(fc.oneof(leaf, batches(fc.oneof(leaf, batches(leaf)))));
  fc.assert(
    fc.property(nested, address, (make, from) => {
      const { site, leaves } = make(from);
      assert.deepEqual(effectsOf([site]), effectsOf(leaves));
    }),
    { numRuns: 300 },
  );
});

test("a multicall is the sum of its parts, sent by its sender", () => {
  fc.assert(
    fc.property(fc.array(leafData, { minLength: 1, maxLength: 5 }), address, address, (datas, from, to) => {
      const data = encodeFunctionData({ abi: ABI, functionName: "multicall", args: [datas] });
      const site = { from, to, value: 0n, field: "/transaction/data" };
      assert.deepEqual(
        effectsOf([{ ...site, data }]),
        effectsOf(datas.map((callData) => ({ ...site, data: callData }))),
      );
    }),
  );
});
