/** A real EVM to send signed transactions to: an anvil process (hard fork Prague) on a free port, for tests. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fromRlp, toRlp, type Hex } from "viem";

const PROGRAM = join(import.meta.dirname, "../../node_modules/.bin/anvil");

/** Why tests on anvil are skipped, or false. */
export const SKIP_WITHOUT_ANVIL = existsSync(PROGRAM)
  ? false
  : "the optional package @foundry-rs/anvil-linux-amd64 is not installed";

export const ANVIL_CHAIN_ID = 31337;

export class Anvil {
  readonly #process: ChildProcess;
  readonly #url: string;

  private constructor(process: ChildProcess, url: string) {
    this.#process = process;
    this.#url = url;
  }

  static async start(): Promise<Anvil> {
    const port = await freePort();
    const child = spawn(PROGRAM, ["--hardfork", "prague", "--port", String(port), "--silent"], {
      stdio: "ignore",
    });
    const anvil = new Anvil(child, `http://127.0.0.1:${port}`);
    for (let attempt = 0; attempt < 200; attempt++) {
      const id = await anvil.rpc("eth_chainId").catch(() => undefined);
      if (id !== undefined) return anvil;
      await delay(50);
    }
    child.kill();
    throw new Error("anvil did not answer within ten seconds");
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.kill();
    await once(this.#process, "exit");
  }

  async rpc(method: string, ...params: unknown[]): Promise<unknown> {
    const response = await fetch(this.#url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    });
    const answer: unknown = await response.json();
    assert.ok(isRecord(answer));
    if (answer["error"] !== undefined) throw new Error(`${method}: ${JSON.stringify(answer["error"])}`);
    return answer["result"];
  }

  /** Sends a raw transaction and returns its receipt, once it is mined. */
  async mine(raw: unknown): Promise<Record<string, unknown>> {
    const hash = await this.rpc("eth_sendRawTransaction", raw);
    // Anvil mines each transaction at once, but answers before it has.
    for (let attempt = 0; attempt < 200; attempt++) {
      const receipt = await this.rpc("eth_getTransactionReceipt", hash);
      if (isRecord(receipt)) return receipt;
      await delay(20);
    }
    throw new Error("the transaction was not mined within four seconds");
  }

  async nonce(address: string): Promise<number> {
    return Number(await this.rpc("eth_getTransactionCount", address, "latest"));
  }

  async balance(address: string): Promise<bigint> {
    return BigInt(String(await this.rpc("eth_getBalance", address, "latest")));
  }
}

/** An all-zero blob needs no KZG library: its commitment and its proof are the point at infinity. */
const BLOB = `0x${"00".repeat(131_072)}` as const;
const INFINITY = `0xc0${"00".repeat(47)}` as const;
/** Versioned hash of the all-zero blob. */
export const BLOB_HASH = `0x01${createHash("sha256").update(INFINITY.slice(2), "hex").digest("hex").slice(2)}`;

/** The network form of a signed blob transaction (EIP-4844): the signed body beside its unsigned sidecar. */
export function withSidecar(raw: Hex): Hex {
  assert.ok(raw.startsWith("0x03"));
  const body = fromRlp(`0x${raw.slice(4)}`, "hex");
  return `0x03${toRlp([body, [BLOB], [INFINITY], [INFINITY]]).slice(2)}`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  await new Promise((resolve) => server.close(resolve));
  return address.port;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
