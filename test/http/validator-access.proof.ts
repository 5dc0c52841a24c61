/** Validator clients without a token, the chain that a data directory is tied to, and the signing stop. */
import assert from "node:assert/strict";
import { request } from "node:http";
import { after, before, describe, test } from "node:test";
import { dutyBody, MAINNET_GENESIS_ROOT } from "../chains/ethereum-validator/duties.ts";
import { editLedger } from "../running/ledger.ts";
import { RunningService } from "../running/service.ts";
import { assertSigned, block, signDuty, validatorKeys, vote } from "../running/validators.ts";
import { assertProblem } from "./problems.ts";

describe("validators.allowAnonymousSigning", () => {
  let service: RunningService;
  let key: string;
  before(async () => {
    const environment = {
      CLAVIGER_VALIDATORS__ALLOW_ANONYMOUS_SIGNING: "true",
      CLAVIGER_VALIDATORS__GENESIS_VALIDATORS_ROOT: MAINNET_GENESIS_ROOT,
    };
    service = await RunningService.start({ environment });
    [key = ""] = await validatorKeys(service, 1);
  });
  after(() => service.stop());

  test("is refused with an address that others reach", async () => {
    for (const host of ["0.0.0.0", "::", "192.0.2.1", "signer.example"]) {
      const environment = {
        CLAVIGER_VALIDATORS__ALLOW_ANONYMOUS_SIGNING: "true",
        CLAVIGER_SERVER__HOST: host,
      };
      await assert.rejects(RunningService.start({ environment }), /allowAnonymousSigning: needs a loopback/);
    }
  });

  test("a wrong token is still wrong", async () => {
    const headers = { authorization: `Bearer ${"x".repeat(40)}` };
    assertProblem(await signDuty(service, key, vote(1n, 2n), headers), "auth.missing");
  });
  test("opens no other route", async () => {
    for (const path of ["/v1/keys", "/v1/requests", "/v1/sys/status"]) {
      assertProblem(await raw(service, "GET", path), "auth.missing");
    }
    assert.equal((await raw(service, "GET", "/eth/v1/keystores")).status, 401);
  });
  test("a page in a browser, which calls this machine by another name, is refused", async () => {
    for (const host of ["attacker.example", "attacker.example:9000", "127.0.0.1.attacker.example"]) {
      assertProblem(
        await raw(service, "GET", "/api/v1/eth2/publicKeys", undefined, { host }),
        "request.host_refused",
      );
    }
  });
  test("an exit needs a member of its group", async () => {
    assertProblem(
      await raw(service, "POST", `/api/v1/eth2/sign/${key}`, dutyBody("VOLUNTARY_EXIT")),
      "auth.forbidden",
    );
  });
  test("duties are signed, and recorded under a name of their own", async () => {
    const duty = vote(1n, 2n);
    const reply = await raw(service, "POST", `/api/v1/eth2/sign/${key}`, duty);
    assert.equal(reply.status, 200, reply.text);
    assertSigned(key, duty, reply.body.signature);
    const requests = await service.call("GET", "/v1/requests?limit=1");
    assert.match(requests.text, /anonymous-validator-client/);
    for (const host of ["localhost", "LOCALHOST:9000", "127.0.0.1", "[::1]:9000"]) {
      const keys = await raw(service, "GET", "/api/v1/eth2/publicKeys", undefined, { host });
      assert.deepEqual(keys.body, [key], keys.text);
    }
  });
  test("a service without it asks for a token", async () => {
    const strict = await RunningService.start();
    const reply = await raw(strict, "GET", "/api/v1/eth2/publicKeys");
    await strict.stop();
    assertProblem(reply, "auth.missing");
  });
});

describe("validators.genesisValidatorsRoot and the signing stop", () => {
  let service: RunningService;
  let key: string;
  before(async () => {
    const environment = { CLAVIGER_VALIDATORS__GENESIS_VALIDATORS_ROOT: `0x${"42".repeat(32)}` };
    service = await RunningService.start({ environment });
    const wallet = await service.call("POST", "/v1/wallets", { name: "private chain" });
    const made = await service.call("POST", `/v1/wallets/${wallet.body.id}/keys`, {
      chain: "ethereum-validator",
      network: "minimal",
    });
    key = made.body.publicKey;
  });
  after(() => service.stop());

  for (const [root, message] of [
    ["0x1234", /genesisValidatorsRoot: must be 32 bytes/],
    ["mainnet", /genesisValidatorsRoot: must be 32 bytes/],
  ] as const) {
    test(`${root} is no root`, async () => {
      const environment = { CLAVIGER_VALIDATORS__GENESIS_VALIDATORS_ROOT: root };
      await assert.rejects(RunningService.start({ environment }), message);
    });
  }
  test("a network that nobody knows stops the start", async () => {
    const environment = { CLAVIGER_VALIDATORS__NETWORK: "goerli" };
    await assert.rejects(
      RunningService.start({ environment }),
      /validators\.network: must be one of mainnet/,
    );
  });
  test("the first duty of another chain is refused", async () => {
    assertProblem(await signDuty(service, key, vote(1n, 2n)), "guard.genesis_root");
  });
  test("highWatermark shows the stop, and nothing at or above it is signed", async () => {
    editLedger(service, "UPDATE slashing_chain SET stop_slot = 9007199254740993, stop_epoch = 50");
    assert.deepEqual((await service.call("GET", "/api/v1/eth2/highWatermark")).body, {
      epoch: "50",
      slot: "9007199254740993",
    });
    const own = (duty: Record<string, any>) => ({
      ...duty,
      fork_info: { ...duty["fork_info"], genesis_validators_root: `0x${"42".repeat(32)}` },
    });
    assertProblem(await signDuty(service, key, own(vote(1n, 50n))), "guard.above_watermark");
    assertProblem(await signDuty(service, key, own(block(9007199254740993n))), "guard.above_watermark");
    assert.equal((await signDuty(service, key, own(vote(1n, 49n)))).status, 200);
  });
});

/** Without the token that the harness sends, and with any Host. */
function raw(
  service: RunningService,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
) {
  return new Promise<{ status: number; headers: Headers; text: string; body: any }>((resolve, reject) => {
    const sent = request(
      service.url + path,
      { method, headers: { "content-type": "application/json", accept: "application/json", ...headers } },
      (response) => {
        let text = "";
        response.on("data", (chunk: Buffer) => (text += chunk.toString()));
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: new Headers(
              Object.entries(response.headers).map(
                ([name, value]) => [name, String(value)] as [string, string],
              ),
            ),
            text,
            body: JSON.parse(text),
          }),
        );
      },
    );
    sent.on("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
