/** The Stark curve and hashes that keys and requests rest on, against StarkWare's vectors. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import {
  Fp251,
  getPublicKey,
  getStarkKey,
  poseidonBasic,
  poseidonCreate,
  poseidonHash,
  poseidonHashMany,
  poseidonHashSingle,
  poseidonSmall,
  sign,
  verify,
} from "@scure/starknet";
import { ec } from "starknet";
import { readVectors, skipWithout, vectorsFolder } from "../../vectors.ts";
import { isObject } from "../../../src/chains/starknet/members.ts";

const skip = skipWithout("starknet");

function entries(value: unknown): [string, unknown][] {
  return isObject(value) ? Object.entries(value) : [];
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function part(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined;
}

function big(value: unknown): bigint {
  return BigInt(String(value));
}

test("starknet vectors are there", { skip }, () => {
  assert.ok(readVectors("starknet", "keys_precomputed.json"));
});

for (const [secret, expected] of entries(readVectors("starknet", "keys_precomputed.json"))) {
  test(`keys_precomputed: ${secret}`, () => {
    assert.equal(getStarkKey(secret.slice(2)), expected);
    const compressed = getPublicKey(secret.slice(2), true);
    assert.equal(BigInt(`0x${Buffer.from(compressed.slice(1)).toString("hex")}`), big(expected));
  });
}

const RFC6979 = readVectors("starknet", "rfc6979_signature_test_vector.json");
for (const [index, vector] of list(part(RFC6979, "messages")).entries()) {
  test(`rfc6979: message ${index}, ${String(part(vector, "hash"))}`, () => {
    const digits = big(part(vector, "hash")).toString(16);
    const secret = String(part(RFC6979, "private_key")).slice(2);
    const signature = sign(digits, secret);
    assert.equal(signature.r, big(part(vector, "r")));
    assert.equal(signature.s, big(part(vector, "s")));
    assert.ok(verify(signature, digits, getPublicKey(secret)));
    const other = ec.starkCurve.sign(digits, secret);
    assert.deepEqual([other.r, other.s], [signature.r, signature.s]);
  });
}

interface Parameters {
  readonly rate: number;
  readonly capacity: number;
  readonly roundsFull: number;
  readonly roundsPartial: number;
  readonly mds: bigint[][];
  readonly roundKeys: bigint[][];
}

function readParameters(file: string): Parameters {
  const text = readFileSync(join(vectorsFolder("starknet"), "poseidon", file), "utf8");
  const number = (name: string): number => Number(new RegExp(`^${name} = (\\d+)`, "m").exec(text)?.[1]);
  const matrix = (name: string): bigint[][] => {
    const body = text.slice(text.indexOf(`${name} = [`)).split("=")[1] ?? "";
    const rows = [...body.matchAll(/\[([^[\]]+)\]/g)].map((row) => row[1] ?? "");
    return rows.map((row) => [...row.matchAll(/-?\d+/g)].map((item) => BigInt(item[0])));
  };
  return {
    rate: number("Rate"),
    capacity: number("Capacity"),
    roundsFull: number("FullRounds"),
    roundsPartial: number("PartialRounds"),
    mds: matrix("MDS"),
    roundKeys: matrix("RoundKeys"),
  };
}

function permutationOf(parameters: Parameters): typeof poseidonSmall {
  return poseidonBasic({ Fp: Fp251, ...parameters }, parameters.mds);
}

const KNOWN = readVectors("starknet", "poseidon/known_answers.json");

for (const vector of list(part(KNOWN, "permutation"))) {
  const file = String(part(vector, "params"));
  test(`poseidon permutation: ${file}`, () => {
    const parameters = readParameters(file);
    assert.equal(parameters.roundKeys.length, parameters.roundsFull + parameters.roundsPartial);
    const output = permutationOf(parameters)(list(part(vector, "input")).map(big));
    assert.deepEqual(output, list(part(vector, "output")).map(big));
  });
}

test("poseidon parameters: the default permutation is poseidon3.txt's", { skip }, () => {
  const parameters = readParameters("poseidon3.txt");
  const { rate, capacity, roundsFull, roundsPartial, mds } = parameters;
  assert.deepEqual(
    { rate, capacity, roundsFull, roundsPartial },
    { rate: 2, capacity: 1, roundsFull: 8, roundsPartial: 83 },
  );
  assert.deepEqual(mds, [
    [3n, 1n, 1n],
    [1n, -1n, 1n],
    [1n, 1n, -2n],
  ]);
  assert.deepEqual(poseidonSmall([1n, 2n, 3n]), permutationOf(parameters)([1n, 2n, 3n]));
  assert.deepEqual(poseidonSmall([1n, 2n, 3n]), permute(parameters, [1n, 2n, 3n]));
  // Another MDS matrix is another permutation: the parameters matter.
  const other = poseidonCreate({ Fp: Fp251, rate, capacity, roundsFull, roundsPartial });
  assert.notDeepEqual(other([1n, 2n, 3n]), poseidonSmall([1n, 2n, 3n]));
});

/** Hades permutation straight from the published round keys: x^3, full rounds around the partial ones. */
function permute(
  { roundsFull, roundsPartial, mds, roundKeys }: Parameters,
  input: readonly bigint[],
): bigint[] {
  let state = [...input];
  for (const [round, keys] of roundKeys.entries()) {
    const full = round < roundsFull / 2 || round >= roundsFull / 2 + roundsPartial;
    state = state.map((value, lane) => {
      const keyed = Fp251.add(value, keys[lane] ?? 0n);
      return full || lane === state.length - 1 ? Fp251.pow(keyed, 3n) : keyed;
    });
    const before = state;
    state = mds.map((row) =>
      row.reduce((sum, factor, lane) => Fp251.create(sum + factor * (before[lane] ?? 0n)), 0n),
    );
  }
  return state;
}

for (const [index, vector] of list(part(KNOWN, "hash")).entries()) {
  test(`poseidon hash: ${index}`, () => {
    const [x, y] = list(part(vector, "input")).map(big);
    assert.equal(poseidonHash(x ?? 0n, y ?? 0n), big(part(vector, "output")));
  });
}

for (const [index, vector] of list(part(KNOWN, "hash_single")).entries()) {
  test(`poseidon hash_single: ${index}`, () => {
    const [x] = [part(vector, "input")].flat().map(big);
    assert.equal(poseidonHashSingle(x ?? 0n), big(part(vector, "output")));
  });
}

for (const [index, vector] of list(part(KNOWN, "hash_many")).entries()) {
  test(`poseidon hash_many: ${index}`, () => {
    assert.equal(poseidonHashMany(list(part(vector, "input")).map(big)), big(part(vector, "output")));
  });
}
