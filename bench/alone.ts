/** Two controls below HTTP: the signer without anything around it, and the ledger's group commit on a real file. */
import { randomBytes } from "node:crypto";
import type { SigningPayload } from "../src/chains/adapter.ts";
import { TOUR_CHAINS } from "../src/commands/tour/requests.ts";
import type { Foundation } from "../src/foundation.ts";
import type { Service } from "../src/service.ts";
import { newIdentifier } from "../src/directory/identifiers.ts";
import type { DecisionCall } from "../src/record/decision.ts";
import { signPayload } from "../src/vault/sign/signers.ts";
import { UnsealedKeys } from "../src/vault/sign/unsealed-keys.ts";
import { readyPolicy } from "../test/running/policies.ts";
import { startSigningVault } from "../test/keeper/signing-vault.ts";
import { post, withInstallation, type InProcess, type Made } from "./in-process.ts";
import { perSecond } from "./rate.ts";
import type { BenchContext } from "./section.ts";
import { settingsFor } from "./signing-requests.ts";
import { figure, headed, markdownTable, ratio } from "./table.ts";

const UNDER_WAY = [1, 32, 128] as const;
/** One of each curve. */
const SIGNERS = ["ethereum", "solana", "starknet"] as const;

/** @param bareRates the bare Fastify POST's rate per second at each number of connections */
export async function aloneBlocks(
  context: BenchContext,
  bareRates: ReadonlyMap<number, number>,
): Promise<string[]> {
  return withInstallation(async (installation) => {
    const { service, foundation } = installation;
    const keys = await makeKeys(service);
    return [
      await signersAlone(context, installation, keys, bareRates),
      await commitAlone(context, foundation, await recordedDecision(service, foundation, keys), bareRates),
    ];
  });
}

async function makeKeys(service: Service): Promise<ReadonlyMap<string, Made>> {
  const wallet = await post(service, "/v1/wallets", { name: "bench" });
  const keys = new Map<string, Made>();
  for (const chain of SIGNERS) {
    keys.set(chain, await post(service, `/v1/wallets/${wallet.id}/keys`, { chain }));
  }
  return keys;
}

async function signersAlone(
  context: BenchContext,
  { foundation, passphrase }: InProcess,
  keys: ReadonlyMap<string, Made>,
  bareRates: ReadonlyMap<number, number>,
): Promise<string> {
  // The service's own signs only what its record thread hands it.
  const vault = startSigningVault({ databasePath: foundation.ledger.databasePath });
  await vault.unseal(passphrase());
  const rows: string[][] = [];
  for (const [chain, key] of keys) {
    const publicKey = bytesOf(key.publicKey);
    const raw = await rawSignatures(context, chain);
    const rates: number[] = [];
    for (const underWay of UNDER_WAY) {
      const sign = () => vault.sign({ keyId: key.id, payloads: [payloadFor(chain, publicKey)] });
      rates.push(await perSecond(context.pace.roundMs / 3, underWay, sign));
    }
    rows.push([
      SCHEMES[chain] ?? chain,
      figure(raw),
      ...rates.map(figure),
      ratio((rates[1] ?? Number.NaN) / (bareRates.get(32) ?? Number.NaN)),
    ]);
    context.progress(
      `signer alone, ${chain}: library ${figure(raw)}/s, thread ${rates.map(figure).join(" ")}/s`,
    );
  }
  await vault.close();
  const head = headed("Signer alone, per second", "library loop", ...underWayTitles(), "32 ÷ bare");
  return markdownTable(head, rows);
}

const SCHEMES: Readonly<Record<string, string>> = {
  ethereum: "ECDSA secp256k1 (Ethereum, Bitcoin)",
  solana: "Ed25519 (Solana)",
  starknet: "ECDSA Stark (StarkNet)",
};

function underWayTitles(): string[] {
  return UNDER_WAY.map((underWay) => `thread, ${underWay} under way`);
}

/** The library on this thread, as the vault's thread calls it. */
function rawSignatures(context: BenchContext, chain: string): Promise<number> {
  const curve = chain === "ethereum" ? "secp256k1" : chain === "solana" ? "ed25519" : "stark";
  const publicKey = new Uint8Array(32);
  const secret = new Uint8Array(32).fill(1);
  const key = new UnsealedKeys(1).put("bench", curve, publicKey, secret);
  return perSecond(context.pace.roundMs / 3, 1, () => {
    // Many in one go: the loop's own await must not count.
    for (let count = 0; count < 16; count += 1) signPayload(key, payloadFor(chain, publicKey));
    return 16;
  });
}

