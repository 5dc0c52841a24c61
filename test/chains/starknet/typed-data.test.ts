/** starknet.typedData: SNIP-12 refusals and vectors, and what policies see of SNIP-9. */
import assert from "node:assert/strict";
import test from "node:test";
import { hash, outsideExecution, typedData as reference, type TypedData } from "starknet";
import { readVectors, skipWithout } from "../../vectors.ts";
import type { DecodedRequest } from "../../../src/chains/adapter.ts";
import { starknetAdapter } from "../../../src/chains/starknet/adapter.ts";
import { isObject } from "../../../src/chains/starknet/members.ts";
import { parseTypedData } from "../../../src/chains/starknet/snip12.ts";
import { parseTypes, typeHash } from "../../../src/chains/starknet/snip12-types.ts";
import { toHex } from "../../../src/domain/bytes.ts";
import { KEY, RECIPIENT, STRK, TRANSFER, padded, signerError } from "./sample.ts";

const DOMAIN_TYPE = ["name", "version", "chainId", "revision"].map((name) => ({ name, type: "shortstring" }));
const DOMAIN = { name: "Claviger", version: "1", chainId: "SN_SEPOLIA", revision: "1" };
const LEGACY_TYPE = ["name", "version", "chainId"].map((name) => ({ name, type: "felt" }));
const LEGACY = { name: "Claviger", version: "1", chainId: "SN_SEPOLIA" };

interface Document {
  readonly types: Readonly<Record<string, readonly { name: string; type: string; contains?: string }[]>>;
  readonly primaryType: string;
  readonly domain: Readonly<Record<string, string | number>>;
  readonly message: Readonly<Record<string, unknown>>;
}

/** A revision 1 document of one message type; `types` may add to or replace the declarations. */
function document(
  message: Readonly<Record<string, unknown>>,
  members: readonly { name: string; type: string; contains?: string }[],
  types: Document["types"] = {},
): Document {
  return {
    types: { StarknetDomain: DOMAIN_TYPE, Mail: members, ...types },
    primaryType: "Mail",
    domain: DOMAIN,
    message,
  };
}

function legacy(message: Readonly<Record<string, unknown>>, members: Document["types"][string]): Document {
  return {
    types: { StarkNetDomain: LEGACY_TYPE, Mail: members },
    primaryType: "Mail",
    domain: LEGACY,
    message,
  };
}

/** One member `x` of a type. */
function withMember(type: string, x: unknown, types: Document["types"] = {}): Document {
  return document({ x }, [{ name: "x", type }], types);
}

function decode(typedData: unknown, accountAddress?: string): DecodedRequest {
  const account = accountAddress === undefined ? {} : { accountAddress };
  return starknetAdapter.decode(
    { type: "starknet.typedData", typedData: JSON.parse(JSON.stringify(typedData)), ...account },
    accountAddress === undefined ? KEY : { ...KEY, address: padded(accountAddress) },
  );
}

function hashOf(decoded: DecodedRequest): string {
  const [payload] = decoded.payloads;
  assert.ok(payload?.scheme === "stark.ecdsa" && decoded.payloads.length === 1);
  return `0x${BigInt(toHex(payload.digest)).toString(16)}`;
}

const simple = withMember("felt", "0x1");
const leaf = [{ name: "to", type: "felt" }];
const merkle = { name: "x", type: "merkletree", contains: "Leaf" };
const choice = { name: "x", type: "enum", contains: "Choice" };
const Choice = [
  { name: "None", type: "()" },
  { name: "Some", type: "(u128,felt*)" },
];

