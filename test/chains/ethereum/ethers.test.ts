/** Random transactions and typed data against ethers 6, an encoder that shares no code with viem. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SigningKey, Transaction, TypedDataEncoder, Wallet, verifyMessage } from "ethers";
import fc from "fast-check";
import type { SignRequest } from "../../../src/chains/adapter.ts";
import { decode, digestOf, hexField, KEY, PRIVATE_KEY, sign } from "./keys.ts";

const wallet = new Wallet(PRIVATE_KEY);
const NUM_RUNS = 60;
const HEX_DIGITS = "0123456789abcdef".split("");

const digits = (length: number) =>
  fc.string({ unit: fc.constantFrom(...HEX_DIGITS), minLength: length, maxLength: length });
const hexOf = (length: number) => digits(length * 2).map((text) => `0x${text}`);
const uint = (bits: number) => fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n });
/** No known function starts with zeros, so that random data is never a malformed call of one. */
const data = fc
  .nat({ max: 200 })
  .chain((length) => digits(length * 2))
  .map((text) => `0x00000000${text}`);
const accessList = fc.array(
  fc.record({ address: hexOf(20), storageKeys: fc.array(hexOf(32), { maxLength: 3 }) }),
  { maxLength: 3 },
);

const common = {
  chainId: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }).map(BigInt),
  nonce: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
  gas: uint(63),
  to: hexOf(20),
  value: uint(128),
  data,
};
const market = fc
  .tuple(uint(96), uint(96))
  .map(([a, b]) =>
    a > b ? { maxFeePerGas: a, maxPriorityFeePerGas: b } : { maxFeePerGas: b, maxPriorityFeePerGas: a },
  );

const asText = (fields: object): object =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === "bigint" ? value.toString() : value,
    ]),
  );

interface Fields {
  readonly chainId: bigint;
  readonly nonce: number;
  readonly gas: bigint;
  readonly to: string;
  readonly value: bigint;
  readonly data: string;
}

function check(type: number, fields: Fields & Record<string, unknown>): void {
  const { gas, ...rest } = fields;
  const theirs = Transaction.from({ ...rest, type, gasLimit: gas });
  const request: SignRequest = { type: "ethereum.transaction", transaction: asText(fields) };
  const decoded = decode(request);
  assert.equal(digestOf(decoded), theirs.unsignedHash);
  for (const other of [
    { type: "ethereum.rawTransaction", transaction: theirs.unsignedSerialized },
    // Of a blob transaction ethers writes neither blobs nor their fee.
    ...(type === 3 ? [] : [{ type: "ethereum.transaction", transaction: theirs.toJSON() }]),
  ]) {
    const again = decode(other);
    assert.equal(digestOf(again), theirs.unsignedHash);
    assert.deepEqual(again.intent, decoded.intent);
    assert.deepEqual(again.environment, decoded.environment);
  }
  theirs.signature = new SigningKey(PRIVATE_KEY).sign(theirs.unsignedHash);
  const ours = sign(request);
  assert.equal(ours["signedTransaction"], theirs.serialized);
  assert.equal(ours["hash"], theirs.hash);
  assert.equal(Transaction.from(hexField(ours, "signedTransaction")).from, KEY.address);
}

describe("ethers: random transactions have the same digest, bytes and hash", () => {
  test("legacy (EIP-155)", () => {
    fc.assert(
      fc.property(fc.record({ ...common, gasPrice: uint(96) }), (fields) => check(0, fields)),
      { numRuns: NUM_RUNS },
    );
  });

  test("eip2930", () => {
    const fields = fc.record({ ...common, gasPrice: uint(96), accessList });
    fc.assert(
      fc.property(fields, (value) => check(1, value)),
      { numRuns: NUM_RUNS },
    );
  });

  test("eip1559", () => {
    const fields = fc.tuple(fc.record({ ...common, accessList }), market);
    fc.assert(
      fc.property(fields, ([a, b]) => check(2, { ...a, ...b })),
      { numRuns: NUM_RUNS },
    );
  });

  test("eip4844", () => {
    const hashes = fc.array(
      hexOf(31).map((text) => `0x01${text.slice(2)}`),
      { minLength: 1, maxLength: 6 },
    );
    const blobs = { maxFeePerBlobGas: uint(96), blobVersionedHashes: hashes };
    const fields = fc.tuple(fc.record({ ...common, ...blobs, accessList }), market);
    fc.assert(
      fc.property(fields, ([a, b]) => check(3, { ...a, ...b })),
      { numRuns: NUM_RUNS },
    );
  });

  test("eip7702", async () => {
    const fields = fc.tuple(fc.record({ ...common, accessList }), market, hexOf(20), fc.nat());
    await fc.assert(
      fc.asyncProperty(fields, async ([a, b, delegate, nonce]) => {
        const authorization = await wallet.authorize({ address: delegate, nonce, chainId: a.chainId });
        const { signature } = authorization;
        const signed = { chainId: a.chainId, address: delegate, nonce: BigInt(nonce) };
        const entry = { ...asText(signed), yParity: signature.yParity, r: signature.r, s: signature.s };
        const theirs = Transaction.from({
          ...a,
          ...b,
          gasLimit: a.gas,
          type: 4,
          authorizationList: [authorization],
        });
        const transaction = { ...asText({ ...a, ...b }), authorizationList: [entry] };
        const decoded = decode({ type: "ethereum.transaction", transaction });
        assert.equal(digestOf(decoded), theirs.unsignedHash);
        const raw = decode({ type: "ethereum.rawTransaction", transaction: theirs.unsignedSerialized });
        assert.deepEqual([digestOf(raw), raw.intent], [theirs.unsignedHash, decoded.intent]);
        assert.equal(decoded.intent.control[0]?.of, KEY.address.toLowerCase());
        theirs.signature = new SigningKey(PRIVATE_KEY).sign(theirs.unsignedHash);
        assert.equal(
          sign({ type: "ethereum.transaction", transaction })["signedTransaction"],
          theirs.serialized,
        );
      }),
      { numRuns: 20 },
    );
  });
});

