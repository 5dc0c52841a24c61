/** StarkNet keys as wallets derive them, over HTTP, and what doctor says of those that were made before. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { starknetSchemes } from "../../src/commands/doctor/starknet-schemes.ts";
import { BOUNDS, RECIPIENT, STRK, TRANSFER } from "../chains/starknet/sample.ts";
import { answering, bind } from "../running/policies.ts";
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
      "an account of another chain",
      { chain: "solana", accountType: undefined, accountAddress: "0x1" },
      /\/accountAddress: is/,
    ],
    [
      "a class that does not give the address",
      { accountAddress: FULL_ADDRESS, classHash: "0x1" },
      /\/accountAddress: is not/,
    ],
    ["an address that is none", { accountAddress: `0x${"f".repeat(64)}` }, /\/accountAddress: must be/],
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

describe("starknet keys: an account that exists already", () => {
  /** A Braavos account of the same mnemonic, of the second base class. */
  const BRAAVOS = "0x05ddbfaa0b1daab3e0d8a78b5ba5cdfa00431ac62ca3d31fe3e8fabdbbf01626";
  const GUARDIAN = "0x3a1b";
  const common = {
    version: "0x3",
    chainId: "SN_SEPOLIA",
    nonce: "0x1",
    resource_bounds: BOUNDS,
  };
  const invoke = (sender: string): Record<string, unknown> => ({
    type: "starknet.transaction",
    transaction: {
      ...common,
      type: "INVOKE",
      sender_address: sender,
      calldata: ["0x1", STRK, TRANSFER, "0x3", RECIPIENT, "1000", "0x0"],
    },
  });
  const signWith = (id: string, body: unknown): Promise<Reply> =>
    service.call("POST", `/v1/keys/${id}/sign`, body);

  before(async () => {
    await bind(service, answering({ decision: "allow", allowControl: ["deployment"] }), { walletId: full });
  });

  test("is found by its address; the sender of a transaction is that account and no other", async () => {
    const { status, body } = await derive(full, { accountType: "braavos", accountAddress: BRAAVOS });
    assert.equal(status, 201);
    assert.deepEqual(
      [body.address, body.classVersion, body.addressSource],
      [BRAAVOS, "base 1.1.0", "derived"],
    );
    const again = await derive(full, { accountType: "braavos", accountAddress: BRAAVOS });
    assert.deepEqual([again.status, again.body.id], [200, body.id]);
    const signed = await signWith(body.id, invoke(BRAAVOS));
    assert.equal(signed.status, 200, signed.text);
    assert.equal(signed.body.guardian, undefined);
    assertProblem(await signWith(body.id, invoke(FULL_ADDRESS)), "transaction.refused");
  });

  test("with a guardian: the signature is the owner's part, and the answer says who else is asked", async () => {
    const { status, body } = await derive(full, { accountAddress: "0x99", guardian: GUARDIAN });
    assert.deepEqual([status, body.addressSource, body.guardian], [201, "stated", GUARDIAN]);
    const signed = await signWith(body.id, invoke(body.address));
    assert.deepEqual([signed.status, signed.body.guardian, signed.body.signature.length], [200, GUARDIAN, 2]);
  });

  test("a guardian that came later is added to the key that is there", async () => {
    const body = { accountAddress: "0x96" };
    const { id } = (await derive(full, body)).body;
    const guarded = await derive(full, { ...body, guardian: GUARDIAN });
    assert.deepEqual([guarded.status, guarded.body.id, guarded.body.guardian], [200, id, GUARDIAN]);
    assert.deepEqual((await derive(full, body)).body, guarded.body);
    assert.equal((await signWith(id, invoke(guarded.body.address))).body.guardian, GUARDIAN);
  });

  test("scheme and guardian can be learnt at once", async () => {
    const earlier = await derive(full, { index: 5, scheme: "argent-32-byte-seed" });
    const both = await derive(full, { index: 5, accountAddress: earlier.body.address, guardian: GUARDIAN });
    assert.deepEqual(
      [both.body.id, both.body.scheme, both.body.guardian],
      [earlier.body.id, "argent-wallet", GUARDIAN],
    );
  });

  test("an earlier class is deployed with its own constructor; a stated account is not deployed", async () => {
    const classHash = "0x029927c8af6bccf3f6fda035981e765a7bdbf18a2dc0d630494f8758aa908e2b";
    const { status, body } = await derive(full, { classHash });
    assert.deepEqual([status, body.classVersion], [201, "0.3.1"]);
    const deploy = {
      type: "starknet.transaction",
      transaction: {
        ...common,
        type: "DEPLOY_ACCOUNT",
        nonce: "0x0",
        class_hash: classHash,
        contract_address_salt: body.publicKey,
        constructor_calldata: [body.publicKey, "0x0"],
      },
    };
    const signed = await signWith(body.id, deploy);
    assert.equal(signed.status, 200, signed.text);
    const stated = (await derive(full, { accountAddress: "0x98" })).body;
    const refused = await signWith(stated.id, deploy);
    assertProblem(refused, "transaction.refused");
    assert.match(refused.body.detail, /was stated/);
  });

  test("an imported key finds its account's type by the address alone", async () => {
    const privateKey = `0x${"12".repeat(31)}01`.replace("0x12", "0x02");
    const probe = await service.call("POST", "/v1/keys/import", {
      chain: "starknet",
      accountType: "argent",
      privateKey,
    });
    assert.equal(probe.status, 201, probe.text);
    const found = await service.call("POST", "/v1/keys/import", {
      chain: "starknet",
      accountAddress: probe.body.address,
      privateKey,
    });
    assert.deepEqual([found.status, found.body.id, found.body.accountType], [200, probe.body.id, "argent"]);
    const unknown = await service.call("POST", "/v1/keys/import", {
      chain: "starknet",
      accountAddress: "0x97",
      privateKey,
    });
    assertProblem(unknown, "request.malformed");
    assert.match(unknown.body.detail, /\/accountType: is needed/);
  });
});
