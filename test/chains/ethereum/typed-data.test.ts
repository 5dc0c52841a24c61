/** EIP-712: refusals by rule, the published digests, and the document as policies see it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { recoverAddress } from "viem";
import type { SignRequest } from "../../../src/chains/adapter.ts";
import { readVectors, skipWithout } from "../../vectors.ts";
import { asHex, decode, digestOf, hexField, KEY, refuses, sign } from "./keys.ts";

const MAIL = {
  types: {
    EIP712Domain: [
      { name: "name", type: "string" },
      { name: "version", type: "string" },
      { name: "chainId", type: "uint256" },
      { name: "verifyingContract", type: "address" },
    ],
    Person: [
      { name: "name", type: "string" },
      { name: "wallet", type: "address" },
    ],
    Mail: [
      { name: "from", type: "Person" },
      { name: "to", type: "Person" },
      { name: "contents", type: "string" },
    ],
  },
  primaryType: "Mail",
  domain: {
    name: "Ether Mail",
    version: "1",
    chainId: 1,
    verifyingContract: "0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC",
  },
  message: {
    from: { name: "Cow", wallet: "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826" },
    to: { name: "Bob", wallet: "0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB" },
    contents: "Hello, Bob!",
  },
};

const request = (typedData: unknown): SignRequest => ({ type: "ethereum.typedData", typedData });

/** A one-member document. */
const single = (type: string, value: unknown, types: object = {}): object => ({
  types: { ...types, Doc: [{ name: "value", type }] },
  primaryType: "Doc",
  domain: {},
  message: { value },
});

const REFUSALS: readonly (readonly [rule: string, document: unknown, field: string])[] = [
  ["not an object", "{}", ""],
  ["unknown member", { ...MAIL, extra: 1 }, "/extra"],
  ["no types", { ...MAIL, types: undefined }, "/types"],
  ["no domain", { ...MAIL, domain: undefined }, "/domain"],
  ["no message", { ...MAIL, message: undefined }, "/message"],
  ["primary type that is not declared", { ...MAIL, primaryType: "Letter" }, "/primaryType"],
  ["primary type EIP712Domain", { ...MAIL, primaryType: "EIP712Domain" }, "/primaryType"],
  ["primary type from the prototype", { ...MAIL, primaryType: "constructor" }, "/primaryType"],
  ["message member that no type declares", { ...MAIL, message: { ...MAIL.message, cc: "x" } }, "/message/cc"],
  [
    "nested member that no type declares",
    { ...MAIL, message: { ...MAIL.message, to: { ...MAIL.message.to, age: 1 } } },
    "/message/to/age",
  ],
  [
    "missing message member",
    { ...MAIL, message: { from: MAIL.message.from, to: MAIL.message.to } },
    "/message/contents",
  ],
  ["null struct", { ...MAIL, message: { ...MAIL.message, to: null } }, "/message/to"],
  ["unknown domain member", { ...MAIL, domain: { ...MAIL.domain, host: "x" } }, "/domain/host"],
  [
    "domain without a declared member",
    { ...MAIL, domain: { name: "Ether Mail", version: "1" } },
    "/types/EIP712Domain",
  ],
  [
    "domain with an undeclared member",
    { ...MAIL, domain: { ...MAIL.domain, salt: `0x${"00".repeat(32)}` } },
    "/types/EIP712Domain",
  ],
  [
    "EIP712Domain that lists a member twice",
    {
      ...MAIL,
      types: { ...MAIL.types, EIP712Domain: [...MAIL.types.EIP712Domain, MAIL.types.EIP712Domain[0]] },
    },
    "/types/EIP712Domain/4/name",
  ],
  [
    "EIP712Domain without a member that domain has",
    { ...MAIL, types: { ...MAIL.types, EIP712Domain: MAIL.types.EIP712Domain.slice(1) } },
    "/types/EIP712Domain",
  ],
  [
    "EIP712Domain of other types",
    {
      ...MAIL,
      types: {
        ...MAIL.types,
        EIP712Domain: MAIL.types.EIP712Domain.map((field) => ({ ...field, type: "string" })),
      },
    },
    "/types/EIP712Domain",
  ],
  [
    "domain chainId that is no number",
    { ...MAIL, domain: { ...MAIL.domain, chainId: "one" } },
    "/domain/chainId",
  ],
  ["type that nobody declares", single("Other", {}), "/types/Doc/0/type"],
  ["alias uint", single("uint", 1), "/types/Doc/0/type"],
  ["uint7", single("uint7", 1), "/types/Doc/0/type"],
  ["bytes33", single("bytes33", "0x"), "/types/Doc/0/type"],
  ["malformed array", single("uint8[", []), "/types/Doc/0/type"],
  ["array of none", single("uint8[0]", []), "/types/Doc/0/type"],
  ["type from the prototype", single("toString", {}), "/types/Doc/0/type"],
  [
    "struct named like a type",
    single("uint8", 1, { uint8: [{ name: "x", type: "string" }] }),
    "/types/uint8",
  ],
  ["struct named like an array", single("uint8", 1, { "A[]": [] }), "/types/A[]"],
  [
    "member declared twice",
    single(
      "A",
      { x: 1 },
      {
        A: [
          { name: "x", type: "uint8" },
          { name: "x", type: "uint8" },
        ],
      },
    ),
    "/types/A/1/name",
  ],
  [
    "member named with a comma",
    single("A", {}, { A: [{ name: "x,uint8 y", type: "uint8" }] }),
    "/types/A/0/name",
  ],
  ["uint8 of 256", single("uint8", 256), "/message/value"],
  ["negative uint8", single("uint8", -1), "/message/value"],
  ["int8 of 128", single("int8", "128"), "/message/value"],
  ["int8 of -129", single("int8", "-129"), "/message/value"],
  ["minus zero", single("int8", "-0"), "/message/value"],
  ["float", single("uint256", 1.5), "/message/value"],
  ["unsafe integer", single("uint256", 2 ** 53), "/message/value"],
  ["bool as text", single("bool", "true"), "/message/value"],
  ["bool as number", single("bool", 1), "/message/value"],
  ["short bytes4", single("bytes4", "0x010203"), "/message/value"],
  ["bytes as text", single("bytes", "hello"), "/message/value"],
  ["string as number", single("string", 5), "/message/value"],
  ["lone surrogate", single("string", "\ud800"), "/message/value"],
  [
    "address with a wrong checksum",
    single("address", "0xcD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826"),
    "/message/value",
  ],
  ["short address", single("address", "0x00"), "/message/value"],
  ["fixed array of another length", single("uint8[2]", [1, 2, 3]), "/message/value"],
  ["nested fixed array of another length", single("uint8[2][]", [[1, 2], [3]]), "/message/value/1"],
  ["array that is no array", single("uint8[]", "0x01"), "/message/value"],
  [
    "null beside the recursion",
    single(
      "Node",
      { leaf: null },
      {
        Node: [
          { name: "next", type: "Node" },
          { name: "leaf", type: "Leaf" },
        ],
        Leaf: [{ name: "x", type: "uint8" }],
      },
    ),
    "/message/value/leaf",
  ],
  ["null message", { ...MAIL, message: null }, "/message"],
  [
    "null for a list of recursive structs",
    single("Node", { next: null }, { Node: [{ name: "next", type: "Node[]" }] }),
    "/message/value/next",
  ],
  ["null integer", single("uint8", null), "/message/value"],
  ["null text", single("string", null), "/message/value"],
];

