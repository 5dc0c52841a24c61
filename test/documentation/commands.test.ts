/** Every `claviger …` that README, docs or a message names is one that the command line takes, with its options. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { Command } from "commander";
import { program } from "../../src/main.ts";
import { blocks, pages, ROOT, spans } from "./markdown.ts";

/** What follows the name of the program where it is meant itself. */
const PROSE = new Set(["process", "checkpoints", "is", "seal"]);

/** Words of a shell line up to where another command begins; quotes are taken off. */
function wordsOf(line: string): readonly string[] {
  const [own = ""] = line.split(/(?<!\S)(?:#|\||&&|;|>)(?!\S)/);
  return [...own.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? "");
}

/** The command that `words` begin with, and what is left of them. */
function resolve(words: readonly string[]): { readonly command: Command; readonly rest: readonly string[] } {
  let command: Command = program;
  for (const [index, word] of words.entries()) {
    const next = command.commands.find((known) => known.name() === word);
    if (next === undefined) return { command, rest: words.slice(index) };
    command = next;
  }
  return { command, rest: [] };
}

/** @throws AssertionError that names what the command line does not know */
function assertKnown(words: readonly string[], where: string): void {
  const { command, rest } = resolve(words);
  const [first = ""] = rest;
  const isGroup = command.commands.length > 0;
  // COMMAND stands for any of them.
  if (isGroup && /^[a-z]/.test(first))
    assert.fail(`${where}: claviger ${words.join(" ")}: there is no ${first}`);
  const options = [...command.options, ...program.options].flatMap(({ long, short }) => [long, short]);
  for (const word of rest) {
    const [, name = ""] = /^(--?[A-Za-z][A-Za-z-]*)/.exec(word) ?? [];
    if (name === "" || name === "--help" || name === "--version") continue;
    assert.ok(options.includes(name), `${where}: claviger ${words.join(" ")}: has no option ${name}`);
  }
}

/** Lines of a shell block that call the program, continued lines joined. */
function calls(text: string): readonly string[] {
  return text
    .replaceAll(/\\\n\s*/g, " ")
    .split("\n")
    .flatMap((line) => /^\s*(?:npm run (?:-s )?claviger -- |claviger )(.*)$/.exec(line)?.[1] ?? []);
}

/** Takes the words as the program itself does, without doing anything. */
async function parse(words: readonly string[]): Promise<void> {
  const { command } = resolve(words);
  let ran = false;
  command.action(() => {
    ran = true;
  });
  await program.parseAsync([...words], { from: "user" });
  assert.ok(ran, "a command, not a group of them");
}

describe("documents", () => {
  for (const page of pages()) {
    const lines = blocks(page)
      .filter(({ language }) => language === "sh" || language === "")
      .flatMap(({ text }) => calls(text));
    for (const line of lines) test(`${page}: claviger ${line}`, () => parse(wordsOf(line)));

    const named = spans(page).flatMap(
      (span) => /^(?:npm run claviger -- |claviger )(.*)$/.exec(span)?.[1] ?? [],
    );
    for (const span of new Set(named)) {
      test(`${page}: claviger ${span} is known`, () => assertKnown(wordsOf(span), page));
    }
  }
});

test("messages: every command that one names exists, with its options", () => {
  let found = 0;
  for (const file of globSync("src/**/*.ts", { cwd: ROOT })) {
    const source = readFileSync(join(ROOT, file), "utf8").replaceAll(/" \+\s+"|` \+\s+`/g, "");
    for (const [, sentence = ""] of source.matchAll(/claviger ([a-z][^"`\n();,:]*)/g)) {
      // Of verify|export the first.
      const words = sentence.split(/\s+/).map((word) => word.replace(/[|.].*$/, ""));
      const [first = ""] = words;
      const { command } = resolve(words);
      if (command === program) {
        assert.ok(PROSE.has(first), `${file}: claviger ${sentence}: there is no ${first}`);
        continue;
      }
      found += 1;
      const { rest } = resolve(words);
      assert.ok(
        command.commands.length === 0 || !/^[a-z]/.test(rest[0] ?? ""),
        `${file}: claviger ${sentence}: ${command.name()} has no ${rest[0] ?? ""}`,
      );
      const options = words.filter((word) => word.startsWith("--"));
      assertKnown([...words.slice(0, words.length - rest.length), ...options], file);
    }
  }
  assert.ok(found > 20, `only ${found} commands were found`);
});
