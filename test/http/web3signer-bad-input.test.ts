/**
 * Every duty with every one of its members wrong, over HTTP: 400 that names the field, and nothing stored: no decision,
 * no audit entry, no row of the guard.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { LEDGER_FILE, openLedger } from "../../src/ledger/open.ts";
import { DUTY_SAMPLES, dutyBody, type DutyBody } from "../chains/ethereum-validator/duties.ts";
import { leaves, replaced, wrongValues } from "../chains/ethereum-validator/wrong-duties.ts";
import { guardState } from "../crash/guard-rows.ts";
import { Connection, posted } from "../running/connections.ts";
import { RunningService } from "../running/service.ts";
import { assertSigned, validatorKeys } from "../running/validators.ts";

const LINES = 16;
const UINT256 = /\/base_fee_per_gas$/;
/** Above what a member of 64 bits holds. */
const BEYOND = ["18446744073709551616", "18446744073709551617", "36893488147419103232", "1" + "0".repeat(77)];

let service: RunningService;
let publicKey: string;
let token: string;
let lines: Connection[];

before(async () => {
  service = await RunningService.start();
  [publicKey = ""] = await validatorKeys(service, 1);
  // One who may ask for everything, so that nothing is refused for a lack of rights.
  const member = { name: "exits", roles: ["KeyUser"], groups: ["validator-exits"] };
  token = (await service.call("POST", "/v1/principals", member)).body.token;
  lines = await Promise.all(Array.from({ length: LINES }, () => Connection.open(service.url)));
});
after(async () => {
  for (const line of lines) line.close();
  await service.stop();
});

/** All that a decision would leave. */
function stored(): unknown {
  const database = openLedger(join(service.dataDirectory, LEDGER_FILE), { readonly: true });
  try {
    const count = (table: string): unknown => database.prepare(`SELECT count(*) FROM ${table}`).get();
    const tables = ["request", "audit_leaf", "limit_spend"];
    return [guardState(database), ...tables.map(count)];
  } finally {
    database.close();
  }
}

interface Bad {
  /** JSON pointer of what is wrong with it. */
  readonly pointer: string;
  readonly text: string;
}

/** True for the pointer itself and for what it lies in: a container may be what has the wrong shape. */
function names(field: unknown, pointer: string): boolean {
  if (typeof field !== "string" || field.length < 2) return false;
  // A whole block of a fork whose blocks come as headers lacks its header.
  if (pointer.endsWith("/beacon_block/version") && field.endsWith("/block_header")) return true;
  return field === pointer || pointer.startsWith(`${field}/`);
}

async function assertRefused(
  bodies: readonly Bad[],
  route = `/api/v1/eth2/sign/${publicKey}`,
): Promise<void> {
  const earlier = stored();
  const queue = bodies.values();
  await Promise.all(
    lines.map(async (line) => {
      for (const { pointer, text } of queue) {
        const reply = await line.ask(posted(route, text, token));
        const where = `${pointer}: ${text.slice(0, 200)}: ${reply.text}`;
        assert.equal(reply.status, 400, where);
        const problem = JSON.parse(reply.text);
        assert.equal(problem.code, "request.malformed", where);
        assert.ok(names(problem.field, pointer), where);
      }
    }),
  );
  assert.deepEqual(stored(), earlier, "something was stored");
}

/** `body` as text, with the member at `pointer` twice. */
function twice(body: DutyBody, pointer: string): string {
  const name = JSON.stringify(pointer.split("/").at(-1));
  const marked = JSON.stringify(replaced(body, pointer, "MARK"));
  const once = `${name}:"MARK"`;
  assert.equal(marked.split(once).length, 2);
  return marked.replace(once, () => `${name}:"1",${name}:"1"`);
}

/** The version of a bare payload is no member, and a header needs none; the others choose what the payload is. */
function isChecked(name: string, pointer: string): boolean {
  const isHeader = name.startsWith("BLOCK_V2") && !/ (?:PHASE0|ALTAIR)$/.test(name);
  return !((isHeader || name.endsWith("bare")) && pointer.endsWith("/version"));
}

describe("web3signer: every member of every duty", () => {
  for (const sample of DUTY_SAMPLES) {
    const { name } = sample;
    test(`${name}: missing, of another shape, length or range, twice`, async () => {
      const members = leaves(sample.body()).filter(([pointer]) => isChecked(name, pointer));
      const bodies = members.flatMap(([pointer, value]): Bad[] => {
        const wrong: unknown[] =
          pointer === "/type" ? [7, null, "GENERICS"] : [...wrongValues(pointer, value)];
        const isNumber = typeof value === "string" && /^\d+$/.test(value);
        if (isNumber && !UINT256.test(pointer)) wrong.push(...BEYOND);
        const inList = /\/\d+$/.test(pointer);
        // Without these bits a bare aggregate is one of an earlier fork.
        const chooses = name.endsWith("bare with committee_bits") && pointer.endsWith("/committee_bits");
        if (!inList && !chooses) wrong.push(undefined);
        const texts = wrong.map((wrongValue) => JSON.stringify(replaced(sample.body(), pointer, wrongValue)));
        if (!inList) texts.push(twice(sample.body(), pointer));
        return texts.map((text) => ({ pointer, text }));
      });
      await assertRefused(bodies);
    });
  }
});

