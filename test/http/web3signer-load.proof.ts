/** A slot as a large operator has it: one batch with every key, and other clients that ask at the same moment. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { RunningService, type Reply } from "../running/service.ts";
import { assertSigned, signDuty, validatorKeys, vote } from "../running/validators.ts";

/** As many as a batch may name. */
const BATCH = 2000;
const LONE = 50;

let service: RunningService;
let keys: string[] = [];
before(async () => {
  service = await RunningService.start();
  keys = await validatorKeys(service, BATCH + LONE);
});
after(() => service.stop());

function ask(from: number, duty: unknown): Promise<Reply[]> {
  return Promise.all(keys.slice(from, from + LONE).map((key) => signDuty(service, key, duty)));
}

for (const [round, order] of (["batch first", "lone requests first"] as const).entries()) {
  test(`2,000 keys in a batch and 50 lone requests at once, all signed: ${order}`, async () => {
    const duty = vote(BigInt(round), BigInt(round) + 1n);
    const identifiers = keys.slice(0, BATCH);
    const batch = () => service.call("POST", "/api/v1/eth2/sign", { identifiers, signing_request: duty });
    const lone = () => ask(BATCH, duty);
    const [many, single] =
      order === "batch first"
        ? await Promise.all([batch(), lone()])
        : (await Promise.all([lone(), batch()])).toReversed();
    assert.ok(many !== undefined && single !== undefined && !Array.isArray(many) && Array.isArray(single));
    assert.equal(many.status, 200, many.text);
    const refused = many.body.filter((answer: any) => answer.signature === undefined);
    assert.deepEqual(refused, []);
    assert.deepEqual(
      many.body.map((answer: any) => answer.identifier),
      identifiers,
    );
    for (const index of [0, 63, 64, 1023, 1024, 1999]) {
      assertSigned(identifiers[index] ?? "", duty, many.body[index].signature);
    }
    for (const [index, reply] of single.entries()) {
      assert.equal(reply.status, 200, reply.text);
      assertSigned(keys[BATCH + index] ?? "", duty, reply.body.signature);
    }
  });
}

test("three batches of 2,000 for one duty, bit for bit the same, at once: the same signatures for all", async () => {
  const duty = vote(10n, 11n);
  const body = { identifiers: keys.slice(0, BATCH), signing_request: duty };
  const replies = await Promise.all(
    Array.from({ length: 3 }, () => service.call("POST", "/api/v1/eth2/sign", body)),
  );
  const [first, ...others] = replies;
  assert.ok(first);
  assert.equal(first.status, 200, first.text);
  assert.deepEqual(
    first.body.filter((answer: any) => answer.signature === undefined),
    [],
  );
  for (const other of others) assert.equal(other.text, first.text);
});
