/** The ready policies over HTTP, with requests that are small and hostile: what must be refused is refused by its code. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { address, createNoopSigner } from "@solana/kit";
import { getTransferSolInstruction } from "@solana-program/system";
import { accountAddress, inputOf, MNEMONIC, psbtOf } from "../chains/bitcoin/fixtures.ts";
import { friend, wireOf } from "../chains/solana/fixtures.ts";
import { denialOf, makeKey, makeWallet, sign, type Key } from "../end-to-end/custody.ts";
import type { PolicyName } from "../../policies/build.ts";
import { bind, readyPolicy } from "./policies.ts";
import { RunningService } from "./service.ts";

const TO = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const DELEGATE = `0x${"de".repeat(20)}`;
const ZERO = `0x${"00".repeat(20)}`;
/** 21,000 gas at this price cost 0.01 ETH. */
const FEE = 10n ** 16n;
const GAS = { gas: 21_000, maxFeePerGas: (FEE / 21_000n).toString(), maxPriorityFeePerGas: 1 };
const DAY = 86_400;

let service: RunningService;
let walletId: string;
let index = 0;

before(async () => {
  service = await RunningService.start();
  walletId = await makeWallet(service, { name: "treasury", mnemonic: MNEMONIC });
});
after(() => service.stop());

/** A new key under these ready policies. */
async function keyUnder(
  chain: string,
  ...policies: readonly (readonly [PolicyName, object])[]
): Promise<Key> {
  const purpose = chain === "bitcoin" ? { purpose: 84 } : {};
  const key = await makeKey(service, walletId, { chain, index: index++, ...purpose });
  for (const [name, settings] of policies)
    await bind(service, readyPolicy(name), { keyId: key.id }, { settings });
  return key;
}

function transaction(fields: object): { type: string; transaction: object } {
  return {
    type: "ethereum.transaction",
    transaction: { chainId: 1, nonce: 0, to: TO, value: "1", ...GAS, ...fields },
  };
}

function authorization(delegate: string): { type: string; authorization: object } {
  return { type: "ethereum.authorization", authorization: { chainId: 1, address: delegate, nonce: 0 } };
}

async function refusalOf(key: Key, request: object): Promise<Record<string, unknown>> {
  const reply = await service.call("POST", `/v1/keys/${key.id}/sign`, request);
  assert.equal(reply.status, 403, reply.text);
  return reply.body;
}

const LIMITS = { rules: [], maxFee: [{ chain: "ethereum", max: FEE.toString() }] };

describe("ready policies: what only looks allowed", () => {
  test("contract-allowlist: 0x05 is not an instruction whose data ends in 05", async () => {
    const imported = await service.call("POST", "/v1/keys/import", {
      chain: "solana",
      privateKey: `0x${"31".repeat(32)}`,
    });
    assert.equal(imported.status, 201, imported.text);
    const program = "7LSfLv2S6K7zMPrgmJDkZoJNhWvWRzpU7qt9uMR5yz8G";
    const settings = { contracts: [{ chain: "solana", address: program, methods: ["0x05"] }] };
    await bind(service, readyPolicy("contract-allowlist"), { keyId: imported.body.id }, { settings });
    // Its only instruction has the data 00 00000000000005 and 32 times ee.
    const request = {
      type: "solana.transaction",
      transaction:
        "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACAAQABAkgHWll+choVbi4Hmd5c" +
        "wMUyTcbn6vHN1GJQho7FMhXdXiEsCYDks5/AlyETSqAhCTdO39JgwNPQPLUByNZUV6kXy3n7K0Eg8rHsZeQZjW4Iso6BP+sB5KQAg5uF4YCAzgEB" +
        "AQAoAAAAAAAAAAXu7u7u7u7u7u7u7u7u7u7u7u7u7u7u7u7u7u7u7u7u7gA=",
    };
    assert.equal(await denialOf(service, imported.body, request), "method_not_allowed");
  });

  test("both together: a listed instruction with a byte behind it, which its program would execute", async () => {
    const imported = await service.call("POST", "/v1/keys/import", {
      chain: "solana",
      privateKey: `0x${"32".repeat(32)}`,
    });
    assert.equal(imported.status, 201, imported.text);
    const system = "11111111111111111111111111111111";
    for (const [name, settings] of [
      ["contract-allowlist", { contracts: [{ chain: "solana", address: system, methods: ["0x02000000"] }] }],
      [
        "transfer-limits",
        {
          rules: [{ chain: "solana", asset: "native", maxPerTransaction: "1000" }],
          maxFee: [{ chain: "solana", max: "5000" }],
          allowOpaque: true,
        },
      ],
    ] as const)
      await bind(service, readyPolicy(name), { keyId: imported.body.id }, { settings });
    const source = createNoopSigner(address(imported.body.address));
    const transfer = getTransferSolInstruction({ source, destination: friend.address, amount: 1001n });
    const request = (data: readonly number[]): { type: string; transaction: string } => ({
      type: "solana.transaction",
      transaction: wireOf([{ ...transfer, data: new Uint8Array(data) }], { feePayer: source.address }),
    });
    assert.equal(await denialOf(service, imported.body, request([...transfer.data])), "amount_over_limit");
    assert.equal(await denialOf(service, imported.body, request([...transfer.data, 0])), "opaque");
  });

  test("transfer-limits: a harmless function at a factory that creates a contract of the call data", async () => {
    const key = await keyUnder("ethereum", ["transfer-limits", LIMITS], ["deny-opaque", {}]);
    const request = transaction({
      to: "0x4e59b44847b379578588920cA78FbF26c0B4956C",
      data: `0xa457c2d7${"1".repeat(40).padStart(64, "0")}60fe60005360016000f3${"0".repeat(44)}`,
    });
    const { code } = await refusalOf(key, request);
    assert.ok(
      code === "policy.denied" || code === "policy.control" || code === "policy.opaque",
      String(code),
    );
  });

  test("deny-opaque alone: control is not its to allow", async () => {
    const key = await keyUnder("ethereum", ["deny-opaque", {}]);
    const { code, control } = await refusalOf(key, authorization(DELEGATE));
    assert.equal(code, "policy.control");
    assert.deepEqual(control, ["delegate"]);
  });
});

