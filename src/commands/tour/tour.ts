/**
 * `claviger tour`: a throw-away service; on each of four chains one transfer allowed and one denied by policy, and on each
 * guarded chain one vote signed and a contradicting one refused.
 * @module
 */
import { spawn, type ChildProcess, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { childEnvironment } from "../../config/config.ts";
import { verifyDirectory } from "../audit/verify-ledger.ts";
import { CommandError, say, sayJson, type Format } from "../output.ts";
import { TOUR_CHAINS, type TourChain } from "./requests.ts";
import { TOUR_VOTES, type TourVote } from "./votes.ts";
import type { WalletId } from "../../domain/kinds.ts";

const MAIN = join(import.meta.dirname, "../../main.ts");
const POLICY = join(import.meta.dirname, "../../../policies/transfer-limits/transfer-limits.wasm");

interface Reply {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

type Call = (method: string, path: string, body?: unknown) => Promise<Reply>;

interface ChainResult {
  readonly chain: string;
  readonly address: string;
  readonly allowed: string;
  readonly denied: string;
}

interface VoteResult {
  readonly chain: string;
  readonly address: string;
  readonly signed: string;
  readonly refused: string;
}

/** Exit code 0 only when every step came out as it should. */
export async function tour(options: { readonly output: Format }): Promise<void> {
  const started = performance.now();
  const tell = options.output === "text" ? say : () => undefined;
  const directory = mkdtempSync(join(tmpdir(), "claviger-tour-"));
  const child = spawnService(directory);
  // Retried: a service that was killed may still be writing for a moment.
  const remove = () => rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  const interrupt = () => {
    child.kill("SIGKILL");
    remove();
    process.exit(130);
  };
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  tell("Claviger tour: a throw-away service with its own data directory; the coins are imaginary.", "");
  const chains: ChainResult[] = [];
  const votes: VoteResult[] = [];
  let report;
  try {
    const { url, token } = await readiness(child);
    const call = caller(url, token);
    const walletId = await prepare(call, tell);
    for (const chain of TOUR_CHAINS) chains.push(await visit(call, walletId, chain, tell));
    const guardedId = await prepareVotes(call, tell);
    for (const vote of TOUR_VOTES) votes.push(await voteTwice(call, guardedId, vote, tell));
    await stop(child);
    ({ report } = await verifyDirectory(directory, { kept: [], output: "silent" }));
  } finally {
    await stop(child);
    remove();
  }
  if (!report.verified) throw new CommandError(`audit.${report.fault}`, report.message);
  const seconds = Number(((performance.now() - started) / 1000).toFixed(1));
  tell(
    "",
    `Audit log verified offline: ${report.size} entries, signed up to ${report.signedSize}.`,
    `Done in ${seconds} s; everything is removed. Run your own: npm start`,
  );
  if (options.output === "json") {
    sayJson({ event: "toured", chains, votes, auditEntries: report.size, seconds });
  }
}

async function prepare(call: Call, tell: typeof say): Promise<string> {
  const wallet = await expect(call("POST", "/v1/wallets", { name: "tour" }), 201, "wallet");
  const policy = await expect(
    call("POST", "/v1/policies?name=transfer-limits", new Uint8Array(readFileSync(POLICY))),
    201,
    "policy",
  );
  await expect(
    call("POST", "/v1/bindings", {
      policy: policy["digest"],
      scope: { walletId: wallet["id"] },
      settings: settings(),
    }),
    201,
    "binding",
  );
  tell(
    "One wallet, its seed sealed, and one policy bound to it: transfer-limits, a WebAssembly module that runs",
    `under exact fuel (${String(policy["digest"]).slice(0, 19)}…, ${String(policy["sizeBytes"])} bytes).`,
    "It allows each chain's recipient at most 1 coin in one transaction.",
    "",
  );
  return String(wallet["id"]);
}

/** One allowed recipient, one coin at most, a bounded fee: the same rule in each chain's own units. */
function settings(): Record<string, unknown> {
  return {
    rules: TOUR_CHAINS.map(({ chain, asset, recipient, decimals }) => ({
      chain,
      asset,
      recipients: [recipient],
      maxPerTransaction: (10n ** BigInt(decimals)).toString(),
    })),
    maxFee: TOUR_CHAINS.map(({ chain, decimals }) => ({ chain, max: (10n ** BigInt(decimals)).toString() })),
  };
}

async function visit(
  call: Call,
  walletId: WalletId,
  tourChain: TourChain,
  tell: typeof say,
): Promise<ChainResult> {
  const { chain, unit, decimals, keyOptions } = tourChain;
  const coin = 10n ** BigInt(decimals);
  const key = await expect(
    call("POST", `/v1/wallets/${walletId}/keys`, { chain, ...keyOptions }),
    201,
    "key",
  );
  const from = String(key["address"]);
  tell(`${chain.padEnd(9)} ${from}`);
  const path = `/v1/keys/${String(key["id"])}/sign`;
  const signed = await expect(
    call("POST", path, tourChain.transfer(from, coin / 2n)),
    200,
    `${chain} transfer`,
  );
  const allowed = String(
    signed["hash"] ?? signed["txid"] ?? signed["transactionHash"] ?? signed["signature"],
  );
  tell(`  0.5 ${unit.padEnd(5)} signed   ${shorten(allowed)}`);
  const refusal = await expect(
    call("POST", path, tourChain.transfer(from, coin * 2n)),
    403,
    `${chain} denial`,
  );
  if (refusal["code"] !== "policy.denied") {
    throw new CommandError("tour.failed", `${chain}: expected policy.denied, got ${String(refusal["code"])}`);
  }
  tell(
    `  2   ${unit.padEnd(5)} denied   ${shorten(`${String(refusal["policyCode"])}: ${String(refusal["reason"])}`)}`,
  );
  return { chain, address: from, allowed, denied: String(refusal["policyCode"]) };
}

async function prepareVotes(call: Call, tell: typeof say): Promise<string> {
  const wallet = await expect(call("POST", "/v1/wallets", { name: "tour-votes" }), 201, "wallet");
  tell(
    "",
    "Validators and finality providers lose their stake, or their key, by signing two votes for one place.",
    "Their guard needs no policy: it is checked and recorded in the transaction that allows a vote to be signed.",
    "",
  );
  return String(wallet["id"]);
}

async function voteTwice(
  call: Call,
  walletId: WalletId,
  tourVote: TourVote,
  tell: typeof say,
): Promise<VoteResult> {
  const { chain, place, conflict } = tourVote;
  const key = await expect(call("POST", `/v1/wallets/${walletId}/keys`, { chain }), 201, "key");
  const address = String(key["address"]);
  tell(`${chain} ${shorten(address)}`);
  const path = `/v1/keys/${String(key["id"])}/sign`;
  const first = await expect(call("POST", path, tourVote.vote("aa")), 200, `${chain} vote`);
  const signed = String(first["signature"]);
  tell(`  ${place}  signed   ${shorten(signed)}`);
  const second = await expect(call("POST", path, tourVote.vote("bb")), 412, `${chain} second vote`);
  const refused = String(second["code"]);
  if (refused !== conflict) {
    throw new CommandError("tour.failed", `${chain}: expected ${conflict}, got ${refused}`);
  }
  tell(`  ${place}  refused  ${shorten(`${refused}: ${String(second["detail"])}`)}`);
  return { chain, address, signed, refused };
}

/** Room for a hash of 32 bytes; with what is before it, a line of 100 characters holds it. */
const SHOWN_MAX = 82;

function shorten(text: string): string {
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX - 1)}…` : text;
}

async function expect(reply: Promise<Reply>, status: number, what: string): Promise<Record<string, unknown>> {
  const { status: got, body } = await reply;
  if (got === status) return body;
  throw new CommandError(
    "tour.failed",
    `${what}: expected ${status}, got ${got}: ${JSON.stringify(body["detail"])}`,
  );
}

function caller(url: string, token: string): Call {
  return async (method, path, body) => {
    const wasm = body instanceof Uint8Array;
    const response = await fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": wasm ? "application/wasm" : "application/json",
      },
      ...(body === undefined ? {} : { body: wasm ? new Uint8Array(body) : JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    return {
      status: response.status,
      body: typeof answer === "object" && answer !== null ? { ...answer } : {},
    };
  };
}

type ServiceProcess = ChildProcessByStdio<null, Readable, null>;

function spawnService(directory: string): ServiceProcess {
  return spawn(process.execPath, [MAIN, "serve", "--dev", "-o", "json"], {
    stdio: ["ignore", "pipe", "inherit"],
    env: childEnvironment({
      CLAVIGER_STORAGE__DATA_DIR: directory,
      CLAVIGER_SERVER__PORT: "0",
      CLAVIGER_LOG__LEVEL: "warn",
    }),
  });
}

async function readiness(child: ServiceProcess): Promise<{ readonly url: string; readonly token: string }> {
  for await (const line of createInterface({ input: child.stdout })) {
    const said: unknown = JSON.parse(line);
    if (typeof said !== "object" || said === null) continue;
    const { event, url, token }: Readonly<Record<string, unknown>> = { ...said };
    if (event === "ready" && typeof url === "string" && typeof token === "string") return { url, token };
  }
  throw new CommandError("tour.failed", "the service did not start; do what its message above says");
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "exit");
}
