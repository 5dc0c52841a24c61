/** `x-fpd-hmac`: which codes pass, byte for byte over what arrived, and which files give no key. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { RequestCodeKey } from "../../src/grpc/request-code.ts";
import { readVectors, skipWithout } from "../vectors.ts";

const directory = mkdtempSync(join(tmpdir(), "claviger-code-"));
after(() => rmSync(directory, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

const REQUEST = Buffer.from("0a0101", "hex");
/** Of REQUEST under `key`, by `openssl dgst -sha256 -hmac key -binary | base64`. */
const CODE = "eTlpVhg/8BfwdGWJlRHtu7FXBLG+HLkN/U630uLEvNk=";
const KEY = new RequestCodeKey(Buffer.from("key"));

describe("codes that are refused", () => {
  for (const [name, given] of [
    ["an empty one", ""],
    ["text", "code of another request"],
    ["one of another request", "NLXj43y1LWtmpfEQKEefCCfkFrlkUd/qTDwCeaBVo04="],
    ["44 characters that are no ASCII", "é".repeat(44)],
    ["one without padding", CODE.slice(0, -1)],
    ["one with more behind it", `${CODE} `],
    ["one in base64url", CODE.replaceAll("+", "-").replaceAll("/", "_")],
    ["its first half twice", CODE.slice(0, 22) + CODE.slice(0, 22)],
  ] as const) {
    test(name, () => assert.equal(KEY.matches(REQUEST, given), false));
  }
});

test("files without a key are refused: nobody would be asked for a code", () => {
  for (const [name, content] of [
    ["empty", ""],
    ["newline", "\n"],
    ["windows", "\r\n"],
  ] as const) {
    assert.throws(() => RequestCodeKey.read(file(name, content)), /is empty/);
  }
  assert.throws(() => RequestCodeKey.read(join(directory, "absent")), /ENOENT/);
  assert.throws(() => RequestCodeKey.read(directory), /EISDIR/);
  assert.throws(() => new RequestCodeKey(new Uint8Array()), RangeError);
});

interface Vector {
  readonly message: string;
  readonly proto_hex: string;
  readonly hmac_key: string;
  readonly header_value: string;
}

describe("hmac_header.json", { skip: skipWithout("babylon") }, () => {
  const found = readVectors("babylon", "hmac_header.json");
  // The file's own shape.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const vectors = (found as { vectors: readonly Vector[] } | undefined)?.vectors ?? [];
  for (const [index, vector] of vectors.entries()) {
    test(`${vector.message}, ${index}`, () => {
      const request = Buffer.from(vector.proto_hex, "hex");
      const ends = ["", "\n", "\r\n"];
      for (const [end, ending] of ends.entries()) {
        const key = RequestCodeKey.read(file(`key-${index}-${end}`, vector.hmac_key + ending));
        assert.equal(key.matches(request, vector.header_value), vector.header_value !== "");
        for (const changed of [Buffer.concat([request, Buffer.of(0)]), request.subarray(1)]) {
          assert.equal(key.matches(changed, vector.header_value), false);
        }
      }
      const decoded = Buffer.from(vector.hmac_key, "base64");
      if (decoded.toString("base64") === vector.hmac_key) {
        assert.equal(new RequestCodeKey(decoded).matches(request, vector.header_value), false);
      }
    });
  }
});

test("one newline is not part of the key, a second one is", () => {
  for (const [content, good] of [
    ["key", true],
    ["key\n", true],
    ["key\r\n", true],
    ["key\n\n", false],
    [" key", false],
    ["Key", false],
  ] as const) {
    assert.equal(RequestCodeKey.read(file("key", content)).matches(REQUEST, CODE), good, content);
  }
  assert.equal(RequestCodeKey.read(file("long", `${"k".repeat(32)}\n`)).short, false);
  assert.equal(RequestCodeKey.read(file("long", `${"k".repeat(31)}\n`)).short, true);
});
