/**
 * The root of a duty from its bytes: refusals first, then against published numbers, against Lodestar's containers over random
 * ones, and the claim that is read from the same bytes.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ContainerType } from "@chainsafe/ssz";
import { ssz } from "@lodestar/types";
import fc from "fast-check";
import { createEthereumValidatorAdapter } from "../../../src/chains/ethereum-validator/adapter.ts";
import {
  computeDomain,
  dutyClaim,
  headerRoot,
  signingRootOf,
} from "../../../src/chains/ethereum-validator/signing-root.ts";
import { fromHex, toHex } from "../../../src/domain/bytes.ts";
import type { Duty } from "../../../src/domain/duties.ts";
import { readPayloads } from "../../../src/record/payloads.ts";
import { DUTY_SAMPLES } from "./duties.ts";
import { PUBLIC_KEY, validatorKey } from "./keys.ts";
import { attestationData, blockHeader, unguarded } from "./payloads.ts";

const PROPOSER = new Uint8Array(4);
const ATTESTER = Uint8Array.of(1, 0, 0, 0);
const ROOT = new Uint8Array(32).fill(7);
const FORK = { forkVersion: Uint8Array.of(6, 0, 0, 0), genesisValidatorsRoot: new Uint8Array(32).fill(9) };
const VOTE = { kind: "attestation", data: attestationData(3n, 4n, ROOT), ...FORK } as const;
const BLOCK = { kind: "block", header: blockHeader(5n, ROOT), ...FORK } as const;
const OTHER = { kind: "other", objectRoot: ROOT, domain: new Uint8Array(32).fill(0x6d) } as const;

const bytes = (text: string) => fromHex(text) ?? assert.fail(text);
const INTERNAL = { code: "service.internal" };

/** `bytes` as another length, or as what holds no bytes of its own. */
function spoiled(good: Uint8Array): readonly unknown[] {
  const shared = new Uint8Array(new SharedArrayBuffer(good.length));
  shared.set(good);
  const longer = new Uint8Array(good.length + 1);
  return [good.slice(1), longer, new Uint8Array(), shared, [...good], toHex(good), undefined, null];
}

describe("signing root: refusals", () => {
  for (const [name, type] of [
    ["proposer", PROPOSER],
    ["attester", ATTESTER],
  ] as const) {
    test(`a root under the ${name}'s domain, whatever its fork and chain`, () => {
      const tail = fc.uint8Array({ minLength: 28, maxLength: 28 });
      fc.assert(
        fc.property(tail, (rest) => {
          const domain = new Uint8Array([...type, ...rest]);
          assert.throws(() => signingRootOf({ ...OTHER, domain }), INTERNAL);
          const payload = { ...unguarded(PUBLIC_KEY, ROOT), duty: { ...OTHER, domain } };
          assert.throws(() => readPayloads([payload]), INTERNAL);
        }),
        { numRuns: 20 },
      );
    });
  }

  for (const duty of [VOTE, BLOCK, OTHER]) {
    for (const [name, good] of Object.entries(duty)) {
      if (typeof good === "string") continue;
      test(`${duty.kind}: ${name} of another length, of shared memory, or no bytes at all`, () => {
        assert.equal(signingRootOf(duty).length, 32);
        for (const bad of spoiled(good)) {
          const message: Duty = JSON.parse("{}");
          Object.assign(message, duty, { [name]: bad });
          assert.throws(() => signingRootOf(message), INTERNAL, String(bad));
        }
      });
    }
  }

  test("a duty of no kind that is known, and a root that came ready", () => {
    for (const kind of ["", "Attestation", "eip3076.block", undefined, null, 1]) {
      const message: Duty = JSON.parse("{}");
      Object.assign(message, OTHER, { kind, signingRoot: ROOT, root: ROOT });
      assert.throws(() => signingRootOf(message), INTERNAL, String(kind));
    }
  });

  test("a vote beside anything else in one decision", () => {
    const vote = { ...unguarded(PUBLIC_KEY, ROOT), duty: VOTE };
    assert.equal(readPayloads([vote]).claim?.kind, "eip3076.attestation");
    for (const second of [vote, unguarded(PUBLIC_KEY, ROOT)]) {
      assert.throws(() => readPayloads([vote, second]), INTERNAL);
      assert.throws(() => readPayloads([second, vote]), INTERNAL);
    }
  });
});

describe("signing root: published numbers", () => {
  test("the first block of mainnet", () => {
    const header = blockHeader(
      0n,
      bytes("0xccb62460692be0ec813b56be97f68a82cf57abc102e27bf49ebf4190ff22eedd"),
    );
    header.set(bytes("0x7e76880eb67bbdc86250aa578958e9d0675e64e714337855204fb5abaaf82c2b"), 48);
    const published = "0x4d611d5b93fdab69013a7f0a2f961caca0c853f87cfe9595fe50038163079360";
    assert.equal(toHex(headerRoot(header)), published);
  });
});

