/**
 * The whole service in a process of its own for main-thread.test.ts, which is its only client: what a client says must
 * reach this heap over HTTP alone. On each message it writes a heap snapshot of its main thread to the named file.
 * @module
 */
import { writeHeapSnapshot } from "node:v8";
import { pino } from "pino";
import { loadConfig } from "../../src/config/config.ts";
import { openFoundation } from "../../src/foundation.ts";
import { startService } from "../../src/service.ts";
import { initialiseInstallation } from "../../src/administration/initialisation.ts";
import { readPassphraseFile } from "../../src/vault/seal/passphrase-file.ts";
import { KDF_FLOOR } from "../../src/vault/seal/seal.ts";

const [, , dataDirectory = "", passphraseFile = "", administratorToken = ""] = process.argv;
const config = loadConfig({ preset: "test", environment: { CLAVIGER_STORAGE__DATA_DIR: dataDirectory } });
const foundation = await openFoundation(dataDirectory);
const passphrase = readPassphraseFile(passphraseFile);
await initialiseInstallation(foundation, {
  passphrase,
  kdf: KDF_FLOOR,
  administratorToken,
  administratorName: "test",
  administratorRoles: "all",
});
passphrase.fill(0);
const service = await startService(foundation, config, pino({ level: "trace" }, pino.destination(2)));
const address = service.app.server.address();
if (typeof address !== "object" || address === null) throw new Error("no port");
process.on("message", (file) => {
  if (file === "stop") {
    void service.stop().then(() => process.disconnect());
    return;
  }
  // In a turn of its own: what the last request's turn still holds is not what stays.
  setImmediate(() => process.send?.(writeHeapSnapshot(String(file))));
});
process.send?.(`http://127.0.0.1:${address.port}`);
