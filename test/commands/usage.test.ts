/** The command line before any command runs: help, version, and bad usage, which is one line with exit code 2. */
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { few } from "../extent.ts";
import { claviger, refused, temporary } from "./claviger.ts";

const COMMANDS = [
  ["serve"],
  ["init"],
  ["status"],
  ["doctor"],
  ["tour"],
  ["audit", "verify"],
  ["audit", "export"],
  ["slashing", "settings"],
  ["slashing", "end-import"],
  ["eots", "prune"],
  ["validators", "import"],
  ["validators", "list"],
  ["migrate", "web3signer"],
] as const;

const directory = temporary("usage");
after(() => rmSync(directory, { recursive: true }));
const data = { CLAVIGER_STORAGE__DATA_DIR: join(directory, "data") };

/** What a command cannot do without. */
function argumentsOf(words: readonly string[]): readonly string[] {
  const path = join(directory, "absent");
  switch (words.join(" ")) {
    case "audit export":
    case "validators import":
      return [path];
    case "migrate web3signer":
      return ["--key-config", path];
    default:
      return [];
  }
}

describe("usage: refusals", () => {
  const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
    ["an unknown command", ["frob"], /unknown command 'frob'/],
    ["a misspelt command", ["stats"], /unknown command 'stats' \(Did you mean status\?\)/],
    ["an unknown command of audit", ["audit", "frob"], /unknown command 'frob'/],
    ["an unknown option", ["serve", "--frob"], /unknown option '--frob'/],
    ["an option of another command", ["status", "--dev"], /unknown option '--dev'/],
    ["an argument where none is taken", ["doctor", "extra"], /too many arguments/],
    ["a missing argument", ["audit", "export"], /missing required argument 'file'/],
    ["a missing value", ["serve", "--config"], /argument missing/],
    ["an unknown format", ["-o", "xml", "status"], /'xml' is invalid. Allowed choices are text, json/],
  ];
  for (const [name, words, message] of few(cases, 3)) {
    test(name, async () => refused(await claviger(words, data), 2, "usage", message));
  }

  for (const words of few([["audit"], []], 1)) {
    test(`no command${words.length > 0 ? " of audit" : ""}: the list on stdout, one line on stderr`, async () => {
      const ended = await claviger(words);
      refused(ended, 2, "usage", /name a command/);
      assert.match(ended.stdout, /Commands:/);
    });
  }

  for (const words of few(COMMANDS, 2)) {
    // The tour has a service of its own, and no configuration.
    if (words[0] === "tour") continue;
    test(`${words.join(" ")}: bad configuration is bad usage, and nothing is touched`, async () => {
      const ended = await claviger([...words, ...argumentsOf(words)], {
        ...data,
        CLAVIGER_SERVER__PROT: "1",
      });
      refused(ended, 2, "config.invalid", /did you mean CLAVIGER_SERVER__PORT/);
      assert.deepEqual(readdirSync(directory), []);
    });
  }

  test("a configuration file that does not exist is named", async () => {
    const ended = await claviger(["serve", "--config", join(directory, "absent.yaml")]);
    refused(ended, 2, "config.invalid", /absent\.yaml: no such configuration file/);
  });
});

describe("usage: without a ledger", () => {
  const needing = [["serve"], ["audit", "verify"], ["audit", "export", join(directory, "export")]];
  for (const words of few(needing, 1)) {
    test(`${words[0]} ${words[1] ?? ""}: says how to make one, and makes nothing itself`, async () => {
      refused(await claviger(words, data), 1, "ledger.missing", /claviger init/);
      assert.deepEqual(readdirSync(directory), []);
    });
  }
});

describe("usage: help", () => {
  test("claviger --help names every command", async () => {
    const { code, stdout, stderr } = await claviger(["--help"]);
    assert.deepEqual([code, stderr], [0, ""]);
    for (const [first] of COMMANDS) assert.match(stdout, new RegExp(`^  ${first}\\b`, "m"));
  });

  for (const words of few(COMMANDS, 1)) {
    test(`claviger ${words.join(" ")} --help`, async () => {
      const { code, stdout, stderr } = await claviger([...words, "--help"]);
      assert.deepEqual([code, stderr], [0, ""]);
      assert.match(stdout, new RegExp(`^Usage: claviger ${words.join(" ")} `));
      assert.match(stdout, /-o, --output <format>/);
    });
  }

  test("claviger --version is the package's", async () => {
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8"));
    const { code, stdout } = await claviger(["--version"]);
    assert.deepEqual([code, stdout], [0, `${version}\n`]);
  });
});
