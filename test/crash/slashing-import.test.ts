/**
 * A large history comes in while the service is killed between any two of its pieces: nothing before the first commit; after it
 * the key signs nothing until a start has ended the import by itself. What the history forbids is refused then.
 */
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { few } from "../extent.ts";
import { longDocument, upload } from "../running/interchange.ts";
import { assertProblem } from "../http/problems.ts";
import type { Reply } from "../running/service.ts";
import { vote, type Duty } from "./duties.ts";
import { FaultyInstallation, nameOf, plan, unwritten, written } from "./every-fault.ts";
import type { Fault } from "./fault-preload.ts";
import { signDutyWith, validatorKeys } from "./guard-rows.ts";

/** Several pieces, whatever a piece is. */
const VOTES = 9000;

let installation: FaultyInstallation;
let keys: string[];
let epoch = 20_000;

before(async () => {
  installation = await FaultyInstallation.create();
  keys = (await validatorKeys(installation, 12)).map(({ publicKey }) => publicKey);
  // The chain of the directory is known.
  assert.equal((await sign(keys.pop() ?? "", vote(1, 2))).status, 200);
});
after(() => installation.end());

function sign(publicKey: string, duty: Duty): Promise<Reply> {
  return signDutyWith(installation, publicKey, duty);
}

function importing(publicKey: string, votes = VOTES): Promise<Reply> {
  return upload(installation.service, longDocument(publicKey, votes));
}

/** The service dies at it: no answer comes. */
async function importingInVain(publicKey: string): Promise<Reply> {
  return importing(publicKey).catch((error: unknown) => {
    throw new TypeError("no answer", { cause: error });
  });
}

/** Epochs that nobody has signed for. */
function next(): Duty {
  epoch += 1;
  return vote(epoch, epoch + 1);
}

function stateOf(): string | null {
  return installation.read((database) =>
    database.prepare<[], string>("SELECT state FROM slashing_import").pluck().get(),
  ) as string | null;
}

function votesOf(publicKey: string): unknown {
  return installation.read((database) =>
    database
      .prepare<[string]>(
        `SELECT count(*) FROM slashing_attestation JOIN slashing_validator ON id = validator
         WHERE '0x' || lower(hex(public_key)) = ?`,
      )
      .pluck()
      .get(publicKey),
  );
}

/** The first answer that is none of a key whose history is being imported. */
async function whenMerged(publicKey: string, duty: Duty): Promise<Reply> {
  for (;;) {
    const reply = await sign(publicKey, duty);
    if (reply.body.code !== "guard.merging") return reply;
    await setImmediate();
  }
}

const piece = { following: "INSERT INTO slashing_attestation" };
const KILLS: readonly { readonly fault: Fault; readonly marked: boolean }[] = [
  { fault: unwritten("COMMIT", "SIGKILL", { following: "INSERT INTO slashing_import " }), marked: false },
  { fault: written("COMMIT", "SIGKILL", { following: "INSERT INTO slashing_import " }), marked: true },
  { fault: unwritten("COMMIT", "SIGKILL", piece), marked: true },
  { fault: written("COMMIT", "SIGKILL", piece), marked: true },
  { fault: written("COMMIT", "SIGKILL", { ...piece, skip: 1 }), marked: true },
  { fault: written("INSERT INTO slashing_attestation", "SIGKILL", { skip: 2 }), marked: true },
  { fault: unwritten("UPDATE slashing_validator SET low_slot", "SIGKILL"), marked: true },
  { fault: written("COMMIT", "SIGKILL", { following: "UPDATE slashing_import SET raised" }), marked: true },
  {
    fault: unwritten("COMMIT", "SIGKILL", { following: "UPDATE slashing_import SET state" }),
    marked: true,
  },
];

for (const { fault, marked } of few(KILLS, 2)) {
  test(`import in pieces: ${nameOf(fault)}: ${marked ? "the key waits, and a start ends it" : "nothing"}`, async () => {
    const publicKey = keys.pop() ?? "";
    await installation.dies(fault, () => importingInVain(publicKey));
    assert.equal(stateOf() ?? null, marked ? "merging" : null);
    await installation.restart();
    if (!marked) {
      assert.equal(votesOf(publicKey), 0);
      assert.equal((await importing(publicKey)).body.keys[0].attestations, VOTES);
    }
    const double = await whenMerged(publicKey, vote(4000, 4001));
    assert.equal(double.status, 412, double.text);
    assert.equal(votesOf(publicKey), VOTES);
    assert.equal((await sign(publicKey, next())).status, 200);
    // The same file again finds everything.
    assert.equal((await importing(publicKey)).body.keys[0].attestations, 0);
    await installation.verifyAudit();
  });
}

test("import in pieces: killed when the marks are lifted: the key signs, and a start sweeps", async () => {
  const publicKey = keys.pop() ?? "";
  const fault = written("COMMIT", "SIGKILL", { following: "UPDATE slashing_import SET state" });
  await installation.diesAndStarts(fault, () => importingInVain(publicKey));
  assert.equal((await sign(publicKey, vote(4000, 4001))).status, 412);
  assert.equal((await sign(publicKey, next())).status, 200);
  assert.equal((await importing(publicKey, 10)).body.keys[0].attestations, 0);
  assert.equal(stateOf() ?? null, null);
});

test("import in pieces: while it cannot go on the key is 503 at each door, others sign, and nothing of it is given away", async () => {
  const [waits = "", other = ""] = keys.splice(0, 2);
  const faultFile = join(installation.directory, "fault.json");
  await installation.dies(written("COMMIT", "SIGKILL", piece), () => importingInVain(waits));
  const half = votesOf(waits);
  assert.ok(typeof half === "number" && half > 0 && half < VOTES, `${String(half)} votes are in`);
  // A start would end it: its pieces fail now, each by itself.
  plan(faultFile, unwritten("UPDATE slashing_import SET entry", null));
  await installation.restart();
  const { service } = installation;
  const requests = (): unknown =>
    installation.read((database) => database.prepare("SELECT count(*) FROM request").pluck().get());
  const recorded = requests();
  const refused = await sign(waits, next());
  assert.equal(refused.status, 503, refused.text);
  assert.equal(refused.body.code, "guard.merging");
  assert.ok(refused.headers.get("retry-after"));
  const again = await sign(waits, vote(3, 4));
  assert.equal(again.body.code, "guard.merging", "what is on record is not repeated either");
  const batch = { identifiers: [other, waits], signing_request: next().body };
  const both = await service.call("POST", "/api/v1/eth2/sign", batch, { accept: "application/json" });
  assert.match(both.text, /guard\.merging/);
  assert.equal(requests(), Number(recorded) + 1, "only the other key's duty is recorded");
  assert.equal((await sign(other, next())).status, 200);

  const path = "/v1/slashing-protection";
  assertProblem(await service.call("GET", `${path}/export?publicKeys=${waits}`), "guard.merging");
  assertProblem(
    await service.call("POST", `${path}/export`, { disableKeys: true, publicKeys: [waits] }),
    "guard.merging",
  );
  assert.equal((await service.call("GET", `${path}/export?publicKeys=${other}`)).status, 200);
  assert.equal((await service.call("GET", path)).body.disabledKeys, 0, "no key is frozen for it");

  rmSync(faultFile);
  // Whoever imports next ends it first.
  const ended = await importing(other, 10);
  assert.equal(ended.status, 200, ended.text);
  assert.equal(votesOf(waits), VOTES);
  assert.equal((await sign(waits, next())).status, 200);
});
