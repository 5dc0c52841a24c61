/** Lodestar's slashing protection on LevelDB, the peer of our guard, from the package that its test installs. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const PACKAGES = join(import.meta.dirname, "../../test/lodestar/node_modules");
const VALIDATOR = join(PACKAGES, "@lodestar/validator/lib/slashingProtection/index.js");
const DATABASE = join(PACKAGES, "@lodestar/db/lib/index.js");
const LEVEL = join(PACKAGES, "level/index.js");
const BINARY = { keyEncoding: "binary", valueEncoding: "binary" };

type Write = (...operands: readonly unknown[]) => Promise<void>;

interface LevelDatabase {
  put: Write;
  batch: Write;
}

/** What we use of the three packages, which are installed for tests only. */
interface Packages {
  readonly SlashingProtection: new (options: { readonly controller: object; readonly config: object }) => {
    checkAndInsertAttestation(
      publicKey: Uint8Array,
      vote: {
        readonly sourceEpoch: number;
        readonly targetEpoch: number;
        readonly signingRoot: Uint8Array;
      },
    ): Promise<void>;
  };
  readonly LevelDbController: new (
    options: { readonly db: LevelDatabase },
    modules: object,
  ) => { start(): Promise<void>; stop(): Promise<void> };
  readonly Level: new (path: string, options: object) => LevelDatabase;
}

export interface Peer {
  vote(publicKey: Uint8Array, epoch: number, signingRoot: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** Whether the packages are there. */
export function lodestarInstalled(): boolean {
  return [VALIDATOR, DATABASE, LEVEL].every((file) => existsSync(file));
}

/** @param sync whether each write is on disk before it returns; Lodestar itself does not ask for that */
export async function openLodestar(sync: boolean): Promise<Peer> {
  const { SlashingProtection, LevelDbController, Level } = await load();
  const directory = mkdtempSync(join(tmpdir(), "claviger-bench-lodestar-"));
  const level = new Level(directory, BINARY);
  if (sync) syncEachWrite(level);
  const controller = new LevelDbController({ db: level }, {});
  await controller.start();
  const protection = new SlashingProtection({ controller, config: {} });
  return {
    vote: (publicKey, epoch, signingRoot) =>
      protection.checkAndInsertAttestation(publicKey, {
        sourceEpoch: epoch - 1,
        targetEpoch: epoch,
        signingRoot,
      }),
    async close() {
      await controller.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function syncEachWrite(level: LevelDatabase): void {
  const put = level.put.bind(level);
  const batch = level.batch.bind(level);
  level.put = (key, value) => put(key, value, { sync: true });
  level.batch = (operations) => batch(operations, { sync: true });
}

async function load(): Promise<Packages> {
  const modules: object[] = await Promise.all(
    [VALIDATOR, DATABASE, LEVEL].map((file) => import(pathToFileURL(file).href)),
  );
  // Packages without types here: a missing export fails at its first use.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return Object.assign({}, ...modules) as Packages;
}