describe("ready policies: EIP-7702 delegations", () => {
  const delegates = [{ chain: "ethereum", chainId: "1", addresses: [DELEGATE] }];
  for (const [name, base] of [
    ["transfer-limits", LIMITS],
    ["contract-allowlist", { contracts: [] }],
  ] as const) {
    test(`${name} names delegates, and the end of a delegation, only where its settings do`, async () => {
      const bare = await keyUnder("ethereum", [name, base]);
      assert.equal((await refusalOf(bare, authorization(DELEGATE)))["code"], "policy.control");
      assert.equal((await refusalOf(bare, authorization(ZERO)))["code"], "policy.control");

      const named = await keyUnder("ethereum", [name, { ...base, delegates }]);
      await sign(service, named, authorization(DELEGATE));
      assert.equal((await refusalOf(named, authorization(TO)))["code"], "policy.control");
      assert.equal((await refusalOf(named, authorization(ZERO)))["code"], "policy.control");

      const ending = await keyUnder("ethereum", [name, { ...base, allowDelegationEnd: true }]);
      await sign(service, ending, authorization(ZERO));
      assert.equal((await refusalOf(ending, authorization(DELEGATE)))["code"], "policy.control");
    });
  }
});

/** Codes of `requests` signed one after another: empty where signed. */
async function codes(key: Key, requests: readonly object[]): Promise<string[]> {
  const found: string[] = [];
  for (const request of requests) {
    const reply = await service.call("POST", `/v1/keys/${key.id}/sign`, request);
    found.push(reply.status === 200 ? "" : reply.body.code);
  }
  return found;
}

/** A PSBT that spends outputs of the newest key, 1,000,000 satoshi each, and pays all but `fee` back to it. */
function psbt(outputs: readonly number[], fee: bigint): { type: string; psbt: string } {
  const { script } = accountAddress(84, 0, index - 1);
  const inputs = outputs.map((salt) => inputOf({ script, amount: 1_000_000n }, salt));
  const amount = 1_000_000n * BigInt(outputs.length) - fee;
  return { type: "bitcoin.psbt", psbt: psbtOf(inputs, [{ script, amount }]) };
}

describe("ready policies: fees add up", () => {
  test("twelve transactions that move one wei: as many pass as their fees fit the window", async () => {
    const settings = {
      rules: [{ chain: "ethereum", asset: "native", recipients: [TO] }],
      maxFee: [
        { chain: "ethereum", max: FEE.toString(), windows: [{ seconds: DAY, max: (5n * FEE).toString() }] },
      ],
    };
    const key = await keyUnder("ethereum", ["transfer-limits", settings]);
    const expected = Array.from({ length: 12 }, (_, turn) => (turn < 5 ? "" : "policy.limit"));
    const requests = expected.map((_, nonce) => transaction({ nonce }));
    assert.deepEqual(await codes(key, requests), expected);
    const refused = await refusalOf(key, transaction({ nonce: 12 }));
    assert.equal(refused["counter"], `fee/ethereum/any/native/${DAY}`);
    assert.equal(refused["fees"], true);
    assert.match(String(refused["detail"]), /of native, the fee included, would exceed/);
  });

  test("fifteen payments to our own address: a rule that counts fees lets two pass under 250,000 satoshi a day", async () => {
    const settings = {
      rules: [{ chain: "bitcoin", asset: "native", windows: [{ seconds: DAY, max: "250000" }], fees: true }],
      maxFee: [{ chain: "bitcoin", max: "100000" }],
    };
    const key = await keyUnder("bitcoin", ["transfer-limits", settings]);
    const expected = Array.from({ length: 15 }, (_, turn) => (turn < 2 ? "" : "policy.limit"));
    const requests = expected.map((_, output) => psbt([output], 100_000n));
    assert.deepEqual(await codes(key, requests), expected);
  });

  test("amounts and fees under one maximum: what is left for the one is what the other took", async () => {
    const settings = {
      rules: [
        {
          chain: "ethereum",
          asset: "native",
          windows: [{ seconds: DAY, max: (3n * FEE).toString() }],
          fees: true,
        },
      ],
      maxFee: [{ chain: "ethereum", max: FEE.toString() }],
    };
    const key = await keyUnder("ethereum", ["transfer-limits", settings]);
    const two = (value: bigint, nonce: number) =>
      [nonce, nonce + 1].map((each) => transaction({ value: value.toString(), nonce: each }));
    assert.deepEqual(await codes(key, two(FEE, 0)), ["", "policy.limit"]);
    assert.deepEqual(await codes(key, two(1n, 2)), ["", "policy.limit"]);
  });
});

