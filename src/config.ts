/**
 * Configuration: defaults, preset, file, environment, in this order. The only file that reads process.env.
 * An unknown key is an error that names the nearest known one: a typo must not switch a limit off.
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import { Type, type Static, type TSchema } from "typebox";
import { Value } from "typebox/value";
import { parse as parseYaml, YAMLParseError, type ParseOptions, type SchemaOptions } from "yaml";
import { nearest } from "./domain/nearest.ts";
import { settingRule } from "./domain/setting-rule.ts";

const STRICT = { additionalProperties: false } as const;

/** Every section and key, with its default. docs/configuration.md is written from the descriptions. */
export const ConfigSchema = Type.Object(
  {
    server: Type.Object(
      {
        host: Type.String({ default: "127.0.0.1", description: "Listen address." }),
        port: Type.Integer({
          minimum: 0,
          maximum: 65535,
          default: 9000,
          description: "Listen port; 0 takes any free one.",
        }),
        allowedHosts: Type.String({
          default: "",
          description:
            "Host names that requests may name beside localhost, addresses and the name in server.host, with commas " +
            "between; * for any. Other names are refused, so that no web page can take this service for its own.",
        }),
        bodyLimitBytes: Type.Integer({
          minimum: 1024,
          default: 1_048_576,
          description: "Largest JSON body, in bytes.",
        }),
        requestTimeoutMs: Type.Integer({
          minimum: 100,
          default: 30_000,
          description: "Milliseconds in which a client must have sent its whole request.",
        }),
      },
      STRICT,
    ),
    storage: Type.Object(
      {
        dataDir: Type.String({
          minLength: 1,
          default: "./data",
          description: "Directory of the ledger; relative to where the command runs.",
        }),
      },
      STRICT,
    ),
    seal: Type.Object(
      {
        passphraseFile: Type.String({
          default: "",
          description:
            "File that holds the passphrase, mode 600. Empty: asked for by init, unsealed by POST /v1/sys/unseal.",
        }),
      },
      STRICT,
    ),
    keys: Type.Object(
      {
        allowImport: Type.Boolean({
          default: false,
          description: "Whether POST /v1/keys/import takes raw private keys.",
        }),
        backupPassphraseFile: Type.String({
          default: "",
          description:
            "File, mode 600, with the passphrase that POST /v1/keys/{keyId}/eots/backup seals keys under. Empty: none leaves.",
        }),
      },
      STRICT,
    ),
    validators: Type.Object(
      {
        namespace: Type.String({
          pattern: "^[a-z][a-z0-9-]{0,62}$",
          default: "default",
          description:
            "Namespace of validator clients that send no token, and of the keys that the Keymanager API manages.",
        }),
        allowAnonymousSigning: Type.Boolean({
          default: false,
          description:
            "Whether validator clients may sign without a token. Only with a loopback server.host, from this machine.",
        }),
        allowAnonymousKeymanager: Type.Boolean({
          default: false,
          description:
            "Whether programs on this machine may list, import and delete keystores over /eth/v1/keystores without a token, " +
            "as SSV's signer does. Only with a loopback server.host.",
        }),
        network: Type.String({
          default: "",
          description:
            "Network of new validator keys: their exits and registrations depend on it. Empty: that of networkFile, " +
            "else mainnet.",
        }),
        networkFile: Type.String({
          default: "",
          description:
            "A network of your own: the config.yaml that its consensus clients take. Needs genesisValidatorsRoot. " +
            "Empty: the known networks.",
        }),
        genesisValidatorsRoot: Type.String({
          default: "",
          description:
            "32 bytes in 0x-hex that the data directory is pinned to at start. Empty: the first import or duty pins it.",
        }),
        keymanagerTokenFile: Type.String({
          default: "",
          description:
            "File with the Keymanager API's own bearer token; made with a new one if absent. Empty: /eth/v1/keystores " +
            "is not served, except with serve --dev (keymanager.token in the data directory).",
        }),
        commitBoostFile: Type.String({
          default: "",
          description:
            "Modules that may ask for commitments by Commit-Boost's signer API. Empty: not served.",
        }),
        importBytesMax: Type.Integer({
          minimum: 1024,
          maximum: 1_099_511_627_776,
          default: 2_147_483_648,
          description: "Largest document, in bytes, that POST /v1/slashing-protection/import takes.",
        }),
        pruneKeepEpochs: Type.Integer({
          minimum: 0,
          maximum: 999_999_999,
          default: 250,
          description:
            "Epochs of history that the running service keeps of each key, counted back from its newest vote; older " +
            "records are deleted, and the watermark stands for them. 0: nothing is pruned.",
        }),
      },
      STRICT,
    ),
    eots: Type.Object(
      {
        enabled: Type.Boolean({
          default: false,
          description: "Whether the EOTS manager is served over gRPC, for the daemon of a finality provider.",
        }),
        host: Type.String({
          minLength: 1,
          default: "127.0.0.1",
          description: "Listen address. Any but a loopback one needs hmacKeyFile or tlsClientCaFile.",
        }),
        port: Type.Integer({
          minimum: 0,
          maximum: 65535,
          default: 12582,
          description: "Listen port; 0 takes any free one.",
        }),
        namespace: Type.String({
          pattern: "^[a-z][a-z0-9-]{0,62}$",
          default: "default",
          description:
            "Namespace of the keys that callers sign with, as one principal that is a KeyUser there.",
        }),
        hmacKeyFile: Type.String({
          default: "",
          description:
            "File with the text of the daemon's HMACKey: every call but Ping and SaveEOTSKeyName must carry x-fpd-hmac. " +
            "Empty: none is asked for.",
        }),
        tlsCertFile: Type.String({
          default: "",
          description:
            "Certificate chain in PEM. Empty: plaintext, which is all that the daemon itself speaks.",
        }),
        tlsKeyFile: Type.String({ default: "", description: "The certificate's private key in PEM." }),
        tlsClientCaFile: Type.String({
          default: "",
          description:
            "Authority in PEM that must have signed the certificate of every caller. Empty: none is asked for.",
        }),
        maxMessageBytes: Type.Integer({
          minimum: 65_536,
          maximum: 268_435_456,
          default: 16_777_216,
          description: "Largest gRPC message, in either direction, in bytes.",
        }),
      },
      STRICT,
    ),
    policy: Type.Object(
      {
        workers: Type.Integer({
          minimum: 1,
          maximum: 64,
          default: 1,
          description: "Threads that run policies at the same time.",
        }),
      },
      STRICT,
    ),
    log: Type.Object(
      {
        level: Type.String({
          enum: ["fatal", "error", "warn", "info", "debug", "trace", "silent"],
          default: "info",
          description: "Least severe line that the log on stderr shows.",
        }),
      },
      STRICT,
    ),
    dev: Type.Object(
      {
        token: Type.String({
          default: "",
          description:
            "With serve --dev: the administrator's bearer token, 32 characters or more. Empty: generated and printed.",
        }),
      },
      STRICT,
    ),
  },
  STRICT,
);

