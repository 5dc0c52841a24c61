/** /v1/slashing-protection on a running service: interchange in both directions, stops, roles, and what stays signed. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { after, before, describe, test } from "node:test";
import { member, TENANT } from "../access/tenants.ts";
import { documentOf, entryOf, longDocument, METADATA, ROOT, upload } from "../running/interchange.ts";
import { RunningService, TOKEN, type Reply } from "../running/service.ts";
import { block, signDuty, validatorKeys, vote } from "../running/validators.ts";
import { assertDocumented } from "./document.ts";
import { assertProblem } from "./problems.ts";

const PATH = "/v1/slashing-protection";
const OTHER_ROOT = `0x${"77".repeat(32)}`;
/** A key that this installation does not hold. */
const STRANGER = `0x${"ab".repeat(48)}`;
const IMPORT_BYTES_MAX = 64 * 1024 * 1024;

let service: RunningService;
before(async () => {
  service = await RunningService.start({
    environment: { CLAVIGER_VALIDATORS__IMPORT_BYTES_MAX: String(IMPORT_BYTES_MAX) },
  });
});
after(() => service.stop());

async function get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
  const reply = await service.call("GET", path, undefined, headers);
  if (reply.status === 200) assertDocumented("GET", path.split("?")[0] ?? "", reply);
  return reply;
}

async function post(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  const reply = await service.call("POST", path, body, headers);
  assertDocumented("POST", path, reply);
  return reply;
}

/** Watermarks and state of one key, or undefined. */
async function keyState(publicKey: string, from: RunningService = service): Promise<any> {
  const { body } = await from.call("GET", `${PATH}/keys?limit=500`);
  return body.items.find((item: any) => item.publicKey === publicKey);
}

async function exported(from: RunningService = service, query = ""): Promise<string> {
  const reply = await from.call("GET", `${PATH}/export${query}`);
  assert.equal(reply.status, 200, reply.text);
  return reply.text;
}

async function auditEntries(): Promise<any[]> {
  const entries: any[] = [];
  for (let from: string | null = "0"; from !== null;) {
    const { body }: Reply = await service.call("GET", `/v1/audit/entries?limit=500&from=${from}`);
    entries.push(...body.items.map((item: any) => item.entry));
    from = body.next;
  }
  return entries;
}

describe("a data directory without a chain", () => {
  test("an import has to name it, and may only name that of the document", async () => {
    const document = documentOf(entryOf(STRANGER, [5]));
    assertProblem(await upload(service, [document]), "guard.genesis_root");
    assertProblem(
      await upload(service, [document], { query: `?genesisValidatorsRoot=${OTHER_ROOT}` }),
      "guard.genesis_root",
    );
    assertProblem(await service.call("GET", `${PATH}/export`), "guard.genesis_root");
    await validatorKeys(service, 1);
    assertProblem(await service.call("POST", `${PATH}/export`, { disableKeys: true }), "guard.genesis_root");
    assert.equal(
      (await get(PATH)).body.disabledKeys,
      0,
      "no key is frozen for a document that there cannot be",
    );
    assert.equal((await get(PATH)).body.genesisValidatorsRoot, null);
    const reply = await upload(service, [document], { query: `?genesisValidatorsRoot=${ROOT}` });
    assert.equal(reply.status, 200, reply.text);
    assertDocumented("POST", `${PATH}/import`, reply);
    assert.equal((await get(PATH)).body.genesisValidatorsRoot, ROOT);
  });
});

