/**
 * No signature leaves after the answer of an act that was committed after it: each kind of revocation races 50 signatures over
 * sockets of their own, and the service tells in which order it wrote its answers.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { dutyBody } from "../chains/ethereum-validator/duties.ts";
import { rounds } from "../extent.ts";
import { constant, guest } from "../policy/guests.ts";
import { Connection, got, posted, type RawReply } from "../running/connections.ts";
import { ALLOW_OPAQUE, DENY } from "../running/policies.ts";
import { RunningService, TOKEN, type Reply } from "../running/service.ts";
import { vote } from "../running/validators.ts";
import { TELLING, writtenAfter } from "../running/written.ts";

const SIGNERS = 50;
/** The act begins when so many signatures of its round were read. */
const READ_FIRST = [5, 0, 1, 20, 40];
const ROUNDS = rounds("REVOCATION_ROUNDS");
/** Each round unseals again, which takes as long as the passphrase is to guess. */
const SEAL_ROUNDS = rounds("SEAL_ROUNDS");

/** Denies what has `!` anywhere in its input, settings included; allows all else. */
const NO_EXCLAMATION = ((): Uint8Array => {
  const allow = constant('{"decision":"allow","allowOpaque":true}', 1024);
  const deny = constant('{"decision":"deny","code":"loud","reason":"!"}', 2048);
  const found = "(i32.eq (i32.load8_u (local.get $ptr)) (i32.const 33))";
  const next = (name: string, by: number): string =>
    `(local.set ${name} (i32.add (local.get ${name}) (i32.const ${by})))`;
  return guest({
    fields: `${allow.data} ${deny.data}`,
    evaluate: `(loop $next (if (local.get $len) (then
      (if ${found} (then (return ${deny.result})))
      ${next("$ptr", 1)} ${next("$len", -1)} (br $next))))
      ${allow.result}`,
  });
})();

let service: RunningService;
let connections: Connection[];
let walletId: string;
let index = 0;

before(async () => {
  service = await RunningService.start({ environment: TELLING });
  connections = await Promise.all(Array.from({ length: SIGNERS }, () => Connection.open(service.url)));
  walletId = (await made("POST", "/v1/wallets", { name: "revocations" })).id;
});
after(async () => {
  for (const connection of connections) connection.close();
  await service.stop();
});

async function made(method: string, path: string, body?: unknown): Promise<any> {
  const reply = await service.call(method, path, body);
  assert.ok(reply.status < 300, reply.text);
  return reply.body;
}

async function policyOf(module: Uint8Array): Promise<string> {
  return (await made("POST", "/v1/policies?name=revocations", module)).digest;
}

async function newKey(chain = "ethereum"): Promise<{ id: string; publicKey: string }> {
  return made("POST", `/v1/wallets/${walletId}/keys`, { chain, index: (index += 1) });
}

/** A key with a policy that allows everything. */
async function boundKey(module = ALLOW_OPAQUE): Promise<{ keyId: string; bindingId: string }> {
  const { id: keyId } = await newKey();
  const { id } = await made("POST", "/v1/bindings", { policy: await policyOf(module), scope: { keyId } });
  return { keyId, bindingId: id };
}

/** Races of 50 messages with a freeze of what `scopeOf` makes of the key. */
function freezing(scopeOf: (keyId: string) => unknown): Acts {
  return async () => {
    const { keyId } = await boundKey();
    const scope = scopeOf(keyId);
    return async () => {
      let freezeId = "";
      return {
        request: (number) => message(keyId, number),
        act: async () => {
          const reply = await service.call("POST", "/v1/freeze", { scope });
          freezeId = reply.body.id;
          return reply;
        },
        restore: () => service.call("DELETE", `/v1/freeze/${freezeId}`),
      };
    };
  };
}

/** Races of a validator's vote, the same by all, with a floor or bound at its target. */
function moving(what: "floors" | "bounds"): Acts {
  return async () => {
    const { publicKey } = await newKey("ethereum-validator");
    const set = (epoch: bigint | null) =>
      service.call("POST", `/v1/slashing-protection/${what}`, {
        publicKeys: [publicKey],
        epoch: epoch === null ? null : String(epoch),
      });
    let target = 1n;
    return async () => {
      target += 1n;
      const duty = posted(`/api/v1/eth2/sign/${publicKey}`, JSON.stringify(vote(target - 1n, target)));
      const race = { request: () => duty, act: () => set(target) };
      // A floor is never lifted: the next vote is above it.
      return what === "floors" ? race : { ...race, restore: () => set(null) };
    };
  };
}

async function member(groups: readonly string[] = []): Promise<{ id: string; token: string }> {
  return made("POST", "/v1/principals", { name: "member", roles: ["KeyUser"], groups });
}

