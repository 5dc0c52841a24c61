/** SNIP-12 documents: what is opaque, what every known one does, and that nothing like it passes for it. */
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { typedData as reference, type TypedData } from "starknet";
import type { DecodedRequest } from "../../../src/chains/adapter.ts";
import { starknetAdapter } from "../../../src/chains/starknet/adapter.ts";
import type { KnownDocument } from "../../../src/chains/starknet/documents/document.ts";
import { DOCUMENTS } from "../../../src/chains/starknet/documents/registry.ts";
import { toHex } from "../../../src/domain/bytes.ts";
import { SignerError } from "../../../src/domain/errors.ts";
import { DOCUMENT_CASES } from "./document-table.ts";
import { KEY, RECIPIENT, STRK } from "./sample.ts";

function decode(typedData: unknown): DecodedRequest {
  return starknetAdapter.decode(
    { type: "starknet.typedData", typedData: JSON.parse(JSON.stringify(typedData)) },
    KEY,
  );
}

function find(name: string): TypedData {
  const found = DOCUMENT_CASES.find((example) => example.name === name);
  assert.ok(found, name);
  return found.document;
}

/** The named document with other values in its message, or in its domain. */
function changed(name: string, message: object, domain: object = {}): TypedData {
  const document = find(name);
  return {
    ...document,
    message: { ...document.message, ...message },
    domain: { ...document.domain, ...domain },
  };
}

test("a row of the table cannot leave out its effect", () => {
  // @ts-expect-error Property 'effect' is missing: a document whose effects nobody stated must not compile
  const silent: KnownDocument = {
    name: "Silent",
    source: "nobody",
    revision: "1",
    primaryType: "Silent",
    types: { Silent: "x:felt" },
    domainTypes: ["name:shortstring"],
    domain: {},
  };
  assert.ok(silent);
});

const MAKER: TypedData = {
  ...find("ERC-20 Permit"),
  types: {
    ...find("ERC-20 Permit").types,
    Maker: [
      { name: "collection", type: "ContractAddress" },
      { name: "price", type: "u256" },
    ],
  },
  primaryType: "Maker",
  message: { collection: STRK, price: { low: 0, high: 0 } },
};
const { Permit: _unused, ...withoutPermit } = MAKER.types;

const OPAQUE: readonly (readonly [name: string, document: TypedData])[] = [
  ["a sale at price 0", { ...MAKER, types: withoutPermit }],
  ["a ballot for another voter", changed("Governor Vote", { voter: RECIPIENT })],
  ["a sign-in of another account", changed("SNIP-86 sign-in", { address: RECIPIENT })],
  ["a sign-in of an account that is text", changed("SNIP-86 sign-in", { address: "me" })],
  ["a sign-in at no website", changed("SNIP-86 sign-in", { uri: "urn:recap:everything" })],
  ["a sign-in in the clear", changed("SNIP-86 sign-in", { uri: "http://example.com" })],
  ["a sign-in without a version", changed("SNIP-86 sign-in", { version: "transfer" })],
  ["a sign-in whose nonce is a hash", changed("SNIP-86 sign-in", { nonce: `0x${"ab".repeat(32)}` })],
  ["a sign-in at no time", changed("SNIP-86 sign-in", { issuedAt: "whenever" })],
  ["a sign-in that never ends", changed("SNIP-86 sign-in with an end", { expirationTime: "never" })],
  ["a sign-in that never begins", changed("SNIP-86 sign-in with a start", { notBefore: "never" })],
  ["a sign-in of a long story", changed("SNIP-86 sign-in", { statement: "x".repeat(2_049) })],
  [
    "a sign-in that hands powers on",
    changed("SNIP-86 sign-in", { statement: "I further authorize the stated URI to transfer" }),
  ],
  ["another request of Paradex", changed("Paradex Request", { path: "/v1/withdraw" })],
  ["a login of Paradex with a body", changed("Paradex Request", { body: "0x1" })],
  ["a signature that is a key of Paradex", changed("Paradex Constant", { action: "STARK Key" })],
  [
    "an outside execution under another name",
    changed("SNIP-9 OutsideExecution, version 2", {}, { name: "x" }),
  ],
  [
    "an outside execution of another version",
    changed("SNIP-9 OutsideExecution, version 2", {}, { version: "3" }),
  ],
  ["an owner's proof under another name", changed("Argent Owner Alive", {}, { name: "Owner" })],
  ["an order of another exchange", changed("Paradex Order", {}, { name: "Parabola" })],
];
for (const [name, document] of OPAQUE) {
  test(`documents: ${name} is opaque`, () => {
    const { intent } = decode(document);
    assert.deepEqual([intent.opaque, intent.opaqueCauses], [true, ["unknownTypedData"]]);
    assert.deepEqual([intent.control, intent.allowances, intent.transfers], [[], [], []]);
  });
}

for (const { name, document, allowances, control, causes, harmless, calls } of DOCUMENT_CASES) {
  test(`documents: ${name}`, () => {
    const { intent, payloads } = decode(document);
    assert.deepEqual(intent.allowances, allowances);
    assert.deepEqual(intent.control, control);
    assert.deepEqual(intent.opaqueCauses, causes);
    assert.deepEqual(intent.calls, calls);
    assert.equal(intent.transfers.length, calls.length, "each call of the table is a transfer");
    assert.equal(intent.harmless !== undefined, harmless);
    const [payload] = payloads;
    assert.ok(payload?.scheme === "stark.ecdsa");
    assert.equal(BigInt(toHex(payload.digest)), BigInt(reference.getMessageHash(document, KEY.address)));
  });
}

