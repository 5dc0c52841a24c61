/** The file that says which modules of Commit-Boost may ask for commitments. Their secrets are in other files. */
import { dirname, resolve } from "node:path";
import { Type } from "typebox";
import { Check, Errors } from "typebox/schema";
import { CommitmentModules } from "../access/commitment-modules.ts";
import { readSecretFile } from "../access/secret-files.ts";
import { ConfigError } from "./error.ts";
import { readYaml } from "./yaml.ts";

const KEY = "validators.commitBoostFile";

const Modules = Type.Object(
  {
    modules: Type.Array(
      Type.Object(
        {
          id: Type.String({ pattern: "^[\\x21-\\x7e]{1,64}$" }),
          signingId: Type.String({ pattern: "^0x[0-9a-fA-F]{64}$" }),
          secretFile: Type.String({ minLength: 1 }),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: 256 },
    ),
  },
  { additionalProperties: false },
);

/**
 * Null where no file is configured. Paths of secrets are relative to the file.
 * @throws ConfigError that names the module and the rule, never a secret
 */
export function commitmentModules(file: string, namespace: string): CommitmentModules | null {
  if (file === "") return null;
  const content = readYaml(file);
  if (!Check(Modules, content)) {
    const [, [error]] = Errors(Modules, content);
    throw new ConfigError(
      `${KEY}: ${file}: ${error?.instancePath ?? ""} ${error?.message ?? "is malformed"}; it must have modules, a list of ` +
        "id (1 to 64 printable characters), signingId (32 bytes in 0x-hex) and secretFile",
    );
  }
  const modules = new CommitmentModules(namespace);
  const folder = dirname(file);
  for (const { id, signingId, secretFile } of content.modules) {
    try {
      modules.add(id, signingId.toLowerCase(), secretIn(resolve(folder, secretFile)));
    } catch (error) {
      const reason = error instanceof Error ? error.message : "cannot be read";
      throw new ConfigError(`${KEY}: ${file}: ${reason}`, { cause: error });
    }
  }
  return modules;
}

/** Without the line's end. @throws Error */
function secretIn(path: string): Uint8Array {
  return new TextEncoder().encode(readSecretFile(path).toString("utf8").trimEnd());
}
