/**
 * Real storage failures under validator duties: a full disk and a failing fsync. Nothing is signed whose row may be
 * missing; after a start each lost duty is signed once, and what contradicts it never.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Reply } from "../running/service.ts";
import { assertSigned } from "../running/validators.ts";
import { block, contradicting, GENESIS_EPOCH, slashable, vote, type Duty } from "./duties.ts";
import {
  failingSync,
  mountSmall,
  NEEDS_COMPILER,
  NEEDS_MOUNT,
  resize,
  temporary,
} from "./failing-storage.ts";
import { guardRows, validatorKeys, type ValidatorKey } from "./guard-rows.ts";
import { Installation } from "./installation.ts";

const KINDS = ["vote", "block", "batch"] as const;
type Kind = (typeof KINDS)[number];

/** Enough for a full disk of the sizes below. */
const DUTIES_MAX = 20_000;
/** Duties under way at once when the disk is full. */
const TOGETHER = 4;

interface Validators {
  readonly installation: Installation;
  readonly keys: readonly ValidatorKey[];
  epoch: number;
}

/** `publicKey` was asked to sign `duty`; undefined: no reply. */
interface Asked {
  readonly publicKey: string;
  readonly duty: Duty;
  readonly signature: string | undefined;
}

function nextDuty(validators: Validators, kind: Kind): Duty {
  validators.epoch += 1;
  const { epoch } = validators;
  return kind === "block" ? block(epoch * 32) : vote(epoch - 1, epoch);
}

function signWith({ installation }: Validators, publicKey: string, duty: Duty): Promise<Reply> {
  const headers = { accept: "application/json" };
  return installation.service.call("POST", `/api/v1/eth2/sign/${publicKey}`, duty.body, headers);
}

/** Of a batch all keys are asked, else the first. */
async function ask(validators: Validators, kind: Kind): Promise<Asked[]> {
  const duty = nextDuty(validators, kind);
  const keys = kind === "batch" ? validators.keys : validators.keys.slice(0, 1);
  const identifiers = keys.map(({ publicKey }) => publicKey);
  const asked = (signatures: readonly unknown[]): Asked[] =>
    identifiers.map((publicKey, index) => {
      const signature = signatures[index];
      return { publicKey, duty, signature: typeof signature === "string" ? signature : undefined };
    });
  try {
    if (kind !== "batch") {
      const reply = await signWith(validators, identifiers[0] ?? "", duty);
      assert.equal(reply.status, 200, reply.text);
      return asked([reply.body.signature]);
    }
    const body = { identifiers, signing_request: duty.body };
    const reply = await validators.installation.service.call("POST", "/api/v1/eth2/sign", body);
    assert.equal(reply.status, 200, reply.text);
    return asked(reply.body.map(({ signature }: { signature: string }) => signature));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return asked([]);
  }
}

/** Asks until the process is silent; what was asked for, answered or not. */
async function askUntilSilence(validators: Validators, kind: Kind): Promise<Asked[]> {
  const all: Asked[] = [];
  while (all.length < DUTIES_MAX) {
    const some = await Promise.all(Array.from({ length: TOGETHER }, () => ask(validators, kind)));
    all.push(...some.flat());
    if (some.flat().some(({ signature }) => signature === undefined)) return all;
  }
  throw new Error("the storage did not fail");
}

/** What left has its row; what did not may have one, and is signed now, once. */
async function checkRecovery(validators: Validators, asked: readonly Asked[]): Promise<void> {
  const { installation } = validators;
  const rows = installation.read(guardRows);
  for (const { publicKey, duty, signature } of asked) {
    if (signature === undefined) continue;
    assertSigned(publicKey, duty.body, signature);
    assert.deepEqual(rows.get(publicKey)?.get(duty.message.signingRoot), duty.message, "its row");
  }
  for (const { publicKey, duty } of asked.filter(({ signature }) => signature === undefined)) {
    const kept = rows.get(publicKey)?.has(duty.message.signingRoot) === true;
    if (kept) assert.equal((await signWith(validators, publicKey, contradicting(duty))).status, 412);
    const [first, again] = [
      await signWith(validators, publicKey, duty),
      await signWith(validators, publicKey, duty),
    ];
    assert.equal(first.status, 200, first.text);
    assertSigned(publicKey, duty.body, first.body.signature);
    assert.equal(again.body.signature, first.body.signature);
    assert.equal((await signWith(validators, publicKey, contradicting(duty))).status, 412);
  }
  for (const ofKey of installation.read(guardRows).values()) {
    const messages = [...ofKey.values()];
    for (const [index, message] of messages.entries())
      assert.equal(
        messages.slice(index + 1).find((other) => slashable(message, other)),
        undefined,
      );
  }
  await installation.verifyAudit();
}

async function newValidators(directory: string): Promise<Validators> {
  const installation = await Installation.create(directory);
  return { installation, keys: await validatorKeys(installation, 3), epoch: GENESIS_EPOCH };
}

test("guard: disk full: duties get no reply, the process stops, and each is signed once when there is room", async (t) => {
  const { directory, installations } = temporary(t);
  let size = 2;
  if (!mountSmall(directory, `${size}m`)) {
    t.skip(NEEDS_MOUNT);
    return;
  }
  const validators = await newValidators(directory);
  const { installation } = validators;
  installations.push(installation);
  for (const kind of KINDS) {
    const { process: child, stderr } = installation.service;
    const exit = once(child, "exit");
    const asked = await askUntilSilence(validators, kind);
    assert.deepEqual(await exit, [70, null]);
    assert.match(stderr.join(""), /claviger: thread ledger failed: .*(?:full|I\/O)/);
    const signed = asked.filter(({ signature }) => signature !== undefined).length;
    t.diagnostic(`${kind}: ${signed} signed, ${asked.length - signed} without a reply at ${size} MiB`);
    // Room for the start and for what is asked again, and soon full once more.
    size += 2;
    assert.ok(resize(directory, `${size}m`));
    await installation.restart();
    await checkRecovery(validators, asked);
  }
});

test("guard: fsync fails: no duty is answered, no start while it fails, and each is signed once afterwards", async (t) => {
  const { directory, installations } = temporary(t);
  const faultFile = join(directory, "fail");
  const environment = failingSync(directory, faultFile);
  if (environment === null) {
    t.skip(NEEDS_COMPILER);
    return;
  }
  const validators = await newValidators(join(directory, "data"));
  const { installation } = validators;
  installations.push(installation);
  await installation.service.stop();
  await installation.restart(environment);
  for (const kind of KINDS) {
    const earlier = await ask(validators, kind);
    const { process: child, stderr } = installation.service;
    const exit = once(child, "exit");
    writeFileSync(faultFile, "");
    const asked = await askUntilSilence(validators, kind);
    assert.ok(
      asked.every(({ signature }) => signature === undefined),
      "no signature without its fsync",
    );
    assert.deepEqual(await exit, [70, null]);
    assert.match(stderr.join(""), /claviger: thread ledger failed: disk I\/O error/);
    if (kind === "vote") await assert.rejects(installation.restart(environment), /disk I\/O error/);
    rmSync(faultFile);
    await installation.restart(environment);
    await checkRecovery(validators, [...earlier, ...asked]);
  }
});
