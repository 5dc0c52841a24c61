/** C2SP signed notes and checkpoints: every published note, our own notes, and every way to be malformed. */
import assert from "node:assert/strict";
import { createPrivateKey } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { formatCheckpoint, parseCheckpoint, verifyCheckpoint } from "../../src/audit/checkpoint.ts";
import {
  assembleNote,
  formatVerifierKey,
  parseNote,
  parseVerifierKey,
  verifyNote,
} from "../../src/audit/note.ts";
import { emptyRoot, leafHash } from "../../src/audit/tree.ts";
import { SignerError } from "../../src/domain/errors.ts";
import { readVectors, skipWithout } from "../vectors.ts";
import { newNoteKey, noteKey, signCheckpoint, signNote } from "./note-key.ts";

interface NoteCase {
  name: string;
  kind: string;
  verifier_key: string;
  note: string;
  valid: boolean;
}

const skip = skipWithout("merkle");
const vectors = readVectors("merkle", "signed-notes.json") as { cases: NoteCase[] } | undefined;

const NAME = "claviger.example/audit";
const signer = newNoteKey(NAME);
const { verifier } = signer;
const malformed = (error: unknown): boolean =>
  error instanceof SignerError && error.code === "request.malformed";

test("signed-note: all 25 published notes are there", { skip }, () => {
  assert.equal(vectors?.cases.length, 25);
  assert.equal(vectors.cases.filter((example) => example.valid).length, 20);
});

for (const example of vectors?.cases ?? []) {
  test(`signed-note ${example.name}: ${example.valid ? "verifies" : "refused"}`, () => {
    const key = parseVerifierKey(example.verifier_key);
    assert.equal(key.type, example.kind.includes("0x04") ? "cosignature/v1" : "ed25519");
    const verdict = verifyNote(example.note, key);
    assert.equal(verdict.verified, example.valid);
    if (!verdict.verified) return;
    assert.equal(example.note.startsWith(`${verdict.text}\n— `), true);
    assert.equal(verdict.signedAt !== undefined, key.type === "cosignature/v1");
    if (!example.kind.startsWith("checkpoint")) return;
    const [origin = ""] = example.note.split("\n");
    assert.equal(formatCheckpoint(parseCheckpoint(verdict.text)), verdict.text);
    assert.equal(verifyCheckpoint(example.note, key, origin).verified, true);
    assert.equal(verifyCheckpoint(example.note, key, `${origin}/other`).verified, false);
  });
}

test("signed-note: a cosignature states its time", { skip }, () => {
  const example = vectors?.cases.find((candidate) => candidate.name === "witness cosignature");
  assert.ok(example);
  const verdict = verifyNote(example.note, parseVerifierKey(example.verifier_key));
  assert.deepEqual(verdict.verified && verdict.signedAt, 1_767_139_200n);
});

const good = signNote("one\ntwo\n", signer);
const line = good.slice("one\ntwo\n\n".length);
const REFUSED_NOTES: [name: string, note: string][] = [
  ["empty", ""],
  ["no blank line", `one\ntwo\n${line}`],
  ["no signature line", "one\ntwo\n\n"],
  ["no final newline", good.slice(0, -1)],
  ["a blank line after the signatures", `${good}\n`],
  ["text without newline", `one\n\n— ${NAME} AAAAAAAA`],
  ["carriage returns", good.replaceAll("\n", "\r\n")],
  ["a control character in the text", good.replace("two", "t\u0007o")],
  ["a tab in the text", good.replace("two", "t\two")],
  ["a lone surrogate", good.replace("two", "t\ud800o")],
  ["a hyphen instead of the em dash", good.replace("—", "-")],
  ["two spaces before the name", good.replace("— ", "—  ")],
  ["no space after the em dash", good.replace("— ", "—")],
  ["a plus sign in the name", good.replace(`— ${NAME}`, "— a+b")],
  ["URL-safe base64", good.replace(line, `— ${NAME} AAAAAA-_\n`)],
  ["base64 without padding", good.replace(line, line.replace("=", ""))],
  ["base64 with stray bits", good.replace(line, `— ${NAME} AAAAAAB=\n`)],
  ["a signature of no bytes", good.replace(line, `— ${NAME} AAAAAA==\n`)],
  ["text after the signature", good.replace(line, `${line.trimEnd()} x\n`)],
  ["a good line and a malformed one", `${good}— broken\n`],
  ["65 signatures", `one\ntwo\n\n${line.repeat(65)}`],
  ["more than 1 MiB", `${"x".repeat(1_048_576)}\n\n${line}`],
];
for (const [name, note] of REFUSED_NOTES) {
  test(`signed-note with ${name} is refused`, () => {
    assert.throws(() => parseNote(note), malformed);
    assert.equal(verifyNote(note, verifier).verified, false);
  });
}

test("signed-note: lines by other keys are ignored, a bad line by this key refuses the note", () => {
  const other = newNoteKey(NAME);
  const otherLine = signNote("one\ntwo\n", other).slice("one\ntwo\n\n".length);
  const wrongLine = signNote("three\n", signer).slice("three\n\n".length);
  assert.equal(verifyNote(`one\ntwo\n\n${otherLine}${line}`, verifier).verified, true);
  assert.equal(verifyNote(`one\ntwo\n\n${line}${line}`, verifier).verified, true);
  assert.equal(verifyNote(`one\ntwo\n\n${otherLine}`, verifier).verified, false);
  assert.equal(verifyNote(`one\ntwo\n\n${line}${wrongLine}`, verifier).verified, false);
  assert.equal(verifyNote(`one\ntwo\n\n${wrongLine}${line}`, verifier).verified, false);
});

