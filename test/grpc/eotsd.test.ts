/**
 * The same key in a running `eotsd` and here: randomness and signatures byte for byte, and the same statuses. It signs with that
 * key, on a chain of its own: use one that has no stake. EOTSD_ADDRESS is its RPCListener, EOTSD_HMAC_KEY its HMACKey (empty
 * without one), EOTSD_PRIVATE_KEY the key in hex. Skipped without an address.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { schnorr } from "@noble/curves/secp256k1.js";
import { RunningService } from "../running/service.ts";
import { EotsClient } from "./client.ts";

// Tests are no part of src/, where only config.ts may read the environment.
// oxlint-disable node/no-process-env
const ADDRESS = process.env["EOTSD_ADDRESS"] ?? "";
const HMAC_KEY = process.env["EOTSD_HMAC_KEY"] ?? "";
const PRIVATE_KEY = process.env["EOTSD_PRIVATE_KEY"] ?? "";
// oxlint-enable node/no-process-env

const SKIP = ADDRESS === "" ? "no EOTSD_ADDRESS of a running eotsd" : false;
const HEIGHTS = [0n, 1n, 1_000_000n, 2n ** 53n + 1n, 2n ** 64n - 2n];

describe("beside eotsd", { skip: SKIP }, () => {
  /** Nothing was signed on it before. */
  const chainId = Buffer.from(`comparison-${randomBytes(8).toString("hex")}`);
  let service: RunningService;
  let ours: EotsClient;
  let theirs: EotsClient;
  let uid: Buffer;

  before(async () => {
    service = await RunningService.start({
      environment: { CLAVIGER_EOTS__ENABLED: "true", CLAVIGER_EOTS__PORT: "0" },
    });
    const key = await service.call("POST", "/v1/keys/import", {
      chain: "babylon",
      privateKey: `0x${PRIVATE_KEY}`,
    });
    assert.equal(key.status, 201, key.text);
    uid = Buffer.from(key.body.address, "hex");
    ours = new EotsClient(service.eots);
    theirs = new EotsClient(ADDRESS, HMAC_KEY === "" ? {} : { hmacKey: HMAC_KEY });
    await theirs.ping();
  });
  after(async () => {
    ours.close();
    theirs.close();
    await service.stop();
  });

  /** Answer or status of the same call to both. */
  async function both<Answer>(call: (client: EotsClient) => Promise<Answer>): Promise<[unknown, unknown]> {
    const [mine, other] = await Promise.allSettled([call(ours), call(theirs)]);
    return [outcomeOf(mine), outcomeOf(other)];
  }

  test("randomness, with and without an interval", async () => {
    for (const start of [0n, 1n, 2n ** 53n, 2n ** 64n - 50n]) {
      for (const interval of [undefined, 0n, 1n, 5n]) {
        const [mine, other] = await both((client) => client.randomness(uid, chainId, start, 10, interval));
        assert.deepEqual(mine, other);
      }
    }
  });

  for (const height of HEIGHTS) {
    test(`height ${height}: the vote, the same again, another one`, async () => {
      const [mine, other] = await both((client) =>
        client.signEots(uid, chainId, height, Buffer.alloc(40, 1)),
      );
      assert.deepEqual(mine, other);
      const again = await both((client) => client.signEots(uid, chainId, height, Buffer.alloc(40, 1)));
      assert.deepEqual(again, [mine, mine]);
      const [refused, theirRefusal] = await both((client) =>
        client.signEots(uid, chainId, height, Buffer.alloc(40, 2)),
      );
      assert.deepEqual(refused, { code: 9, details: "double sign" });
      assert.deepEqual(refused, theirRefusal);
    });
  }

  test("batches: conflicting heights are left out, a height twice is refused", async () => {
    const items = [0n, 5n, 6n].map((height) => ({ height, message: Buffer.alloc(40, 3) }));
    const [mine, other] = await both((client) => client.signBatch(uid, chainId, items));
    assert.deepEqual(mine, other);
    const twice = [...items, ...items];
    const [refused, theirRefusal] = await both((client) => client.signBatch(uid, chainId, twice));
    assert.deepEqual(codeOf(refused), codeOf(theirRefusal));
  });

  test("Schnorr: both verify", async () => {
    const digest = randomBytes(32);
    for (const client of [ours, theirs]) {
      assert.ok(schnorr.verify(await client.signSchnorr(uid, digest), digest, uid));
    }
  });

  test("statuses of what is refused", async () => {
    const vote = Buffer.alloc(40, 4);
    const calls: readonly ((client: EotsClient) => Promise<unknown>)[] = [
      (client) => client.signEots(uid, chainId, 99n, vote, "UnsafeSignEOTS"),
      (client) => client.signEots(Buffer.alloc(32, 1), chainId, 99n, vote),
      (client) => client.signEots(Buffer.alloc(31, 1), chainId, 99n, vote),
      (client) => client.signSchnorr(uid, Buffer.alloc(31)),
      (client) => client.randomness(Buffer.alloc(32, 1), chainId, 1n, 1),
    ];
    for (const call of calls) {
      const [mine, other] = await both(call);
      assert.deepEqual(codeOf(mine), codeOf(other));
    }
  });
});

function outcomeOf(result: PromiseSettledResult<unknown>): unknown {
  if (result.status === "fulfilled") return result.value;
  const { reason } = result;
  assert.ok(reason instanceof Error && "code" in reason && "details" in reason);
  return { code: reason.code, details: reason.details };
}

/** Status of a refusal: details differ in words. */
function codeOf(outcome: unknown): unknown {
  assert.ok(typeof outcome === "object" && outcome !== null && "code" in outcome, "not refused");
  return outcome.code;
}