describe("import: refused as a whole", () => {
  const good = entryOf(STRANGER, [6]);
  const cases: readonly (readonly [what: string, document: string, code: string, field?: string])[] = [
    ["another chain", documentOf(good, OTHER_ROOT), "guard.genesis_root"],
    ["nothing", "", "request.malformed", ""],
    ["not JSON", "slashing", "request.malformed", ""],
    ["cut off", documentOf(good).slice(0, -2), "request.malformed", ""],
    [
      "version 4",
      documentOf(good).replace('"5"', '"4"'),
      "request.malformed",
      "/metadata/interchange_format_version",
    ],
    ["an unknown member", `{${METADATA},"data":[],"extra":1}`, "request.malformed", "/extra"],
    [
      "a slot of 2^63",
      documentOf(entryOf(STRANGER).replace("[]", '[{"slot":"9223372036854775808"}]')),
      "request.malformed",
      "/data/0/signed_blocks/0/slot",
    ],
  ];
  for (const [what, document, code, field] of cases) {
    test(what, async () => {
      const history = await exported();
      const reply = await upload(service, [document]);
      assertProblem(reply, code);
      if (field !== undefined) assert.equal(reply.body.field, field, reply.text);
      assert.equal(await exported(), history);
    });
  }

  for (const votes of [1, 500, 30_000]) {
    test(`a bad record after ${votes} good ones, with its place`, async () => {
      const history = await exported();
      function* broken(): Generator<string> {
        for (const piece of longDocument(STRANGER, votes))
          yield piece.replace(/\]\}\]\}$/, ',{"source_epoch":"1"}]}]}');
      }
      const reply = await upload(service, broken());
      assertProblem(reply, "request.malformed");
      assert.equal(reply.body.field, `/data/0/signed_attestations/${votes}/target_epoch`);
      assert.equal(await exported(), history);
    });
  }

  test("a bad record at the start of 20 MB: the client can send the rest, and hears of it", async () => {
    const history = await exported();
    let ended = false;
    function* broken(): Generator<string> {
      yield documentOf("").replace("]}", `{"pubkey":"0x00","signed_blocks":[],"signed_attestations":[]},`);
      for (let index = 0; index < 300; index += 1)
        yield `${entryOf(STRANGER, [index])}${" ".repeat(65_536)},`;
      ended = true;
      yield "]}";
    }
    const reply = await upload(service, broken());
    assertProblem(reply, "request.malformed");
    assert.equal(reply.body.field, "/data/0/pubkey");
    assert.ok(ended, "the whole body was taken");
    assert.equal(await exported(), history);
  });

  test("another content type, an unknown parameter, a root that is none", async () => {
    const document = documentOf(good);
    assertProblem(
      await upload(service, [document], { headers: { "content-type": "text/plain" } }),
      "request.unsupported_media_type",
    );
    assertProblem(await upload(service, [document], { query: "?root=0x04" }), "request.malformed");
    assertProblem(
      await upload(service, [document], { query: "?genesisValidatorsRoot=0x04" }),
      "request.malformed",
    );
  });

  test("longer than validators.importBytesMax: told from the head, before a byte is sent", async () => {
    const request = httpRequest(`${service.url}${PATH}/import`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${TOKEN}`,
        "content-type": "application/json",
        "content-length": IMPORT_BYTES_MAX + 1,
      },
    });
    request.on("error", () => undefined);
    request.flushHeaders();
    const [response] = await once(request, "response");
    assert.equal(response.statusCode, 413);
    request.destroy();
  });

  test("without a token nobody's body is read", async () => {
    assertProblem(
      await upload(service, [documentOf(good)], { headers: { authorization: "" } }),
      "auth.missing",
    );
  });
});

/** An upload that sends `head` and then waits for `release`, with its rest. */
function held(head: string) {
  const gate = Promise.withResolvers<string>();
  async function* pieces(): AsyncGenerator<string> {
    yield head;
    yield await gate.promise;
  }
  return { reply: upload(service, pieces()), release: gate.resolve };
}

/** Until another import is told that one is under way. */
async function underWay(): Promise<Reply> {
  for (;;) {
    const reply = await upload(service, [documentOf("")]);
    if (reply.status === 409) return reply;
    assert.equal(reply.status, 200, reply.text);
  }
}

describe("import: two at once, and clients that leave", () => {
  test("the second is told to come again, and the first is merged", async () => {
    const document = documentOf(entryOf(STRANGER, [7, 8]));
    const first = held(document.slice(0, 150));
    assertProblem(await underWay(), "request.conflict");
    first.release(document.slice(150));
    const reply = await first.reply;
    assert.equal(reply.status, 200, reply.text);
    assert.equal(reply.body.keys[0].blocks, 2);
    assert.equal((await upload(service, [document])).body.keys[0].blocks, 0, "the second was not merged");
  });

  test("a client that leaves in the middle has imported nothing, and keeps nobody waiting", async () => {
    const history = await exported();
    const request = httpRequest(`${service.url}${PATH}/import`, {
      method: "POST",
      headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
    });
    request.on("error", () => undefined);
    const document = [...longDocument(STRANGER, 20_000)].join("");
    request.write(document.slice(0, -10));
    assertProblem(await underWay(), "request.conflict");
    request.destroy();
    for (;;) {
      const reply = await upload(service, [documentOf("")]);
      if (reply.status === 200) break;
      assertProblem(reply, "request.conflict");
    }
    assert.equal(await exported(), history);
    assert.equal((await service.call("GET", "/health/ready")).status, 200);
  });

  test("SIGTERM during an import: nothing is imported, and the service ends", async () => {
    const stopping = await RunningService.start();
    const request = httpRequest(`${stopping.url}${PATH}/import?genesisValidatorsRoot=${ROOT}`, {
      method: "POST",
      headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
    });
    request.on("error", () => undefined);
    request.write(documentOf(entryOf(STRANGER, [1])).slice(0, -1));
    const query = `?genesisValidatorsRoot=${ROOT}`;
    while ((await upload(stopping, [documentOf("")], { query })).status !== 409);
    assert.equal(await stopping.stop(), 0, stopping.stderr.join(""));
    request.destroy();
  });
});

describe("import: merged", () => {
  test("20 MB in bounded memory, while duties are signed; the watermark holds", async () => {
    const [publicKey = "", other = ""] = await validatorKeys(service, 2);
    const rss = (): number =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${service.process.pid}/status`, "utf8"))?.[1]) * 1024;
    const start = rss();
    let peak = start;
    let bytes = 0;
    let sent = 0;
    let signed = 0;
    async function* pieces(): AsyncGenerator<string> {
      for (const piece of longDocument(publicKey, 150_000)) {
        bytes += piece.length;
        peak = Math.max(peak, rss());
        yield piece;
        sent += 1;
        if (sent % 10 !== 0) continue;
        assert.equal((await signDuty(service, other, block(BigInt(signed + 1)))).status, 200);
        signed += 1;
      }
    }
    const reply = await upload(service, pieces());
    assert.equal(reply.status, 200, reply.text);
    assert.ok(bytes > 19_000_000 && signed > 10, `${bytes} bytes, ${signed} duties`);
    assert.ok(peak - start < 400_000_000, `memory grew by ${peak - start} bytes`);
    assert.deepEqual(
      reply.body.keys.map((key: any) => [key.publicKey, key.attestations, key.lowTargetEpoch]),
      [[publicKey, 150_000, "1"]],
    );
    assertProblem(await signDuty(service, publicKey, vote(149_999n, 150_000n)), "guard.double_vote");
    assert.equal((await signDuty(service, publicKey, vote(150_000n, 150_001n))).status, 200);
  });

  test("twice changes nothing; conflicts are reported; each import stands in the audit log", async () => {
    const [publicKey = ""] = await validatorKeys(service, 1);
    const document = documentOf(
      entryOf(
        publicKey,
        [3, 3, 9],
        [
          [1, 4],
          [2, 3],
        ],
      ),
    );
    const first = await upload(service, [document]);
    assertDocumented("POST", `${PATH}/import`, first);
    assert.deepEqual(
      first.body.keys[0].conflicts.map((conflict: any) => conflict.kind),
      ["surround", "surround"],
    );
    const state = await exported();
    const again = await upload(service, [document]);
    assert.deepEqual([again.body.keys[0].blocks, again.body.keys[0].attestations], [0, 0]);
    assert.equal(await exported(), state);
    const imports = (await auditEntries()).filter((entry) => entry.action === "slashing.import");
    assert.ok(imports.length >= 2);
    assert.equal(imports.at(-2).keys, 1);
    assert.equal(imports.at(-2).attestations, "2");
  });
});

