/** A key that is disabled while it learns another network is disabled: it is looked up again where it is not any more as it was. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { compose, type Composed } from "../http/composed.ts";

let service: Composed;
let meanwhile: (() => Promise<void>) | undefined;

before(async () => {
  service = await compose({
    async meanwhile(operation) {
      if (operation !== "createKey") return;
      const act = meanwhile;
      meanwhile = undefined;
      await act?.();
    },
  });
});
after(() => service.close());

for (const [act, state] of [
  ["disable", "disabled"],
  ["enable", "active"],
] as const) {
  test(`${act} while a network is added`, async () => {
    const { id: walletId } = (await service.call("POST", "/v1/wallets", { name: act })).body;
    const keys = `/v1/wallets/${walletId}/keys`;
    const { id } = (await service.call("POST", keys, { chain: "bitcoin", network: "testnet" })).body;
    if (act === "enable") await service.call("POST", `/v1/keys/${id}/disable`);
    meanwhile = async () => {
      const acted = await service.call("POST", `/v1/keys/${id}/${act}`);
      assert.deepEqual([acted.status, acted.body.state], [200, state]);
    };
    const amended = await service.call("POST", keys, { chain: "bitcoin", network: "regtest" });
    assert.deepEqual([amended.status, amended.body.state], [200, state]);
    const { body } = await service.call("GET", `/v1/keys/${id}`);
    assert.deepEqual([body.state, Object.keys(body.networks).length], [state, 2]);
  });
}
