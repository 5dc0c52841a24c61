/** The service in this process from its real parts, with one of them replaced: for faults that no client can cause. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PrincipalIndex } from "../../src/access/principals.ts";
import { ROOT_NAMESPACE } from "../../src/access/roles.ts";
import { Chains } from "../../src/chains/chains.ts";
import { Metrics } from "../../src/metrics/metrics.ts";
import { buildServer } from "../../src/http/server.ts";
import { LEDGER_FILE } from "../../src/ledger/open.ts";
import { PolicySandbox } from "../../src/policy/sandbox.ts";
import { initialiseInstallation } from "../../src/administration/initialisation.ts";
import { Core } from "../../src/core.ts";
import { applyChanges } from "../../src/directory/changes.ts";
import { Directory } from "../../src/directory/directory.ts";
import type { KeepersDoor } from "../../src/keeper/contract.ts";
import { Keeper } from "../../src/keeper/keeper.ts";
import type { Ledger } from "../../src/record/ledger.ts";
import { Departures } from "../../src/signing/departures.ts";
import { TOKEN, type Reply } from "../running/service.ts";
import { quietTurns } from "../record/turns.ts";

/** The floor of Argon2id: these directories hold nothing. */
const KDF = { memoryKiB: 65_536, passes: 3, lanes: 4 };

export interface Composed {
  readonly url: string;
  call(method: string, path: string, body?: unknown): Promise<Reply>;
  close(): Promise<void>;
}

export interface Replacement {
  /** Answers in the keeper's stead; gets the real one. */
  readonly door?: (keeper: Keeper) => KeepersDoor;
  readonly allowImport?: boolean;
  /** Runs before each call of the ledger: what another request does meanwhile. */
  readonly meanwhile?: (operation: string) => Promise<void>;
}

/** Unsealed, listening on a free port, with one administrator (TOKEN) and nothing else. */
export async function compose(replacement: Replacement): Promise<Composed> {
  const folder = mkdtempSync(join(tmpdir(), "claviger-composed-"));
  const databasePath = join(folder, LEDGER_FILE);
  const keeper = await Keeper.start({ databasePath });
  const { vault } = keeper;
  const { meanwhile } = replacement;
  const ledger = meanwhile === undefined ? keeper.ledger : interrupted(keeper.ledger, meanwhile);
  await initialiseInstallation(
    { ledger, vault, keeper },
    {
      passphrase: new TextEncoder().encode("only for this test"),
      kdf: KDF,
      administratorToken: TOKEN,
      administratorName: "test",
      administratorRoles: "all",
    },
  );
  const chains = await Chains.start();
  const policies = new PolicySandbox({
    source: async (digest) => (await ledger.readModule({ digest })) ?? undefined,
  });
  await policies.ready();
  const { directory, principals } = await loaded(ledger);
  const metrics = new Metrics();
  const departures = new Departures();
  const core = new Core(
    {
      departures,
      principals,
      directory,
      chains,
      policies,
      ledger,
      vault,
      keeper: replacement.door?.(keeper) ?? keeper,
      onLostOutcome: () => undefined,
    },
    {
      departures,
      directory,
      principals,
      ledger,
      imports: quietTurns(ledger),
      vault,
      keeper,
      chains,
      policies,
      queues: () => ({
        ledger: ledger.depth,
        vault: vault.depth,
        policy: policies.depth,
        chains: chains.depth,
      }),
      allowImport: replacement.allowImport ?? true,
      backupPassphraseFile: "",
    },
    metrics,
  );
  const app = await buildServer(
    {
      core,
      metrics,
      hosts: { every: false, names: new Set() },
      validators: { anonymous: null, keymanager: null, commitments: null },
      ready: () => "ready",
      uploads: { bytesMax: 65_536, idleMs: 10_000 },
    },
    { bodyLimitBytes: 65_536, requestTimeoutMs: 10_000 },
  );
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  return {
    url,
    call: (method, path, body) => call(url, method, path, body),
    async close() {
      await app.close();
      await Promise.all([policies.close(), chains.close()]);
      await keeper.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The ledger, with something that another request does before each operation. */
function interrupted(direct: Ledger, meanwhile: (operation: string) => Promise<void>): Ledger {
  return new Proxy(direct, {
    get(ledger, name) {
      const member: unknown = Reflect.get(ledger, name);
      if (typeof member !== "function" || typeof name === "symbol" || name === "at" || name === "close")
        return member;
      return async (...input: unknown[]) => {
        await meanwhile(name);
        return member(...input);
      };
    },
  });
}

async function loaded(ledger: Ledger): Promise<{ directory: Directory; principals: PrincipalIndex }> {
  const directory = new Directory();
  const principals = new PrincipalIndex();
  directory.namespaces.set({ name: ROOT_NAMESPACE, createdAt: new Date().toISOString() });
  const stored = await ledger.readDirectory();
  for (const { principal, tokenHash } of stored.principals) principals.add(principal, tokenHash);
  ledger.followChanges((changes) => applyChanges({ directory, principals }, changes));
  return { directory, principals };
}

async function call(url: string, method: string, path: string, body: unknown): Promise<Reply> {
  const wasm = body instanceof Uint8Array;
  const type = wasm ? "application/wasm" : "application/json";
  const response = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, ...(body === undefined ? {} : { "content-type": type }) },
    ...(body === undefined ? {} : { body: wasm ? new Uint8Array(body) : JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: text === "" ? undefined : JSON.parse(text),
  };
}
