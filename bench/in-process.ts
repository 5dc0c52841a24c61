/** The service inside the bench's own process: its parts can be driven below HTTP. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { loadConfig } from "../src/config/config.ts";
import { openFoundation, type Foundation } from "../src/foundation.ts";
import { startService, type Service } from "../src/service.ts";
import { initialiseInstallation } from "../src/administration/initialisation.ts";
import { TOKEN } from "../test/running/service.ts";

const KDF_FLOOR = { memoryKiB: 65_536, passes: 3, lanes: 4 };

export interface InProcess {
  readonly service: Service;
  readonly foundation: Foundation;
  readonly directory: string;
  /** Unseals another vault on the same directory, which wipes its copy. */
  readonly passphrase: () => Uint8Array;
}

/** What a POST made. */
export interface Made {
  readonly id: string;
  readonly publicKey: string;
}

/** Runs `work` beside a new installation in a directory that is removed afterwards. */
export async function withInstallation<Result>(
  work: (installation: InProcess) => Promise<Result>,
): Promise<Result> {
  const directory = mkdtempSync(join(tmpdir(), "claviger-bench-"));
  const foundation = await openFoundation(directory);
  const passphrase = randomBytes(24);
  let service: Service | undefined;
  try {
    await initialiseInstallation(foundation, {
      passphrase: new Uint8Array(passphrase),
      kdf: KDF_FLOOR,
      administratorToken: TOKEN,
      administratorName: "bench",
      administratorRoles: "all",
    });
    const config = loadConfig({ preset: "test", environment: {} });
    service = await startService(foundation, config, pino({ level: "silent" }));
    return await work({ service, foundation, directory, passphrase: () => new Uint8Array(passphrase) });
  } finally {
    await service?.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** One POST to the service in this process. */
export async function post(service: Service, url: string, payload: Uint8Array | object): Promise<Made> {
  const wasm = payload instanceof Uint8Array;
  const reply = await service.app.inject({
    method: "POST",
    url,
    headers: {
      authorization: `Bearer ${TOKEN}`,
      "content-type": wasm ? "application/wasm" : "application/json",
    },
    payload: wasm ? Buffer.from(payload) : payload,
  });
  if (reply.statusCode >= 300) throw new Error(`${url}: ${reply.payload}`);
  return reply.json();
}
