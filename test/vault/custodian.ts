/**
 * A process that plays the service's main thread for secrecy.proof.ts: it makes keys, signs, seals, and writes a heap
 * snapshot of its own (main) thread after signing and after sealing. It never learns what it signs with.
 * @module
 */
import { once } from "node:events";
import { writeHeapSnapshot } from "node:v8";
import { join } from "node:path";
import { readFileSync } from "node:fs";
import { verifySignature } from "../../src/chains/verify.ts";
import { migrate } from "../../src/ledger/migrate.ts";
import { LEDGER_FILE, openLedger } from "../../src/ledger/open.ts";
import { insertSeal, SealedRowWriter } from "../../src/ledger/sealed-rows.ts";
import type { DerivationPlan } from "../../src/vault/wallet/derivation.ts";
import { KDF_FLOOR } from "../../src/vault/seal/seal.ts";
import { startSigningVault } from "../keeper/signing-vault.ts";
import { passphrase } from "./directory.ts";
import { payloadsOf } from "./keys.ts";

const [, , folder = ""] = process.argv;
const databasePath = join(folder, LEDGER_FILE);
const database = openLedger(databasePath, { readonly: false });
migrate(database);
const rows = new SealedRowWriter(database);
const vault = startSigningVault({ databasePath });
insertSeal(database, await vault.initialise({ passphrase: passphrase(), kdf: KDF_FLOOR }));
await vault.unseal(passphrase());
rows.insertWallet(await vault.createWallet({ walletId: "w", namespace: "n", words: 24 }));

const plans: readonly DerivationPlan[] = [
  { path: "m/44'/60'/0'/0/0", derivation: "bip32-secp256k1", curve: "secp256k1" },
  { path: "m/44'/501'/0'/0'", derivation: "slip10-ed25519", curve: "ed25519" },
  { path: "m/44'/9004'/0'/0/0", derivation: "starknet-argent-grind", curve: "stark" },
];
for (const plan of plans) {
  const key = await vault.deriveKey({ namespace: "n", walletId: "w", keyId: plan.curve, plan });
  rows.insertKey(key.rows);
  await sign(plan.curve, plan.curve, key.publicKey);
}
// The imported key comes as raw bytes, as from a hardware migration; they are wiped as soon as the vault has them.
const privateKey = new Uint8Array(readFileSync(join(folder, "..", "import.key")));
const imported = await vault.importKey({ namespace: "n", keyId: "imported", curve: "secp256k1", privateKey });
privateKey.fill(0);
rows.insertKey(imported.rows);
await sign("imported", "secp256k1", imported.publicKey);

writeHeapSnapshot(join(folder, "..", "signed.heapsnapshot"));
await vault.seal();
writeHeapSnapshot(join(folder, "..", "sealed.heapsnapshot"));
// The test reads this process's memory now, sealed and with its thread alive, then closes the pipe.
process.stdout.write("sealed\n");
process.stdin.resume();
await once(process.stdin, "end");
await vault.close();
// Closing checkpoints the write-ahead log, so the reader sees every page in the main file too.
database.close();

async function sign(keyId: string, curve: DerivationPlan["curve"], publicKey: Uint8Array): Promise<void> {
  const payloads = payloadsOf(curve, publicKey, keyId);
  const signatures = await vault.sign({ keyId, payloads });
  for (const [index, payload] of payloads.entries()) {
    const signature = signatures[index];
    if (signature === undefined || !verifySignature(payload, signature))
      throw new Error(`${keyId} signed wrongly`);
  }
}
