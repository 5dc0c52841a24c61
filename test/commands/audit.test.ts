/** audit verify and export on a directory with a history, and on every change that someone could make to it. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cpSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import Database from "better-sqlite3";
import { signInText } from "../domain/messages/sign-in.ts";
import { bind, readyPolicy } from "../running/policies.ts";
import { RunningService } from "../running/service.ts";
import { newNoteKey, signCheckpoint } from "../audit/note-key.ts";
import { few, inProofs } from "../extent.ts";
import { claviger, refused, succeeded, temporary } from "./claviger.ts";

const parent = temporary("audit");
const dataDirectory = join(parent, "data");
const exported = join(parent, "audit.jsonl");
const data = { CLAVIGER_STORAGE__DATA_DIR: dataDirectory };
after(() => rmSync(parent, { recursive: true }));

/** While the service runs: its own count, and what the two commands said. */
let whileRunning: { readonly verified: any; readonly exported: any };
let verifierKey = "";
/** A checkpoint that an auditor kept, before the last entries, and its size. */
const kept = join(parent, "kept.note");
let keptSize = 0;

before(async () => {
  // Checkpoints are where the tests expect them: signed when one is asked for.
  const service = await RunningService.start({
    dataDirectory,
    environment: { CLAVIGER_AUDIT__CHECKPOINT_SECONDS: "0" },
  });
  const wallet = await service.call("POST", "/v1/wallets", { name: "treasury" });
  const walletId = wallet.body.id;
  const key = await service.call("POST", `/v1/wallets/${walletId}/keys`, { chain: "ethereum" });
  await bind(
    service,
    readyPolicy("transfer-limits"),
    { walletId },
    { settings: { rules: [], maxFee: [], allowMessages: true } },
  );
  for (const nonce of ["nonce001", "nonce002"]) {
    const message = { text: signInText("Ethereum", key.body.address, nonce) };
    const path = `/v1/keys/${key.body.id}/sign`;
    assert.equal((await service.call("POST", path, { type: "ethereum.message", message })).status, 200);
  }
  const verified = succeeded(await claviger(["audit", "verify", "-o", "json"], data));
  whileRunning = {
    verified,
    exported: succeeded(await claviger(["audit", "export", join(parent, "early.jsonl"), "-o", "json"], data)),
  };
  const checkpoint = await service.call("GET", "/v1/audit/checkpoint");
  verifierKey = checkpoint.headers.get("claviger-verifier-key") ?? "";
  writeFileSync(kept, checkpoint.text);
  keptSize = Number(checkpoint.text.split("\n")[1]);
  assert.equal((await service.call("POST", "/v1/wallets", { name: "later" })).status, 201);
  assert.equal(await service.stop(), 0);
  succeeded(await claviger(["audit", "export", exported, "-o", "json"], data));
});

/** A copy of the data directory after `change`, which no trigger sees. */
function tampered(
  name: string,
  change: (database: InstanceType<typeof Database>) => void,
): Record<string, string> {
  const copy = join(parent, name);
  cpSync(dataDirectory, copy, { recursive: true });
  const database = new Database(join(copy, "ledger.sqlite"));
  const triggers = database.prepare<[], { name: string }>(
    "SELECT name FROM sqlite_schema WHERE type = 'trigger'",
  );
  for (const trigger of triggers.all()) database.exec(`DROP TRIGGER "${trigger.name}"`);
  change(database);
  database.close();
  return { CLAVIGER_STORAGE__DATA_DIR: copy };
}

function lines(): string[] {
  return readFileSync(exported, "utf8").trimEnd().split("\n");
}

/** An export of other lines; returns its path. */
function changedExport(name: string, content: readonly string[]): string {
  const path = join(parent, `${name}.jsonl`);
  writeFileSync(path, `${content.join("\n")}\n`);
  return path;
}

function replaced(all: readonly string[], index: number, change: (line: string) => string): string[] {
  const line = all.at(index);
  assert.ok(line !== undefined);
  assert.notEqual(change(line), line);
  return all.with(index, change(line));
}

