/**
 * A disk that fails under the writes that the guard makes around a record: the chain of a new data directory, a key's
 * first row, its watermarks, its being disabled. No signature and no history leaves; the process stops with code 70.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { toHex } from "../../src/domain/bytes.ts";
import { blsPublicKey } from "../../src/vault/sign/bls.ts";
import { MAINNET_GENESIS_ROOT } from "../chains/ethereum-validator/duties.ts";
import { claviger, succeeded } from "../commands/claviger.ts";
import type { Reply } from "../running/service.ts";
import { assertSigned } from "../running/validators.ts";
import { keystoreOf, validatorKey } from "../vault/keystores/keystores.ts";
import { few } from "../extent.ts";
import { block, contradicting, DutySequence, type Duty } from "./duties.ts";
import { everyFault, FaultyInstallation, unwritten, written, type FaultCase } from "./every-fault.ts";
import { guardState, hasGuardRow, signDutyWith, validatorKeys, type ValidatorKey } from "./guard-rows.ts";

const PASSWORD = "correct horse";
const KEYSTORES = "/eth/v1/keystores";

type Kind = "block" | "vote";
const KINDS = ["block", "vote"] as const;
const INSERT = { block: "INSERT INTO slashing_block", vote: "INSERT INTO slashing_attestation" } as const;
const CHAIN = "UPDATE slashing_chain";
const VALIDATOR = "INSERT INTO slashing_validator";
const WATERMARK = "UPDATE slashing_validator SET low_slot";
const ENABLED = "UPDATE slashing_validator SET enabled";

interface DutyCase extends FaultCase {
  readonly kind: Kind;
}

function dutyCase(kind: Kind, fault: FaultCase["fault"], left = "nothing"): DutyCase {
  return { what: `guard's first writes: a ${kind}`, kind, fault, left };
}

/** Before anything is signed, so that each of them is under the first duty of the data directory. */
const FIRST_OF_ALL = [dutyCase("block", unwritten(CHAIN)), dutyCase("vote", written(CHAIN))];
/** Under the first duty of a key. */
const FIRST_OF_KEY = [
  dutyCase("block", unwritten(VALIDATOR)),
  dutyCase("vote", written(VALIDATOR)),
  dutyCase("vote", unwritten(WATERMARK, "SQLITE_IOERR_WRITE")),
  dutyCase("block", written(WATERMARK, "SQLITE_FULL")),
];
const KEPT = dutyCase(
  "vote",
  written("COMMIT", "SQLITE_IOERR_FSYNC", { following: INSERT.vote }),
  "the duty",
);
/** These undo themselves. */
const SURVIVED = KINDS.flatMap((kind) =>
  [VALIDATOR, WATERMARK].flatMap((sql) => [
    dutyCase(kind, unwritten(sql, null)),
    dutyCase(kind, written(sql, "SQLITE_CONSTRAINT_TRIGGER")),
  ]),
);

const duties = new DutySequence();
let installation: FaultyInstallation;
let keys: ValidatorKey[];

before(async () => {
  installation = await FaultyInstallation.create();
  keys = await validatorKeys(installation, 24);
});
after(() => installation.end());

/** A key that has signed nothing. */
function freshKey(): string {
  const key = keys.pop();
  assert.ok(key !== undefined, "make more keys in before()");
  return key.publicKey;
}

function sign(publicKey: string, duty: Duty): Promise<Reply> {
  return signDutyWith(installation, publicKey, duty);
}

/** Signed once, the same again, and not the other. */
async function assertSignedOnce(
  publicKey: string,
  duty: Duty,
  contradiction = contradicting(duty),
): Promise<void> {
  const [first, again] = [await sign(publicKey, duty), await sign(publicKey, duty)];
  assert.equal(first.status, 200, first.text);
  assertSigned(publicKey, duty.body, first.body.signature);
  assert.equal(again.body.signature, first.body.signature);
  const other = await sign(publicKey, contradiction);
  assert.equal(other.status, 412, other.text);
  assert.match(other.body.code, /^guard\.double_/);
}

/** What the guard had on disk before; what it has now is that, or what `kept` says. */
type State = ReturnType<typeof guardState>;

function assertUnchanged(state: State): "nothing" {
  assert.deepEqual(installation.read(guardState), state, "all of it or nothing");
  return "nothing";
}

interface FirstDuty {
  readonly publicKey: string;
  readonly duty: Duty;
  readonly state: State;
}

everyFault<DutyCase, FirstDuty>({
  installation: () => installation,
  cases: [...few([...FIRST_OF_ALL, ...FIRST_OF_KEY], 2), KEPT, ...few(SURVIVED, 2)],
  arrange: ({ kind }) => ({
    publicKey: freshKey(),
    duty: duties.next(kind),
    state: installation.read(guardState),
  }),
  act: ({ publicKey, duty }) => sign(publicKey, duty),
  onDisk: ({ publicKey, duty, state }) =>
    hasGuardRow(installation, publicKey, duty) ? "the duty" : assertUnchanged(state),
  holds: async ({ publicKey, duty }, { fault, left }) => {
    if (left === "the duty") {
      assert.equal((await sign(publicKey, contradicting(duty))).status, 412);
      await assertSignedOnce(publicKey, duty);
    } else if (fault.sql !== CHAIN) {
      // Nothing was signed, so the duty that contradicts it is safe now; and then it is not safe itself any more.
      await assertSignedOnce(publicKey, contradicting(duty), duty);
    }
  },
});