describe("eip712: refused", () => {
  for (const [rule, typedData, field] of REFUSALS) {
    test(rule, () => refuses(request(typedData), "transaction.invalid", `/typedData${field}`));
  }

  test("a document nested 33 levels deep", () => {
    let value: unknown = { children: [] };
    for (let level = 0; level < 20; level++) value = { children: [value] };
    const deep = single("Node", value, { Node: [{ name: "children", type: "Node[]" }] });
    assert.throws(() => decode(request(deep)), /must not nest deeper than 32 levels/);
  });

  test("a document of 2,049 values", () => {
    const rows = (last: number) =>
      Array.from({ length: 8 }, (_, row) => Array(row === 7 ? last : 255).fill(1));
    // 8 rows of 255 items, the rows themselves and the outer list make 2,049 values; one item less is accepted.
    assert.equal(decode(request(single("uint8[][]", rows(254)))).payloads.length, 1);
    refuses(request(single("uint8[][]", rows(255))), "transaction.refused", "/typedData/message/value/7/254");
  });

  test("a type of 257 characters, whose suffixes cost the square of their number", () => {
    const accepted = single(`uint8${"[]".repeat(30)}`, []);
    assert.equal(decode(request(accepted)).payloads.length, 1);
    const long = single(`uint8${"[1]".repeat(84)}`, []);
    refuses(request(long), "transaction.refused", "/typedData/types/Doc/0/type");
  });

  test("a document whose hashing would cost too much", () => {
    const name = "n".repeat(2_000);
    // Each type holds the next: the text of the first has all of them, that of the second all but one.
    const chain = Array.from({ length: 20 }, (_, index) => [
      `T${index}`,
      [
        { name, type: "uint8" },
        { name: "next", type: `T${index + 1}` },
      ],
    ]);
    const types = { ...Object.fromEntries(chain), T20: [{ name, type: "uint8" }] };
    const value = chain.reduce<object>((next) => ({ [name]: 1, next }), { [name]: 1 });
    refuses(request(single("T0", value, types)), "transaction.refused", "/typedData/types");
  });
});

