/** A multisig of two wallets over HTTP: registered, paid, signed by one and then the other, accepted by bitcore-lib; then deleted. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { HDKey } from "@scure/bip32";
import { withChecksum } from "../../src/chains/bitcoin/descriptor-checksum.ts";
import { deriveOutput, readDescriptor } from "../../src/chains/bitcoin/descriptors/descriptor.ts";
import { payment } from "../chains/bitcoin/fixtures.ts";
import { verdicts } from "../chains/bitcoin/interpreter.ts";
import { derivationsOf, sharedInput, sharedPsbt } from "../chains/bitcoin/shared.ts";
import { ALLOW, bind } from "../running/policies.ts";
import { RunningService } from "../running/service.ts";
import { assertProblem } from "./problems.ts";

let service: RunningService;
/** Wallets with their account keys, as descriptors name them. */
const wallets: { id: string; key: string }[] = [];

before(async () => {
  service = await RunningService.start();
  for (const name of ["first", "second"]) {
    const { id } = (await service.call("POST", "/v1/wallets", { name })).body;
    const account = await service.call("GET", `/v1/wallets/${id}/accounts/bitcoin-mainnet-48-0-2`);
    wallets.push({ id, key: `${account.body.keyExpression}/<0;1>/*` });
    await bind(service, ALLOW, { walletId: id });
  }
});
after(() => service.stop());

const sign = (walletId: string | undefined, psbt: string) =>
  service.call("POST", `/v1/wallets/${walletId}/sign`, { type: "bitcoin.psbt", psbt });

async function register(walletId: string | undefined, text: string): Promise<any> {
  const body = { name: "treasury", descriptor: withChecksum(text) };
  const reply = await service.call("POST", `/v1/wallets/${walletId}/descriptors`, body);
  assert.equal(reply.status, 201, reply.text);
  return reply.body;
}

for (const shape of ["wsh(sortedmulti(2,A,B))", "tr(N,{and_v(v:pk(A),pk(B)),and_v(v:pk(B),older(1000))})"]) {
  test(`${shape}: register, compare addresses, sign in turn, delete`, async () => {
    const [first, second] = wallets;
    // A key whose owner is nobody: the chain code makes each service derive another one.
    const nobody = HDKey.fromMasterSeed(new Uint8Array(32).fill(9)).publicExtendedKey;
    const keys: Record<string, string | undefined> = {
      A: first?.key,
      B: second?.key,
      N: `${nobody}/<0;1>/*`,
    };
    const text = shape.replaceAll(/\b[ABN]\b/g, (name) => keys[name] ?? "");
    const registered = [await register(first?.id, text), await register(second?.id, text)];
    assert.deepEqual(registered[0].firstAddresses, registered[1].firstAddresses);
    const descriptor = readDescriptor(registered[0].descriptor, "mainnet");
    const output = deriveOutput(descriptor, 0, 4);
    const path = `/v1/wallets/${first?.id}/descriptors/${registered[0].id}`;
    const shown = await service.call("GET", `${path}/addresses?from=4&limit=1`);
    assert.equal(shown.body.items[0].address, output.address);

    const coin = { descriptor, output, script: output.script, amount: 100_000n };
    const change = deriveOutput(descriptor, 1, 7);
    const back = { script: change.script, amount: 9_000n, ...derivationsOf(descriptor, change) };
    const psbt = sharedPsbt([sharedInput(coin)], [{ ...payment, amount: 90_000n }, back]);

    const half = await sign(first?.id, psbt);
    assert.equal(half.status, 200, half.text);
    assert.equal(half.body.signedTransaction, undefined);
    assert.deepEqual(half.body.keyIds, [registered[0].keys.find((key: any) => key.keyId !== null).keyId]);
    const body = { type: "bitcoin.psbt", psbt };
    const decision = (await service.call("POST", `/v1/wallets/${first?.id}/evaluate`, body)).body;
    assert.deepEqual(
      decision.intent.transfers.map((transfer: any) => [transfer.from, transfer.ownChange]),
      [
        [output.address, false],
        [output.address, true],
      ],
    );
    const whole = await sign(second?.id, half.body.psbt);
    assert.equal(whole.status, 200, whole.text);
    assert.deepEqual(verdicts(whole.body.signedTransaction, [coin]), ["ok"]);
    assertProblem(await sign(first?.id, half.body.psbt), "transaction.refused");

    assert.equal((await service.call("DELETE", path)).status, 204);
    const refused = await sign(first?.id, psbt);
    assertProblem(refused, "transaction.refused");
    assert.match(refused.body.detail, /register the descriptor/);
  });
}

test("a key that is disabled signs for no index of the descriptor", async () => {
  const [first, second] = wallets;
  const text = `wsh(multi(1,${first?.key},${second?.key}))`;
  const { descriptor: registered, keys } = await register(first?.id, text);
  const descriptor = readDescriptor(registered, "mainnet");
  const output = deriveOutput(descriptor, 0, 0);
  const coin = { descriptor, output, script: output.script, amount: 100_000n };
  const psbt = sharedPsbt([sharedInput(coin)], [payment]);
  const done = await sign(first?.id, psbt);
  assert.deepEqual(verdicts(done.body.signedTransaction, [coin]), ["ok"], done.text);
  await service.call("POST", `/v1/keys/${keys[0].keyId}/disable`);
  assertProblem(await sign(first?.id, psbt), "key.disabled");
});