/** Bytes of a request for a signature; `number` makes it another message. */
function message(keyId: string, number: number, token = TOKEN): Buffer {
  const body = { type: "ethereum.message", message: { text: `message ${number}` } };
  return posted(`/v1/keys/${keyId}/sign`, JSON.stringify(body), token);
}

/** Bytes of a request for public randomness that nobody has asked for before. */
function randomness(keyId: string, token = TOKEN): Buffer {
  index += 1;
  const body = { chainId: "bbn-1", startHeight: String(index * 100), count: 20 };
  return posted(`/v1/keys/${keyId}/eots/randomness`, JSON.stringify(body), token);
}

/** One race. */
interface Race {
  readonly request: (number: number) => Buffer;
  readonly act: () => Promise<Reply>;
  /** What it took away is there again. */
  readonly restore?: () => Promise<Reply>;
}

type Acts = (service: RunningService) => Promise<() => Promise<Race>>;

const SEALING = "the service is sealed";

/** Each makes what it needs once; what that returns makes a race. */
const REVOCATIONS: Readonly<Record<string, Acts>> = {
  "a principal is deleted": async () => {
    const { keyId } = await boundKey();
    return async () => {
      const { id, token } = await member();
      return {
        request: (number) => message(keyId, number, token),
        act: () => service.call("DELETE", `/v1/principals/${id}`),
      };
    };
  },
  "a principal is deleted that asks for public randomness": async () => {
    const { id: keyId } = await newKey("babylon");
    return async () => {
      const { id, token } = await member();
      return {
        request: () => randomness(keyId, token),
        act: () => service.call("DELETE", `/v1/principals/${id}`),
      };
    };
  },
  "a key is disabled whose public randomness is asked for": async () => {
    const { id: keyId } = await newKey("babylon");
    return async () => ({
      request: () => randomness(keyId),
      act: () => service.call("POST", `/v1/keys/${keyId}/disable`),
      restore: () => service.call("POST", `/v1/keys/${keyId}/enable`),
    });
  },
  "a token is rotated": async () => {
    const { keyId } = await boundKey();
    let { id, token } = await member();
    return async () => {
      const current = token;
      return {
        request: (number) => message(keyId, number, current),
        act: async () => {
          const reply = await service.call("POST", `/v1/principals/${id}/rotate`);
          ({ token } = reply.body);
          return reply;
        },
      };
    };
  },
  "a role is taken away": async () => {
    const { keyId } = await boundKey();
    const { id, token } = await member();
    const set = (roles: readonly string[]) => service.call("PATCH", `/v1/principals/${id}`, { roles });
    return async () => ({
      request: (number) => message(keyId, number, token),
      act: () => set(["Auditor"]),
      restore: () => set(["KeyUser"]),
    });
  },
  "a group is taken away": async () => {
    const { id: keyId } = await newKey("ethereum-validator");
    const { id, token } = await member(["validator-exits"]);
    const body = JSON.stringify({ type: "ethereum-validator.duty", duty: dutyBody("VOLUNTARY_EXIT") });
    const set = (groups: readonly string[]) => service.call("PATCH", `/v1/principals/${id}`, { groups });
    return async () => ({
      request: () => posted(`/v1/keys/${keyId}/sign`, body, token),
      act: () => set([]),
      restore: () => set(["validator-exits"]),
    });
  },
  "a binding that denies is made": async () => {
    const { keyId } = await boundKey();
    const policy = await policyOf(DENY);
    return async () => {
      let bindingId = "";
      return {
        request: (number) => message(keyId, number),
        act: async () => {
          const reply = await service.call("POST", "/v1/bindings", { policy, scope: { keyId } });
          bindingId = reply.body.id;
          return reply;
        },
        restore: () => service.call("DELETE", `/v1/bindings/${bindingId}`),
      };
    };
  },
  "a setting is changed": async () => {
    const { keyId, bindingId } = await boundKey(NO_EXCLAMATION);
    const set = (word: string) => service.call("PUT", `/v1/bindings/${bindingId}`, { settings: { word } });
    return async () => ({
      request: (number) => message(keyId, number),
      act: () => set("stop!"),
      restore: () => set("go"),
    });
  },
  "the policy of a binding is changed": async () => {
    const { keyId, bindingId } = await boundKey();
    const [deny, allow] = [await policyOf(DENY), await policyOf(ALLOW_OPAQUE)];
    const set = (policy: string) => service.call("PUT", `/v1/bindings/${bindingId}`, { policy });
    return async () => ({
      request: (number) => message(keyId, number),
      act: () => set(deny),
      restore: () => set(allow),
    });
  },
  "the only binding is deleted": async () => {
    const { id: keyId } = await newKey();
    const policy = await policyOf(ALLOW_OPAQUE);
    return async () => {
      const { id } = await made("POST", "/v1/bindings", { policy, scope: { keyId } });
      return {
        request: (number) => message(keyId, number),
        act: () => service.call("DELETE", `/v1/bindings/${id}`),
      };
    };
  },
  "a key is disabled": async () => {
    const { keyId } = await boundKey();
    return async () => ({
      request: (number) => message(keyId, number),
      act: () => service.call("POST", `/v1/keys/${keyId}/disable`),
      restore: () => service.call("POST", `/v1/keys/${keyId}/enable`),
    });
  },
  "a key is deleted": async () => async () => {
    const { keyId } = await boundKey();
    return {
      request: (number) => message(keyId, number),
      act: () => service.call("DELETE", `/v1/keys/${keyId}`),
    };
  },
  "a validator is frozen": async () => {
    const { publicKey } = await newKey("ethereum-validator");
    const set = (what: string) =>
      service.call("POST", `/v1/slashing-protection/${what}`, { publicKeys: [publicKey] });
    let target = 1n;
    return async () => {
      target += 1n;
      // The same vote by all: what the guard knows is signed again, until it is frozen.
      const duty = posted(`/api/v1/eth2/sign/${publicKey}`, JSON.stringify(vote(target - 1n, target)));
      return { request: () => duty, act: () => set("disable"), restore: () => set("enable") };
    };
  },
  "a key is frozen": freezing((keyId) => ({ keyId })),
  "a wallet is frozen": freezing(() => ({ walletId })),
  "a namespace is frozen": freezing(() => ({ namespace: "default" })),
  "everything is frozen": freezing(() => ({ everything: true })),
  "a floor of a validator is raised": moving("floors"),
  "a bound of a validator is set": moving("bounds"),
  [SEALING]: async () => {
    const { keyId } = await boundKey();
    const passphrase = readFileSync(join(service.dataDirectory, "dev.passphrase"), "utf8");
    // Some sign anew, some repeat what was signed before under their Idempotency-Key, and some read it.
    const body = { type: "ethereum.message", message: { text: "sealed" } };
    const path = `/v1/keys/${keyId}/sign`;
    const headers = { "idempotency-key": "sealed" };
    const { requestId } = (await service.call("POST", path, body, headers)).body;
    const asked = [posted(path, JSON.stringify(body), TOKEN, headers), got(`/v1/requests/${requestId}`)];
    return async () => ({
      request: (number) => asked[number % 3] ?? message(keyId, number),
      act: () => service.call("POST", "/v1/sys/seal"),
      restore: () => service.call("POST", "/v1/sys/unseal", { passphrase }),
    });
  },
};