interface Vector {
  readonly name: string;
  readonly domain: object;
  readonly primaryType: string;
  readonly types: object;
  readonly data: object;
  readonly digest: string;
}

describe("eip712-typed-data.json: digest", { skip: skipWithout("ethereum") }, () => {
  const file = readVectors("ethereum", "eip712-typed-data.json");
  const vectors: readonly Vector[] = Array.isArray(file) ? file : [];
  for (const { name, domain, primaryType, types, data, digest } of vectors) {
    test(`${name}: ${primaryType}`, () => {
      assert.equal(digestOf(decode(request({ domain, primaryType, types, message: data }))), digest);
    });
  }

  test("there are 65 cases", () => assert.equal(vectors.length, 65));
});

describe("eth_signTypedData_v4: documents of wallets have the same digest", () => {
  const file = new URL("wallet-documents.json", import.meta.url);
  const { documents }: { documents: readonly { name: string; typedData: object; digest: string }[] } =
    JSON.parse(readFileSync(file, "utf8"));
  for (const { name, typedData, digest } of documents) {
    test(name, () => assert.equal(digestOf(decode(request(typedData))), digest));
  }

  test("a struct that was left out is shown as null", () => {
    const { intent } = decode(request(documents[0]?.typedData));
    assert.match(JSON.stringify(intent.ethereum), /"name":"Rickard","mother":null,"father":null/);
  });

  test("a struct that was left out is null under whatever name, also one that every object inherits", () => {
    const digest = (name: string, value: object) =>
      digestOf(decode(request(single("Node", value, { Node: [{ name, type: "Node" }] }))));
    for (const name of ["constructor", "toString", "next"])
      assert.equal(digest(name, {}), digest(name, { [name]: null }), name);
  });

  test("a document that is known in one order of its domain is another one in any other order", () => {
    const named = (...members: readonly string[]) =>
      members.map((member) => MAIL.types.EIP712Domain.find((declared) => declared.name === member));
    const types = {
      Permit: ["owner", "spender", "value", "nonce", "deadline"].map((name, index) => ({
        name,
        type: index < 2 ? "address" : "uint256",
      })),
    };
    const message = { owner: KEY.address, spender: KEY.address, value: 5, nonce: 0, deadline: 9 };
    const permit = (...order: readonly string[]) =>
      decode(
        request({
          ...MAIL,
          types: { ...types, EIP712Domain: named(...order) },
          primaryType: "Permit",
          message,
        }),
      ).intent;
    assert.equal(permit("name", "version", "chainId", "verifyingContract").allowances.length, 1);
    const other = permit("name", "chainId", "version", "verifyingContract");
    assert.deepEqual([other.opaqueCauses, other.allowances], [["unknownTypedData"], []]);
  });
});

describe("eip712: the specification's example", () => {
  test("digest of the Mail document", () => {
    const digest = "0xbe609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2";
    assert.equal(digestOf(decode(request(MAIL))), digest);
    const { EIP712Domain: _, ...types } = MAIL.types;
    assert.equal(digestOf(decode(request({ ...MAIL, types }))), digest);
  });

  test("a chain id as text hashes like a chain id as number", () => {
    const text = { ...MAIL, domain: { ...MAIL.domain, chainId: "0x1" } };
    assert.equal(digestOf(decode(request(text))), digestOf(decode(request(MAIL))));
  });

  test("the signature recovers to the key, v is 27 or 28", async () => {
    const answer = sign(request(MAIL));
    const signature = hexField(answer, "signature");
    assert.equal(answer["digest"], digestOf(decode(request(MAIL))));
    assert.match(signature, /^0x[0-9a-f]{128}(?:1b|1c)$/);
    const signer = await recoverAddress({
      hash: asHex(digestOf(decode(request(MAIL)))),
      signature,
    });
    assert.equal(signer, KEY.address);
  });

  test("an unknown document is opaque; the intent carries it whole, normalised", () => {
    const { intent, environment } = decode(request(MAIL));
    assert.deepEqual(environment, { chainId: "1", network: "mainnet" });
    assert.deepEqual([intent.opaque, intent.transfers, intent.allowances, intent.calls], [true, [], [], []]);
    assert.deepEqual(intent.ethereum, {
      typedData: {
        domain: { ...MAIL.domain, chainId: "1", verifyingContract: `0x${"cc".repeat(20)}` },
        primaryType: "Mail",
        message: {
          from: { name: "Cow", wallet: MAIL.message.from.wallet.toLowerCase() },
          to: { name: "Bob", wallet: MAIL.message.to.wallet.toLowerCase() },
          contents: "Hello, Bob!",
        },
        types: MAIL.types,
      },
    });
  });

  test("without a domain chain id the signature is valid anywhere", () => {
    assert.deepEqual(decode(request(single("uint8", 1))).environment, { chainId: "0", network: "any" });
  });
});
