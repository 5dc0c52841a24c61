/** The threads with BLS keys, as the vault's client starts them: what they sign comes from the keeper's record thread. */
import type { MessagePort } from "node:worker_threads";
import { startBeside, type Beside } from "../beside.ts";
import { Enlisted } from "../enlisted.ts";
import type { SigningThreads } from "./signing-threads.ts";
import type { AdoptedKeysThread } from "./adopted-keys.ts";

export interface BlsSignersOptions {
  readonly databasePath: string;
  readonly signing: SigningThreads | undefined;
  /** At least 1. */
  readonly threads: number;
  /** Calls that may wait for one thread. */
  readonly queueMax: number;
  /** Hands the vault's thread its end of a signer's port; it answers once the signer's keys are posted there. */
  readonly connect: (port: MessagePort) => Promise<void>;
  readonly onDeath?: (error: Error) => void;
}

const BATCH_MAX = 64;

/** None runs yet; `start` throws where nothing starts threads that sign. */
export function blsSigners(options: BlsSignersOptions): Enlisted<AdoptedKeysThread> {
  return new Enlisted(options.threads, () => startSigner(options));
}

async function startSigner(options: BlsSignersOptions): Promise<Beside<AdoptedKeysThread>> {
  const { databasePath, queueMax, connect, onDeath, signing } = options;
  if (signing === undefined) throw new Error("this vault was started without threads that sign");
  const signer = await startBeside<AdoptedKeysThread>(
    {
      url: signing.blsEntry,
      name: "bls",
      workerData: { databasePath },
      queueMax,
      batchMax: BATCH_MAX,
      ...(onDeath ? { onDeath } : {}),
    },
    connect,
  );
  try {
    await signing.joinBls(signer.queue);
  } catch (error) {
    await signer.queue.close();
    throw error;
  }
  return signer;
}
