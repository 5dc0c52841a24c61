/** The seal: what opens it, and every change that must not. */
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { argon2Sync } from "node:crypto";
import { hashRaw } from "@node-rs/argon2";
import { SignerError } from "../../../src/domain/errors.ts";
import { canonicalJson, type Json } from "../../../src/domain/canonical.ts";
import type { Seal } from "../../../src/domain/sealed.ts";
import { createSeal, KDF_CEILING, KDF_DEFAULT, KDF_FLOOR, openSeal } from "../../../src/vault/seal/seal.ts";
import { emptyDirectory, passphrase, type Directory } from "../directory.ts";
import { Strongroom } from "../../../src/vault/strongroom.ts";

const sealed = createSeal(passphrase(), KDF_FLOOR);

type Header = { kdf: Record<string, Json>; keyCheck: string; version: number };

function withHeader(change: (header: Header) => void): Seal {
  const header: Header = JSON.parse(sealed.row.header);
  change(header);
  return { ...sealed.row, header: canonicalJson(header) };
}

function flipped(bytes: Uint8Array, index: number): Uint8Array {
  const copy = new Uint8Array(bytes);
  copy[index] = (copy[index] ?? 0) ^ 1;
  return copy;
}

function refusal(message: RegExp) {
  return (error: unknown) =>
    error instanceof SignerError && error.code === "service.unseal_failed" && message.test(error.message);
}

describe("seal: refuses to open", () => {
  const cases: readonly { name: string; row: () => Seal; message: RegExp; quick?: boolean }[] = [
    {
      name: "memory below the floor",
      row: () => withHeader((h) => (h.kdf["memoryKiB"] = KDF_FLOOR.memoryKiB - 1)),
      message: /\/kdf\/memoryKiB must be between/,
      quick: true,
    },
    {
      name: "passes below the floor",
      row: () => withHeader((h) => (h.kdf["passes"] = KDF_FLOOR.passes - 1)),
      message: /\/kdf\/passes/,
      quick: true,
    },
    {
      name: "no lane",
      row: () => withHeader((h) => (h.kdf["lanes"] = 0)),
      message: /\/kdf\/lanes/,
      quick: true,
    },
    {
      name: "memory above the ceiling",
      row: () => withHeader((h) => (h.kdf["memoryKiB"] = KDF_CEILING.memoryKiB + 1)),
      message: /\/kdf\/memoryKiB/,
      quick: true,
    },
    {
      name: "passes above the ceiling",
      row: () => withHeader((h) => (h.kdf["passes"] = KDF_CEILING.passes + 1)),
      message: /\/kdf\/passes/,
      quick: true,
    },
    {
      name: "lanes above the ceiling",
      row: () => withHeader((h) => (h.kdf["lanes"] = KDF_CEILING.lanes + 1)),
      message: /\/kdf\/lanes/,
      quick: true,
    },
    {
      name: "a fraction of a pass",
      row: () => withHeader((h) => (h.kdf["passes"] = 3.5)),
      message: /integer/,
      quick: true,
    },
    {
      name: "another function",
      row: () => withHeader((h) => (h.kdf["name"] = "argon2i")),
      message: /argon2id/,
      quick: true,
    },
    {
      name: "a short salt",
      row: () => withHeader((h) => (h.kdf["salt"] = "AAAAAAAAAAAAAAAAAAAA")),
      message: /\/kdf\/salt/,
      quick: true,
    },
    {
      name: "a later version",
      row: () => withHeader((h) => (h.version = 2)),
      message: /version/,
      quick: true,
    },
    {
      name: "an unknown member",
      row: () => withHeader((h) => Object.assign(h, { note: "" })),
      message: /exactly/,
      quick: true,
    },
    { name: "no JSON", row: () => ({ ...sealed.row, header: "{" }), message: /not JSON/, quick: true },
    {
      name: "another salt",
      row: () => withHeader((h) => (h.kdf["salt"] = "AAAAAAAAAAAAAAAAAAAAAA==")),
      message: /passphrase is wrong/,
    },
    {
      name: "another key check",
      row: () => withHeader((h) => (h.keyCheck = Buffer.alloc(32).toString("base64"))),
      message: /passphrase is wrong/,
    },
    {
      name: "the same header in other JSON",
      row: () => ({ ...sealed.row, header: `${sealed.row.header} ` }),
      message: /was altered/,
    },
    {
      name: "a flipped bit in the sealed root",
      row: () => ({ ...sealed.row, sealedRoot: flipped(sealed.row.sealedRoot, 20) }),
      message: /was altered/,
    },
    {
      name: "a flipped bit in the tag",
      row: () => ({
        ...sealed.row,
        sealedRoot: flipped(sealed.row.sealedRoot, sealed.row.sealedRoot.length - 1),
      }),
      message: /was altered/,
    },
    {
      name: "an unknown blob version",
      row: () => ({ ...sealed.row, sealedRoot: flipped(sealed.row.sealedRoot, 0) }),
      message: /was altered/,
    },
    {
      name: "a cut blob",
      row: () => ({ ...sealed.row, sealedRoot: sealed.row.sealedRoot.slice(0, 28) }),
      message: /was altered/,
    },
  ];
  for (const { name, row, message, quick } of cases) {
    test(`seal: ${name}`, () => {
      const start = process.cpuUsage();
      assert.throws(() => openSeal(passphrase(), row()), refusal(message));
      // Refused before any memory is spent on the key derivation.
      const { user, system } = process.cpuUsage(start);
      if (quick === true) assert.ok(user + system < 50_000, `${user + system} µs of CPU`);
    });
  }

  for (const wrong of ["Correct horse battery staple", "correct horse battery staple\n", "x"]) {
    test(`seal: wrong passphrase ${JSON.stringify(wrong)}`, () => {
      assert.throws(() => openSeal(passphrase(wrong), sealed.row), refusal(/passphrase is wrong/));
    });
  }

  test("seal: empty and oversized passphrases", () => {
    assert.throws(() => openSeal(new Uint8Array(0), sealed.row), refusal(/1 to 1024 bytes/));
    assert.throws(() => openSeal(new Uint8Array(1025), sealed.row), refusal(/1 to 1024 bytes/));
    assert.throws(() => createSeal(new Uint8Array(0), KDF_FLOOR), { code: "request.malformed" });
  });

  test("seal: is not made below the floor or above the ceiling", () => {
    for (const kdf of [
      { ...KDF_FLOOR, memoryKiB: 19_456 },
      { ...KDF_FLOOR, passes: 1 },
      { ...KDF_CEILING, memoryKiB: 4_194_304 },
      { ...KDF_CEILING, lanes: 17 },
    ]) {
      assert.throws(() => createSeal(passphrase(), kdf), { code: "request.malformed" });
    }
  });
});

