/** Where secrets are not, seen from the whole service: a mnemonic and a raw key go in over HTTP and leave no string behind. */
import assert from "node:assert/strict";
import { fork, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { HDKey } from "@scure/bip32";
import { entropyToMnemonic, mnemonicToSeedSync } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { Address, OutScript } from "@scure/btc-signer";
import { inputOf, psbtOf } from "../chains/bitcoin/fixtures.ts";
import { ALLOW_OPAQUE } from "../running/policies.ts";

/** The main thread's own token: it shows that the search finds strings at all. */
const TOKEN = `main-thread-test-token-${randomBytes(12).toString("hex")}`;
const SEAL_PASSPHRASE = `seal ${randomBytes(12).toString("hex")}`;
const BIP39_PASSPHRASE = `words ${randomBytes(12).toString("hex")}`;
const ENTROPY = randomBytes(32);
const MNEMONIC = entropyToMnemonic(ENTROPY, wordlist);
const SEED = mnemonicToSeedSync(MNEMONIC, BIP39_PASSPHRASE);
/** Below every curve's order. */
const IMPORTED = Buffer.concat([Buffer.of(0x03), randomBytes(31)]);
const REFUSED_KEY = Buffer.concat([Buffer.alloc(17, 0xff), randomBytes(15)]);
const REFUSED_WORDS = MNEMONIC.split(" ").with(23, "abandon").with(22, "zoo").join(" ");

function derived(path: string): Uint8Array {
  const { privateKey } = HDKey.fromMasterSeed(SEED).derive(path);
  assert.ok(privateKey);
  return privateKey;
}

const SECRETS: readonly (readonly [string, Uint8Array])[] = [
  ["entropy", ENTROPY],
  ["seed", SEED],
  ["half of the seed", SEED.subarray(0, 32)],
  ["Ethereum private key", derived("m/44'/60'/0'/0/0")],
  ["Bitcoin private key", derived("m/84'/1'/0'/0/0")],
  ["Bitcoin account's private key", derived("m/84'/1'/0'")],
  ["imported private key", IMPORTED],
  ["private key that was refused", REFUSED_KEY],
];
const PHRASES: readonly (readonly [string, string])[] = [
  ["mnemonic", MNEMONIC],
  ["part of the mnemonic", MNEMONIC.split(" ").slice(0, 4).join(" ")],
  ["part of the mnemonic that was refused", MNEMONIC.split(" ").slice(10, 14).join(" ")],
  ["BIP-39 passphrase", BIP39_PASSPHRASE],
  ["seal's passphrase", SEAL_PASSPHRASE],
];

/** Text in which bytes may stand in a string or a file. */
function forms(bytes: Uint8Array): readonly string[] {
  const buffer = Buffer.from(bytes);
  const hex = buffer.toString("hex");
  return [
    hex,
    hex.toUpperCase(),
    BigInt(`0x${hex}`).toString(),
    buffer.toString("base64").replace(/=+$/, ""),
    buffer.toString("base64url"),
    buffer.toString("latin1"),
    [...bytes].join(","),
  ];
}

const parent = mkdtempSync(join(tmpdir(), "claviger-main-thread-"));
const dataDirectory = join(parent, "data");
let child: ChildProcess;
let url = "";
/** What the process logged, at the most talkative level. */
const log: string[] = [];

async function message(): Promise<string> {
  const ended = new AbortController();
  try {
    const [text]: unknown[] = await Promise.race([
      once(child, "message", { signal: ended.signal }),
      once(child, "exit", { signal: ended.signal }).then(() => Promise.reject(new Error(log.join("")))),
    ]);
    return String(text);
  } finally {
    ended.abort();
  }
}

async function post(
  path: string,
  body: unknown,
  status: number,
  headers: Record<string, string> = {},
): Promise<any> {
  const wasm = body instanceof Uint8Array;
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(url + path, {
    method: "POST",
    headers: {
      authorization: `Bearer ${TOKEN}`,
      "content-type": wasm ? "application/wasm" : "application/json",
      ...headers,
    },
    body: wasm ? new Uint8Array(body) : text,
  });
  const answer = await response.text();
  assert.equal(response.status, status, answer);
  for (const [name, phrase] of PHRASES) assert.ok(!answer.includes(phrase), `${name} is in the answer`);
  return JSON.parse(answer);
}

/** Every string in the main thread's heap, after a garbage collection. */
async function heap(name: string): Promise<string> {
  child.send(join(parent, `${name}.heapsnapshot`));
  const file = await message();
  const { strings }: { strings: string[] } = JSON.parse(readFileSync(file, "utf8"));
  rmSync(file);
  return strings.join("\n");
}

function assertAbsent(content: string, where: string): void {
  for (const [name, phrase] of PHRASES) assert.ok(!content.includes(phrase), `${name} is in ${where}`);
  for (const [name, bytes] of SECRETS) {
    for (const form of forms(bytes)) assert.ok(!content.includes(form), `${name} is in ${where}`);
  }
}

/** Keys on all four chains, and one signature of each. */
async function signEverywhere(walletId: string): Promise<void> {
  const make = (request: object) => post(`/v1/wallets/${walletId}/keys`, request, 201);
  const sign = (key: { id: string }, request: object) => post(`/v1/keys/${key.id}/sign`, request, 200);
  const ethereum = await make({ chain: "ethereum" });
  await sign(ethereum, { type: "ethereum.message", message: { text: "hello" } });
  const bitcoin = await make({ chain: "bitcoin", network: "regtest" });
  const testnet = { bech32: "bcrt", pubKeyHash: 0x6f, scriptHash: 0xc4, wif: 0xef };
  const script = OutScript.encode(Address(testnet).decode(bitcoin.address));
  const psbt = psbtOf([inputOf({ script, amount: 100_000n })], [{ script, amount: 99_000n }]);
  await sign(bitcoin, { type: "bitcoin.psbt", psbt });
  const solana = await make({ chain: "solana" });
  await sign(solana, { type: "solana.message", message: { text: "hello" } });
  const starknet = await make({ chain: "starknet", accountType: "argent" });
  const types = { Hello: [{ name: "x", type: "felt" }] };
  const domain = { name: "Claviger", version: "1", chainId: "SN_SEPOLIA" };
  const StarkNetDomain = ["name", "version", "chainId"].map((name) => ({ name, type: "felt" }));
  const typedData = {
    types: { ...types, StarkNetDomain },
    primaryType: "Hello",
    domain,
    message: { x: "0x1" },
  };
  await sign(starknet, { type: "starknet.typedData", typedData });
}

before(async () => {
  mkdirSync(dataDirectory);
  const passphraseFile = join(parent, "passphrase");
  writeFileSync(passphraseFile, `${SEAL_PASSPHRASE}\n`, { mode: 0o600 });
  child = fork(join(import.meta.dirname, "service-process.ts"), [dataDirectory, passphraseFile, TOKEN], {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    // Longer strings would be cut off in the snapshot, and a secret behind the cut not found.
    execArgv: ["--heap-snapshot-string-limit=10000000"],
  });
  child.stderr?.on("data", (chunk: Buffer) => log.push(chunk.toString()));
  url = await message();
});
after(() => {
  child.kill("SIGKILL");
  rmSync(parent, { recursive: true });
});

describe("main thread: no string of the heap holds a secret", () => {
  let walletId = "";

  test("right after a mnemonic came in, once and again with an Idempotency-Key", async () => {
    const request = { name: "imported", mnemonic: MNEMONIC, passphrase: BIP39_PASSPHRASE };
    walletId = (await post("/v1/wallets", request, 201)).id;
    const headers = { "idempotency-key": "once" };
    const first = await post("/v1/wallets", { ...request, name: "idempotent" }, 201, headers);
    assert.deepEqual(await post("/v1/wallets", { ...request, name: "idempotent" }, 201, headers), first);
    const content = await heap("mnemonic");
    assert.ok(content.includes(walletId), "the search finds no strings");
    assertAbsent(content, "the heap");
  });

  test("right after a raw key came in", async () => {
    const privateKey = `0x${IMPORTED.toString("hex")}`;
    await post("/v1/keys/import", { chain: "ethereum", privateKey }, 201);
    assertAbsent(await heap("imported"), "the heap");
  });

  test("right after refusals of mnemonics and keys, for every reason", async () => {
    const badKey = `0x${REFUSED_KEY.toString("hex")}`;
    const oddKey = `0X${IMPORTED.toString("hex").toUpperCase()}`;
    await post("/v1/keys/import", { chain: "ethereum", privateKey: badKey }, 400);
    await post("/v1/keys/import", { chain: "ethereum", privateKey: oddKey }, 400);
    await post("/v1/wallets", { name: "x", mnemonic: MNEMONIC, words: 24 }, 400);
    await post("/v1/wallets", { name: "x", mnemonic: MNEMONIC, color: 1 }, 400);
    await post("/v1/wallets", `{"name":"x","mnemonic":"${MNEMONIC}"`, 400);
    await post("/v1/wallets", { name: "x", mnemonic: REFUSED_WORDS }, 400);
    assertAbsent(await heap("refused"), "the heap");
  });

  test("after keys and signatures on all four chains, and again when sealed", async () => {
    const policy = await post("/v1/policies?name=allow", ALLOW_OPAQUE, 201);
    await post("/v1/bindings", { policy: policy.digest, scope: { walletId } }, 201);
    await signEverywhere(walletId);
    assertAbsent(await heap("signed"), "the heap");
    await post("/v1/sys/seal", {}, 200);
    assertAbsent(await heap("sealed"), "the heap");
  });

  test("right after the seal's passphrase came in, wrong and right", async () => {
    await post("/v1/sys/unseal", { passphrase: `${SEAL_PASSPHRASE}!` }, 403);
    await post("/v1/sys/unseal", { passphrase: SEAL_PASSPHRASE }, 200);
    assertAbsent(await heap("unsealed"), "the heap");
  });
});

describe("files and log", () => {
  test("no file of the data directory holds a secret, raw or as text", () => {
    const files = readdirSync(dataDirectory);
    assert.ok(files.includes("ledger.sqlite"));
    // Committed pages may still be in the write-ahead log, which is searched too.
    const all = files.map((file) => readFileSync(join(dataDirectory, file), "latin1")).join("");
    assert.ok(all.includes("idempotent"), "the search finds no strings");
    for (const file of files) assertAbsent(readFileSync(join(dataDirectory, file), "latin1"), file);
  });

  test("no line of the log holds a secret", () => assertAbsent(log.join(""), "the log"));
});