describe("web3signer: containers that no reader of their fork would accept", () => {
  const bits = "/aggregate_and_proof/data/aggregate/aggregation_bits";
  const rows: readonly (readonly [what: string, sample: string, pointer: string, value: unknown])[] = [
    ["a bit list without its end", "AGGREGATE_AND_PROOF_V2 DENEB", bits, "0x0000"],
    ["more bits than Deneb has", "AGGREGATE_AND_PROOF_V2 DENEB", bits, `0x${"ff".repeat(257)}01`],
    ["more bits than Electra has", "AGGREGATE_AND_PROOF_V2 ELECTRA", bits, `0x${"ff".repeat(16_385)}01`],
    ["bits of another committee count", "AGGREGATE_AND_PROOF_V2 FULU", committee(), `0x${"00".repeat(9)}`],
    ["Deneb's aggregate as Electra's", "AGGREGATE_AND_PROOF_V2 DENEB", version(), "ELECTRA"],
    ["Electra's aggregate as Deneb's", "AGGREGATE_AND_PROOF_V2 ELECTRA", version(), "DENEB"],
    ["a header of a fork that is no name", "BLOCK_V2 FULU", "/beacon_block/version", 7],
    ["Phase 0's block as Altair's", "BLOCK_V2 PHASE0", "/beacon_block/version", "ALTAIR"],
    ["Altair's block as Bellatrix's", "BLOCK_V2 ALTAIR", "/beacon_block/version", "BELLATRIX"],
    ["Gloas' message as Fulu's", "PROPOSER_PREFERENCES GLOAS", "/proposer_preferences/version", "FULU"],
    ["another fork's version bytes", "DEPOSIT", "/deposit/genesis_fork_version", "0x10000910"],
  ];
  function committee(): string {
    return "/aggregate_and_proof/data/aggregate/committee_bits";
  }
  function version(): string {
    return "/aggregate_and_proof/version";
  }
  for (const [what, sample, pointer, value] of rows) {
    test(what, async () => {
      const wrong = replaced(dutyBody(sample), pointer, value);
      const earlier = stored();
      const [line] = lines;
      assert.ok(line !== undefined);
      const reply = await line.ask(posted(`/api/v1/eth2/sign/${publicKey}`, JSON.stringify(wrong), token));
      assert.equal(reply.status, 400, reply.text);
      const { code, field } = JSON.parse(reply.text);
      assert.equal(code, "request.malformed");
      // What lacks or has too much is named where it should be, beside the version that says so.
      const root = `/${pointer.split("/")[1]}`;
      assert.ok(String(field).startsWith(`${root}/`), reply.text);
      assert.deepEqual(stored(), earlier);
    });
  }
});

describe("web3signer: the same in a batch", () => {
  test("a wrong member of the duty is named below /signing_request", async () => {
    const batched = (duty: unknown): string =>
      JSON.stringify({ identifiers: [publicKey], signing_request: duty });
    const bodies = ["ATTESTATION", "BLOCK_V2 FULU"].flatMap((name) =>
      leaves(dutyBody(name)).flatMap(([pointer, value]): Bad[] => {
        if (pointer === "/type" || !isChecked(name, pointer)) return [];
        const wrong = [
          ...wrongValues(pointer, value),
          undefined,
          ...(/^\d+$/.test(String(value)) ? BEYOND : []),
        ];
        return wrong.map((wrongValue) => ({
          pointer: `/signing_request${pointer}`,
          text: batched(replaced(dutyBody(name), pointer, wrongValue)),
        }));
      }),
    );
    await assertRefused(bodies, "/api/v1/eth2/sign");
  });
});

describe("web3signer: bytes that are no JSON text", () => {
  for (const [what, body] of [
    ["half a duty", Buffer.from(JSON.stringify(dutyBody("ATTESTATION"))).subarray(0, 200)],
    ["bytes that are no UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ["a byte order mark", Buffer.from(`\ufeff${JSON.stringify(dutyBody("ATTESTATION"))}`)],
    ["a duty and something after it", Buffer.from(`${JSON.stringify(dutyBody("ATTESTATION"))}x`)],
    ["a nest of lists", Buffer.from(`{"type":"ATTESTATION","x":${"[".repeat(5000)}${"]".repeat(5000)}}`)],
    ["zeros", Buffer.alloc(64)],
  ] as const) {
    test(what, async () => {
      const earlier = stored();
      const [line] = lines;
      assert.ok(line !== undefined);
      const reply = await line.ask(posted(`/api/v1/eth2/sign/${publicKey}`, body, token));
      assert.deepEqual([reply.status, JSON.parse(reply.text).code], [400, "request.malformed"], reply.text);
      assert.deepEqual(stored(), earlier);
    });
  }
});

test("web3signer: after all that the key signs its first duties", async () => {
  for (const name of ["ATTESTATION", "BLOCK_V2 FULU"]) {
    const [line] = lines;
    assert.ok(line !== undefined);
    const duty = dutyBody(name);
    const reply = await line.ask(posted(`/api/v1/eth2/sign/${publicKey}`, JSON.stringify(duty), token));
    assert.equal(reply.status, 200, reply.text);
    assertSigned(publicKey, duty, JSON.parse(reply.text).signature);
  }
});