export type Config = Static<typeof ConfigSchema>;

/** What a preset changes. `test` is quiet and listens on any free port. */
const PRESETS: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>> = {
  production: {},
  development: { keys: { allowImport: true } },
  test: { keys: { allowImport: true }, server: { port: 0 }, log: { level: "warn" } },
};

/** Bad configuration: the message names key, rule and nearest known key. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

const PREFIX = "CLAVIGER_";
/** Variables of ours that are not configuration keys. */
const OTHER_VARIABLES = ["CLAVIGER_VECTORS", "CLAVIGER_PRESET"];

type Sections = Record<string, Record<string, unknown>>;

/**
 * @param file YAML or JSON file, or undefined
 * @param preset name of a preset; the environment's CLAVIGER_PRESET wins over it
 * @throws ConfigError
 */
export function loadConfig(options: {
  readonly file?: string | undefined;
  readonly preset: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}): Config {
  const environment = options.environment ?? process.env;
  const presetName = environment["CLAVIGER_PRESET"] ?? options.preset;
  const preset = Object.hasOwn(PRESETS, presetName) ? PRESETS[presetName] : undefined;
  if (preset === undefined) {
    throw new ConfigError(`CLAVIGER_PRESET: ${presetName} is not one of ${Object.keys(PRESETS).join(", ")}`);
  }
  const merged: Sections = defaults();
  merge(merged, preset, `preset ${presetName}`);
  if (options.file !== undefined) merge(merged, readYaml(options.file), options.file);
  merge(merged, fromEnvironment(environment), "environment");
  return checked(merged);
}

/** The environment for a child process: this one's without our variables, and `variables`. */
export function childEnvironment(
  variables: Readonly<Record<string, string>>,
): Record<string, string | undefined> {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith(PREFIX));
  return { ...Object.fromEntries(others), ...variables };
}

function defaults(): Sections {
  const sections: Sections = {};
  for (const [section, schema] of Object.entries(ConfigSchema.properties)) {
    sections[section] = Object.fromEntries(
      Object.entries(schema.properties).map(([key, property]) => [key, defaultOf(property)]),
    );
  }
  return sections;
}

