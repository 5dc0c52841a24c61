/** starknet.typedData: outside executions (SNIP-9), whose calls policies see like those of a transaction. */
import assert from "node:assert/strict";
import test from "node:test";
import { hash, outsideExecution, typedData as reference, type TypedData } from "starknet";
import { parseTypes, typeHash } from "../../../src/chains/starknet/snip12-types.ts";
import { KEY, RECIPIENT, STRK, signerError } from "./sample.ts";
import { decode, hashOf } from "./snip12-sample.ts";

const CALLS = [
  { contractAddress: STRK, entrypoint: "transfer", calldata: [RECIPIENT, "1000", "0"] },
  { contractAddress: STRK, entrypoint: "approve", calldata: [RECIPIENT, "5", "1"] },
];
const OPTIONS = { caller: "0x414e595f43414c4c4552", execute_after: 0, execute_before: 1_900_000_000 };

function outside(version: "1" | "2", calls = CALLS): TypedData {
  const built = outsideExecution.getTypedData("0x534e5f4d41494e", OPTIONS, "0x5", calls, version);
  return JSON.parse(JSON.stringify(built));
}

for (const version of ["1", "2"] as const) {
  test(`snip9: version ${version} shows its calls like a multicall`, () => {
    const typedData = outside(version);
    const decoded = decode(typedData);
    assert.equal(hashOf(decoded), reference.getMessageHash(typedData, KEY.address));
    const asset = `starknet-erc20:${STRK}`;
    assert.equal(decoded.intent.opaque, false);
    assert.deepEqual(decoded.intent.transfers, [
      { asset, from: KEY.address, to: RECIPIENT, amount: "1000", ownChange: false },
    ]);
    assert.deepEqual(decoded.intent.allowances, [
      { asset, owner: KEY.address, spender: RECIPIENT, amount: (2n ** 128n + 5n).toString() },
    ]);
    assert.deepEqual(decoded.environment, { chainId: "SN_MAIN", network: "mainnet" });
  });

  test(`snip9: version ${version} with an unknown entry point is opaque`, () => {
    const decoded = decode(
      outside(version, [{ contractAddress: RECIPIENT, entrypoint: "swap", calldata: ["0x1"] }]),
    );
    assert.deepEqual(decoded.intent.opaqueCauses, ["unknownCall"]);
    assert.equal(decoded.intent.calls[0]?.selector, hash.getSelectorFromName("swap"));
  });
}

test("snip9: version 1 with a stated length that is not the list's is refused", () => {
  const typedData = JSON.parse(JSON.stringify(outside("1")).replace('"calls_len":2', '"calls_len":1'));
  assert.throws(() => decode(typedData), signerError("transaction.invalid", /calls_len: must be 2/));
  const short = JSON.parse(JSON.stringify(outside("1")).replace('"calldata_len":3', '"calldata_len":2'));
  assert.throws(() => decode(short), signerError("transaction.invalid", /calldata_len: must be 3/));
});

test("snip9: a transfer with an amount that is no u256 is refused", () => {
  const bad = [
    { contractAddress: STRK, entrypoint: "transfer", calldata: [RECIPIENT, (2n ** 128n).toString(), "0"] },
  ];
  assert.throws(
    () => decode(outside("2", bad)),
    signerError("transaction.invalid", /Calls\/0: .*below 2\^128/),
  );
});

test("snip9: version 3 is refused by its name", () => {
  const built = outside("2");
  for (const revision of ["2", 2, "0x2"]) {
    assert.throws(
      () => decode({ ...built, domain: { ...built.domain, revision } }),
      signerError("transaction.refused", /domain\/revision: is an outside execution of version 3/),
    );
  }
  const members = built.types["OutsideExecution"] ?? [];
  const tuple = {
    ...built.types,
    OutsideExecution: members.map((m) => (m.name === "Nonce" ? { ...m, type: "(felt,u128)" } : m)),
  };
  assert.throws(() => decode({ ...built, types: tuple }), signerError("transaction.invalid", /is a tuple/));
});

test("snip9: more calls than a policy is shown are refused", () => {
  const calls = Array.from({ length: 65 }, () => ({
    contractAddress: STRK,
    entrypoint: "transfer",
    calldata: [RECIPIENT, "1", "0"],
  }));
  for (const version of ["1", "2"] as const) {
    assert.throws(
      () => decode(outside(version, calls)),
      signerError("transaction.too_large", /alls: has more than 64 calls/),
    );
  }
});

test("snip9: calls stand once", () => {
  const json = JSON.stringify(
    decode(
      outside("2", [{ contractAddress: RECIPIENT, entrypoint: "swap", calldata: ["0xabcdef0123456789"] }]),
    ).intent,
  );
  assert.equal(json.split("0xabcdef0123456789").length, 2);
});

/** Type hashes that SNIP-9 publishes. */
const TYPE_HASHES = [
  ["1", "OutsideExecution", "0x11ff76fe3f640fa6f3d60bbd94a3b9d47141a2c96f87fdcfbeb2af1d03f7050"],
  ["1", "OutsideCall", "0xf00de1fccbb286f9a020ba8821ee936b1deea42a5c485c11ccdc82c8bebb3a"],
  ["2", "OutsideExecution", "0x312b56c05a7965066ddbda31c016d8d05afc305071c0ca3cdc2192c3c2f1f0f"],
  ["2", "Call", "0x3635c7f2a7ba93844c0d064e18e487f35ab90f7c39d00f186a781fc3f0c2ca9"],
] as const;

for (const [version, type, expected] of TYPE_HASHES) {
  test(`snip9: type hash of ${type}, version ${version}`, () => {
    const revision = version === "1" ? "0" : "1";
    const roots = ["OutsideExecution", version === "1" ? "StarkNetDomain" : "StarknetDomain"];
    const system = parseTypes(outside(version).types, "/types", revision, roots);
    assert.equal(`0x${typeHash(system, type).toString(16)}`, expected);
  });
}
