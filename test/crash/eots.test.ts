/**
 * SIGKILL between the record of a vote and its reply, at its other moments too: after each start only the recorded
 * message signs, with the same bytes, and no height ever has two signatures.
 */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes, randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { migrate } from "../../src/ledger/migrate.ts";
import { openLedger } from "../../src/ledger/open.ts";
import { rounds } from "../extent.ts";
import type { Fault } from "./fault-preload.ts";
import { faultsFrom, plan, unwritten, written } from "./every-fault.ts";

const KILLS = rounds("EOTS_KILLS");
const SIGNER = join(import.meta.dirname, "eots-signer.ts");
const COMPILE_CACHE = join(import.meta.dirname, "../../node_modules/.cache/claviger-tests");
const HEIGHTS = 3;
const MESSAGES = 4;

const directory = mkdtempSync(join(tmpdir(), "claviger-eots-kill-"));
const databasePath = join(directory, "ledger.sqlite");
const faultFile = join(directory, "fault.json");

before(() => {
  const database = openLedger(databasePath, { readonly: false });
  migrate(database);
  database.exec("INSERT INTO namespace VALUES ('root', 'now')");
  database.exec(
    `INSERT INTO key (id, namespace, chain, curve, derivation, public_key, address, attributes, state, created_at)
     VALUES ('key_1', 'root', 'babylon', 'secp256k1', 'imported', x'02', '1', '{}', 'active', 'now')`,
  );
  database.close();
});
after(() => rmSync(directory, { recursive: true, force: true }));

const INSERT = "INSERT INTO eots_record";
const RECORDED = { following: INSERT };
/** Where the process dies: at one of these, or at a random moment. */
const MOMENTS: readonly ((skip: number) => Fault | null)[] = [
  () => written("COMMIT", "SIGKILL", RECORDED),
  () => written("COMMIT", "SIGKILL", RECORDED),
  () => unwritten("COMMIT", "SIGKILL", RECORDED),
  (skip) => written(INSERT, "SIGKILL", { skip }),
  () => null,
];

interface Ask {
  readonly id: string;
  readonly height: string;
  readonly message: string;
}
interface Answer {
  readonly id: string;
  readonly signature?: string;
  readonly code?: string;
}

class Signer {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<string, (answer: Answer) => void>();
  readonly #exit: Promise<unknown>;

  private constructor(child: ChildProcess, ready: () => void) {
    this.#child = child;
    this.#exit = once(child, "exit");
    assert.ok(child.stdout !== null && child.stdin !== null);
    // A pipe that breaks is what a kill looks like from here.
    child.stdin.on("error", () => undefined);
    createInterface({ input: child.stdout }).on("line", (line) => {
      const answer: Answer & { ready?: boolean } = JSON.parse(line);
      if (answer.ready === true) ready();
      else this.#waiting.get(answer.id)?.(answer);
    });
  }

  static async start(): Promise<Signer> {
    const child = spawn(process.execPath, [SIGNER, databasePath], {
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, ...faultsFrom(faultFile), NODE_COMPILE_CACHE: COMPILE_CACHE },
    });
    const ready = Promise.withResolvers<void>();
    const signer = new Signer(child, ready.resolve);
    await Promise.race([ready.promise, signer.#exit]);
    return signer;
  }

  /** All at once; what the process answered before it died. */
  async ask(asks: readonly Ask[]): Promise<Answer[]> {
    const answers: Answer[] = [];
    const all = asks.map(
      ({ id }) =>
        new Promise<void>((resolve) => {
          this.#waiting.set(id, (answer) => {
            answers.push(answer);
            resolve();
          });
        }),
    );
    this.#child.stdin?.write(asks.map((ask) => `${JSON.stringify(ask)}\n`).join(""));
    await Promise.race([Promise.all(all), this.#closed()]);
    return answers;
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exit;
  }

  /** What was written before the end is read by then. */
  async #closed(): Promise<void> {
    await this.#exit;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

let asked = 0;

/** Different messages for each height, in any order. */
function asksFor(heights: readonly string[], messages: ReadonlyMap<string, readonly string[]>): Ask[] {
  const asks = heights.flatMap((height) =>
    (messages.get(height) ?? []).map((message) => {
      asked += 1;
      return { id: `req_${String(asked).padStart(8, "0")}`, height, message };
    }),
  );
  return asks.toSorted(() => randomInt(3) - 1);
}

test(
  `${KILLS} kills: only the recorded message signs, with the same bytes`,
  { timeout: 600_000 },
  async (t) => {
    const seen = { released: 0, recordedUnreleased: 0, nothing: 0, refused: 0 };
    /** The one signature of each height, in all the time. */
    const signed = new Map<string, Answer & Ask>();
    const note = (asks: readonly Ask[], answers: readonly Answer[]): void => {
      for (const answer of answers) {
        const ask = asks.find(({ id }) => id === answer.id);
        assert.ok(ask !== undefined);
        if (answer.signature === undefined) {
          assert.equal(answer.code, "guard.eots_conflict");
          seen.refused += 1;
          continue;
        }
        const first = signed.get(ask.height) ?? { ...ask, ...answer };
        assert.deepEqual([ask.message, answer.signature], [first.message, first.signature]);
        signed.set(ask.height, first);
      }
    };

    let signer = await Signer.start();
    for (let kill = 0; kill < KILLS; kill += 1) {
      const heights = Array.from({ length: HEIGHTS }, (_, index) =>
        String(2n ** 63n + BigInt(kill * HEIGHTS + index)),
      );
      const messages = new Map(
        heights.map((height) => [
          height,
          Array.from({ length: MESSAGES }, () => randomBytes(40).toString("hex")),
        ]),
      );
      const fault = MOMENTS[kill % MOMENTS.length]?.(randomInt(HEIGHTS)) ?? null;
      if (fault !== null) plan(faultFile, fault);
      const asks = asksFor(heights, messages);
      const answering = signer.ask(asks);
      if (fault === null) await new Promise((resolve) => setTimeout(resolve, randomInt(12)));
      else await answering;
      await signer.kill();
      note(asks, await answering);
      rmSync(faultFile, { force: true });
      const recorded = recordedAt(heights);
      for (const height of heights) {
        if (signed.has(height)) seen.released += 1;
        else if (recorded.has(height)) seen.recordedUnreleased += 1;
        else seen.nothing += 1;
      }

      signer = await Signer.start();
      const again = asksFor(heights, messages);
      const answers = await signer.ask(again);
      assert.equal(answers.length, again.length);
      note(again, answers);
      for (const height of heights) {
        const message = signed.get(height)?.message;
        assert.ok(message !== undefined, "one of the messages is signed now");
        // What the crash left recorded is what signs, and nothing else.
        assert.equal(message, recorded.get(height) ?? message);
      }
    }
    await signer.kill();
    t.diagnostic(JSON.stringify(seen));
    assert.equal(signed.size, KILLS * HEIGHTS);
    assert.ok(seen.recordedUnreleased > KILLS / 2 && seen.nothing > KILLS / 4, JSON.stringify(seen));
  },
);

/** Height → message, as the file has them. */
function recordedAt(heights: readonly string[]): ReadonlyMap<string, string> {
  const database = openLedger(databasePath, { readonly: true });
  const rows = database
    .prepare<[], { height: string; message: string }>(
      "SELECT lower(hex(height)) AS height, lower(hex(message)) AS message FROM eots_record",
    )
    .all();
  database.close();
  const wanted = new Set(heights);
  return new Map(
    rows
      .map(({ height, message }) => [String(BigInt(`0x${height}`)), message] as const)
      .filter(([height]) => wanted.has(height)),
  );
}
