/** docs/public-surface.md names what is there: every route, request type, command and option, and no other. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Command } from "commander";
import { Type } from "typebox";
import { Value } from "typebox/value";
import { SIGN_REQUESTS } from "../../src/http/schemas/sign.ts";
import { program } from "../../src/main.ts";
import { ROOT, textOf } from "./markdown.ts";

/** The options that every command has, or that reads a configuration. */
const EVERYWHERE = new Set(["--output", "--config", "--help"]);

/** Cells of the tables below a heading of the page, code marks taken off, without their head rows. */
function rowsBelow(heading: string): readonly (readonly string[])[] {
  const [, section = ""] = textOf("docs/public-surface.md").split(`\n## ${heading}\n`);
  const [own = ""] = section.split("\n## ");
  return own
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.replaceAll("`", "").trim()),
    );
}

/** `claviger …` of every command that does something, with its options. */
function commands(command: Command, before = ""): readonly string[] {
  const name = `${before}${command.name()}`;
  if (command.commands.length > 0) return command.commands.flatMap((next) => commands(next, `${name} `));
  const options = command.options.flatMap(({ long }) => (long === undefined ? [] : [long]));
  return [[name, ...options.filter((option) => !EVERYWHERE.has(option)).toSorted()].join(" ")];
}

test("commands and their options", () => {
  const named = rowsBelow("Commands").map(([line = "", options = ""]) => {
    const words = line.split(" ").filter((word) => /^[a-z]/.test(word));
    return [
      ...words,
      ...options
        .split(" ")
        .filter((option) => option !== "")
        .toSorted(),
    ].join(" ");
  });
  assert.deepEqual(named.toSorted(), commands(program).toSorted());
});

test("request types", () => {
  assert.deepEqual(
    rowsBelow("Request types").map(([type]) => type),
    Object.keys(SIGN_REQUESTS),
  );
});

test("routes and their methods", () => {
  const document: unknown = JSON.parse(readFileSync(join(ROOT, "openapi/openapi.json"), "utf8"));
  const Paths = Type.Object({
    paths: Type.Record(Type.String(), Type.Record(Type.String(), Type.Unknown())),
  });
  const { paths } = Value.Parse(Paths, document);
  const there = Object.entries(paths).map(
    ([path, methods]) => `${path} ${Object.keys(methods).toSorted().join()}`,
  );
  const named = rowsBelow("Routes").map(
    ([path = "", methods = ""]) => `${path} ${methods.toLowerCase().split(", ").toSorted().join()}`,
  );
  assert.deepEqual(named.toSorted(), there.toSorted());
});