describe("audit verify: a changed ledger", () => {
  test("one character of one entry: the entry is named", async () => {
    const changed = tampered("entry", (database) => {
      database.exec(
        "UPDATE audit_leaf SET entry = replace(entry, 'treasury', 'treasurx') WHERE sequence = 5",
      );
      database.exec("UPDATE audit_leaf SET entry = replace(entry, 'a', 'b') WHERE sequence = 4");
    });
    refused(await claviger(["audit", "verify"], changed), 1, "audit.entry.hash", /entry 4 is not what/);
  });

  inProofs("an entry that is removed", async () => {
    const changed = tampered("removed", (database) =>
      database.exec("DELETE FROM audit_leaf WHERE sequence = 3"),
    );
    refused(
      await claviger(["audit", "verify"], changed),
      1,
      "audit.sequence.gap",
      /expected entry 3, found 4/,
    );
  });

  test("a tail that is cut off", async () => {
    const changed = tampered("cut", (database) => {
      database.exec("DELETE FROM audit_leaf WHERE sequence = (SELECT max(sequence) FROM audit_leaf)");
    });
    refused(await claviger(["audit", "verify"], changed), 1, "audit.checkpoint.beyond_log", /signed for/);
  });

  test("an entry with a new leaf hash that fits it: the tree does not", async () => {
    const changed = tampered("rehashed", (database) => {
      const select = database.prepare<[], { entry: string }>(
        "SELECT entry FROM audit_leaf WHERE sequence = 6",
      );
      const entry = select.get()?.entry.replace(/}$/, ',"zz":1}') ?? "";
      const hash = createHash("sha256").update("\0").update(entry, "utf8").digest();
      database.prepare("UPDATE audit_leaf SET entry = ?, hash = ? WHERE sequence = 6").run(entry, hash);
      database.exec("DELETE FROM audit_checkpoint");
    });
    refused(await claviger(["audit", "verify"], changed), 1, "audit.node.mismatch", /at entry [67]: node/);
  });

  inProofs("a decision that is turned round in the request, where only the tree still tells", async () => {
    const changed = tampered("request", (database) => database.exec("UPDATE request SET decision = 'deny'"));
    refused(await claviger(["audit", "verify"], changed), 1, "audit.request.unfounded", /contradict/);
  });
});