function keymanager(method: string, body: unknown): Promise<Reply> {
  const token = readFileSync(join(installation.directory, "keymanager.token"), "utf8").trim();
  return installation.service.call(method, KEYSTORES, body, { authorization: `Bearer ${token}` });
}

interface Keystore {
  readonly publicKey: string;
  readonly body: object;
  readonly state: State;
}

/** A keystore and its history until slot 50. */
function keystore(index: number): Keystore {
  const secret = validatorKey(index);
  const publicKey = toHex(blsPublicKey(secret));
  const slashing_protection = JSON.stringify({
    metadata: { interchange_format_version: "5", genesis_validators_root: MAINNET_GENESIS_ROOT },
    data: [{ pubkey: publicKey, signed_blocks: [{ slot: "50" }], signed_attestations: [] }],
  });
  const keystores = [JSON.stringify(keystoreOf(secret, PASSWORD))];
  const body = { keystores, passwords: [PASSWORD], slashing_protection };
  return { publicKey, body, state: installation.read(guardState) };
}

let keystoreIndex = 9000;

const DELETED: readonly FaultCase[] = [
  { fault: written("COMMIT", "SQLITE_FULL", { following: ENABLED }), left: "the key is disabled" },
  { fault: written(ENABLED, "SQLITE_FULL"), left: "the key is active" },
].map(({ fault, left }) => ({ what: "guard's first writes: a key is deleted", fault, left }));

everyFault<FaultCase, Keystore>({
  installation: () => installation,
  cases: few(DELETED, 1),
  arrange: async () => {
    const imported = keystore((keystoreIndex += 1));
    await keymanager("POST", imported.body);
    await assertSignedOnce(imported.publicKey, block(60));
    return imported;
  },
  act: ({ publicKey }) => keymanager("DELETE", { pubkeys: [publicKey] }),
  onDisk: ({ publicKey }) => {
    const enabled = "SELECT enabled FROM slashing_validator WHERE '0x' || lower(hex(public_key)) = ?";
    const found = installation.read((database) => database.prepare<[string]>(enabled).pluck().get(publicKey));
    return found === 1 ? "the key is active" : "the key is disabled";
  },
  // Its history is not given away while it may sign.
  holds: async ({ publicKey }, { left }) => {
    const disabled = left === "the key is disabled";
    const later = await sign(publicKey, block(61));
    if (disabled) assert.equal(later.body.code, "guard.disabled", later.text);
    else assert.equal(later.status, 200, later.text);
    const reply = await keymanager("DELETE", { pubkeys: [publicKey] });
    const [entry] = JSON.parse(reply.body.slashing_protection).data;
    const slots = entry.signed_blocks.map((signedBlock: { slot: string }) => signedBlock.slot);
    assert.deepEqual(slots, disabled ? ["50", "60"] : ["50", "60", "61"]);
    assert.equal((await sign(publicKey, block(62))).body.code, "guard.disabled");
  },
});

test("guard's first writes: minimal mode is set, for the tests below", async () => {
  await installation.service.stop();
  const variables = { CLAVIGER_STORAGE__DATA_DIR: installation.directory };
  succeeded(await claviger(["slashing", "settings", "--mode", "minimal", "-o", "json"], variables));
  await installation.restart();
});

interface LaterDuty extends FirstDuty {
  readonly first: Duty;
}

everyFault<DutyCase, LaterDuty>({
  installation: () => installation,
  cases: few(
    [
      dutyCase("block", unwritten(WATERMARK)),
      dutyCase("vote", written(WATERMARK)),
      dutyCase("vote", written("COMMIT", "SQLITE_IOERR_FSYNC", { following: WATERMARK }), "its watermark"),
    ],
    2,
  ).map((duty) => ({ ...duty, what: `${duty.what} in minimal mode` })),
  arrange: async ({ kind }) => {
    const publicKey = freshKey();
    const first = duties.next(kind);
    assert.equal((await sign(publicKey, first)).status, 200);
    return { publicKey, first, duty: duties.next(kind), state: installation.read(guardState) };
  },
  act: ({ publicKey, duty }) => sign(publicKey, duty),
  onDisk: ({ state }, { left }) => {
    if (left === "nothing") return assertUnchanged(state);
    assert.notDeepEqual(installation.read(guardState), state);
    return "its watermark";
  },
  holds: async ({ publicKey, first, duty }, { left }) => {
    assert.equal((await sign(publicKey, contradicting(first))).body.code, "guard.below_watermark");
    // A watermark cannot tell a repeat from a contradiction: what may have been signed is not signed again.
    assert.equal((await sign(publicKey, duty)).status, left === "nothing" ? 200 : 412);
    assert.equal((await sign(publicKey, contradicting(duty))).body.code, "guard.below_watermark");
  },
});