const REFUSED: readonly (readonly [name: string, typedData: unknown, message: RegExp])[] = [
  ["no document", undefined, /^\/typedData: is required|^\/typedData: must be an object/],
  ["a member beside the four", { ...simple, extra: 1 }, /^\/typedData\/extra: is not known/],
  ["no message", { ...simple, message: undefined }, /^\/typedData\/message: is required/],
  ["a primary type that is not declared", { ...simple, primaryType: "Nail" }, /\/types\/Nail: is required/],
  [
    "a primary type that is a preset of the other revision",
    { ...legacy({ x: 1 }, leaf), primaryType: "u256" },
    /\/types\/u256: is required/,
  ],
  [
    "the domain as primary type",
    { ...simple, primaryType: "StarknetDomain" },
    /\/primaryType: must not be the domain/,
  ],
  [
    "an unknown revision",
    { ...simple, domain: { ...DOMAIN, revision: "2" } },
    /\/domain\/revision: must be 0 or 1/,
  ],
  ["revision 1 with the old domain", { ...simple, domain: LEGACY }, /\/types\/StarkNetDomain: is required/],
  [
    "a domain without a chain",
    {
      ...withMember("felt", 1, { StarknetDomain: DOMAIN_TYPE.slice(0, 2) }),
      domain: { name: "a", version: "1", revision: 1 },
    },
    /must have one chainId/,
  ],
  [
    "a domain with two chains",
    withMember("felt", 1, { StarknetDomain: [...DOMAIN_TYPE, { name: "chain_id", type: "felt" }] }),
    /must have one chainId/,
  ],
  [
    "a chain that is hashed as a selector",
    withMember("felt", 1, { StarknetDomain: [{ name: "chainId", type: "selector" }] }),
    /must declare chainId as felt, shortstring or string/,
  ],
  [
    "a domain with a struct in it",
    withMember("felt", 1, { StarknetDomain: [...DOMAIN_TYPE, { name: "limit", type: "u256" }] }),
    /StarknetDomain\/4: must be of a basic type/,
  ],
  [
    "a domain value that is not declared",
    { ...simple, domain: { ...DOMAIN, salt: "1" } },
    /\/domain\/salt: is not known/,
  ],
  [
    "a domain value that is missing",
    { ...simple, domain: { chainId: "1", revision: "1", name: "n" } },
    /\/domain\/version/,
  ],
  ["a type that is not defined", withMember("Person", {}), /\/types\/Mail\/0\/type: is not defined/],
  [
    "a list of a type that is not defined",
    withMember("Person*", []),
    /\/types\/Mail\/0\/type: is not defined/,
  ],
  ["a type of Solidity", withMember("uint256", 1), /\/type: is not defined/],
  [
    "a type named like a basic one",
    withMember("felt", 1, { u128: leaf }),
    /\/types\/u128: is the name of a type that SNIP-12/,
  ],
  [
    "a type named like a preset",
    withMember("felt", 1, { TokenAmount: leaf }),
    /\/types\/TokenAmount: is the name/,
  ],
  [
    "a type without members",
    withMember("Empty", {}, { Empty: [] }),
    /\/types\/Empty: must have at least one/,
  ],
  [
    "a type name with punctuation",
    withMember("felt", 1, { "A(b:felt)": leaf }),
    /must be 1 to 64 printable ASCII/,
  ],
  [
    "a member name with a quote",
    document({ 'a"': 1 }, [{ name: 'a"', type: "felt" }]),
    /must be 1 to 64 printable ASCII/,
  ],
  ["a member declared twice", document({ x: 1 }, [...leaf, ...leaf]), /names a member twice/],
  [
    "a type that contains itself",
    withMember("Node", {}, { Node: [{ name: "n", type: "Node*" }] }),
    /recursive/,
  ],
  ["lists of lists of structs", withMember("Leaf**", [[{ to: 1 }]], { Leaf: leaf }), /wallets do not agree/],
  ["lists of lists of presets", withMember("u256**", []), /wallets do not agree/],
  [
    "contains on a felt",
    document({ x: 1 }, [{ name: "x", type: "felt", contains: "Mail" }]),
    /belongs to the types enum and merkletree only/,
  ],
  [
    "a tuple outside an enum",
    document({ x: [1, 2], to: 1 }, [{ name: "x", type: "(felt,u128)" }, ...leaf]),
    /is a tuple/,
  ],
  ["an enum used as a struct", withMember("Choice", {}, { Choice }), /is an enum/],
  [
    "an enum that contains a struct",
    document({ x: {} }, [{ ...choice, contains: "Leaf" }], { Leaf: leaf }),
    /must contain an enum/,
  ],
  ["a merkletree without contents", withMember("merkletree", []), /\/contains: is required/],
  [
    "a merkletree of lists",
    document({ x: [[1]] }, [{ ...merkle, contains: "felt*" }]),
    /a basic type or a struct/,
  ],
  [
    "a merkletree of nothing known",
    document({ x: [1] }, [{ ...merkle, contains: "Leaf" }]),
    /is not defined/,
  ],
  ["a merkletree without leaves", document({ x: [] }, [merkle], { Leaf: leaf }), /at least one leaf/],
  [
    "a message with another member",
    document({ x: 1, y: 2 }, [{ name: "x", type: "felt" }]),
    /\/message\/y: is not known/,
  ],
  ["a message without a member", document({}, [{ name: "x", type: "felt" }]), /\/message\/x: is required/],
  [
    "a message that is a list",
    document([] as never, [{ name: "x", type: "felt" }]),
    /\/message: must be an object/,
  ],
  [
    "a felt of P",
    withMember("felt", (2n ** 251n + 17n * 2n ** 192n + 1n).toString()),
    /\/message\/x: must be a felt/,
  ],
  ["a negative felt", withMember("felt", -1), /\/message\/x/],
  ["a boolean felt", withMember("felt", true), /\/message\/x/],
  ["a felt of 32 characters", withMember("felt", "a".repeat(32)), /at most 31/],
  ["a felt that is not ASCII", withMember("felt", "zoë"), /ASCII/],
  ["text that reads as a number", withMember("felt", "0b11"), /could be a number or text/],
  ["a number with white space", withMember("shortstring", " 7 "), /could be a number or text/],
  ["a number with a leading zero", withMember("felt", "007"), /could be a number or text/],
  ["0x without digits", withMember("felt", "0x"), /could be a number or text/],
  ["a u128 of 2^128", withMember("u128", (2n ** 128n).toString()), /below 2\^128/],
  ["a u128 in words", withMember("u128", "ten"), /\/message\/x/],
  ["an i128 of 2^127", withMember("i128", (2n ** 127n).toString()), /below 2\^127/],
  ["an i128 below -2^127", withMember("i128", (-(2n ** 127n) - 1n).toString()), /below -2\^127/],
  ["an i128 of -0", withMember("i128", "-0"), /\/message\/x/],
  ["a bool as a number", withMember("bool", 1), /must be true or false/],
  [
    "an address of 2^251",
    withMember("ContractAddress", `0x${(2n ** 251n).toString(16)}`),
    /contract address/,
  ],
  ["an address in words", withMember("ContractAddress", "alice"), /\/message\/x/],
  ["a selector with a space", withMember("selector", "trans fer"), /name of an entry point/],
  ["a selector in decimal text", withMember("selector", "123"), /name of an entry point/],
  ["a string that is a number", withMember("string", 5), /printable ASCII/],
  ["a string with a line break", withMember("string", "a\nb"), /printable ASCII/],
  [
    "a u256 with three halves",
    withMember("u256", { low: 1, high: 0, top: 0 }),
    /\/message\/x\/top: is not known/,
  ],
  ["a list that is an object", withMember("felt*", { 0: 1 }), /must be a list/],
  [
    "more values than a document may have",
    withMember("felt*", Array(1_025).fill(1)),
    /at most 1024|is too much/,
  ],
  ["an enum without a variant", document({ x: {} }, [choice], { Choice }), /a variant of the enum/],
  [
    "an enum with two variants",
    document({ x: { None: [], Some: [1, []] } }, [choice], { Choice }),
    /one member/,
  ],
  [
    "an enum with an unknown variant",
    document({ x: { Other: [] } }, [choice], { Choice }),
    /a variant of the enum/,
  ],
  [
    "an enum with too few parameters",
    document({ x: { Some: [1] } }, [choice], { Choice }),
    /a list of 2 parameters/,
  ],
  ["an enum with too many parameters", document({ x: { None: [1] } }, [choice], { Choice }), /\/x\/None/],
  [
    "revision 0 with a value of an unknown type that is no felt",
    legacy({ x: { low: 1 } }, [{ name: "x", type: "u256" }]),
    /\/message\/x: must be/,
  ],
  [
    "revision 0 with punctuation in an unknown type, which is hashed without quotes",
    legacy({ x: 1 }, [{ name: "x", type: "felt,y:felt" }]),
    /must be 1 to 64 printable ASCII/,
  ],
  [
    "revision 0 with an enum that contains a type",
    legacy({ x: 1 }, [{ name: "x", type: "enum", contains: "Mail" }]),
    /belongs to .* only/,
  ],
  ["revision 0 with a bool in words", legacy({ x: "true" }, [{ name: "x", type: "bool" }]), /\/message\/x/],
  ["revision 0 with a bool of 2", legacy({ x: 2 }, [{ name: "x", type: "bool" }]), /\/message\/x/],
  [
    "revision 0 without a chain",
    {
      ...legacy({ to: 1 }, leaf),
      types: { StarkNetDomain: LEGACY_TYPE.slice(0, 2), Mail: leaf },
      domain: { name: "a", version: "1" },
    },
    /must have one chainId/,
  ],
];

for (const [name, typedData, message] of REFUSED) {
  test(`snip12 refuses ${name}`, () => {
    const body = JSON.parse(JSON.stringify({ type: "starknet.typedData", typedData }));
    assert.throws(() => starknetAdapter.decode(body, KEY), signerError("transaction.invalid", message));
  });
}

test("snip12 refuses an account that is no address", () => {
  assert.throws(
    () => decode(simple, `0x${(2n ** 251n).toString(16)}`),
    signerError("transaction.invalid", /accountAddress/),
  );
});

test("snip12 refuses another account than the key's, whose message it would be under the policies of this one", () => {
  const body = { type: "starknet.typedData", typedData: JSON.parse(JSON.stringify(simple)) };
  assert.throws(
    () => starknetAdapter.decode({ ...body, accountAddress: "0x1" }, KEY),
    signerError("transaction.refused", /\/accountAddress: must be the key's account/),
  );
});

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