test("documents: of a sign-in the website stands in the intent, for policies that list them", () => {
  const detail = (uri: string) =>
    Object(decode(changed("SNIP-86 sign-in", { uri })).intent.starknet)["signIn"];
  assert.deepEqual(detail("https://App.Example.com/login"), { domain: "app.example.com" });
  assert.deepEqual(detail("http://localhost:3000"), { domain: "localhost" });
  assert.equal(detail("http://example.com"), undefined);
  assert.equal(Object(decode(find("ERC-20 Permit")).intent.starknet)["signIn"], undefined);
});

test("every known document is in the table, with its source", () => {
  const tested = new Set(DOCUMENT_CASES.map(({ name }) => name));
  assert.deepEqual(new Set(DOCUMENTS.map(({ name }) => name)), tested);
  for (const { source } of DOCUMENTS) assert.match(source, /^[\w-]+\/[\w.-]+ .*\.(cairo|md|py|ts)$/);
});

test("documents: the same felt in another spelling does the same", () => {
  const session = decode(changed("Argent Session", { "Session Key": "key" })).intent;
  const spelled = decode(changed("Argent Session", { "Session Key": "0x6b6579" })).intent;
  assert.deepEqual(session.control, spelled.control);
  assert.match(session.control[0]?.to ?? "", /^0x0{58}6b6579$/);
  const order = decode(
    changed("Paradex Order", { market: `0x${Buffer.from("ETH-USD-PERP").toString("hex")}` }),
  );
  assert.deepEqual(order.intent.allowances, decode(find("Paradex Order")).intent.allowances);
  const size = decode(changed("Paradex Order", { size: "ten" })).intent.allowances[0]?.amount;
  assert.equal(size, BigInt("0x74656e").toString());
});

const MUTATIONS = ["name", "type", "order", "more", "primary"] as const;

/** The document with one declared name, type or order changed, or undefined where `pick` finds nothing to change. */
function mutate(document: TypedData, pick: number, kind: (typeof MUTATIONS)[number]): unknown {
  const copy = JSON.parse(JSON.stringify(document));
  const places = Object.keys(copy.types).flatMap((type) =>
    copy.types[type].map((_: unknown, index: number) => [type, index] as const),
  );
  const [type, index] = places[pick % places.length] ?? ["", 0];
  const declared = copy.types[type];
  const isDomain = /^Stark[nN]etDomain$/.test(type);
  switch (kind) {
    case "name": {
      const old = declared[index].name;
      declared[index].name = `${old}_`;
      return JSON.parse(
        JSON.stringify({
          ...copy,
          message: rename(copy.message, old),
          domain: isDomain ? rename(copy.domain, old) : copy.domain,
        }),
      );
    }
    case "type":
      declared[index].type = declared[index].type === "felt" ? "string" : "felt";
      delete declared[index].contains;
      return copy;
    case "order":
      if (declared.length < 2) return undefined;
      declared.reverse();
      return copy;
    case "more":
      declared.push({ name: "more", type: "felt" });
      return withMember(copy, "more");
    case "primary":
      copy.types["Other"] = copy.types[copy.primaryType];
      delete copy.types[copy.primaryType];
      return { ...copy, primaryType: "Other" };
  }
}

/** Every object below `value` with the member `old` under a new name. */
function rename(value: unknown, old: string): unknown {
  if (Array.isArray(value)) return value.map((item) => rename(item, old));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name === old ? `${old}_` : name, rename(item, old)]),
  );
}

function withMember(copy: any, name: string): unknown {
  return { ...copy, message: { ...copy.message, [name]: 1 }, domain: copy.domain };
}

test("documents: one changed name, type, order or primary type makes a known document opaque, or none", () => {
  const cases = fc.constantFrom(...DOCUMENT_CASES);
  const kinds = fc.constantFrom(...MUTATIONS);
  let opaque = 0;
  fc.assert(
    fc.property(cases, fc.nat({ max: 40 }), kinds, ({ document, name }, pick, kind) => {
      const mutated = mutate(document, pick, kind);
      if (mutated === undefined) return;
      try {
        const { intent } = decode(mutated);
        // Names of another version, another set of optional members or another order of a domain may come out.
        const shown = JSON.parse(JSON.stringify(intent)).starknet.typedData.document;
        assert.ok(intent.opaque || (shown !== undefined && shown !== name), `${name}: ${kind} ${pick}`);
        opaque += 1;
      } catch (error) {
        assert.ok(error instanceof SignerError, String(error));
      }
    }),
    { numRuns: 150 },
  );
  assert.ok(opaque > 20, "most are documents, only unknown ones");
});

test("documents: any other value in a domain that is fixed makes a known document opaque", () => {
  const fixed = DOCUMENTS.flatMap((known) =>
    Object.keys(known.domain).map((member) => [known.name, member] as const),
  );
  assert.ok(fixed.length > 10);
  for (const [name, member] of fixed) {
    const { intent } = decode(changed(name, {}, { [member]: "0x777" }));
    assert.deepEqual(intent.opaqueCauses, ["unknownTypedData"], `${name}: ${member}`);
  }
});
