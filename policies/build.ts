/**
 * Compiles the ready policies to policies/NAME/NAME.wasm, which is committed: the same sources give the same bytes, and
 * a test compares them. Run it with `npm run policies`.
 * @module
 */
import { readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { main as compile } from "assemblyscript/asc";

export const POLICIES = ["transfer-limits", "contract-allowlist", "deny-opaque", "babylon-votes"] as const;
export type PolicyName = (typeof POLICIES)[number];

const FOLDER = import.meta.dirname;

/** Where the compiled module of `name` is kept. */
export function modulePath(name: PolicyName): string {
  return join(FOLDER, name, `${name}.wasm`);
}

/** The flags that an author's own build needs too; docs/policies.md explains them. */
const FLAGS = [
  // No collector: an instance lives for one evaluation, so nothing is ever freed.
  "--runtime",
  "stub",
  "--optimizeLevel",
  "3",
  "--shrinkLevel",
  "1",
  // Claviger refuses the import env.abort; this export of the SDK traps instead.
  "--use",
  "abort=sdk/assemblyscript/abi/trap",
];

/** Compiles one policy in memory. @throws Error with the compiler's messages */
export async function compilePolicySource(name: PolicyName): Promise<Uint8Array> {
  const messages: string[] = [];
  let module: Uint8Array | undefined;
  const result = await compile(
    [`${name}/assembly/policy.ts`, "--baseDir", FOLDER, "--outFile", `${name}.wasm`, ...FLAGS],
    {
      stderr: { write: (text: string | Uint8Array) => void messages.push(String(text)) },
      readFile: readSource,
      writeFile(file, contents) {
        if (file === `${name}.wasm` && typeof contents !== "string") module = new Uint8Array(contents);
      },
      listFiles: () => [],
    },
  );
  if (result.error !== null || module === undefined) {
    throw new Error(`policy ${name} does not compile\n${messages.join("")}${result.error?.message ?? ""}`);
  }
  return module;
}

async function readSource(file: string, baseDir: string): Promise<string | null> {
  try {
    return await readFile(join(baseDir, file), "utf8");
  } catch {
    // The compiler tries several names for one import.
    return null;
  }
}

async function main(): Promise<void> {
  for (const name of POLICIES) {
    const module = await compilePolicySource(name);
    await writeFile(modulePath(name), module);
    process.stdout.write(`${relative(process.cwd(), modulePath(name))}: ${module.length} bytes\n`);
  }
}

if (import.meta.main) await main();
