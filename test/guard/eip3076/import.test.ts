/** EIP-3076 interchange: what is refused with its field named, what merges, and that a large file needs little memory. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { toHex } from "../../../src/domain/bytes.ts";
import { checkExamples, documentOf, verdictOf } from "./examples.ts";
import { attestation, block, GENESIS, loadImplementation, Guard, publicKey, root } from "./guard.ts";

const CODE = await loadImplementation();
const PUBKEY = toHex(publicKey(0));

function key(blocks: string, attestations = "", pubkey: string = PUBKEY): string {
  return `{"pubkey":"${pubkey}","signed_blocks":[${blocks}],"signed_attestations":[${attestations}]}`;
}

const GOOD = key(`{"slot":"5"}`, `{"source_epoch":"1","target_epoch":"2"}`);
const META = `"metadata":{"interchange_format_version":"5","genesis_validators_root":"${toHex(GENESIS)}"}`;

const REFUSED: readonly [what: string, document: string, field: string][] = [
  ["not JSON", "{", ""],
  ["cut off", documentOf(GOOD).slice(0, -1), ""],
  ["something after the end", `${documentOf(GOOD)} {}`, ""],
  ["an array", "[]", ""],
  ["a byte-order mark in the middle", documentOf(`${GOOD},\ufeff`), ""],
  ["no metadata", `{"data":[]}`, "/metadata"],
  ["no data", `{${META}}`, "/data"],
  ["version 4", documentOf(GOOD).replace('"5"', '"4"'), "/metadata/interchange_format_version"],
  ["version as a number", documentOf(GOOD).replace('"5"', "5"), "/metadata/interchange_format_version"],
  [
    "no version",
    `{"metadata":{"genesis_validators_root":"${toHex(GENESIS)}"},"data":[]}`,
    "/metadata/interchange_format_version",
  ],
  [
    "a short genesis root",
    documentOf(GOOD).replace(toHex(GENESIS), "0x04"),
    "/metadata/genesis_validators_root",
  ],
  ["an unknown member", `{${META},"data":[],"extra":1}`, "/extra"],
  ["a member twice", `{${META},"data":[],"data":[]}`, "/data"],
  [
    "a key without blocks",
    documentOf(`{"pubkey":"${PUBKEY}","signed_attestations":[]}`),
    "/data/0/signed_blocks",
  ],
  [
    "a key without pubkey",
    documentOf(`${GOOD},{"signed_blocks":[],"signed_attestations":[]}`),
    "/data/1/pubkey",
  ],
  ["a short pubkey", documentOf(key("", "", "0xab")), "/data/0/pubkey"],
  ["a pubkey without 0x", documentOf(key("", "", PUBKEY.slice(2))), "/data/0/pubkey"],
  ["a slot as a number", documentOf(key(`{"slot":5}`)), "/data/0/signed_blocks/0/slot"],
  ["a negative slot", documentOf(key(`{"slot":"-5"}`)), "/data/0/signed_blocks/0/slot"],
  ["a slot with a leading zero", documentOf(key(`{"slot":"05"}`)), "/data/0/signed_blocks/0/slot"],
  ["a hexadecimal slot", documentOf(key(`{"slot":"0x5"}`)), "/data/0/signed_blocks/0/slot"],
  ["slot 2^63", documentOf(key(`{"slot":"9223372036854775808"}`)), "/data/0/signed_blocks/0/slot"],
  ["slot 2^64 - 1", documentOf(key(`{"slot":"18446744073709551615"}`)), "/data/0/signed_blocks/0/slot"],
  ["a block without slot", documentOf(key(`{"slot":"1"},{}`)), "/data/0/signed_blocks/1/slot"],
  [
    "a short root",
    documentOf(key(`{"slot":"1","signing_root":"0xab"}`)),
    "/data/0/signed_blocks/0/signing_root",
  ],
  [
    "an empty root",
    documentOf(key(`{"slot":"1","signing_root":""}`)),
    "/data/0/signed_blocks/0/signing_root",
  ],
  [
    "a vote without target",
    documentOf(key("", `{"source_epoch":"1"}`)),
    "/data/0/signed_attestations/0/target_epoch",
  ],
  [
    "target 2^63",
    documentOf(key("", `{"source_epoch":"1","target_epoch":"9223372036854775808"}`)),
    "/data/0/signed_attestations/0/target_epoch",
  ],
  ["a huge string", documentOf(key(`{"slot":"${"1".repeat(100_000)}"}`)), "/data/0/signed_blocks/0/slot"],
  [
    "blocks as an object",
    documentOf(`{"pubkey":"${PUBKEY}","signed_blocks":{},"signed_attestations":[]}`),
    "/data/0/signed_blocks",
  ],
  [
    "null for blocks",
    documentOf(`{"pubkey":"${PUBKEY}","signed_blocks":null,"signed_attestations":[]}`),
    "/data/0/signed_blocks",
  ],
  ["prototype members", documentOf(key(`{"__proto__":"1"}`)), "/data/0/signed_blocks/0/__proto__"],
];

for (const [what, document, field] of REFUSED) {
  test(`interchange: refused: ${what}`, async () => {
    const store = new Guard(CODE);
    await assert.rejects(store.import(document), (error: { code: string; members: { field: string } }) => {
      assert.equal(error.code, "request.malformed");
      assert.equal(error.members.field, field);
      return true;
    });
    const counts = [
      "validator",
      "block",
      "attestation",
      "staged_entry",
      "staged_block",
      "staged_attestation",
    ].map((name) => store.database.prepare(`SELECT count(*) AS count FROM slashing_${name}`).get());
    assert.deepEqual(
      counts,
      Array.from({ length: 6 }, () => ({ count: 0 })),
      "nothing is stored",
    );
    assert.equal(store.slashing.chain().genesisValidatorsRoot, null);
  });
}

test("interchange: a data directory without a chain must be told which; another chain is refused", async () => {
  const store = new Guard(CODE);
  await assert.rejects(store.import(documentOf(GOOD), null), { code: "guard.genesis_root" });
  await assert.rejects(store.import(documentOf(GOOD), root(9)), { code: "guard.genesis_root" });
  await store.import(documentOf(GOOD), GENESIS);
  await store.import(documentOf(GOOD), null);
  await assert.rejects(store.import(documentOf(GOOD, root(9)), null), { code: "guard.genesis_root" });
  await assert.rejects(store.import(documentOf(GOOD), root(9)), { code: "guard.genesis_root" });
});

test("interchange: one bad record at the end keeps the whole file out", async () => {
  const store = new Guard(CODE);
  store.sign(block(0, 3n, 1));
  const before = store.export();
  const many = Array.from({ length: 5000 }, (_, index) => `{"slot":"${index + 10}"}`).join();
  await assert.rejects(store.import(documentOf(`${key(many)},${key(`{"slot":"x"}`)}`)), {
    code: "request.malformed",
  });
  assert.equal(store.export(), before);
});

test("interchange: members in any order, null roots, uppercase hex; a key that occurs twice is merged", async () => {
  const store = new Guard(CODE);
  const shuffled = `{"data":[{"signed_attestations":[{"target_epoch":"3","signing_root":null,"source_epoch":"2"}],
    "signed_blocks":[{"signing_root":"${toHex(root(1)).toUpperCase().replace("0X", "0x")}","slot":"8"}],
    "pubkey":"${PUBKEY}"},${key(`{"slot":"6"}`)}],${META}}`;
  const report = await store.import(shuffled);
  assert.deepEqual(report, [
    {
      publicKey: PUBKEY,
      blocks: 2,
      attestations: 1,
      lowSlot: "6",
      lowSourceEpoch: "2",
      lowTargetEpoch: "3",
      conflictCount: 0,
      conflicts: [],
    },
  ]);
  assert.equal(verdictOf(store, block(0, 8n, 1)), "same");
  assert.equal(verdictOf(store, attestation(0, 2n, 3n, 1)), "guard.double_vote");
});

test("interchange: the same file again changes nothing", async () => {
  const store = new Guard(CODE);
  await store.import(documentOf(GOOD));
  const before = store.export();
  const [report] = await store.import(documentOf(GOOD));
  assert.deepEqual([report?.blocks, report?.attestations, report?.conflictCount], [0, 0, 0]);
  assert.equal(store.export(), before);
});

test("interchange: only the keys that are asked for", async () => {
  const store = new Guard(CODE);
  const report = await store.import(documentOf(`${GOOD},${key("", "", toHex(publicKey(1)))}`), GENESIS, [
    PUBKEY,
  ]);
  assert.deepEqual(
    report.map((entry) => entry.publicKey),
    [PUBKEY],
  );
  assert.equal(store.slashing.validator(publicKey(1)), undefined);
});

test("interchange: each kind of conflict is accepted, reported, and the watermark stands on it", async () => {
  const vote = (source: number, target: number, message: number): string =>
    `{"source_epoch":"${source}","target_epoch":"${target}","signing_root":"${toHex(root(message))}"}`;
  const store = new Guard(CODE);
  const votes = [
    vote(1, 9, 1),
    vote(2, 8, 1),
    vote(3, 20, 1),
    vote(3, 20, 2),
    vote(30, 29, 1),
    vote(4, 25, 1),
  ];
  const [report] = await store.import(documentOf(key("", votes.join())));
  assert.deepEqual(
    new Set(report?.conflicts.map((conflict) => conflict.kind)),
    new Set(["source_after_target", "double_vote", "surround"]),
  );
  assert.deepEqual([report?.lowSourceEpoch, report?.lowTargetEpoch], ["30", "29"]);
  assert.equal(verdictOf(store, attestation(0, 4n, 26n, 1)), "guard.below_watermark");
  assert.equal(verdictOf(store, attestation(0, 30n, 31n, 1)), "recorded");
});

test("guard: bounds, floors, disabled keys, other chains, evidence, pruning", async () => {
  await checkExamples(CODE);
  await checkExamples({ ...CODE, pieceRows: 2 });
});

test("interchange: 50 MB in bounded memory", async () => {
  const store = new Guard(CODE);
  const signed = toHex(root(7));
  let bytes = 0;
  function* file(): Generator<Uint8Array> {
    const piece = (text: string): Uint8Array => {
      bytes += text.length;
      return Buffer.from(text);
    };
    yield piece(`{${META},"data":[{"pubkey":"${PUBKEY}","signed_blocks":[],"signed_attestations":[`);
    for (let epoch = 0; epoch < 360_000; epoch += 500) {
      const votes = Array.from({ length: 500 }, (_, index) => {
        const at = epoch + index;
        return `{"source_epoch":"${at}","target_epoch":"${at + 1}","signing_root":"${signed}"}`;
      });
      yield piece(`${epoch === 0 ? "" : ","}${votes.join()}`);
    }
    yield piece("]}]}");
  }
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  let peak = 0;
  function* watched(): Generator<Uint8Array> {
    for (const piece of file()) {
      peak = Math.max(peak, process.memoryUsage().heapUsed - before);
      yield piece;
    }
  }
  const [report] = await store.import(watched());
  assert.ok(bytes > 45_000_000, `${bytes}`);
  assert.equal(report?.attestations, 360_000);
  assert.ok(peak < 200_000_000, `heap grew by ${peak} bytes`);
});
