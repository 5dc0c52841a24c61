/** Configuration: what refuses a start, which source wins, the names of variables, and that its page is in step. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import type { TSchema } from "typebox";
import { childEnvironment, loadConfig, ruleOf, variableOf } from "../../src/config/config.ts";
import { ConfigError } from "../../src/config/error.ts";
import { ConfigSchema } from "../../src/config/schema.ts";

const directory = mkdtempSync(join(tmpdir(), "claviger-config-"));
after(() => rmSync(directory, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

type Environment = Readonly<Record<string, string>>;

function load(environment: Environment = {}, path?: string, preset = "production") {
  return loadConfig({ file: path, preset, environment });
}

function refuses(environment: Environment, message: RegExp, path?: string, preset?: string): void {
  assert.throws(
    () => load(environment, path, preset),
    (error: unknown) => {
      assert.ok(error instanceof ConfigError, String(error));
      assert.match(error.message, message);
      return true;
    },
  );
}

describe("configuration: refusals", () => {
  const variables: readonly (readonly [string, string, RegExp])[] = [
    [
      "CLAVIGER_SERVER__PROT",
      "1",
      /CLAVIGER_SERVER__PROT is not a known key; did you mean CLAVIGER_SERVER__PORT\?/,
    ],
    ["CLAVIGER_SERVER_PORT", "1", /did you mean CLAVIGER_SERVER__PORT\?/],
    ["CLAVIGER_STORAGE__DATADIR", "x", /did you mean CLAVIGER_STORAGE__DATA_DIR\?/],
    ["CLAVIGER_SERVER__PORT__X", "1", /did you mean CLAVIGER_SERVER__PORT\?/],
    ["CLAVIGER_SERVER__PORT", "", /^CLAVIGER_SERVER__PORT: must be a whole number from 0 to 65535$/],
    ["CLAVIGER_SERVER__PORT", "9e3", /whole number/],
    ["CLAVIGER_SERVER__PORT", "65536", /^server\.port: must be a whole number from 0 to 65535$/],
    ["CLAVIGER_SERVER__PORT", "-1", /^server\.port: /],
    ["CLAVIGER_POLICY__WORKERS", "0", /^policy\.workers: must be a whole number from 1 to 64$/],
    [
      "CLAVIGER_SERVER__BODY_LIMIT_BYTES",
      "1",
      /^server\.bodyLimitBytes: must be a whole number, 1024 or more$/,
    ],
    ["CLAVIGER_KEYS__ALLOW_IMPORT", "yes", /^CLAVIGER_KEYS__ALLOW_IMPORT: must be true or false$/],
    [
      "CLAVIGER_LOG__LEVEL",
      "loud",
      /^log\.level: must be one of fatal, error, warn, info, debug, trace, silent$/,
    ],
    ["CLAVIGER_STORAGE__DATA_DIR", "", /^storage\.dataDir: must be text, not empty$/],
    ["CLAVIGER_PRESET", "prod", /prod is not one of production, development, test/],
    ["CLAVIGER_PRESET", "constructor", /constructor is not one of/],
  ];
  for (const [name, value, message] of variables) {
    test(`${name}=${value}`, () => refuses({ [name]: value }, message));
  }

  const files: readonly (readonly [string, string, RegExp])[] = [
    ["an unknown section", "srever: { port: 1 }", /srever is not a known key; did you mean server\?/],
    ["an unknown key", "server: { prot: 1 }", /server\.prot is not a known key; did you mean server\.port\?/],
    ["a key of another section", "server: { dataDir: x }", /did you mean storage\.dataDir\?/],
    ["a number as text", 'server: { port: "9000" }', /^server\.port: must be a whole number/],
    ["text as a number", "storage: { dataDir: 7 }", /^storage\.dataDir: must be text/],
    ["a fraction", "server: { port: 1.5 }", /^server\.port: /],
    ["null", "log: { level: null }", /^log\.level: must be one of/],
    ["a list at the top", "[1]", /must be a map of sections to keys/],
    ["a list as a section", "server: [1]", /server: must be a map of sections to keys/],
    ["a section that objects have anyway", "constructor: { name: x }", /constructor is not a known key/],
    ["a prototype", "__proto__: { port: 1 }", /__proto__ is not a known key/],
    [
      "a key that comes twice",
      "log: { level: info }\nlog: { level: warn }",
      /line 2: cannot be read as YAML or JSON, with each field once/,
    ],
    [
      "text that is no YAML",
      "dev:\n  token: 'secret-that-must-not-show\n",
      /cannot be read as YAML or JSON, with each field once; check indentation, colons and quotes$/,
    ],
  ];
  for (const [name, content, message] of files) {
    test(`file: ${name}`, () => refuses({}, message, file("refused.yaml", content)));
  }

  test("a file that is missing is named", () => {
    refuses({}, /absent\.yaml: no such configuration file; check the path$/, join(directory, "absent.yaml"));
  });

  test("a refused file is never quoted: it may hold a token", () => {
    const path = file("secret.yaml", "dev:\n  token: 'secret-that-must-not-show\n");
    assert.throws(
      () => load({}, path),
      (error) => error instanceof ConfigError && !error.message.includes("secret-that"),
    );
  });
});

describe("configuration: default < preset < file < environment", () => {
  const quiet = file("quiet.yaml", "# comments are fine\nlog:\n  level: error\nserver:\n  port: 9100\n");

  test("defaults", () => {
    const config = load();
    assert.deepEqual(config.server, {
      host: "127.0.0.1",
      port: 9000,
      allowedHosts: "",
      bodyLimitBytes: 1_048_576,
      requestTimeoutMs: 30_000,
    });
    assert.deepEqual(config.storage, { dataDir: "./data" });
    assert.deepEqual([config.log.level, config.keys.allowImport], ["info", false]);
    assert.deepEqual([config.seal.passphraseFile, config.dev.token], ["", ""]);
  });

  test("a preset over defaults", () => {
    assert.equal(load({}, undefined, "development").keys.allowImport, true);
    assert.deepEqual(load({}, undefined, "test").log.level, "warn");
  });

  test("CLAVIGER_PRESET over the command's preset", () => {
    assert.equal(load({ CLAVIGER_PRESET: "production" }, undefined, "development").keys.allowImport, false);
  });

  test("a file over the preset, which still gives what the file leaves out", () => {
    const config = load({}, quiet, "test");
    assert.deepEqual([config.log.level, config.server.port, config.keys.allowImport], ["error", 9100, true]);
    assert.equal(config.server.host, "127.0.0.1");
  });

  test("the environment over the file", () => {
    const config = load({ CLAVIGER_LOG__LEVEL: "debug" }, quiet);
    assert.deepEqual([config.log.level, config.server.port], ["debug", 9100]);
  });

  test("JSON says the same as YAML", () => {
    const json = file("same.json", JSON.stringify({ log: { level: "error" }, server: { port: 9100 } }));
    assert.deepEqual(load({}, json), load({}, quiet));
  });

  test("an empty file, and a section without keys, change nothing", () => {
    assert.deepEqual(load({}, file("empty.yaml", "")), load());
    assert.deepEqual(load({}, file("section.yaml", "server:\n")), load());
  });

  test("one load does not change the next", () => {
    load({ CLAVIGER_SERVER__PORT: "1" }, quiet, "test");
    assert.equal(load().server.port, 9000);
  });
});

describe("configuration: variables", () => {
  const cases: readonly (readonly [string, string, (config: ReturnType<typeof load>) => unknown, unknown])[] =
    [
      ["CLAVIGER_SERVER__HOST", "0.0.0.0", (config) => config.server.host, "0.0.0.0"],
      ["CLAVIGER_SERVER__PORT", "9100", (config) => config.server.port, 9100],
      ["CLAVIGER_STORAGE__DATA_DIR", "/srv/keys", (config) => config.storage.dataDir, "/srv/keys"],
      ["CLAVIGER_DEV__TOKEN", "x".repeat(32), (config) => config.dev.token, "x".repeat(32)],
      ["CLAVIGER_SEAL__PASSPHRASE_FILE", "/p", (config) => config.seal.passphraseFile, "/p"],
      ["CLAVIGER_LOG__LEVEL", "trace", (config) => config.log.level, "trace"],
      ["CLAVIGER_KEYS__ALLOW_IMPORT", "true", (config) => config.keys.allowImport, true],
    ];
  for (const [name, value, read, expected] of cases) {
    test(name, () => assert.equal(read(load({ [name]: value })), expected));
  }

  test("every key has a variable, and no two have the same", () => {
    const names = keys().map(({ key }) => variableOf(key));
    assert.equal(new Set(names).size, names.length);
    for (const name of names) assert.match(name, /^CLAVIGER_[A-Z]+__[A-Z]+(_[A-Z]+)*$/);
  });

  test("variables of other programs are not ours", () => {
    assert.deepEqual(load({ PORT: "1", SERVER__PORT: "2", CLAVIGER_VECTORS: "/v" }), load());
  });

  test("a child process gets our variables only where they are passed on", () => {
    process.env["CLAVIGER_LOG__LEVEL"] = "trace";
    try {
      const environment = childEnvironment({ CLAVIGER_SERVER__PORT: "0" });
      assert.equal(environment["CLAVIGER_LOG__LEVEL"], undefined);
      assert.equal(environment["CLAVIGER_SERVER__PORT"], "0");
      assert.equal(environment["PATH"], process.env["PATH"]);
    } finally {
      delete process.env["CLAVIGER_LOG__LEVEL"];
    }
  });
});

interface Key {
  readonly key: string;
  readonly default: unknown;
  readonly description: string;
}

function keys(): Key[] {
  return Object.entries(ConfigSchema.properties).flatMap(([section, { properties }]) =>
    Object.entries(properties).map(
      ([name, schema]: [string, TSchema & { default?: unknown; description?: string }]) => ({
        key: `${section}.${name}`,
        default: schema.default,
        description: schema.description ?? "",
      }),
    ),
  );
}

test("docs/configuration.md has exactly one row for each key, as the schema says it", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/configuration.md"), "utf8");
  const rows = page
    .split("\n")
    .filter((line) => /^\| `[a-z]+\.\w+`/.test(line))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  const expected = keys().map(({ key, default: value, description }) => [
    `\`${key}\``,
    `\`${variableOf(key)}\``,
    value === "" ? "empty" : `\`${String(value)}\``,
    ruleOf(key).replace("must be ", ""),
    description,
  ]);
  assert.deepEqual(rows, expected);
});
