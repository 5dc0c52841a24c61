/**
 * A thread that computes EOTS public randomness: a commitment takes tens of thousands of values, and no signature may
 * wait for them. The nonces never leave it.
 * @module
 */
import { workerData } from "node:worker_threads";
import { serve } from "../../threads/serve.ts";
import { AdoptedKeys, type AdoptedKeysThread } from "../sign/adopted-keys.ts";
import type { RandomnessKey } from "../sign/private-keys.ts";
import { eotsPublicRandomness, type EotsRange } from "./eots.ts";

/** The contract of a randomness thread. */
export interface RandomnessThread extends AdoptedKeysThread {
  /** 32 bytes for each height. @throws SignerError `key.not_found`, `service.sealed`, `service.internal` */
  compute(part: RandomnessPart): Uint8Array;
}

export interface RandomnessPart {
  readonly key: RandomnessKey;
  readonly range: EotsRange;
}

const KEYS_MAX = 1024;

const { databasePath }: { databasePath: string } = workerData;
const adopted = new AdoptedKeys(databasePath, KEYS_MAX);

serve<RandomnessThread>({
  ...adopted.served(),
  compute: ({ key, range }) =>
    eotsPublicRandomness(adopted.keys.finalitySecret(adopted.unsealed(), key), range),
});
