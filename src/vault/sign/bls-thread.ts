/**
 * A thread that signs validators' duties: a BLS signature takes ten times as long as one of the other curves, and must
 * not hold those up.
 * @module
 */
import { workerData } from "node:worker_threads";
import type { PayloadsToSign, Signature } from "../../chains/adapter.ts";
import { serve } from "../../threads/serve.ts";
import { AdoptedKeys, type AdoptedKeysThread } from "./adopted-keys.ts";

/** The contract of a BLS thread. */
export interface BlsThread extends AdoptedKeysThread {
  /** As the vault's. @throws SignerError `key.not_found`, `service.sealed`, `service.internal` */
  sign(input: PayloadsToSign): readonly Signature[];
}

/** Half a megabyte: every validator of a large operator. */
const KEYS_MAX = 16_384;

const { databasePath }: { databasePath: string } = workerData;
const adopted = new AdoptedKeys(databasePath, KEYS_MAX);

serve<BlsThread>({
  ...adopted.served(),
  sign: (input) => adopted.keys.sign(adopted.unsealed(), input),
});
