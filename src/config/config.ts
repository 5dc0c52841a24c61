/**
 * Configuration: defaults, preset, file, environment, in this order. The only file that reads process.env.
 * An unknown key is an error that names the nearest known one: a typo must not switch a limit off.
 * @module
 */
import type { TSchema } from "typebox";
import { Check, Errors } from "typebox/schema";
import { nearest } from "./nearest.ts";
import { settingRule } from "./setting-rule.ts";
import { ConfigError } from "./error.ts";
import { ConfigSchema, type Config } from "./schema.ts";
import { mapEntries, readYaml } from "./yaml.ts";

/** What a preset changes. `test` is quiet and listens on any free port. */
const PRESETS: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>> = {
  production: {},
  development: { keys: { allowImport: true } },
  test: { keys: { allowImport: true }, server: { port: 0 }, log: { level: "warn" } },
};

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
  for (const [section, keys] of mapEntries(source, origin)) {
    const known = Object.hasOwn(target, section) ? target[section] : undefined;
    if (known === undefined) throw unknownKey(origin, section, Object.keys(target));
    for (const [key, value] of mapEntries(keys, `${origin}: ${section}`)) {
      if (!Object.hasOwn(known, key)) throw unknownKey(origin, `${section}.${key}`, allKeys());
      known[key] = value;
    }
  }
}

function allKeys(): string[] {
  return Object.entries(ConfigSchema.properties).flatMap(([section, schema]) =>
    Object.keys(schema.properties).map((key) => `${section}.${key}`),
  );
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
  if (Check(ConfigSchema, sections)) return sections;
  const [, [error]] = Errors(ConfigSchema, sections);
  const key = (error?.instancePath ?? "").slice(1).replaceAll("/", ".");
  throw new ConfigError(`${key}: ${ruleOf(key)}`);
}

function unknownKey(origin: string, key: string, known: readonly string[]): ConfigError {
  return new ConfigError(
    `${origin}: ${key} is not a known key; did you mean ${nearest(key, known) ?? "none"}?`,
  );
}
