/**
 * The bounds of all parts that a request passes, compared: what one part admits, none behind it refuses for ever, and all that is
 * admitted together finds room in each queue. A bound that is changed where it is stated fails here if it no longer agrees.
 */
import assert from "node:assert/strict";
import { maxHeaderSize } from "node:http";
import { describe, test } from "node:test";
import { BINDING_FUEL_MAX } from "../../src/administration/bindings.ts";
import { CHAIN_QUEUE_MAX } from "../../src/chains/chains.ts";
import { loadConfig } from "../../src/config/config.ts";
import { RANDOMNESS_BYTES, RANDOMNESS_COUNT_MAX } from "../../src/domain/eots.ts";
import { URGENCIES, type Urgency } from "../../src/domain/urgency.ts";
import { KEPT_MAX } from "../../src/keeper/bounds.ts";
import { PART_ITEMS } from "../../src/grpc/batch-body.ts";
import { CALLS_MAX as GRPC_CALLS_MAX, SESSION_MEMORY_MB, STREAMS_MAX } from "../../src/grpc/door.ts";
import { IDEMPOTENCY_KEY } from "../../src/http/idempotency.ts";
import { KEYMANAGER_BYTES_MAX } from "../../src/http/routes/keymanager.ts";
import { MODULE_BYTES_MAX } from "../../src/http/routes/policies.ts";
import { DUTY_BYTES_MAX } from "../../src/http/routes/web3signer.ts";
import { EOTS_ITEMS_MAX } from "../../src/http/schemas/eots.ts";
import { KEYS_MAX as EOTS_KEYS_MAX } from "../../src/http/schemas/eots-history.ts";
import { KEYS_MAX as KEYMANAGER_KEYS_MAX } from "../../src/http/schemas/keymanager.ts";
import { KEYS_MAX as SLASHING_KEYS_MAX } from "../../src/http/schemas/slashing-protection.ts";
import { BATCH_KEYS_MAX } from "../../src/http/schemas/web3signer.ts";
import {
  COMPILED_FUEL_PER_MS,
  GUEST_LIMITS,
  INPUT_SHARES,
  KECCAK_LIMITS,
  moduleMemory,
  SANDBOX_LIMITS,
} from "../../src/policy/limits.ts";
import { inspectPolicy } from "../../src/policy/module.ts";
import { DEFAULT_LIMITS } from "../../src/policy/wasm/limits.ts";
import { BINDINGS_PER_SCOPE } from "../../src/record/acts/bindings.ts";
import * as ledger from "../../src/record/bounds.ts";
import { ACTIVE_MAX, LANES } from "../../src/signing/admission.ts";
import { SLICE } from "../../src/signing/lane.ts";
import { NAMESPACE_VALUES_MAX, VALUES_MAX } from "../../src/vault/eots/randomness-queue.ts";
import { WAITING_MAX as KEYSTORES_WAITING_MAX } from "../../src/vault/keystores/keystore-openers.ts";
import { guest } from "../policy/guests.ts";