describe("ready policies: a payment that replaces another counts once", () => {
  const bumped = (percent: bigint): object => {
    return { maxFeePerGas: ((FEE * percent) / 100n / 21_000n).toString() };
  };

  test("ethereum: a fee bump of the same nonce passes a full window; another nonce, account or chain does not", async () => {
    const settings = {
      rules: [
        {
          chain: "ethereum",
          asset: "native",
          windows: [{ seconds: DAY, max: (7n * FEE).toString() }],
          fees: true,
        },
      ],
      maxFee: [{ chain: "ethereum", max: (2n * FEE).toString() }],
    };
    const key = await keyUnder("ethereum", ["transfer-limits", settings]);
    const pay = (nonce: number, fields: object = {}) =>
      transaction({ value: (5n * FEE).toString(), nonce, ...fields });
    assert.deepEqual(
      await codes(key, [
        pay(7),
        pay(8),
        pay(7, { chainId: 10 }),
        pay(7, bumped(150n)),
        pay(7, {
          gas: 21_000,
          gasPrice: (FEE / 21_000n).toString(),
          maxFeePerGas: undefined,
          maxPriorityFeePerGas: undefined,
        }),
        pay(7, bumped(200n)),
        // Who takes the payment back pays its fee; what was signed before still counts.
        pay(7, { ...bumped(200n), to: key.address, value: "0" }),
        transaction({ nonce: 8 }),
      ]),
      ["", "policy.limit", "policy.limit", "", "", "", "", "policy.limit"],
    );
    const slot = `eip155:1:${key.address.toLowerCase()}:7`;
    const over = await refusalOf(key, pay(7, { ...bumped(200n), value: (6n * FEE).toString() }));
    assert.equal(over["replaces"], slot);
    assert.ok(BigInt(String(over["credited"])) > 6n * FEE);
    const dry = await service.call("POST", `/v1/keys/${key.id}/evaluate`, pay(7, bumped(200n)));
    assert.equal(dry.body.decision, "allow", dry.text);
    const [foreseen] = dry.body.limits;
    assert.deepEqual(
      [foreseen.replaces, foreseen.credited],
      [slot, foreseen.amount],
      "all of it is in what is spent",
    );
    const { body } = await service.call("GET", "/v1/audit/entries?limit=500");
    const entries = body.items.filter(
      ({ entry }: any) => entry.keyId === key.id && entry.decision === "allow",
    );
    assert.deepEqual([...new Set(entries.map(({ entry }: any) => entry.limits[0].group))], [slot]);
    assert.deepEqual(
      entries.map(({ entry }: any) => "credited" in entry.limits[0]),
      [false, true, true, true, true],
    );
  });

  test("bitcoin: a higher fee for the same output passes; another output, and a second one in common, count in full", async () => {
    const settings = {
      rules: [{ chain: "bitcoin", asset: "native", windows: [{ seconds: DAY, max: "100000" }], fees: true }],
      maxFee: [{ chain: "bitcoin", max: "100000" }],
    };
    const key = await keyUnder("bitcoin", ["transfer-limits", settings]);
    assert.deepEqual(
      await codes(key, [
        psbt([0, 1], 40_000n),
        psbt([1, 0], 60_000n),
        psbt([0], 60_000n),
        // The group is that of output 0: whoever spends output 1 alone can be paid beside what spends output 0 alone.
        psbt([1], 60_000n),
        psbt([2], 60_000n),
        psbt([2], 40_000n),
        psbt([0, 2], 60_000n),
      ]),
      ["", "", "", "policy.limit", "policy.limit", "", ""],
    );
  });
});
