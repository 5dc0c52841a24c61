/**
 * Entry of a thread that signs with BLS keys what the record thread hands it: such a signature takes ten times as long as one of
 * the other curves, and must not hold those up.
 * @module
 */
import { workerData } from "node:worker_threads";
import { SignerError } from "../domain/errors.ts";
import { serve } from "../threads/serve.ts";
import { AdoptedKeys } from "../vault/sign/adopted-keys.ts";
import type { BlsKeysThread } from "./contract.ts";
import { SigningPort } from "./signing-port.ts";

/** Half a megabyte: every validator of a large operator. */
const KEYS_MAX = 16_384;

const { databasePath }: { databasePath: string } = workerData;
const adopted = new AdoptedKeys(databasePath, KEYS_MAX);
const signing = new SigningPort({
  holder: "bls",
  sign: (call) => adopted.keys.sign(adopted.unsealed(), call),
  signStatement() {
    throw new SignerError(
      "service.internal",
      "no validator's key signs a statement of the service; nothing was signed",
    );
  },
});

serve<BlsKeysThread>({ ...adopted.served(), connectSteps: (ways) => signing.connect(ways) });
