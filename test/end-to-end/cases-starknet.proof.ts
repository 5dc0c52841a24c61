/**
 * StarkNet documents and calls that pass for harmless: none is signed under transfer-limits (with messages allowed),
 * contract-allowlist and deny-opaque together, nor under a policy that just allows.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { DOCUMENT_CASES } from "../chains/starknet/document-table.ts";
import { multicall } from "../chains/starknet/function-table.ts";
import { BOUNDS, RECIPIENT, STRK } from "../chains/starknet/sample.ts";
import { ALLOW, bind, readyPolicy } from "../running/policies.ts";
import { RunningService } from "../running/service.ts";
import { makeKey, makeWallet, type Key } from "./custody.ts";

let service: RunningService;
/** A key under the three ready policies, and one under a policy that allows whatever it is asked. */
let guarded: Key;
let allowed: Key;

before(async () => {
  service = await RunningService.start();
  const keyUnder = async (name: string): Promise<Key> => {
    const walletId = await makeWallet(service, { name });
    return makeKey(service, walletId, { chain: "starknet", accountType: "argent" });
  };
  guarded = await keyUnder("guarded");
  allowed = await keyUnder("allowed");
  const maxFee = [{ chain: "starknet", max: "1000000000000000000" }];
  const scope = { walletId: guarded.walletId };
  const contracts = [guarded.address, RECIPIENT, STRK].map((address) => ({ chain: "starknet", address }));
  await bind(service, readyPolicy("transfer-limits"), scope, {
    settings: { rules: [], maxFee, allowMessages: true },
  });
  await bind(service, readyPolicy("contract-allowlist"), scope, { settings: { contracts } });
  await bind(service, readyPolicy("deny-opaque"), scope);
  await bind(service, ALLOW, { walletId: allowed.walletId });
});
after(() => service.stop());

/** The refusal's code. */
async function refusalOf(key: Key, request: object): Promise<string> {
  const reply = await service.call("POST", `/v1/keys/${key.id}/sign`, request);
  assert.equal(reply.status, 403, reply.text.slice(0, 400));
  return reply.body.code;
}

const DOMAIN = ["name", "version", "chainId", "revision"].map((name) => ({ name, type: "shortstring" }));

/** A revision 1 document of one type. */
function document(primaryType: string, members: Readonly<Record<string, string>>, message: object): object {
  const declared = Object.entries(members).map(([name, type]) => ({ name, type }));
  return {
    type: "starknet.typedData",
    typedData: {
      types: { StarknetDomain: DOMAIN, [primaryType]: declared },
      primaryType,
      domain: { name: primaryType.slice(0, 31), version: "1", chainId: "SN_MAIN", revision: "1" },
      message,
    },
  };
}

function alive(version: string): object {
  const made = document(
    "Owner Alive",
    { "Owner GUID": "felt", "Signature expiration": "timestamp" },
    { "Owner GUID": "0x1", "Signature expiration": "9" },
  );
  return JSON.parse(JSON.stringify(made).replace('"version":"1"', `"version":"${version}"`));
}

function named(name: string): object {
  const found = DOCUMENT_CASES.find((example) => example.name === name);
  assert.ok(found, name);
  return { type: "starknet.typedData", typedData: found.document };
}

const CASES: readonly (readonly [name: string, request: object, code: "policy.opaque" | "policy.control"])[] =
  [
    [
      "a sale of an NFT at price 0",
      document(
        "Maker",
        { collection: "ContractAddress", token_id: "u256", price: "u256", currency: "ContractAddress" },
        { collection: STRK, token_id: { low: 1, high: 0 }, price: { low: 0, high: 0 }, currency: STRK },
      ),
      "policy.opaque",
    ],
    ["the proof that changes an account's owner", alive("1"), "policy.control"],
    ["the same as the account checks it", alive("0x31"), "policy.control"],
    ["a document of two felts", document("Hello", { a: "felt", b: "felt" }, { a: 1, b: 2 }), "policy.opaque"],
    ["a session key", named("Argent Session"), "policy.control"],
    ["a delegation of votes", named("Votes Delegation"), "policy.control"],
    ["a login that gives power over an exchange's account", named("Paradex Request"), "policy.control"],
  ];
for (const [name, request, code] of CASES) {
  describe(`starknet documents: ${name}`, () => {
    test("is refused by the ready policies", async () => {
      assert.match(await refusalOf(guarded, request), /^policy\.(denied|opaque|control)$/);
    });
    test("is refused under a policy that just allows", async () => {
      assert.equal(await refusalOf(allowed, request), code);
    });
  });
}

const CALLS: readonly (readonly [name: string, felts: readonly (string | number)[]])[] = [
  ["upgrade", ["0x123"]],
  ["change_owner", [0, `0x5${"1".repeat(62)}`, 7, 8]],
  ["change_guardian", [1]],
  ["trigger_escape_guardian", [1]],
  ["set_public_key", [`0x5${"1".repeat(62)}`, 0]],
  ["transfer_ownership", [RECIPIENT]],
];
for (const [name, felts] of CALLS) {
  test(`starknet calls: ${name} is refused for the control that it changes`, async () => {
    for (const key of [guarded, allowed]) {
      const transaction = {
        type: "INVOKE",
        version: "0x3",
        chainId: "SN_MAIN",
        nonce: "0x1",
        sender_address: key.address,
        calldata: multicall([key.address, name, felts]),
        resource_bounds: BOUNDS,
      };
      const code = await refusalOf(key, { type: "starknet.transaction", transaction });
      if (key === allowed) assert.equal(code, "policy.control");
      else assert.match(code, /^policy\.(denied|control)$/);
    }
  });
}
