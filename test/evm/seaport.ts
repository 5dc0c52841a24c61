/** Seaport orders, alone and in trees: the attacker fulfils each as its taker, and picks any token where it may. */
import fc from "fast-check";
import { concatHex, hashStruct, keccak256, toHex, zeroAddress, zeroHash, type Hex } from "viem";
import type { Message } from "../chains/ethereum/documents/samples.ts";
import { NOW } from "./machine.ts";
import { domainOf } from "./seal.ts";
import { LATER, parts, step, type Signed, type Step, type Trial } from "./trial.ts";
import { ATTACKER, FRIEND, type World } from "./world.ts";

interface Item {
  readonly itemType: number;
  readonly token: Hex;
  readonly identifierOrCriteria: bigint;
  readonly startAmount: bigint;
  readonly endAmount: bigint;
}

const ITEM =
  "uint8 itemType; address token; uint256 identifierOrCriteria; uint256 startAmount; uint256 endAmount;";
const FULFIL = [
  `struct Offer { ${ITEM} }`,
  `struct Consideration { ${ITEM} address recipient; }`,
  "struct Parameters { address offerer; address zone; Offer[] offer; Consideration[] consideration; uint8 orderType; uint256 startTime; uint256 endTime; bytes32 zoneHash; uint256 salt; bytes32 conduitKey; uint256 totalOriginalConsiderationItems; }",
  "struct Advanced { Parameters parameters; uint120 numerator; uint120 denominator; bytes signature; bytes extraData; }",
  "struct Resolver { uint256 orderIndex; uint8 side; uint256 index; uint256 identifier; bytes32[] criteriaProof; }",
  "function fulfillAdvancedOrder(Advanced order, Resolver[] resolvers, bytes32 conduitKey, address recipient)",
];

/** By Seaport's itemType: 1 ERC-20, 2 ERC-721, 3 ERC-1155, 4 and 5 any token of the two. */
function item({ at }: World): fc.Arbitrary<Item> {
  const amounts = fc.constantFrom(1n, 8n, 50n, 400n);
  const some = (itemType: number, token: Hex, ids: readonly bigint[], single = false): fc.Arbitrary<Item> =>
    fc.record({
      itemType: fc.constant(itemType),
      token: fc.constant(token),
      identifierOrCriteria: fc.constantFrom(...ids),
      startAmount: single ? fc.constant(1n) : amounts,
      endAmount: single ? fc.constant(1n) : amounts,
    });
  return fc.oneof(
    some(1, at.coin, [0n]),
    some(1, at.dai, [0n]),
    some(2, at.picture, [0n, 1n, 2n], true),
    some(3, at.items, [0n, 1n, 2n]),
    some(4, at.picture, [0n], true),
    some(5, at.items, [0n]),
  );
}

function order(world: World): fc.Arbitrary<object> {
  const paid = fc.record({
    itemType: fc.constant(1),
    token: fc.constant(world.at.wrapped),
    identifierOrCriteria: fc.constant(0n),
    startAmount: fc.constantFrom(0n, 3n),
    endAmount: fc.constantFrom(0n, 3n),
    recipient: fc.constantFrom<Hex>(world.us, FRIEND, ATTACKER),
  });
  return fc.record({
    offerer: fc.constant(world.us),
    zone: fc.constant(zeroAddress),
    offer: fc.array(item(world), { minLength: 1, maxLength: 2 }),
    consideration: fc.array(paid, { maxLength: 2 }),
    orderType: fc.constantFrom(0, 1),
    startTime: fc.constant(NOW - 10n),
    endTime: fc.constant(LATER),
    zoneHash: fc.constant(zeroHash),
    salt: fc.bigInt(0n, 2n ** 64n),
    conduitKey: fc.constant(zeroHash),
    counter: fc.constant(0n),
  });
}

function fulfil({ at }: World, components: Message, signature: Hex): Step {
  const offer = components["offer"] as readonly { readonly itemType: number }[];
  const resolvers = offer.flatMap(({ itemType }, index) =>
    itemType < 4
      ? []
      : [{ orderIndex: 0n, side: 0, index: BigInt(index), identifier: 1n, criteriaProof: [] }],
  );
  const consideration = components["consideration"] as readonly unknown[];
  const parameters = { ...components, totalOriginalConsiderationItems: BigInt(consideration.length) };
  const advanced = { parameters, numerator: 1n, denominator: 1n, signature, extraData: "0x" };
  return step(at.seaport, FULFIL, [advanced, resolvers, zeroHash, ATTACKER]);
}

export const seaport: Trial = {
  document: (world, known) =>
    order(world).map((components) => parts(known, domainOf(world, world.at.seaport), components)),
  attack: (world, { document, signature }) => [fulfil(world, document.message, signature)],
};

/** Any order of the tree may be fulfilled; the first four are. */
export const seaportTree: Trial = {
  document: (world, known) => {
    const height = (known.type.match(/\[2\]/g) ?? []).length;
    return fc.array(order(world), { minLength: 4, maxLength: 4 }).map((orders) => {
      let level: unknown[] = Array.from({ length: 2 ** height }, (_, index) => orders[index % 4]);
      while (level.length > 2) level = pairs(level);
      return parts(known, domainOf(world, world.at.seaport), { tree: level });
    });
  },
  attack: (world, signed) => {
    const leaves = (signed.document.message["tree"] as unknown[]).flat(Infinity) as Message[];
    return leaves
      .slice(0, 4)
      .map((components, index) => fulfil(world, components, proof(signed, leaves, index)));
  },
};

function pairs<Value>(list: readonly Value[]): [Value, Value][] {
  return list.flatMap((value, index) =>
    index % 2 === 0 ? [[value, list[index + 1] ?? value] as [Value, Value]] : [],
  );
}

/** The signature of the tree, the leaf's place in three bytes, and the neighbours from the leaf up. */
function proof({ document, signature }: Signed, leaves: readonly Message[], index: number): Hex {
  const { types } = document;
  let hashes = leaves.map((data) => hashStruct({ types, primaryType: "OrderComponents", data: { ...data } }));
  const neighbours: Hex[] = [];
  for (let at = index; hashes.length > 1; at = Math.floor(at / 2)) {
    neighbours.push(hashes[at ^ 1] ?? zeroHash);
    hashes = pairs(hashes).map((pair) => keccak256(concatHex(pair)));
  }
  return concatHex([signature, toHex(index, { size: 3 }), ...neighbours]);
}
