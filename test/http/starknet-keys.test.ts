/** StarkNet keys as wallets derive them, over HTTP, and what doctor says of those that were made before. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { starknetSchemes } from "../../src/commands/starknet-schemes.ts";
import { RunningService, type Reply } from "../running/service.ts";
import { assertProblem } from "./problems.ts";

/** Its Ethereum key begins with a zero byte; the address is the wallet's (argentlabs/argent-x ArgentSigner, 0.4.0). */
const SHORT = `${"abandon ".repeat(11)}share`;
const SHORT_ADDRESS = "0x0586ebd8f20ae2eb8d8c7ad237d39eb8e49d86bb41da99e11b34fdeeec69b714";
/** A mnemonic and address that wallets were tested with; all 32 bytes of its Ethereum key count. */
const FULL = "person hunt couch artefact try half produce fatal large raw prison electric";
const FULL_ADDRESS = "0x06bb92ac7bd2ba6922e497f8b9ccf4357559e3f3896396d5834d8a0b1ce1fc0e";

let service: RunningService;
let short: string;
let full: string;

before(async () => {
  service = await RunningService.start();
  short = await wallet(SHORT);
  full = await wallet(FULL);
});
after(() => service.stop());

async function wallet(mnemonic: string): Promise<string> {
  const made = await service.call("POST", "/v1/wallets", { name: "ready", mnemonic });
  assert.equal(made.status, 201, made.text);
  return made.body.id;
}

function derive(walletId: string, body: Record<string, unknown> = {}): Promise<Reply> {
  const request = { chain: "starknet", accountType: "argent", ...body };
  return service.call("POST", `/v1/wallets/${walletId}/keys`, request);
}

describe("starknet keys: options that are refused", () => {
  for (const [name, body, rule] of [
    [
      "a scheme of another chain",
      { chain: "ethereum", accountType: undefined, scheme: "argent-wallet" },
      /\/scheme: /,
    ],
    ["a scheme that is none", { scheme: "eip2645" }, /\/scheme: must be one of argent-wallet/],
    [
      "a scheme for Braavos",
      { accountType: "braavos", scheme: "argent-wallet" },
      /\/scheme: is for account type argent/,
    ],
  ] as const) {
    test(name, async () => {
      const refused = await derive(full, body);
      assertProblem(refused, "request.malformed");
      assert.match(refused.body.detail, rule);
    });
  }
});

describe("starknet keys: Ready's derivation", () => {
  test("leading zero bytes of the Ethereum key fall away, as in the wallet", async () => {
    const { status, body } = await derive(short);
    assert.deepEqual([status, body.address, body.scheme], [201, SHORT_ADDRESS, "argent-wallet"]);
  });

  test("the earlier scheme is another key there, which doctor lists and a request settles nothing of", async () => {
    const earlier = await derive(short, { scheme: "argent-32-byte-seed" });
    assert.deepEqual([earlier.status, earlier.body.scheme], [201, "argent-32-byte-seed"]);
    assert.notEqual(earlier.body.address, SHORT_ADDRESS);
    const listed = starknetSchemes(service.dataDirectory);
    assert.equal(listed.good, false);
    assert.ok(listed.detail.includes(earlier.body.id));
    assert.equal((await derive(short)).body.address, SHORT_ADDRESS);
    assert.ok(starknetSchemes(service.dataDirectory).detail.includes(earlier.body.id));
    await service.call("DELETE", `/v1/keys/${earlier.body.id}`);
    assert.equal(starknetSchemes(service.dataDirectory).good, true);
  });

  test("where both schemes give one key, asking for it again settles it", async () => {
    const earlier = await derive(full, { scheme: "argent-32-byte-seed" });
    assert.deepEqual([earlier.status, earlier.body.address], [201, FULL_ADDRESS]);
    assert.ok(starknetSchemes(service.dataDirectory).detail.includes(earlier.body.id));
    const again = await derive(full, { scheme: "argent-32-byte-seed" });
    assert.deepEqual([again.status, again.body.scheme], [200, "argent-32-byte-seed"]);
    const settled = await derive(full);
    assert.deepEqual(
      [settled.status, settled.body.id, settled.body.scheme],
      [200, earlier.body.id, "argent-wallet"],
    );
    assert.deepEqual((await service.call("GET", `/v1/keys/${earlier.body.id}`)).body, settled.body);
    assert.equal(starknetSchemes(service.dataDirectory).good, true);
  });
});