describe("export", () => {
  test("all of it twice gives the same bytes; one key, several, and in minimal form", async () => {
    const [first = "", second = ""] = await validatorKeys(service, 2);
    await signDuty(service, first, block(5n));
    await signDuty(service, first, block(7n));
    await signDuty(service, second, vote(2n, 3n));
    assert.equal(await exported(), await exported());
    const reply = await get(`${PATH}/export?publicKeys=${first}`);
    assert.deepEqual(
      reply.body.data.map((entry: any) => entry.pubkey),
      [first],
    );
    assert.equal(reply.body.data[0].signed_blocks.length, 2);
    const both = await get(
      `${PATH}/export?publicKeys=${first},0x${second.slice(2).toUpperCase()}&minimal=true`,
    );
    assert.equal(both.body.data.length, 2);
    const blocks = both.body.data.find((entry: any) => entry.pubkey === first).signed_blocks;
    assert.deepEqual(blocks, [{ slot: "7" }]);
    assertProblem(await get(`${PATH}/export?publicKeys=0x${"ac".repeat(48)}`), "key.not_found");
    assertProblem(await get(`${PATH}/export?publicKeys=${first},`), "request.malformed");
    assertProblem(await get(`${PATH}/export?minimal=yes`), "request.malformed");
  });

  test("into an empty service: the same history, and the same verdicts", async () => {
    const [publicKey = ""] = await validatorKeys(service, 1);
    for (const duty of [block(10n), block(12n), vote(3n, 4n), vote(4n, 6n)]) {
      assert.equal((await signDuty(service, publicKey, duty)).status, 200);
    }
    const document = await exported();
    const empty = await RunningService.start();
    try {
      const query = `?genesisValidatorsRoot=${ROOT}`;
      const reply = await upload(empty, [document], { query });
      assert.equal(reply.status, 200, reply.text);
      assert.equal(await exported(empty), document);
      assert.deepEqual(await keyState(publicKey, empty), await keyState(publicKey));
      assert.equal((await upload(empty, [document])).status, 200);
      assert.equal(await exported(empty), document, "a second import changes nothing");
    } finally {
      await empty.stop();
    }
  });
});

