/** starknet.typedData: hashes of SNIP-12 by vectors and as starknet.js makes them, and what policies see of a document. */
import assert from "node:assert/strict";
import test from "node:test";
import { typedData as reference, type TypedData } from "starknet";
import { readVectors, skipWithout } from "../../vectors.ts";
import { starknetAdapter } from "../../../src/chains/starknet/adapter.ts";
import { isObject } from "../../../src/chains/starknet/members.ts";
import { parseTypedData } from "../../../src/chains/starknet/snip12.ts";
import { KEY, RECIPIENT, TRANSFER, padded } from "./sample.ts";
import {
  decode,
  document,
  DOMAIN,
  DOMAIN_TYPE,
  hashOf,
  leaf,
  legacy,
  LEGACY,
  LEGACY_TYPE,
  merkle,
  simple,
  withMember,
  type Document,
} from "./snip12-sample.ts";

const skip = skipWithout("starknet");
const EXPECTED = readVectors("starknet", "snip12/expected.json");
const ACCOUNT = isObject(EXPECTED) ? String(EXPECTED["account"]) : "";

test("snip12 vectors are there", { skip }, () => assert.ok(EXPECTED));

for (const vector of isObject(EXPECTED) && Array.isArray(EXPECTED["cases"]) ? EXPECTED["cases"] : []) {
  if (vector.message_hash === null) continue;
  test(`snip12: ${vector.file}`, () => {
    const value: TypedData = JSON.parse(JSON.stringify(readVectors("starknet", `snip12/${vector.file}`)));
    const parsed = parseTypedData(value, BigInt(ACCOUNT), "/typedData");
    assert.equal(parsed.revision, vector.revision);
    assert.equal(`0x${parsed.messageHash.toString(16)}`, vector.message_hash);
    assert.equal(reference.getMessageHash(value, ACCOUNT), vector.message_hash);
    assert.equal(hashOf(decode(value, ACCOUNT)), vector.message_hash);
    assert.equal(hashOf(decode(parsed.canonical, ACCOUNT)), vector.message_hash);
  });
}

test(
  "snip12: v1Nested.json (no published hash) is signed as starknet.js does, its domain lacks the revision",
  { skip },
  () => {
    const value: TypedData = JSON.parse(JSON.stringify(readVectors("starknet", "snip12/v1Nested.json")));
    assert.equal(hashOf(decode(value)), reference.getMessageHash(value, KEY.address));
  },
);

const domainOf = (...types: readonly (readonly [name: string, type: string])[]) => ({
  StarknetDomain: types.map(([name, type]) => ({ name, type })),
});
/** What starknet.js signs beyond the text of SNIP-12, where wallets can read it in one way only. */
const AS_WALLETS: readonly (readonly [name: string, typedData: Document])[] = [
  ["a domain in another order", withMember("felt", 1, { StarknetDomain: DOMAIN_TYPE.toReversed() })],
  ["a domain without revision", withMember("felt", 1, { StarknetDomain: DOMAIN_TYPE.slice(0, 3) })],
  [
    "a domain of felts",
    withMember(
      "felt",
      1,
      domainOf(["name", "felt"], ["version", "felt"], ["chainId", "felt"], ["revision", "felt"]),
    ),
  ],
  ["a revision that is a number", { ...simple, domain: { ...DOMAIN, revision: 1 } }],
  ["a chain id in hex", { ...simple, domain: { ...DOMAIN, chainId: "0x534e5f4d41494e" } }],
  ["a chain id in decimal", { ...simple, domain: { ...DOMAIN, chainId: "23448594291968334" } }],
  ["a type that nothing refers to", withMember("felt", 1, { Stray: [{ name: "x", type: "Nothing" }] })],
  ["both domains declared", withMember("felt", 1, { StarkNetDomain: LEGACY_TYPE })],
  ["lists of lists", withMember("felt**", [[1, 2], []])],
  ["a merkletree of felts", document({ x: [1, 2, 3] }, [{ ...merkle, contains: "felt" }])],
  ["a merkletree of presets", document({ x: [{ low: 1, high: 2 }] }, [{ ...merkle, contains: "u256" }])],
  [
    "a preset as primary type",
    { ...withMember("u256", 1), primaryType: "u256", message: { low: "5", high: "0" } },
  ],
  ["revision 0: a type of revision 1", legacy({ x: "5" }, [{ name: "x", type: "u128" }])],
  ["revision 0: a type of nobody", legacy({ x: ["hi"] }, [{ name: "x", type: "Name*" }])],
  ["revision 0: an enum", legacy({ x: "7" }, [{ name: "x", type: "enum" }])],
  ["revision 0: truth as a felt", legacy({ x: "0x1" }, [{ name: "x", type: "bool" }])],
  [
    "revision 0: a revision that is not declared",
    { ...legacy({ to: 1 }, leaf), domain: { ...LEGACY, revision: "0" } },
  ],
  [
    "revision 0: a domain of short strings",
    {
      ...legacy({ to: 1 }, leaf),
      types: { StarkNetDomain: LEGACY_TYPE.map(({ name }) => ({ name, type: "shortstring" })), Mail: leaf },
    },
  ],
];