describe("seal: opens", () => {
  test("seal: the right passphrase gives the root key back", () => {
    assert.deepEqual(openSeal(passphrase(), sealed.row), sealed.root);
    assert.equal(sealed.root.length, 32);
  });

  test("seal: two seals of one passphrase share nothing", () => {
    const other = createSeal(passphrase(), KDF_FLOOR);
    assert.notDeepEqual(other.root, sealed.root);
    assert.notEqual(other.row.header, sealed.row.header);
    assert.throws(
      () => openSeal(passphrase(), { ...other.row, sealedRoot: sealed.row.sealedRoot }),
      refusal(/altered/),
    );
  });

  test("seal: production parameters are 256 MiB, 3 passes, 4 lanes", () => {
    assert.deepEqual(KDF_DEFAULT, { memoryKiB: 262_144, passes: 3, lanes: 4 });
  });
});

describe("argon2id", () => {
  test("argon2id: RFC 9106 section 5.3", () => {
    const tag = argon2Sync("argon2id", {
      message: Buffer.alloc(32, 1),
      nonce: Buffer.alloc(16, 2),
      secret: Buffer.alloc(8, 3),
      associatedData: Buffer.alloc(12, 4),
      memory: 32,
      passes: 3,
      parallelism: 4,
      tagLength: 32,
    });
    assert.equal(tag.toString("hex"), "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659");
  });

  for (const kdf of [KDF_FLOOR, { ...KDF_FLOOR, lanes: 4 }]) {
    test(`argon2id: equals @node-rs/argon2 at ${JSON.stringify(kdf)}`, async () => {
      const salt = Buffer.alloc(16, 7);
      const ours = argon2Sync("argon2id", {
        message: passphrase(),
        nonce: salt,
        memory: kdf.memoryKiB,
        passes: kdf.passes,
        parallelism: kdf.lanes,
        tagLength: 32,
      });
      const theirs = await hashRaw(passphrase(), {
        // The package's enum is ambient, so its number: 2 is Argon2id.
        algorithm: 2,
        memoryCost: kdf.memoryKiB,
        timeCost: kdf.passes,
        parallelism: kdf.lanes,
        outputLen: 32,
        salt,
      });
      assert.deepEqual(ours, theirs);
    });
  }
});

describe("strongroom: sealed state", () => {
  let directory: Directory;
  before(() => (directory = emptyDirectory()));
  after(() => directory.remove());

  test("strongroom: a directory without a seal does not unseal", () => {
    const strongroom = new Strongroom(directory.databasePath);
    assert.throws(() => strongroom.unseal(passphrase()), refusal(/no seal/));
    strongroom.close();
  });
});