describe("stop, then export", () => {
  test("under load: whatever was signed is in the document, and nothing is signed after it", async () => {
    const keys = await validatorKeys(service, 4);
    const idle = (await validatorKeys(service, 1))[0] ?? "";
    const released: { readonly key: string; readonly slot: number }[] = [];
    let begun = false;
    const late: string[] = [];
    const refused = new Set<string>();
    /** Signs slot after slot until it is refused; `begun` is read before the duty is sent. */
    async function sign(key: string): Promise<void> {
      for (let slot = 1; ; slot += 1) {
        const afterwards = begun;
        const reply = await signDuty(service, key, block(BigInt(slot)));
        if (reply.status === 200) {
          released.push({ key, slot });
          if (afterwards) late.push(`${key} ${slot}`);
          continue;
        }
        assertProblem(reply, "guard.disabled");
        refused.add(key);
        return;
      }
    }
    const load = Promise.all(keys.map(sign));
    while (released.length < 40) await new Promise((resolve) => setImmediate(resolve));
    const response = await fetch(`${service.url}${PATH}/export`, {
      method: "POST",
      headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
      body: JSON.stringify({ disableKeys: true, publicKeys: [...keys, idle] }),
    });
    // The head of the answer is here: the document has begun, and with it the end of signing.
    begun = true;
    const document: any = await response.json();
    await load;
    assert.deepEqual(late, []);
    assert.equal(refused.size, keys.length);
    const slots = new Map<string, Set<string>>(
      document.data.map((entry: any) => [
        entry.pubkey,
        new Set(entry.signed_blocks.map((signedBlock: any) => signedBlock.slot)),
      ]),
    );
    for (const { key, slot } of released)
      assert.ok(slots.get(key)?.has(String(slot)), `${key} ${slot} is missing`);
    assertProblem(await signDuty(service, idle, block(1n)), "guard.disabled");
    const actions = (await auditEntries()).map((entry) => entry.action).filter(Boolean);
    assert.deepEqual(actions.slice(-2), ["slashing.disable", "slashing.export"]);
    const again = await post(`${PATH}/export`, { disableKeys: true, publicKeys: [...keys, idle] });
    assert.deepEqual(again.body, document);
  });

  test("every key at once, also one that never signed; enabling is by name, and what was signed stays", async () => {
    const other = await RunningService.start();
    try {
      const [used = "", fresh = ""] = await validatorKeys(other, 2);
      assert.equal((await signDuty(other, used, vote(1n, 2n))).status, 200);
      const reply = await other.call("POST", `${PATH}/export`, { disableKeys: true });
      assert.equal(reply.status, 200, reply.text);
      for (const key of [used, fresh])
        assertProblem(await signDuty(other, key, vote(2n, 3n)), "guard.disabled");
      assert.equal((await other.call("GET", PATH)).body.disabledKeys, 2);
      const enabled = await other.call("POST", `${PATH}/enable`, { publicKeys: [used, fresh] });
      assert.deepEqual(enabled.body, { changed: 2 });
      assertProblem(await signDuty(other, used, vote(1n, 2n, 1)), "guard.double_vote");
      assert.equal((await signDuty(other, used, vote(2n, 3n))).status, 200);
      assert.equal((await keyState(fresh, other)).hasHistory, false);
      assert.equal((await signDuty(other, fresh, vote(2n, 3n))).status, 200);
      assert.equal((await keyState(fresh, other)).hasHistory, true);
    } finally {
      await other.stop();
    }
  });

  test("without disableKeys the keys go on", async () => {
    const [publicKey = ""] = await validatorKeys(service, 1);
    assert.equal((await signDuty(service, publicKey, block(1n))).status, 200);
    const reply = await post(`${PATH}/export`, {
      disableKeys: false,
      publicKeys: [publicKey],
      minimal: true,
    });
    assert.deepEqual(reply.body.data, [
      { pubkey: publicKey, signed_blocks: [{ slot: "1" }], signed_attestations: [] },
    ]);
    assert.equal((await signDuty(service, publicKey, block(2n))).status, 200);
    assertProblem(await post(`${PATH}/export`, { publicKeys: [publicKey] }), "request.malformed");
  });

  test("disable and enable change what they say, once", async () => {
    const [publicKey = ""] = await validatorKeys(service, 1);
    const body = { publicKeys: [publicKey] };
    assert.deepEqual((await post(`${PATH}/enable`, body)).body, { changed: 0 });
    assert.deepEqual((await post(`${PATH}/disable`, body)).body, { changed: 1 });
    assert.deepEqual((await post(`${PATH}/disable`, body)).body, { changed: 0 });
    assertProblem(await signDuty(service, publicKey, block(1n)), "guard.disabled");
    assert.deepEqual((await post(`${PATH}/enable`, body)).body, { changed: 1 });
    assert.equal((await signDuty(service, publicKey, block(1n))).status, 200);
    for (const publicKeys of [[], [publicKey, publicKey], ["0x00"]]) {
      assertProblem(await post(`${PATH}/disable`, { publicKeys }), "request.malformed");
    }
    assertProblem(await post(`${PATH}/disable`, { publicKeys: [`0x${"ac".repeat(48)}`] }), "key.not_found");
  });
});