for (const [name, typedData] of AS_WALLETS) {
  test(`snip12 signs as starknet.js does: ${name}`, () => {
    const theirs: TypedData = JSON.parse(JSON.stringify(typedData));
    const decoded = decode(typedData);
    assert.equal(hashOf(decoded), reference.getMessageHash(theirs, KEY.address));
    assert.deepEqual(decoded.intent.opaqueCauses, ["unknownTypedData"]);
    const { canonical } = parseTypedData(theirs, BigInt(KEY.address), "/typedData");
    assert.equal(hashOf(decode(canonical)), hashOf(decoded));
  });
}

test("snip12: a type that nothing refers to is not shown", () => {
  assert.doesNotMatch(JSON.stringify(decode(withMember("felt", 1, { Stray: leaf })).intent), /Stray/);
});

test("snip12: the default account is the key's, and the account changes the hash", () => {
  const own = decode(simple);
  assert.equal(hashOf(own), hashOf(decode(simple, KEY.address)));
  assert.notEqual(hashOf(own), hashOf(decode(simple, RECIPIENT)));
  assert.deepEqual(own.environment, { chainId: "SN_SEPOLIA", network: "sepolia" });
  assert.deepEqual(own.intent.opaqueCauses, ["unknownTypedData"]);
});

test("snip12: assemble gives messageHash and signature", () => {
  const decoded = decode(simple);
  const answer = starknetAdapter.assemble(decoded, [{ bytes: new Uint8Array(64).fill(1) }]);
  const half = `0x1${"01".repeat(31)}`;
  assert.deepEqual(answer, { messageHash: hashOf(decoded), signature: [half, half] });
});

test("snip12: declarations that are longer than documents have are shown as a digest", () => {
  const inner = Array.from({ length: 60 }, (_, index) => ({
    name: `${"n".repeat(60)}${index}`,
    type: "felt",
  }));
  const types = Object.fromEntries(["A", "B", "C", "D"].map((name) => [name, inner]));
  const members = Object.keys(types).map((name) => ({ name, type: name }));
  const value = Object.fromEntries(inner.map(({ name }) => [name, 1]));
  const message = Object.fromEntries(members.map(({ name }) => [name, value]));
  const json = JSON.parse(JSON.stringify(decode(document(message, members, types)).intent));
  assert.deepEqual(Object.keys(json.starknet.typedData.types), ["bytes", "sha256"]);
});

test("snip12: values are shown in one form each", () => {
  const members = ["felt", "selector", "u128", "i128", "ContractAddress", "bool", "shortstring"];
  const typedData = document(
    {
      felt: 255,
      selector: "transfer",
      u128: "0x10",
      i128: -3,
      ContractAddress: "0xA",
      bool: false,
      shortstring: "hi",
    },
    members.map((name) => ({ name, type: name })),
  );
  const parsed = parseTypedData(typedData, 1n, "/typedData");
  assert.deepEqual(parsed.message, {
    felt: "0xff",
    selector: TRANSFER,
    u128: "16",
    i128: "-3",
    ContractAddress: padded("0xa"),
    bool: false,
    shortstring: "hi",
  });
});
