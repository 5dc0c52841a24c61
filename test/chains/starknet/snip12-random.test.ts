/** SNIP-12 on random type systems: our hash against the starknet package's, in both revisions. */
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { typedData as reference, type TypedData } from "starknet";
import { ADDRESS_BOUND, PRIME } from "../../../src/chains/starknet/felts.ts";
import { parseTypedData } from "../../../src/chains/starknet/snip12.ts";
import { rounds } from "../../extent.ts";

interface Declaration {
  readonly name: string;
  readonly type: string;
  readonly contains?: string;
}

/** A value with the types that it needs: drawn first, named and declared afterwards. */
type Node =
  | { readonly kind: "basic"; readonly type: string; readonly value: unknown }
  | { readonly kind: "list"; readonly type: string; readonly values: readonly unknown[] }
  | { readonly kind: "struct"; readonly name: string; readonly fields: readonly Node[] }
  | { readonly kind: "repeat"; readonly item: Node; readonly count: number }
  | {
      readonly kind: "enum";
      readonly name: string;
      readonly parameters: readonly Node[];
      readonly before: number;
    }
  | { readonly kind: "tree"; readonly item: Node; readonly count: number };

const felt = fc.bigInt({ min: 0n, max: PRIME - 1n });
const feltValue = fc.oneof(
  felt.map((value) => `0x${value.toString(16)}`),
  felt.map(String),
  fc.nat(),
  fc.stringMatching(/^[A-Za-z][A-Za-z0-9 ._!]{0,29}[A-Za-z]$/),
  fc.constant(""),
);
const uint128 = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }).map(String);
const selector = fc.oneof(
  fc.stringMatching(/^[a-z_]{1,20}$/),
  felt.map((value) => `0x${value.toString(16)}`),
);
const address = fc.bigInt({ min: 0n, max: ADDRESS_BOUND - 1n }).map((value) => `0x${value.toString(16)}`);
const halves = fc.record({ low: uint128, high: uint128 });

const COMMON = [fc.tuple(fc.constant("felt"), feltValue), fc.tuple(fc.constant("bool"), fc.boolean())];
const BASIC = {
  "0": [
    ...COMMON,
    fc.tuple(fc.constant("string"), feltValue),
    fc.tuple(fc.constant("selector"), selector),
    // Revision 0 has no such types: wallets read them as felts.
    fc.tuple(fc.constantFrom("u128", "ContractAddress", "Amount of", "u256"), feltValue),
  ],
  "1": [
    ...COMMON,
    fc.tuple(fc.constant("selector"), selector),
    fc.tuple(fc.constant("string"), fc.stringMatching(/^[ -~]{0,100}$/)),
    fc.tuple(fc.constant("u128"), uint128),
    fc.tuple(fc.constant("timestamp"), fc.nat()),
    fc.tuple(fc.constant("i128"), fc.bigInt({ min: -(2n ** 127n), max: 2n ** 127n - 1n }).map(String)),
    fc.tuple(fc.constant("ContractAddress"), address),
    fc.tuple(fc.constant("ClassHash"), address),
    fc.tuple(fc.constant("shortstring"), feltValue),
    fc.tuple(fc.constant("u256"), halves),
    fc.tuple(fc.constant("TokenAmount"), fc.record({ token_address: address, amount: halves })),
    fc.tuple(fc.constant("NftId"), fc.record({ collection_address: address, token_id: halves })),
  ],
};

function nodes(revision: "0" | "1"): fc.Arbitrary<Node> {
  const basic = fc.oneof(...BASIC[revision]);
  /** Not a preset: wallets lose the types of structs in lists of lists. */
  const atom = basic.filter(([, value]) => typeof value !== "object");
  const name = fc.stringMatching(/^[A-Za-z][a-z ]{0,6}$/);
  const { struct } = fc.letrec<{ struct: Node; field: Node }>((tie) => ({
    struct: fc.record({
      kind: fc.constant("struct" as const),
      name,
      fields: fc.array(tie("field"), { minLength: 1, maxLength: 3 }),
    }),
    field: fc.oneof(
      { maxDepth: 2, depthSize: "small", withCrossShrink: true },
      basic.map(([type, value]): Node => ({ kind: "basic", type, value })),
      basic.chain(([type, value]) =>
        fc.nat(3).map((n): Node => ({ kind: "list", type, values: Array(n).fill(value) })),
      ),
      atom.chain(([type, value]) =>
        fc.nat(2).map((n): Node => ({
          kind: "list",
          type: `${type}*`,
          values: Array.from({ length: n }, () => [value]),
        })),
      ),
      fc.record({ kind: fc.constant("repeat" as const), item: tie("struct"), count: fc.nat(2) }),
      tie("struct"),
      fc.record({
        kind: fc.constant("tree" as const),
        item: fc.oneof(
          tie("struct"),
          basic.map(([type, value]): Node => ({ kind: "basic", type, value })),
        ),
        count: fc.integer({ min: 1, max: 3 }),
      }),
      ...(revision === "1"
        ? [
            fc.record({
              kind: fc.constant("enum" as const),
              name,
              parameters: fc.array(
                fc.oneof(
                  basic.map(([type, value]): Node => ({ kind: "basic", type, value })),
                  tie("struct"),
                ),
                {
                  maxLength: 3,
                },
              ),
              before: fc.nat(2),
            }),
          ]
        : []),
    ),
  }));
  return struct;
}

