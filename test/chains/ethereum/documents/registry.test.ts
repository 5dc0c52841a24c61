/** Every known document, and the neighbours of each: one other name, type, primary type or domain makes it opaque. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { TypedDataEncoder } from "ethers";
import type { KnownDocument } from "../../../../src/chains/ethereum/documents/document.ts";
import { DOCUMENTS } from "../../../../src/chains/ethereum/documents/registry.ts";
import type { Field } from "../../../../src/chains/ethereum/typed-data-hash.ts";
import { decode, digestOf } from "../keys.ts";
import {
  CONTRACT,
  documentOf,
  domainOf,
  requestOf,
  sampleOf,
  valueOf,
  type Parts,
  type Types,
} from "./samples.ts";

const MEMBERS = ["name", "version", "chainId", "verifyingContract", "salt"];
const DOMAIN_SETS = Array.from({ length: 1 << MEMBERS.length }, (_, bits) =>
  MEMBERS.filter((_member, index) => (bits & (1 << index)) !== 0).join(","),
);
const NOT_KNOWN = /that is not known by its full type|under a domain that is not known|names no chain/;

/** A type of the same family that is another one. */
function otherType(type: string): string {
  return type.replace(/^[a-z]+\d*/, (atom) => {
    if (atom === "address") return "bytes20";
    if (atom === "string") return "bytes";
    if (atom === "bytes") return "string";
    if (atom === "bool") return "address";
    const size = Number(/\d+/.exec(atom)?.[0]);
    if (atom.startsWith("bytes")) return `bytes${size === 1 ? 2 : size - 1}`;
    return atom.replace(/\d+/, String(size === 8 ? 16 : size - 8));
  });
}

/** `types` with one member of one struct replaced. */
function withMember(types: Types, struct: string, index: number, member: Field): Types {
  return { ...types, [struct]: (types[struct] ?? []).map((old, at) => (at === index ? member : old)) };
}

function refilled(types: Types, primaryType: string, domain: Parts["domain"]): Parts {
  const message = Object.fromEntries(
    (types[primaryType] ?? []).map((field) => [field.name, valueOf(field.type, types)]),
  );
  return { types, primaryType, domain, message };
}

/** Documents that differ from `sample` in one thing only. */
function* neighbours({ types, primaryType, domain }: Parts): Generator<readonly [string, Parts]> {
  for (const [struct, fields] of Object.entries(types)) {
    for (const [index, field] of fields.entries()) {
      const renamed = withMember(types, struct, index, { ...field, name: `${field.name}_` });
      yield [`${struct}.${field.name} renamed`, refilled(renamed, primaryType, domain)];
      if (/^[A-Z]/.test(field.type)) continue;
      const retyped = withMember(types, struct, index, { ...field, type: otherType(field.type) });
      yield [`${struct}.${field.name} of another type`, refilled(retyped, primaryType, domain)];
    }
    const longer = { ...types, [struct]: [...fields, { name: "more", type: "uint256" }] };
    yield [`${struct} with one more member`, refilled(longer, primaryType, domain)];
  }
  const { [primaryType]: fields = [], ...others } = types;
  yield ["another primary type", refilled({ ...others, Other: fields }, "Other", domain)];
}

function assertUnknown(what: string, document: Parts): void {
  const { intent } = decode(requestOf(document));
  assert.deepEqual(intent.opaqueCauses, ["unknownTypedData"], what);
  assert.match(String(intent.opaqueReason), NOT_KNOWN, what);
  assert.deepEqual([intent.transfers, intent.allowances, intent.control], [[], [], []], what);
}

describe("eip712: a row without an effect", () => {
  test("does not compile", () => {
    const { effect, ...rest } = DOCUMENTS[0] ?? assert.fail();
    // @ts-expect-error a row must state what the document does
    const forgotten: KnownDocument = rest;
    assert.notEqual(forgotten.effect, effect);
  });
});

describe("eip712: one thing changed makes a known document opaque", () => {
  // Higher trees differ in nothing but the values that they need.
  const small = DOCUMENTS.filter((known) => !known.type.includes("[2][2][2]"));
  for (const [index, known] of small.entries()) {
    test(`${index} ${known.name}`, () => {
      const [form] = known.domains;
      assert.ok(form !== undefined);
      const sample = sampleOf(known, form);
      for (const [what, document] of neighbours(sample)) assertUnknown(what, document);
      const accepted = new Set(
        DOCUMENTS.filter((document) => document.type === known.type).flatMap((document) =>
          document.domains.map((each) => each.members),
        ),
      );
      for (const members of DOMAIN_SETS.filter((set) => !accepted.has(set))) {
        assertUnknown(`domain ${members}`, { ...sample, domain: domainOf({ members }) });
      }
      if (form.members.includes("chainId"))
        assertUnknown("chain 0", { ...sample, domain: { ...sample.domain, chainId: 0 } });
      for (const [member, values] of Object.entries(form.values ?? {})) {
        const value =
          member === "verifyingContract" ? CONTRACT : member === "salt" ? `0x${"00".repeat(32)}` : "9";
        assert.ok(!values.includes(value));
        assertUnknown(`another ${member}`, { ...sample, domain: { ...sample.domain, [member]: value } });
      }
    });
  }
});

describe("eip712: every known document", () => {
  for (const [index, known] of DOCUMENTS.entries()) {
    for (const form of known.domains) {
      test(`${index} ${known.name} (${form.members})`, () => {
        const { types, primaryType, domain, message } = sampleOf(known, form);
        const decoded = decode(requestOf({ types, primaryType, domain, message }));
        const digest = TypedDataEncoder.hash({ ...domain }, copied(types), { ...message });
        assert.equal(digestOf(decoded), digest);
        const { intent } = decoded;
        if (typeof known.effect === "function") assert.deepEqual(intent.opaqueReason, undefined);
        else if ("nothing" in known.effect)
          assert.equal(intent.harmless, `${known.name}: ${known.effect.nothing}`);
        else assert.equal(intent.opaqueReason, `${known.name}: ${known.effect.hidden}`);
      });
    }
  }

  test("is in docs/understood.md, with its reason", () => {
    const doc = readFileSync(join(import.meta.dirname, "../../../../docs/understood.md"), "utf8");
    const rows = doc.split("\n").map((line) => line.replaceAll(/\s+/g, " "));
    for (const { name, effect } of DOCUMENTS) {
      const reason = typeof effect === "function" ? "" : "nothing" in effect ? effect.nothing : effect.hidden;
      assert.ok(
        rows.some((row) => row.startsWith(`| ${name} |`) && row.includes(reason)),
        `docs/understood.md has no row for ${name}: ${reason}`,
      );
    }
  });
});

describe("eip712: names with a colon", () => {
  const types = [
    "Some:Thing(uint256 value)",
    "Outer(Some:Thing value)Some:Thing(uint256 value)",
    "Outer(Some:Thing[2][] value)Some:Thing(uint256 value)",
    "Some:Thing(Inner value)Inner(uint256 value)",
    "Some:Thing(Some value)Some(uint256 value)",
  ];
  for (const type of types) {
    test(`hash like ethers: ${type}`, () => {
      const document = documentOf(type, { name: "N" });
      const expected = TypedDataEncoder.hash({ name: "N" }, copied(document.types), { ...document.message });
      assert.equal(digestOf(decode(requestOf(document))), expected);
    });
  }
});

function copied(types: Types): Record<string, Field[]> {
  return Object.fromEntries(Object.entries(types).map(([name, fields]) => [name, [...fields]]));
}