const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const root = fc.uint8Array({ minLength: 32, maxLength: 32 });
const version = fc.uint8Array({ minLength: 4, maxLength: 4 });
const checkpoint = fc.record({ epoch: uint64, root });

/** By the containers of the consensus specification. */
function domainElsewhere(type: Uint8Array, currentVersion: Uint8Array, genesisValidatorsRoot: Uint8Array) {
  const forkData = ssz.phase0.ForkData.hashTreeRoot({ currentVersion, genesisValidatorsRoot });
  return new Uint8Array([...type, ...forkData.subarray(0, 28)]);
}

function rootElsewhere(objectRoot: Uint8Array, domain: Uint8Array): string {
  return toHex(ssz.phase0.SigningData.hashTreeRoot({ objectRoot, domain }));
}

describe("signing root: as Lodestar's containers have it", () => {
  test("attestations, whose claim has the epochs of the container", () => {
    const vote = fc.record({
      slot: uint64,
      index: uint64,
      beaconBlockRoot: root,
      source: checkpoint,
      target: checkpoint,
    });
    const type = ssz.phase0.AttestationDataBigint;
    fc.assert(
      fc.property(vote, version, root, (data, forkVersion, genesisValidatorsRoot) => {
        const fork = { forkVersion, genesisValidatorsRoot };
        const duty: Duty = { kind: "attestation", data: type.serialize(data), ...fork };
        const signingRoot = signingRootOf(duty);
        const domain = domainElsewhere(ATTESTER, forkVersion, genesisValidatorsRoot);
        assert.equal(toHex(signingRoot), rootElsewhere(type.hashTreeRoot(data), domain));
        assert.deepEqual(dutyClaim(duty, PUBLIC_KEY, signingRoot), {
          kind: "eip3076.attestation",
          publicKey: PUBLIC_KEY,
          genesisValidatorsRoot,
          sourceEpoch: data.source.epoch,
          targetEpoch: data.target.epoch,
          signingRoot,
        });
      }),
    );
  });

  test("block headers, whose claim has the slot of the container", () => {
    const header = fc.record({
      slot: uint64,
      proposerIndex: uint64,
      parentRoot: root,
      stateRoot: root,
      bodyRoot: root,
    });
    // Lodestar's own has an index of the proposer that rounds above 2^53.
    const { slot } = ssz.phase0.BeaconBlockHeaderBigint.fields;
    const type = new ContainerType({
      ...ssz.phase0.BeaconBlockHeaderBigint.fields,
      proposerIndex: slot,
    });
    fc.assert(
      fc.property(header, version, root, (value, forkVersion, genesisValidatorsRoot) => {
        const duty: Duty = {
          kind: "block",
          header: type.serialize(value),
          forkVersion,
          genesisValidatorsRoot,
        };
        const signingRoot = signingRootOf(duty);
        const domain = domainElsewhere(PROPOSER, forkVersion, genesisValidatorsRoot);
        assert.equal(toHex(signingRoot), rootElsewhere(type.hashTreeRoot(value), domain));
        assert.deepEqual(dutyClaim(duty, PUBLIC_KEY, signingRoot), {
          kind: "eip3076.block",
          publicKey: PUBLIC_KEY,
          genesisValidatorsRoot,
          slot: value.slot,
          signingRoot,
        });
      }),
    );
  });

  test("roots of other objects, and domains", () => {
    fc.assert(
      fc.property(root, version, version, root, (objectRoot, type, forkVersion, genesisValidatorsRoot) => {
        const domain = computeDomain(type, forkVersion, genesisValidatorsRoot);
        assert.equal(toHex(domain), toHex(domainElsewhere(type, forkVersion, genesisValidatorsRoot)));
        fc.pre(type.subarray(1).some((byte) => byte !== 0));
        const duty: Duty = { kind: "other", objectRoot, domain };
        assert.equal(toHex(signingRootOf(duty)), rootElsewhere(objectRoot, domain));
        assert.equal(dutyClaim(duty, PUBLIC_KEY, signingRootOf(duty)), undefined);
      }),
    );
  });
});

test("no duty brings a root, and its bytes are its own: nothing else travels to other threads with them", () => {
  const adapter = createEthereumValidatorAdapter();
  for (const sample of DUTY_SAMPLES) {
    const request = { type: "ethereum-validator.duty", duty: sample.body() };
    const [payload] = adapter.decode(request, validatorKey()).payloads;
    assert.ok(payload?.scheme === "bls");
    assert.deepEqual(Object.keys(payload).toSorted(), ["duty", "publicKey", "scheme"], sample.name);
    const guarded = { "eip3076.block": "block", "eip3076.attestation": "attestation" } as const;
    assert.equal(payload.duty.kind, sample.claim === undefined ? "other" : guarded[sample.claim.kind]);
    for (const [name, part] of Object.entries(payload.duty)) {
      if (typeof part === "string") continue;
      assert.ok(part.buffer.byteLength <= 128, `${sample.name}: ${name}`);
    }
  }
});
