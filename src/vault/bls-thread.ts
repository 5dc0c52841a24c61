/**
 * A thread that signs validators' duties: a BLS signature takes ten times as long as one of the other curves, and must
 * not hold those up. It has the vault thread's key-encryption keys for as long as the vault is unsealed.
 * @module
 */
import { receiveMessageOnPort, workerData, type MessagePort } from "node:worker_threads";
import { SignerError } from "../domain/errors.ts";
import { openLedger } from "../ledger/open.ts";
import { SealedRowReader } from "../ledger/sealed-rows.ts";
import { serveEach } from "../threads/server.ts";
import type { BlsCall, BlsReply, SharedKeks } from "./bls-protocol.ts";
import { KeyEncryptionKeys } from "./key-encryption.ts";
import { SigningKeys } from "./signing-keys.ts";

/** Half a megabyte: every validator of a large operator. */
const KEYS_MAX = 16_384;

const { databasePath }: { databasePath: string } = workerData;
let reader: SealedRowReader | undefined;
let vault: MessagePort | undefined;
let keks: KeyEncryptionKeys | undefined;
const keys = new SigningKeys(rows, KEYS_MAX);

function rows(): SealedRowReader {
  return (reader ??= new SealedRowReader(openLedger(databasePath, { readonly: true })));
}

function answer(call: BlsCall): BlsReply {
  if (call.do === "connect") vault = call.port;
  obey();
  switch (call.do) {
    case "connect":
      return { did: "connect" };
    case "status":
      return { did: "status", cachedKeys: keys.size };
    case "seal":
      seal();
      return { did: "seal" };
    case "sign":
      if (keks === undefined) throw new SignerError("service.sealed", "the vault is sealed; unseal it first");
      return { did: "sign", signatures: keys.sign(keks, call.input) };
  }
}

/** Takes what the vault's thread posted, in order: keys when it was unsealed, null when it was sealed. */
function obey(): void {
  if (vault === undefined) return;
  for (;;) {
    const received: { message: SharedKeks | null } | undefined = receiveMessageOnPort(vault);
    if (received === undefined) return;
    seal();
    if (received.message === null) continue;
    keks = KeyEncryptionKeys.adopt(received.message);
  }
}

function seal(): void {
  keks?.wipe();
  keks = undefined;
  keys.wipe();
}

serveEach<BlsCall, BlsReply>(answer);
