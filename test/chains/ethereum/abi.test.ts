/** The strict ABI reader against viem: it reads what viem encodes and nothing else; selectors are what viem hashes. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { decodeAbiParameters, encodeAbiParameters, parseAbiParameters, toFunctionSelector } from "viem";
import { decodeArguments, parseParameters } from "../../../src/chains/ethereum/abi.ts";
import { FUNCTIONS } from "../../../src/chains/ethereum/functions.ts";

const HEX_DIGITS = "0123456789abcdef".split("");
const word = (hex: string): string => hex.padStart(64, "0");
const read = (parameters: string, ...words: readonly string[]): unknown =>
  decodeArguments(parseParameters(parameters), words.join(""));

const REFUSALS: readonly (readonly [rule: string, parameters: string, words: readonly string[]])[] = [
  ["nothing", "address to", []],
  ["short word", "address to", ["00".repeat(31)]],
  ["dirty high bytes of an address", "address to", [`01${"00".repeat(11)}${"11".repeat(20)}`]],
  ["uint8 of 256", "uint8 v", [word("100")]],
  ["uint160 of 2^160", "uint160 v", [word(`1${"0".repeat(40)}`)]],
  ["bool of 2", "bool b", [word("2")]],
  ["bool of 16", "bool b", [word("10")]],
  ["bytes4 with a fifth byte", "bytes4 b", [`${"11".repeat(5)}${"00".repeat(27)}`]],
  ["trailing byte", "uint256 v", [word("1"), "00"]],
  ["trailing word", "uint256 v", [word("1"), word("0")]],
  ["offset into the head", "bytes b", [word("0"), word("0")]],
  ["offset past a gap", "bytes b", [word("40"), word("0"), word("0")]],
  ["offset beyond the data", "bytes b", [word("ffffffff"), word("0")]],
  ["offset of 2^64", "bytes b", [word(`1${"0".repeat(16)}`), word("0")]],
  ["length beyond the data", "bytes b", [word("20"), word("21"), "11".repeat(32)]],
  ["padding that is not zero", "bytes b", [word("20"), word("1"), `11${"01".repeat(31)}`]],
  ["missing padding", "bytes b", [word("20"), word("1"), "11"]],
  ["two offsets to one tail", "bytes a,bytes b", [word("40"), word("40"), word("0")]],
  ["tails in reverse order", "bytes a,bytes b", [word("60"), word("40"), word("0"), word("0")]],
  ["array longer than the data", "uint256[] a", [word("20"), word("ffffffff")]],
  ["items that share a tail", "bytes[] a", [word("20"), word("2"), word("40"), word("40"), word("0")]],
];

describe("abi: refused as not canonical", () => {
  for (const [rule, parameters, words] of REFUSALS) {
    test(rule, () => assert.equal(read(parameters, ...words), undefined));
  }

  test("4,096 offsets to one tail expand nothing", () => {
    const offsets = Array.from({ length: 4096 }, () => word((4096 * 32).toString(16)));
    assert.equal(
      read("bytes[] a", word("20"), word("1000"), ...offsets, word("20"), "11".repeat(32)),
      undefined,
    );
  });
});

describe("abi: selectors", () => {
  for (const [selector, { signature }] of FUNCTIONS) {
    test(`${selector} ${signature}`, () =>
      assert.equal(toFunctionSelector(`function ${signature}`), selector));
  }
});

describe("abi: against viem", () => {
  const digits = (length: number) =>
    fc.string({ unit: fc.constantFrom(...HEX_DIGITS), minLength: length, maxLength: length });
  const address = digits(40).map((text) => `0x${text}` as const);
  const bytes = fc
    .nat({ max: 70 })
    .chain((length) => digits(length * 2))
    .map((text) => `0x${text}` as const);
  const parameters =
    "(address target,bool flag,uint256 value,bytes callData)[] calls,uint48 when,bytes[] data,bytes32 salt,uint256[] ids";
  const arbitrary = fc.tuple(
    fc.array(
      fc.record({
        target: address,
        flag: fc.boolean(),
        value: fc.bigInt({ min: 0n, max: (1n << 256n) - 1n }),
        callData: bytes,
      }),
      { maxLength: 4 },
    ),
    fc.nat(),
    fc.array(bytes, { maxLength: 4 }),
    digits(64).map((text) => `0x${text}` as const),
    fc.array(fc.bigInt({ min: 0n, max: 1n << 64n }), { maxLength: 4 }),
  );
  const viemParameters = parseAbiParameters(
    "(address target,bool flag,uint256 value,bytes callData)[] calls,uint48 when,bytes[] data,bytes32 salt,uint256[] ids",
  );

  test("reads back what viem encodes", () => {
    fc.assert(
      fc.property(arbitrary, ([calls, when, data, salt, ids]) => {
        const encoded = encodeAbiParameters(viemParameters, [calls, when, data, salt, ids]);
        assert.deepEqual(decodeArguments(parseParameters(parameters), encoded.slice(2)), {
          calls: calls.map((call) => ({ ...call, value: call.value.toString() })),
          when: when.toString(),
          data,
          salt,
          ids: ids.map(String),
        });
      }),
    );
  });

  test("what it accepts after one changed digit, viem decodes and encodes to the same bytes", () => {
    let accepted = 0;
    const change = fc.tuple(arbitrary, fc.nat(), fc.constantFrom(...HEX_DIGITS));
    fc.assert(
      fc.property(change, ([values, position, digit]) => {
        const encoded = encodeAbiParameters(viemParameters, values).slice(2);
        const at = position % encoded.length;
        const changed = encoded.slice(0, at) + digit + encoded.slice(at + 1);
        if (decodeArguments(parseParameters(parameters), changed) === undefined) return;
        accepted++;
        assert.equal(
          encodeAbiParameters(viemParameters, decodeAbiParameters(viemParameters, `0x${changed}`)),
          `0x${changed}`,
        );
      }),
      { numRuns: 500 },
    );
    assert.ok(accepted > 50, "the property must not hold vacuously");
  });
});