interface Outcome {
  /** Status and id of each answer, in the order in which they were read. */
  readonly signers: readonly RawReply[];
  readonly act: Reply;
}

async function run({ request, act }: Race, readFirst: number): Promise<Outcome> {
  const read: RawReply[] = [];
  const enough = Promise.withResolvers<void>();
  if (readFirst === 0) enough.resolve();
  const asking = connections.map(async (connection, number) => {
    const reply = await connection.ask(request(number));
    read.push(reply);
    if (read.length === readFirst) enough.resolve();
  });
  await enough.promise;
  const reply = await act();
  await Promise.all(asking);
  return { signers: read, act: reply };
}

/** What must not leave late: a request that is read can have no signature in it. */
const SIGNED = /"(?:signature|publicRandomness)":/;

/** Signatures of which a byte was written after the first byte of the act's answer. */
function late({ signers, act }: Outcome): Promise<readonly string[]> {
  const signed = signers.filter(({ text }) => SIGNED.test(text)).map(({ requestId }) => requestId);
  return writtenAfter(service, act.headers.get("x-request-id") ?? "", signed);
}

describe("no signature leaves after the answer", () => {
  for (const [name, prepare] of Object.entries(REVOCATIONS)) {
    const count = name === SEALING ? SEAL_ROUNDS : ROUNDS;
    test(`when ${name} (${count} rounds)`, async () => {
      const next = await prepare(service);
      let signatures = 0;
      for (let round = 0; round < count; round += 1) {
        const race = await next();
        const outcome = await run(race, READ_FIRST[round % READ_FIRST.length] ?? 0);
        assert.ok(outcome.act.status < 300, outcome.act.text);
        assert.deepEqual(await late(outcome), [], `round ${round}`);
        signatures += outcome.signers.filter(({ text }) => SIGNED.test(text)).length;
        // After the answer nobody signs, so that every signature of the round was asked for before.
        const [connection] = connections;
        const refused = await connection?.ask(race.request(0));
        assert.ok(refused !== undefined && refused.status >= 400, refused?.text);
        const restored = await race.restore?.();
        assert.ok(restored === undefined || restored.status < 300, restored?.text);
      }
      assert.ok(signatures > 0, "nothing was signed, so nothing was raced");
    });
  }
});
