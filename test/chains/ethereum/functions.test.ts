/** The tables of contract functions and known places: complete, with right selectors, and with the effects that standards state. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import {
  encodeFunctionData,
  getAddress,
  getContractAddress,
  keccak256,
  parseAbi,
  sha256,
  stringToBytes,
  toFunctionSelector,
  type Hex,
} from "viem";
import { visitCall } from "../../../src/chains/ethereum/calls.ts";
import { Effects } from "../../../src/chains/ethereum/effects.ts";
import { FUNCTIONS } from "../../../src/chains/ethereum/functions.ts";
import { nothing, tableOf, type Row } from "../../../src/chains/ethereum/functions/row.ts";
import { MULTISENDS, WRAPPED_NATIVES } from "../../../src/chains/ethereum/known-addresses.ts";
import { placeAt, PLACES, type Place } from "../../../src/chains/ethereum/places.ts";
import { EXPECTED, EXPECTED_AT } from "./expected-effects.ts";
import { asHex } from "./keys.ts";
import { CONTRACT, effectsOf, ME, sampleOf } from "./samples.ts";

const CREATE2_PROXY = "0x4e59b44847b379578588920ca78fbf26c0b4956c";
const CREATEX = "0xba5ed099633d3b313e4d5f7bdc1305d3c28ba5ed";
const [WORD_OF_1, WORD_OF_2] = ["1".padStart(64, "0"), "2".padStart(64, "0")];
const WETH = "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2";
const placesNamed = (name: string) => [...ALL_PLACES].filter(([, place]) => place.name === name);
const ALL_PLACES: readonly [string, Place][] = [...PLACES, [WETH, known(WETH)]];

function known(address: string): Place {
  const place = placeAt(address, "1");
  assert.ok(place !== undefined);
  return place;
}

test("a row without an effect does not compile", () => {
  // @ts-expect-error: the effect is missing
  const forgotten: Row = ["0xa457c2d7", "decreaseAllowance", "address spender,uint256 amount"];
  const stated: Row = [
    "0xa457c2d7",
    "decreaseAllowance",
    "address spender,uint256 amount",
    nothing("because"),
  ];
  assert.equal(forgotten.length + 1, stated.length);
});

test("an unknown call that is not among the calls does not compile: lists of contracts answer for it", () => {
  const effects = new Effects("1");
  // @ts-expect-error: unknownCall adds the call
  effects.opaque("unknownCall", "an execution whose inner calls nobody sees");
  effects.unknownCall({ to: CONTRACT, value: "0", selector: null }, "/transaction/data", "because");
  assert.deepEqual([effects.opacity.length, effects.calls.length], [2, 1]);
});

test("a selector that comes twice in a table is a mistake", () => {
  const row: Row = ["0xd0e30db0", "deposit", "", nothing("because")];
  assert.throws(() => tableOf([row], [row]), TypeError);
});

describe("functions that state nothing", () => {
  const silent = [...FUNCTIONS.values()].filter(
    ({ signature }) => EXPECTED[signature]?.[0] === "opaque: unknownContract",
  );
  test("there are some", () => assert.ok(silent.length > 5));
  for (const row of silent) {
    test(`${row.signature} at a contract that is not known is opaque`, () => {
      assert.deepEqual(effectsOf(sampleOf(row)), ["opaque: unknownContract"]);
    });
  }

  for (const signature of [
    "multicall(bytes[])",
    "aggregate((address,bytes)[])",
    "executeBatch((address,uint256,bytes)[])",
  ]) {
    test(`an empty ${signature} is opaque`, () => {
      const selector = toFunctionSelector(`function ${signature}`);
      const empty: Hex = `${selector}${"20".padStart(64, "0")}${"0".repeat(64)}`;
      assert.deepEqual(effectsOf(empty), ["opaque: unknownContract"]);
    });
  }

  test("at a known place without a stated reason it is opaque too", () => {
    const empty: Hex = `0x252dba42${"20".padStart(64, "0")}${"0".repeat(64)}`;
    assert.deepEqual(effectsOf(empty, "0xca11bde05977b3631167028862be2a173976ca11"), ["opaque: unstated"]);
  });
});

describe("known places are read by their own table", () => {
  for (const [address, place] of ALL_PLACES) {
    if (place.raw !== undefined) continue;
    test(`${place.name} ${address} does not answer to transferOwnership`, () => {
      assert.deepEqual(effectsOf(`0xf2fde38b${"0".repeat(64)}`, address), ["opaque: unknownCall"]);
    });
  }
  test("WETH of one chain is nothing known on another", () => {
    assert.deepEqual(effectsOf("0xd0e30db0", WETH, "1"), []);
    assert.deepEqual(effectsOf("0xd0e30db0", WETH, "10"), ["opaque: unknownCall"]);
  });
  test("addresses are lowercase", () => {
    const all = [...PLACES.keys(), ...MULTISENDS.keys(), ...WRAPPED_NATIVES.values()];
    for (const address of all) assert.match(address, /^0x[0-9a-f]{40}$/);
  });
});

describe("deterministic deployment proxies create a contract from any call data", () => {
  const data: Hex = `0xa457c2d7${"11".repeat(28)}60fe60005360016000f3`;
  for (const [address, place] of ALL_PLACES) {
    if (place.raw === undefined) continue;
    test(`${place.name}: behind a known selector`, () => {
      const salt = asHex(data.slice(0, 66));
      const created = getContractAddress({
        opcode: "CREATE2",
        from: asHex(address),
        salt,
        bytecodeHash: keccak256(asHex(`0x${data.slice(66)}`)),
      }).toLowerCase();
      assert.deepEqual(effectsOf(data, address), [
        `3 of native: it to ${created}`,
        `deployment of ${created}: nobody`,
      ]);
    });
    test(`${place.name}: data that is shorter than a salt is opaque`, () => {
      assert.deepEqual(effectsOf("0xa457c2d7", address), ["opaque: unknownCall"]);
    });
  }
  test("the call is named", () => {
    const effects = new Effects("1");
    visitCall(effects, { from: ME, to: CREATE2_PROXY, value: 0n, data, field: "/transaction/data" });
    assert.deepEqual(effects.calls, [
      { to: CREATE2_PROXY, value: "0", selector: "0xa457c2d7", function: "create2" },
    ]);
  });
});

describe("CreateX gives what is left of the value to the refund address", () => {
  const rows = [...known(CREATEX).functions.values()].filter((row) => row.signature.endsWith(",address)"));
  test("in five functions", () => assert.equal(rows.length, 5));
  for (const row of rows) {
    // The first of the two amounts, 1 in the sample, becomes 0: so 1 of 3 is left.
    const data = asHex(sampleOf(row).replace(`${WORD_OF_1}${WORD_OF_2}`, `${"0".repeat(64)}${WORD_OF_2}`));
    test(row.signature, () => {
      assert.deepEqual(effectsOf(data, CREATEX), ["1 of native: it to a1", "deployment of it: nobody"]);
    });
  }
});

describe("every function", () => {
  for (const [selector, row] of FUNCTIONS) {
    test(row.signature, () => {
      assert.equal(selector, toFunctionSelector(`function ${row.signature}`));
      assert.deepEqual(effectsOf(sampleOf(row)), EXPECTED[row.signature]);
    });
  }
  test("and no other is expected", () => {
    assert.deepEqual(
      Object.keys(EXPECTED),
      [...FUNCTIONS.values()].map((row) => row.signature),
    );
  });
});

for (const [name, expected] of Object.entries(EXPECTED_AT)) {
  describe(`every function of ${name}`, () => {
    for (const [address, place] of placesNamed(name)) {
      test(address, () => {
        const found = [...place.functions].map(([selector, row]) => {
          assert.equal(selector, toFunctionSelector(`function ${row.signature}`));
          return [row.signature, effectsOf(sampleOf(row), address)];
        });
        // The address of a new contract follows from its factory's.
        assert.deepEqual(Object.fromEntries(found), expected);
      });
    }
  });
}

describe("docs/understood.md lists", () => {
  const document = readFileSync(join(import.meta.dirname, "../../../docs/understood.md"), "utf8");
  const signatures = [EXPECTED, ...Object.values(EXPECTED_AT)].flatMap((expected) => Object.keys(expected));
  for (const signature of new Set(signatures)) {
    test(signature, () => assert.ok(document.includes(`\`${signature}\``)));
  }
  for (const address of new Set([...PLACES.keys(), ...WRAPPED_NATIVES.values()])) {
    test(address, () => assert.ok(document.includes(`\`${getAddress(address)}\``)));
  }
});

test("every known place with functions is expected", () => {
  const named = new Set(
    ALL_PLACES.filter(([, place]) => place.functions.size > 0).map(([, place]) => place.name),
  );
  assert.deepEqual([...named].toSorted(), Object.keys(EXPECTED_AT).toSorted());
});

test("a plain call without data and value is a transfer of 0 to its target", () => {
  const effects = new Effects("1");
  visitCall(effects, { from: ME, to: CONTRACT, value: 0n, data: "0x", field: "/transaction/data" });
  assert.deepEqual(effects.transfers, [
    { asset: "native", from: ME, to: CONTRACT, amount: "0", ownChange: false },
  ]);
  assert.deepEqual([effects.calls, effects.opacity], [[], []]);
});

test("an empty inner call is no effect of its wrapper", () => {
  const calls = encodeFunctionData({
    abi: parseAbi(["function aggregate((address,bytes)[])"]),
    args: [[[CONTRACT, "0x"]]],
  });
  assert.deepEqual(effectsOf(calls), ["0 of native: it to it", "opaque: unknownContract"]);
});

describe("arguments", () => {
  const ids = Array.from({ length: 800 }, (_, index) => BigInt(index));
  const data = encodeFunctionData({
    abi: parseAbi(["function safeBatchTransferFrom(address,address,uint256[],uint256[],bytes)"]),
    args: [ME, CONTRACT, ids, ids, `0x${"ab".repeat(3000)}`],
  });
  const effects = new Effects("1");
  visitCall(effects, { from: ME, to: CONTRACT, value: 0n, data, field: "/transaction/data" });

  test("a list of 800 is in the intent's transfers, complete", () => {
    assert.deepEqual(
      effects.transfers.map((transfer) => `${transfer.asset} ${transfer.amount}`),
      ids.map((id) => `erc1155:${CONTRACT}/${id} ${id}`),
    );
  });
  test("and among the arguments by count, hash and beginning", () => {
    const [call] = effects.calls;
    const digest = (text: string): string => sha256(stringToBytes(text));
    const list = {
      count: 800,
      sha256: digest(JSON.stringify(ids.map(String))),
      first: ["0", "1", "2", "3", "4", "5", "6", "7"],
    };
    const text = `0x${"ab".repeat(3000)}`;
    assert.deepEqual(call?.args, {
      from: ME,
      to: CONTRACT,
      ids: list,
      amounts: list,
      data: { characters: 6002, sha256: digest(text), first: text.slice(0, 64) },
    });
  });
});
