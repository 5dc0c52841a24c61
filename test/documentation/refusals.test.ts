/** Messages of refusals in the sources: each has a remedy, or a rule that plainly says what to do. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { says, saysItPlainly } from "../running/remedies.ts";
import { ROOT } from "./markdown.ts";

/** What makes a refusal: their last text is the message. */
const MAKERS =
  /(?<!function )\b(?:new (?:SignerError|CommandError|ConfigError)|invalid|refused?|inputRefused|inputInvalid|malformed)\(/g;

type OnText = (text: string, start: number, end: number) => void;

/** Where the bracket at `start` closes; `onText` gets each text between, with … for the values of a template. */
function closeOf(source: string, start: number, onText: OnText = () => {}): number {
  let depth = 0;
  for (let at = start; at < source.length; at += 1) {
    const character = source[at] ?? "";
    if ("([{".includes(character)) depth += 1;
    if (")]}".includes(character)) depth -= 1;
    if (depth === 0) return at;
    if ("\"'`".includes(character)) at = endOfText(source, at, onText);
  }
  return source.length;
}

/** Where the text that begins at `start` ends. */
function endOfText(source: string, start: number, onText: OnText): number {
  let text = "";
  for (let at = start + 1; at < source.length; at += 1) {
    if (source[at] === source[start]) {
      onText(text, start, at);
      return at;
    }
    if (source[start] === "`" && source.startsWith("${", at)) {
      at = closeOf(source, at + 1);
      text += "…";
    } else {
      text += source[at];
      if (source[at] === "\\") at += 1;
    }
  }
  return source.length;
}

/** Not a code, a pointer, the name of a member, or a frame around a text that is written elsewhere. */
function isMessage(text: string): boolean {
  return /[a-z]+ (?:.* )?[a-z]{3,} [a-z]/.test(
    text.replace(/^[^ ]*:/, "").replace(/^[a-z]+ …:? …$|.*; …$/, ""),
  );
}

/** The texts between the bracket at `start` and the one that closes it, those that are added to one another as one. */
function textsOf(source: string, start: number): readonly string[] {
  const texts: string[] = [];
  let end = start;
  closeOf(source, start, (text, from, to) => {
    if (/^\s*\+\s*$/.test(source.slice(end + 1, from))) texts.push((texts.pop() ?? "") + text);
    else texts.push(text);
    end = to;
  });
  return texts;
}

interface Message {
  readonly where: string;
  readonly text: string;
}

function messages(): readonly Message[] {
  return globSync("src/**/*.ts", { cwd: ROOT }).flatMap((file) => {
    const source = readFileSync(join(ROOT, file), "utf8").replaceAll(/^\s*(?:\/\/|\*|\/\*\*).*$/gm, "");
    return [...source.matchAll(MAKERS)].flatMap(({ index, 0: maker }) => {
      const texts = textsOf(source, index + maker.length - 1);
      // What only a fault of ours can cause has its remedy in docs/errors.md.
      if (texts[0] === "service.internal" || texts[0] === "service.signature_invalid") return [];
      return texts.filter(isMessage).map((text) => ({ where: file, text }));
    });
  });
}

test("every message in the sources says what to do", () => {
  const all = messages();
  assert.ok(all.length > 500, `only ${all.length} messages were found`);
  const silent = all.filter(({ text }) => !says(text) && !saysItPlainly(text));
  assert.deepEqual(
    silent.map(({ where, text }) => `${where}: ${text}`),
    [],
  );
});

test("a message that only complains is found", () => {
  for (const text of ["target epoch 7: another vote was signed", "no such entry of your namespace"]) {
    assert.ok(!says(text) && !saysItPlainly(text), text);
  }
});
