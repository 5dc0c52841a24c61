/**
 * A thread that computes EOTS public randomness: a commitment takes tens of thousands of values, and no signature may
 * wait for them. The nonces never leave it.
 * @module
 */
import { workerData } from "node:worker_threads";
import { serveEach } from "../../threads/server.ts";
import { AdoptedKeys } from "../sign/adopted-keys.ts";
import { eotsPublicRandomness } from "./eots.ts";
import type { RandomnessCall, RandomnessReply } from "./randomness-protocol.ts";

const KEYS_MAX = 1024;

const { databasePath }: { databasePath: string } = workerData;
const adopted = new AdoptedKeys(databasePath, KEYS_MAX);

function answer(call: RandomnessCall): RandomnessReply {
  if (call.do === "connect") adopted.connect(call.port);
  adopted.obey();
  switch (call.do) {
    case "connect":
      return { did: "connect" };
    case "status":
      return { did: "status", cachedKeys: adopted.keys.size };
    case "forget":
      adopted.keys.forget(call.keyIds);
      return { did: "forget" };
    case "seal":
      adopted.seal();
      return { did: "seal" };
    case "compute": {
      const { key, range } = call.part;
      const secret = adopted.keys.finalitySecret(adopted.unsealed(), key);
      return { did: "compute", values: eotsPublicRandomness(secret, range) };
    }
  }
}

serveEach<RandomnessCall, RandomnessReply>(answer);