describe("audit verify --file: a changed export", () => {
  const cases: readonly (readonly [string, (all: string[]) => string[], string, RegExp])[] = [
    [
      "one character of an entry",
      (all) => replaced(all, 3, (line) => line.replace("2", "3")),
      "audit.",
      /entry 2\b|found 3/,
    ],
    [
      "an entry that is removed",
      (all) => all.toSpliced(5, 1),
      "audit.sequence.gap",
      /expected entry 3, found 4/,
    ],
    [
      "two entries in the other order",
      (all) => all.with(2, all[3] ?? "").with(3, all[2] ?? ""),
      "audit.",
      /entry 1/,
    ],
    ["a tail that is cut off", (all) => all.toSpliced(-2, 1), "audit.checkpoint.beyond_log", /signed for/],
    [
      "a line that is no JSON",
      (all) => all.with(2, "{"),
      "audit.export.malformed",
      /line 3: must be a JSON object/,
    ],
    [
      "a line that is no entry",
      (all) => all.with(2, "{}"),
      "audit.export.malformed",
      /line 3: must be an entry/,
    ],
    ["no head", (all) => all.slice(1), "audit.export.malformed", /line 1: must be the head/],
    [
      "a head with another version",
      (all) => replaced(all, 0, (line) => line.replace('"version":2', '"version":3')),
      "audit.export.malformed",
      /line 1: must be the head/,
    ],
    [
      "a checkpoint with another root",
      (all) => replaced(all, 4, (line) => line.replace(/\\n(\d+)\\n./, "\\n$1\\nA")),
      "audit.checkpoint.signature",
      /checkpoint of size/,
    ],
    [
      "a checkpoint before an entry that it covers",
      (all) => all.with(3, all[4] ?? "").with(4, all[3] ?? ""),
      "audit.checkpoint.beyond_log",
      /signed for 3 entries, but only 2/,
    ],
    [
      "a checkpoint behind an entry that it does not cover",
      (all) => all.with(4, all[5] ?? "").with(5, all[4] ?? ""),
      "audit.checkpoint.order",
      /checkpoint of size 3 comes after/,
    ],
    [
      "a verifier key that is none",
      (all) => replaced(all, 0, (line) => line.replace(/"verifierKey":"[^"]+"/, '"verifierKey":"x"')),
      "audit.export.malformed",
      /line 1: verifierKey/,
    ],
    ["nothing at all", () => [], "audit.export.malformed", /line 1/],
  ];
  for (const [name, change, code, message] of few(cases, 2)) {
    test(name, async () => {
      const path = changedExport("changed", change(lines()));
      const ended = await claviger(["audit", "verify", "--file", path]);
      assert.equal(ended.code, 1, ended.stderr);
      assert.ok(ended.stderr.startsWith(`claviger: ${code}`), ended.stderr);
      assert.match(ended.stderr, message);
      assert.equal(ended.stderr.split("\n").length, 2, ended.stderr);
    });
  }

  test("a file that is missing", async () => {
    const ended = await claviger(["audit", "verify", "--file", join(parent, "absent")]);
    refused(ended, 1, "ENOENT", /absent/);
  });

  test("another key than the one that is expected", async () => {
    const ended = await claviger(["audit", "verify", "--file", exported, "--key", `${verifierKey}x`]);
    refused(ended, 1, "audit.key", /not by the key that --key names/);
  });
});

describe("audit verify: checkpoints that were kept", () => {
  test("a log that was cut together with its own checkpoints: the kept one is named", async () => {
    const cut = tampered("cut-together", (database) => {
      database.exec(`DELETE FROM audit_leaf WHERE sequence >= ${keptSize - 1}`);
      database.exec(`DELETE FROM audit_checkpoint WHERE size >= ${keptSize}`);
      database.exec(`DELETE FROM audit_node WHERE (idx + 1) << level >= ${keptSize}`);
      database.exec(`DELETE FROM request WHERE sequence >= ${keptSize - 1}`);
    });
    succeeded(await claviger(["audit", "verify", "-o", "json"], cut));
    refused(
      await claviger(["audit", "verify", "--checkpoint", kept], cut),
      1,
      "audit.checkpoint.beyond_log",
      /kept\.note was signed for/,
    );
  });

  test("another log's checkpoint, of the ledger or of an export: the file is named", async () => {
    const other = join(parent, "other.note");
    const key = newNoteKey("elsewhere");
    writeFileSync(other, signCheckpoint({ origin: "elsewhere", size: 3, root: new Uint8Array(32) }, key));
    for (const file of [[], ["--file", exported]]) {
      refused(
        await claviger(["audit", "verify", ...file, "--checkpoint", kept, other], data),
        1,
        "audit.checkpoint.signature",
        /checkpoint of size 3 in .*other\.note: note: has no signature by/,
      );
    }
  });

  test("a file that is no checkpoint", async () => {
    const malformed = join(parent, "malformed.note");
    writeFileSync(malformed, "no note");
    for (const option of ["--checkpoint", "--from"]) {
      refused(
        await claviger(["audit", "verify", option, malformed], data),
        1,
        "audit.checkpoint.malformed",
        /malformed\.note: note: must be a text/,
      );
    }
  });

  test("those of this log verify, and are counted", async () => {
    const own = succeeded(await claviger(["audit", "verify", "-o", "json"], data));
    for (const file of [[], ["--file", exported]]) {
      const words = ["audit", "verify", ...file, "--checkpoint", kept, kept, "-o", "json"];
      const answer = succeeded(await claviger(words, data));
      assert.deepEqual({ ...answer, seconds: 0 }, { ...own, checkpoints: own.checkpoints + 2, seconds: 0 });
    }
  });
});

describe("audit verify --from", () => {
  test("a size without a checkpoint; an export", async () => {
    refused(
      await claviger(["audit", "verify", "--from", String(keptSize - 1)], data),
      1,
      "audit.checkpoint.unknown",
      /no checkpoint of size/,
    );
    refused(
      await claviger(["audit", "verify", "--file", exported, "--from", kept], data),
      2,
      "usage",
      /checked as a whole/,
    );
  });

  test("begins at a kept checkpoint or at a size, and says what it did not check", async () => {
    const whole = succeeded(await claviger(["audit", "verify", "-o", "json"], data));
    assert.equal(whole.from, 0);
    for (const from of [kept, String(keptSize)]) {
      const answer = succeeded(await claviger(["audit", "verify", "--from", from, "-o", "json"], data));
      assert.deepEqual([answer.from, answer.size, answer.root], [keptSize, whole.size, whole.root]);
    }
    const { code, stdout } = await claviger(["audit", "verify", "--from", kept], data);
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`^audit log verified from entry ${keptSize} on`));
    assert.match(stdout, new RegExp(`^Not checked: the text of the ${keptSize} entries before`, "m"));
  });

  test("finds what was changed behind it, and not what was changed before it", async () => {
    const earlier = tampered("earlier", (database) =>
      database.exec("UPDATE audit_leaf SET entry = replace(entry, 'treasury', 'treasurx')"),
    );
    succeeded(await claviger(["audit", "verify", "--from", kept, "-o", "json"], earlier));
    const behind = tampered("behind", (database) =>
      database.exec("UPDATE audit_leaf SET entry = replace(entry, '\"v\":1', '\"v\":2')"),
    );
    refused(
      await claviger(["audit", "verify", "--from", kept], behind),
      1,
      "audit.entry.hash",
      new RegExp(`entry ${keptSize - 1} is not`),
    );
  });
});

