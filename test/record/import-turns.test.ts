/** An import that cannot go on is tried again by itself, holds up nobody meanwhile, and stops between two pieces. */
import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { LEDGER_FILE } from "../../src/ledger/open.ts";
import { CALLS_MAX } from "../../src/record/bounds.ts";
import { importDocument, ImportTurns } from "../../src/record/import-turns.ts";
import { startLedger, type Ledger } from "../../src/record/ledger.ts";
import { isImportUnderWay } from "../../src/record/slashing-import.ts";
import { temporaryDirectory } from "../ledger/memory.ts";
import { documentOf, entryOf, longDocument, ROOT } from "../running/interchange.ts";

const ACTOR = { namespace: "default", principal: "claviger test", tokenVersion: null } as const;
const KEY = `0x${"01".padStart(96, "0")}`;
const OTHER = `0x${"02".padStart(96, "0")}`;
/** Several pieces. */
const VOTES = 9000;

/** A ledger with its turns, and what they say. */
class Place {
  readonly ledger: Ledger;
  readonly imports: ImportTurns;
  readonly events = new EventEmitter<{ keys: [number]; wentWell: [] }>();
  readonly pauses: number[] = [];
  isHeldUp = false;
  /** When the calls that overloaded the ledger have ended. */
  flood: Promise<unknown> = Promise.resolve();

  constructor(ledger: Ledger) {
    this.ledger = ledger;
    const observer = {
      keysMerging: (keys: number) => void this.events.emit("keys", keys),
      importHeldUp: (isHeldUp: boolean) => {
        if (this.isHeldUp && !isHeldUp) this.events.emit("wentWell");
        this.isHeldUp = isHeldUp;
      },
    };
    this.imports = new ImportTurns(ledger, observer, (_error, pause) => void this.pauses.push(pause));
  }

  importing(pieces: Iterable<string>, turn: "wait" | "refuse" = "refuse") {
    const expectedRoot = new Uint8Array(Buffer.from(ROOT.slice(2), "hex"));
    return importDocument(this, ACTOR, bytesOf(pieces), {
      expectedRoot,
      reach: { of: "everyKey" },
      turn,
    });
  }

  /** The ledger is full of calls, so that the next piece of an import has no place: once its keys are marked. */
  overloadOnceMarked(): void {
    this.events.once("keys", (none) => {
      assert.equal(none, 0, "nothing is under way when it begins");
      this.events.once("keys", (keys) => {
        assert.equal(keys, 1);
        this.flood = Promise.allSettled(
          Array.from({ length: CALLS_MAX }, () => this.ledger.readSlashingChain()),
        );
      });
    });
  }

  async votesOf(publicKey: string): Promise<unknown> {
    const keys = [new Uint8Array(Buffer.from(publicKey.slice(2), "hex"))];
    const text = await this.ledger.readSlashingExport({ publicKeys: keys, minimal: false });
    return JSON.parse(text).data[0].signed_attestations.length;
  }
}

function* bytesOf(pieces: Iterable<string>): Generator<Uint8Array> {
  for (const piece of pieces) yield new TextEncoder().encode(piece);
}

async function newPlace(t: TestContext): Promise<Place> {
  const ledger = await startLedger({ databasePath: join(temporaryDirectory(t), LEDGER_FILE) });
  const place = new Place(ledger);
  t.after(async () => {
    await place.imports.stop();
    await ledger.close();
  });
  return place;
}

/** An import whose keys are marked, and that could not go on. */
async function heldUp(
  t: TestContext,
): Promise<{ readonly place: Place; readonly wentWell: Promise<unknown> }> {
  const place = await newPlace(t);
  const wentWell = once(place.events, "wentWell");
  place.overloadOnceMarked();
  await assert.rejects(place.importing(longDocument(KEY, VOTES)), {
    code: "service.overloaded",
    message: /goes on with it by itself/,
  });
  await place.flood;
  return { place, wentWell };
}

test("an import that could not go on says so, is tried again by itself and ends", async (t) => {
  const { place, wentWell } = await heldUp(t);
  await wentWell;
  assert.equal(place.pauses[0], 1000);
  for (const [index, pause] of place.pauses.entries()) assert.equal(pause, 1000 * 2 ** index);
  assert.equal(await isImportUnderWay(place.ledger), false);
  assert.equal(await place.votesOf(KEY), VOTES);
});

test("a try that waits keeps no import out, and whoever comes first goes on with the old one", async (t) => {
  const { place } = await heldUp(t);
  const [key] = await place.importing([documentOf(entryOf(OTHER, [5]))]);
  assert.equal(key?.blocks, 1);
  assert.equal(place.isHeldUp, false);
  assert.equal(await place.votesOf(KEY), VOTES);
});

test("an import waits for a try that runs, and only another import's is refused", async (t) => {
  const place = await newPlace(t);
  const stopped = new Place(place.ledger);
  stopped.events.once("keys", () => stopped.events.once("keys", () => void stopped.imports.stop()));
  await assert.rejects(stopped.importing(longDocument(KEY, VOTES)), {
    code: "service.stopping",
    message: /start it again/,
  });
  assert.deepEqual(stopped.pauses, [], "whoever stops tries nothing again");
  assert.equal(await place.imports.start(), true);
  const behind = place.importing([documentOf(entryOf(OTHER, [5]))]);
  await assert.rejects(place.importing([documentOf("")]), { code: "request.conflict" });
  assert.equal((await behind)[0]?.blocks, 1);
  assert.equal(await place.votesOf(KEY), VOTES);
});

test("where nothing is under way a start writes nothing, and a document that is refused is not tried again", async (t) => {
  const place = await newPlace(t);
  assert.equal(await place.imports.start(), false);
  await assert.rejects(place.importing(["{"]), { code: "request.malformed" });
  await isImportUnderWay(place.ledger);
  assert.deepEqual(place.pauses, []);
});

test("after a stop no import begins", async (t) => {
  const place = await newPlace(t);
  await place.imports.stop();
  await assert.rejects(place.importing([documentOf("")]), { code: "service.stopping" });
  await assert.rejects(place.importing([documentOf("")], "wait"), { code: "service.stopping" });
});