/** Fails with the reason why the first must not be more than the second. */
function atMost(value: number, most: number, why: string): void {
  assert.ok(value <= most, `${value} is more than ${most}: ${why}`);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** What a public key takes in a body: a string of hex, quotes and comma. */
function listed(keys: number, digits: number): number {
  return keys * (digits + '"",'.length) + '{"publicKeys":[]}'.length;
}

const config = loadConfig({ preset: "production" });
/** Requests under way in all lanes: each has at most one call in any queue behind them. */
const PLACES = sum(URGENCIES.map((urgency) => LANES[urgency].places));
/** Bindings in scope of one key: of its namespace, its wallet and itself. */
const IN_SCOPE = 3 * BINDINGS_PER_SCOPE;

describe("lanes", () => {
  const lanes = URGENCIES.map((urgency): [Urgency, (typeof LANES)[Urgency]] => [urgency, LANES[urgency]]);

  test("a slice of a batch fits the places of batches, and leaves some to lone requests", () => {
    for (const [name, { places, batchPlaces }] of lanes) {
      atMost(SLICE, batchPlaces, `no batch of ${name} would ever begin`);
      atMost(batchPlaces + 1, places, `batches of ${name} would shut out lone requests`);
    }
  });

  test("the largest batch of each door is admitted where nothing else is under way", () => {
    for (const [name, { batched }] of lanes)
      atMost(BATCH_KEYS_MAX, batched, `batches of ${name} are refused`);
    atMost(ACTIVE_MAX, LANES.request.places, "what is recorded together is under way together");
    atMost(EOTS_ITEMS_MAX, ACTIVE_MAX, "a batch of votes that the schema takes is refused");
    atMost(2 * PART_ITEMS, ACTIVE_MAX, "two daemons that catch up refuse each other");
    atMost(GRPC_CALLS_MAX, LANES.request.places, "the EOTS manager takes more calls than may be under way");
  });

  test("the largest body of each door fits the room of its lane", () => {
    for (const [name, { text }] of lanes) {
      atMost(DUTY_BYTES_MAX, text, `bodies of ${name}`);
      atMost(config.server.bodyLimitBytes, text, `bodies of ${name}`);
    }
    atMost(2 * config.eots.maxMessageBytes, LANES.request.text, "a message in hex is twice as long");
  });
});

describe("queues hold all that is admitted", () => {
  test("before the record step: decoder, policies, the keeper's door, ledger", () => {
    atMost(PLACES, CHAIN_QUEUE_MAX, "the decoder refuses what was admitted");
    atMost(PLACES, SANDBOX_LIMITS.requestsMax, "the policies refuse what was admitted");
    atMost(PLACES, KEPT_MAX, "the keeper's door refuses what was judged");
    atMost(KEPT_MAX, ledger.LEDGER_QUEUE_MAX, "the ledger refuses what the door let in");
  });

  test("behind the record step, where a refusal costs a signature: outcomes, vault, verifier", () => {
    // A decision, and the outcome line of one that was answered before.
    atMost(2 * PLACES, ledger.OUTCOMES_MAX, "outcome lines are lost");
    atMost(ledger.BATCH_MAX, ledger.LEDGER_QUEUE_MAX, "a commit takes what waits");
  });

  test("acts that stop something: room that nothing else fills, and few reads before them", () => {
    atMost(ledger.LEDGER_QUEUE_MAX + KEPT_MAX, ledger.OUTCOMES_MAX, "what the door let in is refused");
    atMost(ledger.OUTCOMES_MAX + ledger.STOPS_MAX, ledger.CALLS_MAX, "the thread is sent more than it holds");
    atMost(ledger.BATCH_MAX, ledger.STOPS_MAX, "an installation cannot be stopped while it stops");
    atMost(ledger.READS_MAX, ledger.BATCH_MAX / 8, "a freeze waits for a long batch of lists");
    assert.ok(Number.isInteger(ledger.BATCH_MAX / ledger.READS_MAX), "reads take whole shares");
  });
});

describe("policies", () => {
  const { intentBytesMax, settingsBytesMax, restBytesMax } = INPUT_SHARES;

  test("what is decoded and bound fits an input, and settings fit a body", () => {
    assert.equal(intentBytesMax + settingsBytesMax + restBytesMax, GUEST_LIMITS.inputBytesMax);
    atMost(
      settingsBytesMax + restBytesMax,
      config.server.bodyLimitBytes,
      "the largest settings cannot be sent",
    );
  });

  test("one key with as many bindings in scope as it may have is asked at once", () => {
    atMost(IN_SCOPE, SANDBOX_LIMITS.evaluationsMax, "it never signs");
    // Of a single key, `keys` takes of the rest; its length is counted once more before the input is written.
    const input = GUEST_LIMITS.inputBytesMax + restBytesMax;
    atMost(IN_SCOPE * input, SANDBOX_LIMITS.inputBytesMax, "it never signs what has the largest intent");
    atMost(10 * IN_SCOPE, SANDBOX_LIMITS.evaluationsMax, "ten requests of such a key wait for each other");
    atMost(SANDBOX_LIMITS.batchMax, SANDBOX_LIMITS.evaluationsMax, "a batch is never full");
  });

  test("as many modules wait to be loaded as all turns can ask for", () => {
    atMost(SANDBOX_LIMITS.evaluationsMax, SANDBOX_LIMITS.loadsMax, "a turn is refused half-way");
    atMost(SANDBOX_LIMITS.loadsAtOnce, SANDBOX_LIMITS.loadsMax, "loads wait for places that are not there");
  });

  test("a module that may be uploaded can be sent, and fits the memory of all", () => {
    atMost(DEFAULT_LIMITS.moduleBytesMax, MODULE_BYTES_MAX, "the reader's limit is never reached");
    // Branches and nothing else: each of them is charged, so that no module grows more.
    const dense = guest({
      fields: `(func (param i32) ${"(br_if 0 (local.get 0))".repeat(20_000)})`,
      evaluate: "(i64.const 0)",
    });
    const growth = inspectPolicy(dense).prepared.metered.length / dense.length;
    assert.ok(growth > 5, `it grows ${growth} times, and was made to grow most`);
    const largest = moduleMemory(Math.ceil(growth * DEFAULT_LIMITS.moduleBytesMax));
    atMost(10 * largest, SANDBOX_LIMITS.moduleBytesMax, "a few large modules push out all others");
    const typical = moduleMemory(3 * 100 * 1024);
    atMost(
      2 * IN_SCOPE * typical,
      SANDBOX_LIMITS.moduleBytesMax,
      "two full keys with modules of 100 KiB take turns",
    );
  });

  test("fuel and hashed blocks end before the backstop of CPU time", () => {
    atMost(GUEST_LIMITS.fuelMax, BINDING_FUEL_MAX, "the default may not be bound");
    const hashing = (KECCAK_LIMITS.blocksMax * KECCAK_LIMITS.blockMicros) / 1000;
    const running = BINDING_FUEL_MAX / COMPILED_FUEL_PER_MS;
    atMost(running + hashing, GUEST_LIMITS.cpuMs, "the backstop ends what fuel allows");
    const whole = Math.floor(GUEST_LIMITS.inputBytesMax / KECCAK_LIMITS.blockBytes) + 1;
    atMost(4 * whole, KECCAK_LIMITS.blocksMax, "a policy cannot hash the largest input");
  });
});

describe("bodies, headers and messages", () => {
  test("as many keys as a schema takes fit its body", () => {
    const body = config.server.bodyLimitBytes;
    atMost(listed(BATCH_KEYS_MAX, 98), DUTY_BYTES_MAX, "a full batch of duties");
    atMost(listed(SLASHING_KEYS_MAX, 98), body, "guard and history of validators");
    atMost(listed(EOTS_KEYS_MAX, 64), body, "guard and history of finality providers");
    atMost(listed(KEYMANAGER_KEYS_MAX, 98), KEYMANAGER_BYTES_MAX, "deleting keys");
    const item = '{"height":"18446744073709551615","message":""},'.length + "0x".length + 2 * 32;
    atMost(EOTS_ITEMS_MAX * item, body, "a full batch of votes over hashes");
  });

  test("an Idempotency-Key fits the headers beside a token", () => {
    assert.ok(!IDEMPOTENCY_KEY.test("k".repeat(maxHeaderSize / 4)));
  });

  test("keystores of one import find room in their queue", () => {
    atMost(KEYMANAGER_KEYS_MAX, KEYSTORES_WAITING_MAX, "an import that the schema takes is refused");
  });

  test("lists of public randomness: the longest is computed, and the answers of one connection fit its memory", () => {
    atMost(RANDOMNESS_COUNT_MAX, NAMESPACE_VALUES_MAX, "the longest list is refused");
    atMost(NAMESPACE_VALUES_MAX, VALUES_MAX, "one namespace shuts out another");
    atMost(
      RANDOMNESS_COUNT_MAX * (RANDOMNESS_BYTES + 2),
      config.eots.maxMessageBytes,
      "its answer cannot be sent",
    );
    const answers = STREAMS_MAX * RANDOMNESS_COUNT_MAX * (RANDOMNESS_BYTES + 2);
    atMost(answers, SESSION_MEMORY_MB * 1_000_000, "a connection is closed for its own answers");
    atMost(STREAMS_MAX, GRPC_CALLS_MAX, "a connection takes more calls than there may be");
  });
});
