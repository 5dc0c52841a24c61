/**
 * A thread that signs validators' duties: a BLS signature takes ten times as long as one of the other curves, and must
 * not hold those up.
 * @module
 */
import { workerData } from "node:worker_threads";
import { serveEach } from "../../threads/server.ts";
import { AdoptedKeys } from "./adopted-keys.ts";
import type { BlsCall, BlsReply } from "./bls-protocol.ts";

/** Half a megabyte: every validator of a large operator. */
const KEYS_MAX = 16_384;

const { databasePath }: { databasePath: string } = workerData;
const adopted = new AdoptedKeys(databasePath, KEYS_MAX);

function answer(call: BlsCall): BlsReply {
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
    case "sign":
      return { did: "sign", signatures: adopted.keys.sign(adopted.unsealed(), call.input) };
  }
}

serveEach<BlsCall, BlsReply>(answer);
