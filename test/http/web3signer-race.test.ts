/** Rounds of conflicting duties for one key, all at once over HTTP: one root is signed, whoever comes first. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { DutyBody } from "../chains/ethereum-validator/duties.ts";
import { RunningService } from "../running/service.ts";
import { signDuty, validatorKeys, vote, block } from "../running/validators.ts";

const ROUNDS = 100;
const REQUESTS = 50;
/** Every other root twice: a repeat of what won is answered again with the same signature. */
const ROOTS = 40;

let service: RunningService;
let key: string;
before(async () => {
  service = await RunningService.start();
  [key = ""] = await validatorKeys(service, 1);
});
after(() => service.stop());

async function oneRootSigned(duties: readonly DutyBody[], name: string): Promise<void> {
  const replies = await Promise.all(duties.map((duty) => signDuty(service, key, duty)));
  const signed = new Map<string, Set<string>>();
  for (const [index, reply] of replies.entries()) {
    if (reply.status === 412) continue;
    assert.equal(reply.status, 200, reply.text);
    const message = JSON.stringify(duties[index]);
    signed.set(message, (signed.get(message) ?? new Set()).add(reply.body.signature));
  }
  assert.equal(signed.size, 1, `${name}: ${signed.size} messages were signed`);
  for (const signatures of signed.values())
    assert.equal(signatures.size, 1, `${name}: one message, two signatures`);
}

test(`${ROUNDS} rounds of ${REQUESTS} votes for one target`, async () => {
  for (let round = 1; round <= ROUNDS; round += 1) {
    const target = BigInt(round);
    const duties = Array.from({ length: REQUESTS }, (_, index) => vote(target - 1n, target, index % ROOTS));
    await oneRootSigned(duties, `round ${round}`);
  }
});

test(`${ROUNDS} rounds of ${REQUESTS} blocks for one slot`, async () => {
  for (let round = 1; round <= ROUNDS; round += 1) {
    const duties = Array.from({ length: REQUESTS }, (_, index) => block(BigInt(round), index % ROOTS));
    await oneRootSigned(duties, `round ${round}`);
  }
});

test(`${ROUNDS} rounds of votes that surround each other, singly and in batches`, async () => {
  const start = 1000n;
  for (let round = 0; round < ROUNDS; round += 1) {
    const base = start + BigInt(round) * 100n;
    // Nested like onions: any two of them are slashable together.
    const nested = Array.from({ length: 20 }, (_, index) =>
      vote(base + BigInt(index), base + 99n - BigInt(index)),
    );
    const batch = (duty: DutyBody) =>
      service.call("POST", "/api/v1/eth2/sign", { identifiers: [key], signing_request: duty });
    const replies = await Promise.all(
      nested.map(async (duty, index) => {
        if (index % 2 === 0) return (await signDuty(service, key, duty)).status;
        const reply = await batch(duty);
        return reply.body[0].error?.code ?? reply.status;
      }),
    );
    assert.equal(replies.filter((status) => status === 200).length, 1, replies.join());
    assert.ok(
      replies.every((status) => status === 200 || status === 412),
      replies.join(),
    );
  }
});
