/**
 * The part of the service between a vote and its signature, as a process of its own that starts fast: the real ledger
 * thread, then the vault's own signing. Requests are lines on stdin, answers lines on stdout.
 */
import { createInterface } from "node:readline";
import { startLedger } from "../../src/record/ledger.ts";
import { secp256k1 } from "../../src/vault/sign/secp256k1.ts";
import { signEots } from "../../src/vault/eots/eots.ts";

interface Ask {
  readonly id: string;
  readonly height: string;
  /** Hex. */
  readonly message: string;
}

const SECRET = new Uint8Array(32).fill(0x5e);
const PUBLIC_KEY = secp256k1.publicKey(SECRET);
const chainId = new Uint8Array(Buffer.from("bbn-1"));
const ledger = await startLedger({ databasePath: process.argv[2] ?? "" });

async function answer({ id, height, message }: Ask): Promise<void> {
  const place = { chainId, height: BigInt(height), message: new Uint8Array(Buffer.from(message, "hex")) };
  const reply = await ledger.decide({
    id,
    namespace: "root",
    keyId: "key_1",
    principal: "prn_1",
    type: "babylon.eots",
    receivedAt: "2026-01-01T00:00:00.000Z",
    idempotencyKey: null,
    bodyHash: new Uint8Array(32),
    problem: null,
    reservations: [],
    payloads: [{ scheme: "babylon.eots", publicKey: PUBLIC_KEY.subarray(1), ...place }],
    evaluations: [],
    evidence: "{}",
    judgedUnder: { principal: null, bindings: [] },
  });
  if (reply.outcome !== "recorded") throw new Error(reply.outcome);
  const said =
    reply.problem === null
      ? { id, signature: Buffer.from(signEots(SECRET, PUBLIC_KEY, place)).toString("hex") }
      : { id, code: reply.problem.code };
  process.stdout.write(`${JSON.stringify(said)}\n`);
}

process.stdout.write('{"ready":true}\n');
for await (const line of createInterface({ input: process.stdin })) {
  const ask: Ask = JSON.parse(line);
  // A storage failure ends the process, as it does the service.
  answer(ask).catch(() => process.exit(70));
}
await ledger.close();