describe("audit: what was not changed", () => {
  test("verify and export while the service runs", () => {
    assert.equal(whileRunning.verified.verified, true);
    assert.ok(whileRunning.verified.size >= 9);
    assert.equal(whileRunning.exported.entries, whileRunning.verified.size);
  });

  test("verify after it stopped: everything is signed for, nothing is open", async () => {
    const answer = succeeded(await claviger(["audit", "verify", "-o", "json"], data));
    assert.equal(answer.signedSize, answer.size);
    assert.equal(answer.openDecisions, 0);
    assert.ok(answer.size >= whileRunning.verified.size);
    assert.equal(answer.verifierKey, verifierKey);
  });

  inProofs("verify as text", async () => {
    const { code, stdout, stderr } = await claviger(["audit", "verify"], data);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^audit log verified in /);
    assert.match(stdout, /^  after the last     no entry$/m);
    assert.ok(stdout.includes(verifierKey));
  });

  test("an export verifies without the data directory, and gives the same root", async () => {
    const absent = { CLAVIGER_STORAGE__DATA_DIR: join(parent, "absent") };
    const words = ["audit", "verify", "--file", exported, "--key", verifierKey, "-o", "json"];
    const offline = succeeded(await claviger(words, absent));
    const online = succeeded(await claviger(["audit", "verify", "-o", "json"], data));
    assert.deepEqual({ ...offline, seconds: 0 }, { ...online, seconds: 0 });
  });

  test("an export of version 1, with all checkpoints in its head, verifies too", async () => {
    const [head = "", ...rest] = lines();
    const rows = rest.map((line) => JSON.parse(line));
    const checkpoints = rows.filter((row) => "note" in row);
    const first = JSON.stringify({ ...JSON.parse(head), version: 1, checkpoints });
    const entries = rows.filter((row) => "entry" in row).map((row) => JSON.stringify(row));
    const old = changedExport("version-1", [first, ...entries]);
    const answer = succeeded(await claviger(["audit", "verify", "--file", old, "-o", "json"]));
    const now = succeeded(await claviger(["audit", "verify", "--file", exported, "-o", "json"]));
    assert.deepEqual({ ...answer, seconds: 0 }, { ...now, seconds: 0 });
    const headless = JSON.stringify({ ...JSON.parse(head), version: 1 });
    refused(
      await claviger(["audit", "verify", "--file", changedExport("headless", [headless, ...entries])]),
      1,
      "audit.export.malformed",
      /line 1/,
    );
  });

  test("an export is for this user only, and never written over a file", async () => {
    assert.equal((statSync(exported).mode & 0o777).toString(8), "600");
    refused(await claviger(["audit", "export", exported], data), 1, "EEXIST", /audit\.jsonl/);
    assert.equal(
      succeeded(await claviger(["audit", "verify", "--file", exported, "-o", "json"])).verified,
      true,
    );
  });
});
