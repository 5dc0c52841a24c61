/** Interchange documents on threads of their own: an export is one state of the ledger, and lets go of it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { LEDGER_FILE, openLedger } from "../../src/ledger/open.ts";
import { exportedPieces } from "../../src/record/interchange.ts";
import { startLedger, type Ledger } from "../../src/record/ledger.ts";
import { importDocument, type ImportTurns } from "../../src/record/import-turns.ts";
import { temporaryDirectory } from "../ledger/memory.ts";
import { quietTurns } from "./turns.ts";
import { documentOf, entryOf, longDocument, ROOT } from "../running/interchange.ts";

const ACTOR = { namespace: "default", principal: "claviger test", tokenVersion: null } as const;
const EVERYTHING = { minimal: false, only: null };
const keyOf = (index: number): string => `0x${index.toString(16).padStart(96, "0")}`;
const rootBytes = new Uint8Array(Buffer.from(ROOT.slice(2), "hex"));

async function newLedger(t: TestContext): Promise<Ledger> {
  const ledger = await startLedger({ databasePath: join(temporaryDirectory(t), LEDGER_FILE) });
  t.after(() => ledger.close());
  return ledger;
}

const turns = new WeakMap<Ledger, ImportTurns>();

/** One for each ledger, as in a service. */
function turnsOf(ledger: Ledger): ImportTurns {
  const known = turns.get(ledger) ?? quietTurns(ledger);
  turns.set(ledger, known);
  return known;
}

function importing(ledger: Ledger, pieces: Iterable<string>, turn: "wait" | "refuse" = "refuse") {
  function* bytes(): Generator<Uint8Array> {
    for (const piece of pieces) yield new TextEncoder().encode(piece);
  }
  return importDocument({ ledger, imports: turnsOf(ledger) }, ACTOR, bytes(), {
    expectedRoot: rootBytes,
    reach: { of: "everyKey" },
    turn,
  });
}

async function textOf(pieces: AsyncIterable<string>): Promise<string> {
  let text = "";
  for await (const piece of pieces) text += piece;
  return text;
}

test("an export that has begun shows nothing of what is pruned, imported or stopped while it is read", async (t) => {
  const ledger = await newLedger(t);
  await importing(ledger, longDocument(keyOf(1), 3000));
  const before = await textOf(exportedPieces(ledger.databasePath, EVERYTHING));
  assert.equal(before, await ledger.readSlashingExport({ publicKeys: null, minimal: false }));

  const pieces = exportedPieces(ledger.databasePath, EVERYTHING);
  const first = await pieces.next();
  assert.ok(first.done !== true && first.value.length < before.length / 2, "there is more to come");
  const options = { keepEpochs: 10n, slotsPerEpoch: 32n, rowsMax: 100_000 };
  assert.ok((await ledger.pruneSlashingHistory({ from: 0n, options })).deleted > 2900);
  await importing(ledger, [documentOf(entryOf(keyOf(2), [5]))]);
  await ledger.setSlashingEnabled({ actor: ACTOR, publicKeys: null, enabled: false });
  assert.equal(first.value + (await textOf(pieces)), before);
  assert.notEqual(await textOf(exportedPieces(ledger.databasePath, EVERYTHING)), before);
});

test("an export that nobody reads to its end lets go of the ledger", async (t) => {
  const ledger = await newLedger(t);
  await importing(ledger, longDocument(keyOf(1), 3000));
  const busy = (): unknown => {
    const writer = openLedger(ledger.databasePath, { readonly: false });
    writer.pragma("busy_timeout = 0");
    try {
      return writer.prepare<[], { busy: number }>("PRAGMA wal_checkpoint(TRUNCATE)").get()?.busy;
    } finally {
      writer.close();
    }
  };
  const pieces = exportedPieces(ledger.databasePath, EVERYTHING);
  await pieces.next();
  await importing(ledger, [documentOf(entryOf(keyOf(2), [5]))]);
  assert.equal(busy(), 1, "its snapshot keeps the write-ahead log");
  await pieces.return(undefined);
  assert.equal(busy(), 0);
});

test("imports: one at a time, refused or in turn; one that failed keeps nobody out", async (t) => {
  const ledger = await newLedger(t);
  const first = importing(ledger, longDocument(keyOf(1), 3000));
  await assert.rejects(importing(ledger, [documentOf("")]), { code: "request.conflict" });
  const second = importing(ledger, [documentOf(entryOf(keyOf(2), [5]))], "wait");
  const broken = importing(ledger, ["{"], "wait");
  const last = importing(ledger, [documentOf(entryOf(keyOf(3), [6]))], "wait");
  assert.equal((await first)[0]?.attestations, 3000);
  assert.equal((await second)[0]?.blocks, 1);
  await assert.rejects(broken, { code: "request.malformed" });
  assert.equal((await last)[0]?.blocks, 1);
  assert.equal((await importing(ledger, [documentOf(entryOf(keyOf(3), [7]))]))[0]?.blocks, 1);
});

test("one piece of many megabytes is read like many small ones", async (t) => {
  const [whole, parts] = [await newLedger(t), await newLedger(t)];
  await importing(whole, [[...longDocument(keyOf(1), 30_000)].join("")]);
  await importing(parts, longDocument(keyOf(1), 30_000));
  const text = await textOf(exportedPieces(whole.databasePath, EVERYTHING));
  assert.equal(text, await textOf(exportedPieces(parts.databasePath, EVERYTHING)));
  assert.equal(JSON.parse(text).data[0].signed_attestations.length, 30_000);
});
