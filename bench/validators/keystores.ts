/** EIP-2335 keystores: how much of an import is their own key derivation, and that no later start pays it again. */
import { createCipheriv, createHash, randomBytes, randomUUID, scrypt } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { SecretKey } from "@chainsafe/blst";
import { RunningService } from "../../test/running/service.ts";
import { perSecond } from "../rate.ts";
import { metric } from "../scrape.ts";
import type { Aim, BenchContext } from "../section.ts";
import { median } from "../statistics.ts";
import { figure, headed, markdownTable, ratio } from "../table.ts";
import { createValidators } from "./keys.ts";

/** What the staking deposit tools write. */
const SCRYPT = { N: 262_144, r: 8, p: 1 };
const SCRYPT_MEMORY = 2 ** 29;
/** Derivations at once in an import: as many as half a gigabyte holds, and one core is left for signing. */
const AT_ONCE = Math.max(1, Math.min(2, availableParallelism() - 1));
/** Where the product writes the Keymanager API's token. */
const TOKEN_FILE = "keymanager.token";
const PASSWORD = "bench-password";
const MANY = 10_000;
const STARTS = 3;
const AIM_SECONDS = 3;

export interface KeystoreReport {
  readonly blocks: readonly string[];
  readonly aims: readonly Aim[];
}

export async function keystoreBlocks(context: BenchContext): Promise<KeystoreReport> {
  const directory = mkdtempSync(join(tmpdir(), "claviger-bench-"));
  try {
    const imported = await withService(directory, (service) => importRate(context, service));
    await withService(directory, (service) => createValidators(service, context.pace.validators.keys));
    const starts: Start[] = [];
    while (starts.length < STARTS) starts.push(await start(directory));
    const seconds = median(starts.map((measured) => measured.seconds));
    const [first] = starts;
    const keys = first?.keys ?? 0;
    return {
      blocks: [imported, restartTable(starts)],
      aims: [
        {
          name: `Restart with ${figure(keys)} validator keys`,
          aim: `< ${AIM_SECONDS} s`,
          measured: `${seconds.toFixed(2)} s`,
          reached: seconds < AIM_SECONDS && keys >= MANY,
        },
      ],
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function withService<Result>(
  directory: string,
  work: (service: RunningService) => Promise<Result>,
): Promise<Result> {
  const service = await RunningService.start({ dataDirectory: directory });
  try {
    return await work(service);
  } finally {
    await service.stop();
  }
}

async function importRate(context: BenchContext, service: RunningService): Promise<string> {
  const count = context.pace.validators.keystores;
  const salt = randomBytes(32);
  const derived = await derive(salt);
  const keystores = Array.from({ length: count }, () => keystoreText(salt, derived));
  const began = performance.now();
  const reply = await service.call(
    "POST",
    "/eth/v1/keystores",
    {
      keystores,
      passwords: keystores.map(() => PASSWORD),
    },
    keymanagerToken(service),
  );
  const seconds = (performance.now() - began) / 1000;
  const statuses: readonly { readonly status: string }[] = reply.body?.data ?? [];
  if (statuses.length !== count || statuses.some((status) => status.status !== "imported")) {
    throw new Error(`keystores were not imported: ${reply.text.slice(0, 300)}`);
  }
  const rate = count / seconds;
  const limit = await perSecond(context.pace.roundMs * 3, AT_ONCE, () => derive(salt));
  context.progress(`${count} keystores: ${figure(rate)} per second, the KDF alone ${figure(limit)}`);
  return [
    markdownTable(
      headed(`EIP-2335, scrypt n = ${SCRYPT.N}`, "per second", "÷ KDF alone", `${figure(MANY)} take`),
      [
        [`import of ${count}`, figure(rate), ratio(rate / limit), `${figure(MANY / rate / 60)} min`],
        [`scrypt alone, ${AT_ONCE} at once`, figure(limit), "1", `${figure(MANY / limit / 60)} min`],
      ],
    ),
    `The last column is an extrapolation from ${count} keystores. It is paid once, at the import.`,
  ].join("\n\n");
}

function keymanagerToken(service: RunningService): Record<string, string> {
  const token = readFileSync(join(service.dataDirectory, TOKEN_FILE), "utf8").trim();
  return { authorization: `Bearer ${token}` };
}

function derive(salt: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    scrypt(PASSWORD, salt, 32, { ...SCRYPT, maxmem: SCRYPT_MEMORY }, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}

/** A new key's keystore. All share one salt, so that writing them takes one derivation; opening takes one each. */
function keystoreText(salt: Uint8Array, derived: Uint8Array): string {
  const secret = SecretKey.fromKeygen(randomBytes(32));
  const iv = randomBytes(16);
  const cipher = createCipheriv("aes-128-ctr", derived.subarray(0, 16), iv);
  const message = Buffer.concat([cipher.update(secret.toBytes()), cipher.final()]);
  const checksum = createHash("sha256").update(derived.subarray(16)).update(message).digest("hex");
  const { N: n, r, p } = SCRYPT;
  return JSON.stringify({
    version: 4,
    uuid: randomUUID(),
    path: "m/12381/3600/0/0/0",
    pubkey: Buffer.from(secret.toPublicKey().toBytes(true)).toString("hex"),
    crypto: {
      kdf: {
        function: "scrypt",
        params: { dklen: 32, n, r, p, salt: Buffer.from(salt).toString("hex") },
        message: "",
      },
      checksum: { function: "sha256", params: {}, message: checksum },
      cipher: {
        function: "aes-128-ctr",
        params: { iv: iv.toString("hex") },
        message: message.toString("hex"),
      },
    },
  });
}

interface Start {
  readonly keys: number;
  readonly seconds: number;
  readonly memoryMiB: number;
}

async function start(directory: string): Promise<Start> {
  const began = performance.now();
  return withService(directory, async (service) => ({
    seconds: (performance.now() - began) / 1000,
    keys: await metric(service.url, "signing_signers_loaded_count"),
    memoryMiB: (await metric(service.url, "process_resident_memory_bytes")) / 2 ** 20,
  }));
}

function restartTable(starts: readonly Start[]): string {
  const seconds = starts.map((measured) => measured.seconds);
  return markdownTable(headed("Validator keys", "restart s", "range s", "memory after start MiB"), [
    [
      figure(starts[0]?.keys ?? 0),
      median(seconds).toFixed(2),
      `${Math.min(...seconds).toFixed(2)} to ${Math.max(...seconds).toFixed(2)}`,
      figure(median(starts.map((measured) => measured.memoryMiB))),
    ],
  ]);
}