/** Names and declares the types of a drawn value. */
class Builder {
  readonly types: Record<string, Declaration[]> = {};

  struct(node: Node): { readonly type: string; readonly value: Record<string, unknown> } {
    assert.ok(node.kind === "struct");
    const type = this.#reserve(node.name);
    const members = node.fields.map((field, index) => ({ name: `m${index}`, ...this.#field(field) }));
    this.types[type] = members.map(({ name, type: of, contains }) => ({
      name,
      type: of,
      ...(contains ? { contains } : {}),
    }));
    return { type, value: Object.fromEntries(members.map((member) => [member.name, member.value])) };
  }

  #reserve(name: string): string {
    const type = `${name}${Object.keys(this.types).length}`;
    this.types[type] = [];
    return type;
  }

  #field(node: Node): { readonly type: string; readonly contains?: string; readonly value: unknown } {
    switch (node.kind) {
      case "basic":
        return node;
      case "list":
        return { type: `${node.type}*`, value: node.values };
      case "struct":
        return this.struct(node);
      case "repeat": {
        const { type, value } = this.struct(node.item);
        return { type: `${type}*`, value: Array(node.count).fill(value) };
      }
      case "tree": {
        const { type, value } = this.#field(node.item);
        return { type: "merkletree", contains: type, value: Array(node.count).fill(value) };
      }
      case "enum": {
        const type = this.#reserve(node.name);
        const parameters = node.parameters.map((parameter) => this.#field(parameter));
        const others = Array.from({ length: node.before }, (_, index) => ({
          name: `Other ${index}`,
          type: "()",
        }));
        this.types[type] = [
          ...others,
          { name: "Chosen", type: `(${parameters.map((parameter) => parameter.type).join(",")})` },
        ];
        return {
          type: "enum",
          contains: type,
          value: { Chosen: parameters.map((parameter) => parameter.value) },
        };
      }
    }
  }
}

const DOMAINS = {
  "0": {
    StarkNetDomain: ["name", "version", "chainId"].map((name) => ({ name, type: "felt" })),
    domain: { name: "Claviger", version: "1", chainId: "SN_MAIN" },
  },
  "1": {
    StarknetDomain: ["name", "version", "chainId", "revision"].map((name) => ({ name, type: "shortstring" })),
    domain: { name: "Claviger", version: "1.0.2", chainId: "SN_MAIN", revision: "1" },
  },
};

// Pedersen costs ten times what Poseidon does.
const RUNS = { "0": Math.ceil(rounds("STARKNET_RUNS") / 50), "1": Math.ceil(rounds("STARKNET_RUNS") / 5) };

for (const revision of ["0", "1"] as const) {
  test(`snip12: revision ${revision} agrees with the starknet package on random documents`, () => {
    const { domain, ...domainType } = DOMAINS[revision];
    fc.assert(
      fc.property(nodes(revision), address, (node, account) => {
        const builder = new Builder();
        const { type, value } = builder.struct(node);
        const text = JSON.stringify({
          types: { ...domainType, Stray: [{ name: "x", type: "Nothing" }], ...builder.types },
          primaryType: type,
          domain,
          message: value,
        });
        const document: TypedData = JSON.parse(text);
        const { messageHash } = parseTypedData(document, BigInt(account), "/typedData");
        assert.equal(`0x${messageHash.toString(16)}`, reference.getMessageHash(document, account));
      }),
      { numRuns: RUNS[revision], endOnFailure: true },
    );
  });
}
