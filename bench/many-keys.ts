/**
 * A hundred thousand keys: the time from start to ready, what a page of them costs, and what an act among them costs. They are
 * written into the ledger by its own table, since making so many through the API takes ten minutes. Their secrets are not there, so
 * they sign nothing.
 * @module
 */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newIdentifier } from "../src/directory/identifiers.ts";
import type { KeyRecord } from "../src/domain/keys.ts";
import { LEDGER_FILE, openLedger } from "../src/ledger/open.ts";
import { DirectoryTable } from "../src/ledger/tables/directory.ts";
import { RunningService } from "../test/running/service.ts";
import { metric } from "./scrape.ts";
import type { BenchContext, Report } from "./section.ts";
import { median } from "./statistics.ts";
import { figure, headed, markdownTable } from "./table.ts";

const AIM_SECONDS = 4;
const STARTS = 3;
const ACTS = 50;

export async function manyKeysSection(context: BenchContext): Promise<Report> {
  const { manyKeys } = context.pace;
  const directory = mkdtempSync(join(tmpdir(), "claviger-bench-"));
  try {
    await (await RunningService.start({ dataDirectory: directory })).stop();
    const empty = await starts(context, directory);
    writeKeys(directory, manyKeys);
    const full = await starts(context, directory);
    const seconds = median(full.map((start) => start.seconds));
    return {
      title: "Many keys",
      blocks: [
        markdownTable(headed("Keys", "start s", "memory after start MiB"), [rowOf(empty), rowOf(full)]),
        "Start is as above. Half of the keys are validators', the others a wallet's Ethereum and Bitcoin keys.",
        await actsTable(context, directory),
      ],
      aims: [
        {
          name: `Start with ${figure(manyKeys)} keys`,
          aim: `< ${AIM_SECONDS} s`,
          measured: `${seconds.toFixed(2)} s`,
          reached: seconds < AIM_SECONDS && (full[0]?.keys ?? 0) >= manyKeys,
        },
      ],
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

interface Start {
  readonly keys: number;
  readonly seconds: number;
  readonly memoryMiB: number;
}

async function starts(context: BenchContext, directory: string): Promise<readonly Start[]> {
  const measured: Start[] = [];
  while (measured.length < STARTS) {
    const began = performance.now();
    const service = await RunningService.start({ dataDirectory: directory });
    try {
      const ready = await service.call("GET", "/health/ready");
      const seconds = (performance.now() - began) / 1000;
      if (ready.status !== 200) throw new Error(`not ready after start: ${ready.text}`);
      const keys = await metric(service.url, "claviger_keys_loaded");
      const memoryMiB = (await metric(service.url, "process_resident_memory_bytes")) / 2 ** 20;
      context.progress(`start with ${keys} keys: ${seconds.toFixed(2)} s, ${figure(memoryMiB)} MiB`);
      measured.push({ keys, seconds, memoryMiB });
    } finally {
      await service.stop();
    }
  }
  return measured;
}

function rowOf(measured: readonly Start[]): readonly string[] {
  return [
    figure(measured[0]?.keys ?? 0),
    median(measured.map(({ seconds }) => seconds)).toFixed(2),
    figure(median(measured.map(({ memoryMiB }) => memoryMiB))),
  ];
}

/** Public records alone, by the ledger's own table, in the namespace that `--dev` has. */
function writeKeys(directory: string, count: number): void {
  const database = openLedger(join(directory, LEDGER_FILE), { readonly: false });
  try {
    const table = new DirectoryTable(database);
    const namespace = "default";
    const createdAt = new Date().toISOString();
    const wallet = { id: newIdentifier("wal"), namespace, name: "many keys", createdAt };
    database.transaction(() => {
      table.insertWallet(wallet);
      for (let index = 0; index < count; index += 1) {
        table.insertKey({ ...keyOf(index, wallet.id), id: newIdentifier("key"), namespace, createdAt });
      }
    })();
  } finally {
    database.close();
  }
}

type Facts = Omit<KeyRecord, "id" | "namespace" | "createdAt">;

function keyOf(index: number, walletId: string): Facts {
  const digest = createHash("sha512").update(String(index)).digest();
  const shared = { label: `key ${index}`, state: "active" } as const;
  if (index % 2 === 0) {
    const publicKey = new Uint8Array(digest.subarray(0, 48));
    return {
      ...shared,
      walletId: null,
      chain: "ethereum-validator",
      curve: "bls12-381",
      derivation: "imported",
      path: null,
      publicKey,
      address: `0x${digest.subarray(0, 48).toString("hex")}`,
      attributes: { network: "mainnet" },
    };
  }
  const publicKey = Uint8Array.of(2, ...digest.subarray(0, 32));
  const hd = { ...shared, walletId, curve: "secp256k1", derivation: "bip32-secp256k1", publicKey } as const;
  const place = Math.floor(index / 4);
  if (index % 4 === 1) {
    const address = `0x${digest.subarray(0, 20).toString("hex")}`;
    return { ...hd, chain: "ethereum", path: `m/44'/60'/0'/0/${place}`, address, attributes: {} };
  }
  const attributes = { purpose: 84, network: "mainnet", accountXpub: `xpub${"1".repeat(107)}` };
  const address = `bc1q${digest.subarray(0, 19).toString("hex")}`;
  return { ...hd, chain: "bitcoin", path: `m/84'/0'/0'/0/${place}`, address, attributes };
}

/** Median milliseconds of requests, one after the other, among few keys and among many. */
async function actsTable(context: BenchContext, directory: string): Promise<string> {
  const few = await RunningService.start();
  const many = await RunningService.start({ dataDirectory: directory });
  try {
    const rows: string[][] = [];
    const [fewActs, manyActs] = [await actsOf(few), await actsOf(many)];
    for (const [name, work] of manyActs) {
      const times = { few: [] as number[], many: [] as number[] };
      for (let round = 0; round < ACTS; round += 1) {
        // Interleaved, so that what else the machine does is in both.
        times.few.push(await milliseconds(() => fewActs.get(name)?.(round)));
        times.many.push(await milliseconds(() => work(round)));
      }
      rows.push([name, median(times.few).toFixed(2), median(times.many).toFixed(2)]);
      context.progress(`${name}: ${rows.at(-1)?.slice(1).join(" and ")} ms`);
    }
    const head = headed("Request, one after the other", "with few keys ms", `with all of them ms`);
    return markdownTable(head, rows);
  } finally {
    await few.stop();
    await many.stop();
  }
}

type Acts = ReadonlyMap<string, (round: number) => Promise<unknown>>;

async function actsOf(service: RunningService): Promise<Acts> {
  const wallet = await service.call("POST", "/v1/wallets", { name: "acts" });
  const made: string[] = [];
  const key = async (round: number) => {
    const path = `/v1/wallets/${String(wallet.body.id)}/keys`;
    const reply = await service.call("POST", path, { chain: "ethereum", index: round });
    made.push(String(reply.body.id));
  };
  return new Map<string, (round: number) => Promise<unknown>>([
    ["GET /v1/keys?limit=100", () => service.call("GET", "/v1/keys?limit=100")],
    ["GET /v1/status", () => service.call("GET", "/v1/status")],
    ["create a key", key],
    ["disable a key", (round) => service.call("POST", `/v1/keys/${String(made[round])}/disable`)],
    [
      "create and delete a principal",
      async (round) => {
        const body = { name: `principal ${round}`, roles: ["Auditor"] };
        const principal = await service.call("POST", "/v1/principals", body);
        await service.call("DELETE", `/v1/principals/${String(principal.body.id)}`);
      },
    ],
  ]);
}

async function milliseconds(work: () => Promise<unknown> | undefined): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