function defaultOf(schema: TSchema): unknown {
  return "default" in schema ? schema.default : undefined;
}

function merge(target: Sections, source: unknown, origin: string): void {
  for (const [section, keys] of entries(source, origin)) {
    const known = Object.hasOwn(target, section) ? target[section] : undefined;
    if (known === undefined) throw unknownKey(origin, section, Object.keys(target));
    for (const [key, value] of entries(keys, `${origin}: ${section}`)) {
      if (!Object.hasOwn(known, key)) throw unknownKey(origin, `${section}.${key}`, allKeys());
      known[key] = value;
    }
  }
}

function entries(value: unknown, origin: string): [string, unknown][] {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return Object.entries(value);
  if (value === null || value === undefined) return [];
  throw new ConfigError(`${origin}: must be a map of sections to keys`);
}

function allKeys(): string[] {
  return Object.entries(ConfigSchema.properties).flatMap(([section, schema]) =>
    Object.keys(schema.properties).map((key) => `${section}.${key}`),
  );
}

/**
 * A consensus client's config.yaml, each scalar as the text that stands there.
 * @throws ConfigError
 */
export function readNetworkFile(file: string): Readonly<Record<string, unknown>> {
  // Without types: 0x00000001 is 4 bytes here, and no number.
  return Object.fromEntries(entries(readYaml(file, { schema: "failsafe" }), file));
}

/** The value of a YAML or JSON file. @throws ConfigError */
export function readYaml(file: string, options: ParseOptions & SchemaOptions = {}): unknown {
  if (!existsSync(file)) throw new ConfigError(`${file}: no such configuration file; check the path`);
  try {
    // YAML 1.2 contains JSON.
    return parseYaml(readFileSync(file, "utf8"), options);
  } catch (error) {
    // The parser's own message quotes the line, which may hold a token.
    const line = error instanceof YAMLParseError ? error.linePos?.[0].line : undefined;
    const where = line === undefined ? file : `${file}, line ${line}`;
    throw new ConfigError(
      `${where}: cannot be read as YAML or JSON, with each field once; check indentation, colons and quotes`,
      {
        cause: error,
      },
    );
  }
}

/** `CLAVIGER_SERVER__PORT=9000` → `{server: {port: 9000}}`. Each key has one name: a second spelling could contradict it. */
function fromEnvironment(environment: Readonly<Record<string, string | undefined>>): Sections {
  const found: Sections = {};
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith(PREFIX) || OTHER_VARIABLES.includes(name) || value === undefined) continue;
    const match = allKeys().find((key) => variableOf(key) === name);
    if (match === undefined) throw unknownKey("environment", name, allKeys().map(variableOf));
    const [section = "", key = ""] = match.split(".");
    found[section] = { ...found[section], [key]: typed(match, value, name) };
  }
  return found;
}

/** The environment variable of `section.key`. */
export function variableOf(key: string): string {
  const [section = "", name = ""] = key.split(".");
  return `${PREFIX}${section.toUpperCase()}__${name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

function typed(key: string, value: string, name: string): unknown {
  const schema = schemaOf(key);
  const type = "type" in schema ? schema.type : "string";
  if (type === "integer" && /^-?[0-9]{1,15}$/.test(value)) return Number(value);
  if (type === "boolean" && (value === "true" || value === "false")) return value === "true";
  if (type === "string") return value;
  throw new ConfigError(`${name}: ${ruleOf(key)}`);
}

function schemaOf(key: string): TSchema {
  const [section = "", name = ""] = key.split(".");
  const properties: Readonly<Record<string, { readonly properties: Readonly<Record<string, TSchema>> }>> =
    ConfigSchema.properties;
  return properties[section]?.properties[name] ?? {};
}

/** What a value of `section.key` must be, for people: the end of an error, and a column of docs/configuration.md. */
export function ruleOf(key: string): string {
  return settingRule({ ...schemaOf(key) });
}

function checked(sections: Sections): Config {
  if (Value.Check(ConfigSchema, sections)) return sections;
  const [error] = Value.Errors(ConfigSchema, sections);
  const key = (error?.instancePath ?? "").slice(1).replaceAll("/", ".");
  throw new ConfigError(`${key}: ${ruleOf(key)}`);
}

function unknownKey(origin: string, key: string, known: readonly string[]): ConfigError {
  return new ConfigError(
    `${origin}: ${key} is not a known key; did you mean ${nearest(key, known) ?? "none"}?`,
  );
}
