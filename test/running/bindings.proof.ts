/** How many policies may stand on one scope: each is an evaluation of every request, in a queue that tenants share. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ALLOW } from "./policies.ts";
import { RunningService, type Reply } from "./service.ts";

const MAX = 32;
let service: RunningService;
let digest: string;
let walletId: string;
before(async () => {
  service = await RunningService.start();
  digest = (await service.call("POST", "/v1/policies?name=allow", ALLOW)).body.digest;
  walletId = (await service.call("POST", "/v1/wallets", { name: "bindings" })).body.id;
});
after(() => service.stop());

function add(scope: Readonly<Record<string, string>>): Promise<Reply> {
  return service.call("POST", "/v1/bindings", { policy: digest, scope });
}

test("a scope takes 32 bindings; another scope, or the place of a deleted one, takes more", async () => {
  const made: Reply[] = [];
  for (let index = 0; index < MAX; index += 1) made.push(await add({ walletId }));
  assert.ok(made.every((reply) => reply.status === 201));
  const refused = await add({ walletId });
  assert.deepEqual(
    [refused.status, refused.body.code, refused.body.field],
    [409, "request.conflict", "/scope"],
  );
  assert.equal((await add({ namespace: "default" })).status, 201);
  assert.equal((await service.call("DELETE", `/v1/bindings/${made[0]?.body.id}`)).status, 204);
  assert.equal((await add({ walletId })).status, 201);
});