function payloadFor(chain: string, publicKey: Uint8Array): SigningPayload {
  const digest = new Uint8Array(randomBytes(32));
  if (chain === "ethereum") return { scheme: "secp256k1.ecdsa", digest, publicKey };
  // As long as a transfer's message.
  if (chain === "solana") return { scheme: "ed25519", message: new Uint8Array(randomBytes(150)), publicKey };
  // Stark hashes are below 2^251.
  digest[0] = 0;
  return { scheme: "stark.ecdsa", digest, publicKey };
}

async function commitAlone(
  context: BenchContext,
  { ledger }: Foundation,
  decision: DecisionCall,
  bareRates: ReadonlyMap<number, number>,
): Promise<string> {
  const decide = async (): Promise<string> => {
    const id = newIdentifier("req");
    const reply = await ledger.decide({ ...decision, id });
    if (reply.outcome !== "recorded" || reply.problem !== null)
      throw new Error("a decision was not recorded");
    return id;
  };
  const both = async (): Promise<void> => {
    const requestId = await decide();
    const { namespace } = decision;
    await ledger.recordOutcome({
      namespace,
      requestId,
      signatureHash: "0".repeat(64),
      result: '{"hash":"0x00"}',
    });
  };
  const rows: string[][] = [];
  for (const [name, work] of [
    ["decision", decide],
    ["decision, then its outcome", both],
  ] as const) {
    const rates: number[] = [];
    for (const underWay of UNDER_WAY) rates.push(await perSecond(context.pace.roundMs, underWay, work));
    rows.push([
      name,
      ...rates.map(figure),
      ratio((rates[1] ?? Number.NaN) / (bareRates.get(32) ?? Number.NaN)),
    ]);
    context.progress(`group commit alone, ${name}: ${rates.map(figure).join(" ")}/s`);
  }
  const titles = UNDER_WAY.map((underWay) => `${underWay} under way`);
  const table = markdownTable(headed("Group commit alone, per second", ...titles, "32 ÷ bare"), rows);
  return `${table}\n\nOne decision carries ${decision.evidence.length} characters of evidence, one audit leaf and one reserved limit.`;
}

/** A real decision on an Ethereum transfer, as the ledger keeps it, ready to be recorded again under other ids. */
async function recordedDecision(
  service: Service,
  { ledger }: Foundation,
  keys: ReadonlyMap<string, Made>,
): Promise<DecisionCall> {
  const key = keys.get("ethereum");
  const [chain] = TOUR_CHAINS;
  if (key === undefined || chain === undefined) throw new Error("no Ethereum key");
  const policy = await upload(service);
  const scope = { keyId: key.id };
  const binding = await post(service, "/v1/bindings", { policy, scope, settings: settingsFor(chain) });
  await post(service, `/v1/keys/${key.id}/sign`, chain.transfer("", 1n));
  const namespace = "default";
  const [recorded] = await ledger.readRequests({ namespace, principal: null, before: "~", limit: 1 });
  if (recorded === undefined || recorded.decision !== "allow")
    throw new Error("the transfer was not recorded");
  const asked = { bindingId: binding.id, policy };
  return {
    id: recorded.id,
    namespace,
    keyId: recorded.keyId,
    principal: recorded.principal,
    type: recorded.type,
    receivedAt: recorded.receivedAt,
    idempotencyKey: null,
    bodyHash: recorded.bodyHash,
    problem: null,
    reservations: [
      { ...asked, counter: "ethereum native", amount: "1", window: 86_400, max: "1000000000000" },
    ],
    payloads: [{ scheme: "secp256k1.ecdsa", digest: new Uint8Array(32), publicKey: new Uint8Array(33) }],
    evaluations: [
      { ...asked, mode: "enforce", decision: "allow", fuelUsed: "100000", inputHash: "0".repeat(64) },
    ],
    evidence: recorded.evidence,
    judgedUnder: { principal: 1, bindings: [`${binding.id}:1`] },
  };
}

async function upload(service: Service): Promise<string> {
  const reply: { readonly digest?: string } = await post(
    service,
    "/v1/policies?name=bench",
    readyPolicy("transfer-limits"),
  ).then((body) => JSON.parse(JSON.stringify(body)));
  return reply.digest ?? "";
}

function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex.slice(2), "hex"));
}
