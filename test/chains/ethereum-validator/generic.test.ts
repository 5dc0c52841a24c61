/** Generic roots: the domains that are refused, those for a group alone, and that the rest is opaque. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { DecodedRequest } from "../../../src/chains/adapter.ts";
import { createEthereumValidatorAdapter } from "../../../src/chains/ethereum-validator/adapter.ts";
import { DOMAIN } from "../../../src/chains/ethereum-validator/domain.ts";
import { signingRootOf } from "../../../src/chains/ethereum-validator/signing-root.ts";
import { SignerError } from "../../../src/domain/errors.ts";
import { readPayloads } from "../../../src/record/payloads.ts";
import { filler } from "./duties.ts";
import { validatorKey } from "./keys.ts";
import { hashPair } from "./merkle.ts";

const ADAPTER = createEthereumValidatorAdapter();
const KEY = validatorKey();
const OBJECT_ROOT = filler(32, 1);
const FORK_DATA = "ab".repeat(28);

function generic(domainType: string, changes: object = {}): DecodedRequest {
  const request = {
    type: "ethereum-validator.generic",
    objectRoot: OBJECT_ROOT,
    domain: `0x${domainType}${FORK_DATA}`,
    ...changes,
  };
  return ADAPTER.decode(request, KEY);
}

function refusal(work: () => unknown): SignerError {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof SignerError, String(error));
    return error;
  }
  assert.fail("was not refused");
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

describe("generic roots: refusals", () => {
  for (const [domainType, duty] of [
    ["00000000", "BLOCK_V2"],
    ["01000000", "ATTESTATION"],
  ] as const) {
    test(`${domainType}, whatever the fork`, () => {
      fc.assert(
        fc.property(fc.uint8Array({ minLength: 28, maxLength: 28 }), (forkData) => {
          const error = refusal(() => generic(domainType, { domain: `0x${domainType}${hex(forkData)}` }));
          assert.equal(error.code, "transaction.refused");
          assert.equal(error.members["field"], "/domain");
          assert.match(error.message, new RegExp(`send it as ${duty}`));
        }),
      );
    });
  }

  test("domains of the consensus layer that are not known", () => {
    const known = new Set(Object.values(DOMAIN).map(hex));
    for (let first = 0; first < 256; first += 1) {
      const domainType = `${first.toString(16).padStart(2, "0")}000000`;
      if (known.has(domainType)) continue;
      const error = refusal(() => generic(domainType));
      assert.equal(error.code, "transaction.refused", domainType);
      assert.match(error.message, /^\/domain: 0x[0-9a-f]{8} belongs to the consensus layer/);
    }
  });

  test("a withdrawal key", () => {
    const withdrawal = validatorKey("mainnet", "m/12381/3600/0/0");
    const request = { type: "ethereum-validator.generic", objectRoot: OBJECT_ROOT };
    for (const domainType of ["0a000000", "6d6d6f43"]) {
      const error = refusal(() =>
        ADAPTER.decode({ ...request, domain: `0x${domainType}${FORK_DATA}` }, withdrawal),
      );
      assert.equal(error.code, "transaction.refused");
    }
  });

  test("roots and domains of another length or shape", () => {
    for (const name of ["objectRoot", "domain"]) {
      for (const wrong of [undefined, null, 7, "", "0x", filler(31, 1), filler(33, 1), "ab".repeat(32)]) {
        const error = refusal(() => generic("6d6d6f43", { [name]: wrong }));
        assert.equal(error.code, "request.malformed", `${name} ${String(wrong)}`);
        assert.equal(error.members["field"], `/${name}`);
      }
    }
  });
});

describe("generic roots", () => {
  test("exits, deposits and withdrawal address changes are for their group alone", () => {
    for (const [name, domainType] of Object.entries(DOMAIN)) {
      if (name === "beaconProposer" || name === "beaconAttester") continue;
      const irrevocable = ["deposit", "voluntaryExit", "blsToExecutionChange"].includes(name);
      const { permissionGroup } = generic(hex(domainType));
      assert.equal(permissionGroup, irrevocable ? "validator-exits" : undefined, name);
    }
  });

  test("a domain of an application: opaque, bound to a policy, no guard", () => {
    const { intent, payloads, bindingRequired, environment } = generic("6d6d6f43");
    assert.equal(intent.opaque, true);
    assert.deepEqual(intent.opaqueCauses, ["genericRoot"]);
    assert.equal(readPayloads(payloads).claim, undefined);
    assert.notEqual(bindingRequired, false);
    assert.deepEqual(environment, { chainId: "1", network: "mainnet" });
    const { signingRoot, ...facts } = intent.validator as Record<string, unknown>;
    assert.deepEqual(facts, {
      duty: "GENERIC",
      domainType: "0x6d6d6f43",
      domain: `0x6d6d6f43${FORK_DATA}`,
      objectRoot: OBJECT_ROOT,
    });
    assert.match(String(signingRoot), /^0x[0-9a-f]{64}$/);
  });

  test("what is signed is the root of SigningData", () => {
    const root = fc.uint8Array({ minLength: 32, maxLength: 32 });
    const tail = fc.uint8Array({ minLength: 31, maxLength: 31 });
    fc.assert(
      fc.property(root, tail, (objectRoot, rest) => {
        // The last of the four bytes is not zero: an application's domain.
        const domain = Buffer.concat([rest.subarray(0, 3), Buffer.from([0x43]), rest.subarray(3)]);
        const { payloads } = generic("", {
          objectRoot: `0x${hex(objectRoot)}`,
          domain: `0x${hex(domain)}`,
        });
        const [payload] = payloads;
        assert.ok(payload?.scheme === "bls");
        assert.equal(hex(signingRootOf(payload.duty)), hashPair(objectRoot, domain).toString("hex"));
        assert.equal(hex(payload.publicKey), hex(KEY.publicKey));
      }),
    );
  });
});
