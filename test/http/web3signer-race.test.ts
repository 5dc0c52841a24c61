/**
 * Rounds of conflicting duties, all at once over HTTP: one root is signed, whoever comes first. Rounds of different keys
 * overlap, so that claims of many validators share the batches of the ledger.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { PublicKey, Signature, verifyMultipleAggregateSignatures } from "@chainsafe/blst";
import { LEDGER_FILE, openLedger } from "../../src/ledger/open.ts";
import type { DutyBody } from "../chains/ethereum-validator/duties.ts";
import { expectedRoot } from "../chains/ethereum-validator/expected.ts";
import { guardRows } from "../crash/guard-rows.ts";
import { Connection, posted, type RawReply } from "../running/connections.ts";
import { RunningService } from "../running/service.ts";
import { validatorKeys, vote, block } from "../running/validators.ts";
import { rounds } from "../extent.ts";

const ROUNDS = rounds("RACE_ROUNDS");
/** Of each kind in a round. */
const REQUESTS = 50;
/** Some roots twice: a repeat of what won is answered again with the same signature. */
const ROOTS = 40;
const LANES = 4;
const NESTED_ROUNDS = Math.min(100, ROUNDS);
const VERIFIED_AT_ONCE = 100;

interface Winner {
  readonly publicKey: string;
  readonly duty: DutyBody;
  /** 0x-hex. */
  readonly signature: string;
}

let service: RunningService;
let keys: string[];
before(async () => {
  service = await RunningService.start();
  keys = await validatorKeys(service, LANES + 1);
});
after(() => service.stop());

async function connections(count: number): Promise<Connection[]> {
  return Promise.all(Array.from({ length: count }, () => Connection.open(service.url)));
}

function asked(publicKey: string, duty: DutyBody): Buffer {
  return posted(`/api/v1/eth2/sign/${publicKey}`, JSON.stringify(duty));
}

/** The one duty that was signed; every other is refused with `refusal`. */
function oneWinner(
  publicKey: string,
  duties: readonly DutyBody[],
  replies: readonly RawReply[],
  refusal: string,
): Winner {
  let winner: Winner | undefined;
  for (const [index, { status, text }] of replies.entries()) {
    const duty = duties[index];
    assert.ok(duty !== undefined);
    const body = JSON.parse(text);
    if (status !== 200) {
      assert.deepEqual([status, body.code], [412, refusal], text);
      continue;
    }
    winner ??= { publicKey, duty, signature: body.signature };
    assert.deepEqual(duty, winner.duty, "two messages were signed");
    assert.equal(body.signature, winner.signature, "one message, two signatures");
  }
  assert.ok(winner !== undefined, "none was signed");
  // Each request for the message that won has its signature, in whatever order they came.
  const rightly = duties.filter((duty) => JSON.stringify(duty) === JSON.stringify(winner.duty)).length;
  assert.equal(replies.filter(({ status }) => status === 200).length, rightly);
  return winner;
}

/** Votes for one target and blocks for one slot, at once on connections of their own. */
async function round(publicKey: string, lines: readonly Connection[], number: number): Promise<Winner[]> {
  const at = BigInt(number);
  const variants = Array.from({ length: REQUESTS }, (_, index) => (index + number) % ROOTS);
  const votes = variants.map((root) => vote(at - 1n, at, root));
  const blocks = variants.map((root) => block(at, root));
  const requests = [...votes, ...blocks].map((duty) => asked(publicKey, duty));
  // Not always the votes first: the place of a request on its connections moves with the round.
  const replies = await Promise.all(
    requests.map(async (request, index) => lines[(index + 7 * number) % lines.length]?.ask(request)),
  );
  const known = replies.filter((reply) => reply !== undefined);
  assert.equal(known.length, 2 * REQUESTS);
  return [
    oneWinner(publicKey, votes, known.slice(0, REQUESTS), "guard.double_vote"),
    oneWinner(publicKey, blocks, known.slice(REQUESTS), "guard.double_proposal"),
  ];
}

async function lane(publicKey: string, index: number): Promise<Winner[]> {
  const lines = await connections(2 * REQUESTS);
  const winners: Winner[] = [];
  for (let number = 1 + index; number <= ROUNDS; number += LANES) {
    winners.push(...(await round(publicKey, lines, number)));
  }
  for (const line of lines) line.close();
  return winners;
}

/** Each signature is its key's over the root that its duty has by SHA-256 alone. */
function assertVerified(winners: readonly (Winner & { readonly root: Buffer })[]): void {
  const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.slice(2), "hex"));
  for (let from = 0; from < winners.length; from += VERIFIED_AT_ONCE) {
    const sets = winners.slice(from, from + VERIFIED_AT_ONCE).map(({ publicKey, root, signature }) => ({
      msg: new Uint8Array(root),
      pk: PublicKey.fromBytes(bytes(publicKey)),
      sig: Signature.fromBytes(bytes(signature), true),
    }));
    assert.ok(verifyMultipleAggregateSignatures(sets), "a signature is not the key's over its duty");
  }
}

test(`${ROUNDS} rounds of ${REQUESTS} votes for one target and ${REQUESTS} blocks for one slot`, async () => {
  const winners = (await Promise.all(keys.slice(0, LANES).map(lane))).flat();
  assert.equal(winners.length, 2 * ROUNDS);
  const rooted = winners.map((winner) => ({ ...winner, root: Buffer.from(expectedRoot(winner.duty)) }));
  assertVerified(rooted);

  const database = openLedger(join(service.dataDirectory, LEDGER_FILE), { readonly: true });
  const rows = guardRows(database);
  database.close();
  for (const publicKey of keys.slice(0, LANES)) {
    const signed = rooted.filter((winner) => winner.publicKey === publicKey);
    const roots = signed.map(({ root }) => `0x${root.toString("hex")}`);
    assert.deepEqual([...(rows.get(publicKey)?.keys() ?? [])].toSorted(), roots.toSorted());
  }
});

test(`${NESTED_ROUNDS} rounds of votes that surround each other, singly and in batches`, async () => {
  const key = keys[LANES] ?? "";
  const lines = await connections(20);
  for (let number = 0; number < NESTED_ROUNDS; number += 1) {
    const base = 1000n + BigInt(number) * 100n;
    // Nested like onions: any two of them are slashable together.
    const replies = await Promise.all(
      lines.map(async (line, index) => {
        const duty = vote(base + BigInt(index), base + 99n - BigInt(index));
        if (index % 2 === 0) return (await line.ask(asked(key, duty))).status;
        const batch = JSON.stringify({ identifiers: [key], signing_request: duty });
        const reply = await line.ask(posted("/api/v1/eth2/sign", batch));
        return JSON.parse(reply.text)[0].error?.code ?? reply.status;
      }),
    );
    assert.equal(replies.filter((status) => status === 200).length, 1, replies.join());
    assert.ok(
      replies.every((status) => status === 200 || status === 412),
      replies.join(),
    );
  }
  for (const line of lines) line.close();
});
