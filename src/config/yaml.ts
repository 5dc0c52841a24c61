/** Reads YAML and JSON files that an operator wrote. An error never quotes a line: it may hold a token. */
import { existsSync, readFileSync } from "node:fs";
import { parse as parseYaml, YAMLParseError, type ParseOptions, type SchemaOptions } from "yaml";
import { ConfigError } from "./error.ts";

/** The value of a YAML or JSON file. @throws ConfigError */
export function readYaml(file: string, options: ParseOptions & SchemaOptions = {}): unknown {
  if (!existsSync(file)) throw new ConfigError(`${file}: no such configuration file; check the path`);
  try {
    // YAML 1.2 contains JSON.
    return parseYaml(readFileSync(file, "utf8"), options);
  } catch (error) {
    // The parser's own message quotes the line.
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

/** The members of a map; an empty document has none. @throws ConfigError that names `origin` */
export function mapEntries(value: unknown, origin: string): [string, unknown][] {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return Object.entries(value);
  if (value === null || value === undefined) return [];
  throw new ConfigError(`${origin}: must be a map of sections to keys`);
}
