/** Hostile messages over HTTP, under a policy that just allows: none is signed. Sign-ins are. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { hostileMessages } from "../domain/messages/hostile.ts";
import { signInText } from "../domain/messages/sign-in.ts";
import { ALLOW, ALLOW_OPAQUE, bind } from "../running/policies.ts";
import { RunningService } from "../running/service.ts";
import { makeKey, makeWallet, sign, type Key } from "./custody.ts";

const CHAINS = { ethereum: "Ethereum", solana: "Solana", bitcoin: "Bitcoin" } as const;
const NAMES = ["ethereum", "solana", "bitcoin"] as const;
type Name = (typeof NAMES)[number];

let service: RunningService;
let walletId: string;
const keys = new Map<Name, Key>();

before(async () => {
  service = await RunningService.start();
  walletId = await makeWallet(service, { name: "treasury" });
  for (const chain of NAMES) keys.set(chain, await makeKey(service, walletId, { chain }));
  await bind(service, ALLOW, { walletId });
});
after(() => service.stop());

function keyOf(chain: Name): Key {
  return keys.get(chain) ?? assert.fail();
}

/** The request that signs these bytes; undefined where the chain has no form for them. */
function requestOf(chain: Name, message: string | Uint8Array) {
  const type = `${chain}.message`;
  if (chain === "bitcoin") return typeof message === "string" ? { type, message } : undefined;
  const bytes = Buffer.from(message);
  if (chain === "solana") return { type, message: { base64: bytes.toString("base64") } };
  return { type, message: { hex: `0x${bytes.toString("hex")}` } };
}

async function answerTo(chain: Name, message: string | Uint8Array): Promise<string | undefined> {
  const request = requestOf(chain, message);
  if (request === undefined) return undefined;
  const reply = await service.call("POST", `/v1/keys/${keyOf(chain).id}/sign`, request);
  return `${reply.status} ${reply.body.code}`;
}

for (const chain of NAMES) {
  describe(`${chain}.message under a policy that just allows`, () => {
    test("hostile messages are refused as opaque, or have no form on the chain", async () => {
      const hostile = hostileMessages(signInText(CHAINS[chain], keyOf(chain).address));
      for (const { name, message } of hostile) {
        const answer = await answerTo(chain, message);
        const expected =
          chain === "solana" ? /policy\.opaque$|transaction\.invalid$/ : /^403 policy\.opaque$/;
        if (answer !== undefined) assert.match(answer, expected, name);
      }
    });

    test("sign-ins for other keys and other chains are refused", async () => {
      for (const other of NAMES) {
        for (const named of NAMES) {
          if (other === chain && named === chain) continue;
          const text = signInText(CHAINS[other], keyOf(named).address);
          assert.equal(await answerTo(chain, text), "403 policy.opaque", `${other}, ${named}`);
        }
      }
    });

    test("its own sign-in is signed", async () => {
      const key = keyOf(chain);
      const request = requestOf(chain, signInText(CHAINS[chain], key.address));
      assert.ok(request);
      assert.ok((await sign(service, key, request)).signature);
    });
  });
}

test("a policy that allows what is opaque lets any text pass", async () => {
  await bind(service, ALLOW_OPAQUE, { walletId });
  for (const chain of NAMES) {
    const request = requestOf(chain, "hello");
    assert.ok(request);
    assert.ok((await sign(service, keyOf(chain), request)).signature);
  }
});