test("signed-note: the text may have blank lines; it ends at the last one", () => {
  for (const text of ["one\n\ntwo\n", "one\n\n", "\n"]) {
    const verdict = verifyNote(signNote(text, signer), verifier);
    assert.deepEqual(verdict, { verified: true, text });
  }
});

test("signed-note: what could not be read back is not signed", () => {
  for (const text of ["", "no newline", "bell\u0007\n", "\ud800\n"])
    assert.throws(() => signNote(text, signer), malformed);
  for (const name of ["", "a b", "a+b", "a\u0085b", "a\nb"]) {
    assert.throws(() => signNote("text\n", { ...signer, name }), malformed);
  }
  const short = new Uint8Array(63);
  assert.throws(() => assembleNote("text\n", NAME, signer.publicKey, short), malformed);
});

test("signed-note: RFC 8032 test 1's key gives one fixed verifier key and signature", () => {
  const d = Buffer.from("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "hex").toString(
    "base64url",
  );
  const x = Buffer.from("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "hex").toString(
    "base64url",
  );
  const privateKey = createPrivateKey({ key: { kty: "OKP", crv: "Ed25519", d, x }, format: "jwk" });
  const fixed = noteKey("example.com/log", privateKey);
  const [name, keyId, key] = formatVerifierKey(fixed.name, fixed.publicKey).split("+", 3);
  assert.equal(name, "example.com/log");
  assert.match(keyId ?? "", /^[0-9a-f]{8}$/);
  assert.equal(Buffer.from(key ?? "", "base64")[0], 1);
  assert.equal(signNote("text\n", fixed), signNote("text\n", fixed));
});

test("verifier key: another form, type, length or key id is refused", () => {
  const text = formatVerifierKey(NAME, signer.publicKey);
  const [, keyId = ""] = text.split("+");
  const key = text.slice(NAME.length + keyId.length + 2);
  const retyped = Buffer.from(key, "base64").fill(6, 0, 1).toString("base64");
  const cases = [
    "",
    NAME,
    `${NAME}+${keyId}`,
    `+${keyId}+${key}`,
    `${NAME}x+${keyId}+${key}`,
    `${NAME}+${keyId.toUpperCase()}Z+${key}`,
    `${NAME}+00000000+${key}`,
    `${NAME}+${keyId}+${retyped}`,
    `${NAME}+${keyId}+${key.slice(0, -4)}`,
    `${NAME}+${keyId}+${key}\n`,
    `a b+${keyId}+${key}`,
  ];
  for (const example of cases) assert.throws(() => parseVerifierKey(example), malformed, example);
});

const ROOT = leafHash(new Uint8Array(3));
const ROOT_TEXT = Buffer.from(ROOT).toString("base64");
const REFUSED_CHECKPOINTS: [name: string, text: string][] = [
  ["no origin", `\n1\n${ROOT_TEXT}\n`],
  ["two lines", "origin\n1\n"],
  ["no final newline", `origin\n1\n${ROOT_TEXT}`],
  ["an extension line", `origin\n1\n${ROOT_TEXT}\nmore\n`],
  ["a leading zero", `origin\n01\n${ROOT_TEXT}\n`],
  ["a negative size", `origin\n-1\n${ROOT_TEXT}\n`],
  ["a size in hex", `origin\n0x1\n${ROOT_TEXT}\n`],
  ["a size of 2^53", `origin\n9007199254740992\n${ROOT_TEXT}\n`],
  ["an empty size", `origin\n\n${ROOT_TEXT}\n`],
  ["a short root", "origin\n1\nAAAA\n"],
  ["a root that is not base64", `origin\n1\n${"!".repeat(44)}\n`],
];
for (const [name, text] of REFUSED_CHECKPOINTS) {
  test(`checkpoint with ${name} is refused`, () => {
    assert.throws(() => parseCheckpoint(text), malformed);
    // Signed all the same, by a log that is broken.
    const note = text.endsWith("\n") ? signNote(text, signer) : `${text}\n— ${NAME} AAAAAAAA\n`;
    assert.equal(verifyCheckpoint(note, verifier, "origin").verified, false);
  });
}

test("checkpoint: one that could not be read back is not signed", () => {
  assert.throws(() => signCheckpoint({ origin: "two\nlines", size: 1, root: ROOT }, signer), malformed);
  assert.throws(() => signCheckpoint({ origin: "", size: 1, root: ROOT }, signer), malformed);
  assert.throws(() => signCheckpoint({ origin: NAME, size: 2 ** 53, root: ROOT }, signer), malformed);
  assert.throws(() => signCheckpoint({ origin: NAME, size: 1, root: ROOT.subarray(1) }, signer), malformed);
});

test("property: a signed checkpoint says what was signed, and no flipped bit goes unnoticed", () => {
  const sizes = fc.nat({ max: Number.MAX_SAFE_INTEGER });
  const property = fc.property(sizes, fc.nat(), fc.nat({ max: 6 }), (size, position, bit) => {
    const note = signCheckpoint({ origin: NAME, size, root: emptyRoot() }, signer);
    const verdict = verifyCheckpoint(note, verifier, NAME);
    assert.deepEqual(verdict, { verified: true, checkpoint: { origin: NAME, size, root: emptyRoot() } });
    const bytes = Buffer.from(note);
    const at = position % bytes.length;
    bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << bit), at);
    assert.equal(verifyCheckpoint(bytes.toString("utf8"), verifier, NAME).verified, false);
  });
  fc.assert(property, { numRuns: 300 });
});
