/** starknet.typedData: what of SNIP-12 is refused, with the field and the rule. */
import assert from "node:assert/strict";
import test from "node:test";
import { starknetAdapter } from "../../../src/chains/starknet/adapter.ts";
import { KEY, signerError } from "./sample.ts";
import {
  decode,
  document,
  DOMAIN,
  DOMAIN_TYPE,
  leaf,
  legacy,
  LEGACY,
  LEGACY_TYPE,
  merkle,
  simple,
  withMember,
} from "./snip12-sample.ts";

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
