/** As many policies as a key may have in scope are all asked, right after a start too; a damaged one fails only what it is bound to. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ROOT_NAMESPACE } from "../../src/access/roles.ts";
import { BINDINGS_PER_SCOPE } from "../../src/record/acts/bindings.ts";
import { editLedger } from "./ledger.ts";
import { ALLOW } from "./policies.ts";
import { RunningService, type Reply } from "./service.ts";

/** More than the uploads that may wait. */
const FEW = 17;
const PARALLEL = 10;

const TRANSFER = {
  type: "ethereum.transaction",
  transaction: {
    chainId: 11155111,
    nonce: 0,
    to: "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045",
    value: "1",
    gas: 21000,
    maxFeePerGas: "2000000000",
    maxPriorityFeePerGas: "1000000000",
  },
};

const dataDirectory = mkdtempSync(join(tmpdir(), "claviger-many-"));
let service: RunningService;
let wallet = "";
/** Has the bindings of its namespace and wallet, and as many of its own. */
let full = "";
let modules = 0;

/** The module that allows, with a custom section that makes it another one. */
function another(): Uint8Array {
  modules += 1;
  const section = new TextEncoder().encode(`\u0001v${String(modules).padStart(6, "0")}`);
  return new Uint8Array([...ALLOW, 0, section.length, ...section]);
}

async function made(path: string, body: unknown): Promise<any> {
  const reply = await service.call("POST", path, body);
  assert.equal(reply.status, 201, reply.text);
  return reply.body;
}

/** Binds `count` modules of their own. @returns the digest of the last */
async function bindNew(scope: Readonly<Record<string, string>>, count: number): Promise<string> {
  let digest = "";
  for (let left = count; left > 0; left -= 1) {
    ({ digest } = await made(`/v1/policies?name=allow`, another()));
    await made("/v1/bindings", { policy: digest, scope });
  }
  return digest;
}

function sign(key: string): Promise<Reply> {
  return service.call("POST", `/v1/keys/${key}/sign`, TRANSFER);
}

async function signsInParallel(key: string): Promise<void> {
  const replies = await Promise.all(Array.from({ length: PARALLEL }, () => sign(key)));
  for (const reply of replies) assert.equal(reply.status, 200, reply.text);
}

async function restart(edit = ""): Promise<void> {
  await service.stop();
  if (edit !== "") editLedger({ dataDirectory }, edit);
  service = await RunningService.start({ dataDirectory });
}

before(async () => {
  service = await RunningService.start({ dataDirectory });
  wallet = (await made("/v1/wallets", { name: "many" })).id;
  full = (await made(`/v1/wallets/${wallet}/keys`, { chain: "ethereum" })).id;
});
after(async () => {
  await service.stop();
  rmSync(dataDirectory, { recursive: true, force: true });
});

test("a key with 17 modules signs right after a start", async () => {
  await bindNew({ keyId: full }, FEW);
  await restart();
  await signsInParallel(full);
});

test("a key with as many modules in scope as it may have signs, ten times at once", async () => {
  await bindNew({ keyId: full }, BINDINGS_PER_SCOPE - FEW);
  await bindNew({ walletId: wallet }, BINDINGS_PER_SCOPE);
  await bindNew({ namespace: ROOT_NAMESPACE }, BINDINGS_PER_SCOPE);
  await signsInParallel(full);
});

test("right after a start too, the first request alone and then ten at once", async () => {
  await restart();
  const first = await sign(full);
  assert.equal(first.status, 200, first.text);
  const receipt = await service.call("GET", `/v1/receipts/${first.body.requestId}`);
  assert.equal(Object.keys(receipt.body.policies).length, 3 * BINDINGS_PER_SCOPE, "each module was asked");
  await restart();
  await signsInParallel(full);
});

test("a damaged module stops no start: its own bindings fail, and the log names it", async () => {
  const other = (await made("/v1/wallets", { name: "other" })).id;
  const damaged = (await made(`/v1/wallets/${other}/keys`, { chain: "ethereum" })).id;
  const digest = await bindNew({ keyId: damaged }, 1);
  await restart(`UPDATE policy SET module = x'0061736d' WHERE digest = '${digest}'`);
  assert.match(service.stderr.join(""), new RegExp(digest));
  const refused = await sign(damaged);
  assert.equal(refused.status, 403, refused.text);
  assert.equal(refused.body.code, "policy.failed");
  assert.equal(refused.body.failure, "module_unavailable");
  assert.equal((await sign(full)).status, 200);
});