describe("namespaces", () => {
  test("a tenant imports, exports and stops its own keys alone, and cannot let them sign again", async () => {
    await service.call("POST", "/v1/namespaces", { name: TENANT });
    const admin = (await member(service, TENANT, ["KeyAdmin", "NamespaceAdmin"])).authorization;
    const user = (await member(service, TENANT, ["KeyUser"])).authorization;
    const auditor = (await member(service, TENANT, ["Auditor"])).authorization;
    const [theirs = ""] = await validatorKeys(service, 1, admin);
    const [ours = ""] = await validatorKeys(service, 1);
    assert.equal((await signDuty(service, ours, block(4n))).status, 200);
    const untouched = await keyState(ours);

    const document = documentOf([theirs, ours].map((key) => entryOf(key, [50])).join());
    const merged = await upload(service, [document], { headers: admin });
    assert.equal(merged.status, 200, merged.text);
    assert.deepEqual(
      merged.body.keys.map((key: any) => [key.publicKey, key.lowSlot]),
      [[theirs, "50"]],
    );
    assert.deepEqual(await keyState(ours), untouched, "the key of another namespace is left alone");

    const own = await get(`${PATH}/export`, auditor);
    assert.deepEqual(
      own.body.data.map((entry: any) => entry.pubkey),
      [theirs],
    );
    assert.deepEqual(
      (await get(`${PATH}/keys`, auditor)).body.items.map((item: any) => item.publicKey),
      [theirs],
    );
    assert.equal((await get(PATH, auditor)).body.keys, 1);
    for (const reply of [
      await get(`${PATH}/export?publicKeys=${ours}`, admin),
      await post(`${PATH}/export`, { disableKeys: true, publicKeys: [theirs, ours] }, admin),
      await post(`${PATH}/disable`, { publicKeys: [ours] }, admin),
    ]) {
      assertProblem(reply, "key.not_found");
    }
    assertProblem(await post(`${PATH}/export`, { disableKeys: true }, auditor), "auth.forbidden");
    assertProblem(await upload(service, [document], { headers: user }), "auth.forbidden");

    const stopped = await post(`${PATH}/export`, { disableKeys: true }, admin);
    assert.deepEqual(
      stopped.body.data.map((entry: any) => entry.pubkey),
      [theirs],
    );
    assertProblem(await signDuty(service, theirs, block(60n), user), "guard.disabled");
    assert.equal((await signDuty(service, ours, block(5n))).status, 200);
    assertProblem(await post(`${PATH}/enable`, { publicKeys: [theirs] }, admin), "auth.forbidden");
    assert.deepEqual((await post(`${PATH}/enable`, { publicKeys: [theirs] })).body, { changed: 1 });
    assert.equal((await signDuty(service, theirs, block(60n), user)).status, 200);
  });

  test("a tenant cannot tie the data directory to a chain", async () => {
    const other = await RunningService.start();
    try {
      await other.call("POST", "/v1/namespaces", { name: TENANT });
      const admin = (await member(other, TENANT, ["KeyAdmin", "NamespaceAdmin"])).authorization;
      const query = `?genesisValidatorsRoot=${ROOT}`;
      assertProblem(await upload(other, [documentOf("")], { headers: admin, query }), "auth.forbidden");
      assert.equal((await other.call("GET", PATH)).body.genesisValidatorsRoot, null);
    } finally {
      await other.stop();
    }
  });
});