/** A random EIP-712 type with random values of it: structs of atoms, arrays and further structs. */
const atoms: readonly (readonly [string, fc.Arbitrary<unknown>])[] = [
  ["uint256", uint(256).map(String)],
  ["int64", fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }).map(String)],
  ["uint8", fc.nat({ max: 255 })],
  ["bool", fc.boolean()],
  ["address", hexOf(20)],
  ["bytes32", hexOf(32)],
  ["bytes4", hexOf(4)],
  ["bytes", fc.nat({ max: 40 }).chain(hexOf)],
  ["string", fc.string({ unit: "grapheme" })],
];
const atom = fc.constantFrom(...atoms).chain(([type, value]) => value.map((of) => ({ type, of })));
const list = fc
  .constantFrom(...atoms)
  .chain(([type, value]) => fc.array(value, { maxLength: 3 }).map((of) => ({ type: `${type}[]`, of })));
const matrix = fc
  .constantFrom(...atoms)
  .chain(([type, value]) =>
    fc
      .array(fc.array(value, { minLength: 2, maxLength: 2 }), { minLength: 1, maxLength: 2 })
      .map((of) => ({ type: `${type}[2][]`, of })),
  );
const members = fc.array(fc.oneof(atom, list, matrix), { minLength: 1, maxLength: 5 });

/** Names of an outer and an inner struct: ordinary ones, some that begin like a type of Solidity, some with a colon. */
const names = fc.uniqueArray(
  fc.constantFrom("Mail", "Person", "intent", "uintFoo", "bytesLike", "stringy", "Some:Mail", "int:uint8"),
  { minLength: 2, maxLength: 2 },
);

describe("ethers: random typed data has the same digest and signature", () => {
  test("eip712", async () => {
    const domain = fc.record(
      {
        name: fc.string(),
        version: fc.string(),
        chainId: fc.nat(),
        verifyingContract: hexOf(20),
        salt: hexOf(32),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(domain, names, members, members, async (domainOf, pair, outer, inner) => {
        const [Outer = "", Inner = ""] = pair;
        const struct = (values: typeof inner) =>
          values.map(({ type }, index) => ({ name: `m${index}`, type }));
        const value = (values: typeof inner) =>
          Object.fromEntries(values.map(({ of }, index) => [`m${index}`, of]));
        const types = {
          [Inner]: struct(inner),
          [Outer]: [...struct(outer), { name: "single", type: Inner }, { name: "many", type: `${Inner}[]` }],
        };
        const message = { ...value(outer), single: value(inner), many: [value(inner), value(inner)] };
        const typedData = { types, primaryType: Outer, domain: domainOf, message };
        const request: SignRequest = { type: "ethereum.typedData", typedData };
        assert.equal(digestOf(decode(request)), TypedDataEncoder.hash(domainOf, types, message));
        assert.equal(sign(request)["signature"], await wallet.signTypedData(domainOf, types, message));
      }),
      { numRuns: NUM_RUNS },
    );
  });
});

describe("ethers: personal messages", () => {
  test("eip191: the same signature, and it verifies", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme" }), async (text) => {
        const signature = hexField(sign({ type: "ethereum.message", message: { text } }), "signature");
        assert.equal(signature, await wallet.signMessage(text));
        assert.equal(verifyMessage(text, signature), KEY.address);
      }),
      { numRuns: NUM_RUNS },
    );
  });
});
