/**
 * Bytecode for the EVM tests: artifacts of published packages, and `contracts.sol` beside this file, compiled here. All of
 * it comes from `test/evm/node_modules` (`npm ci --prefix test/evm`); nothing of it is in the repository.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { encodeAbiParameters, parseAbiParameters, type Hex } from "viem";

const PACKAGES = join(import.meta.dirname, "node_modules");

/** Why tests on these contracts are skipped, or false. */
export const SKIP_WITHOUT_CONTRACTS = existsSync(join(PACKAGES, "solc/package.json"))
  ? false
  : "the packages of test/evm are not installed: npm ci --prefix test/evm";

/** Creation code of an artifact, with its constructor's arguments behind it. */
export function artifact(path: string, types = "", values: readonly unknown[] = []): Hex {
  const parsed: unknown = JSON.parse(readFileSync(join(PACKAGES, path), "utf8"));
  assert.ok(typeof parsed === "object" && parsed !== null && "bytecode" in parsed);
  const { bytecode } = parsed;
  return withArguments(String(bytecode), types, values);
}

/** Permit2's runtime code, as its authors publish it for tests. */
export function permit2(): Hex {
  return hexIn(
    join(PACKAGES, "@uniswap/v4-periphery/lib/permit2/test/utils/DeployPermit2.sol"),
    /hex"([0-9a-f]+)"/,
  );
}

/** Multicall3's creation code, as viem has it. */
export function multicall3(): Hex {
  const viem = join(import.meta.dirname, "../../node_modules/viem/constants/contracts.ts");
  return hexIn(viem, /multicall3Bytecode =\s+'0x([0-9a-f]+)'/);
}

function hexIn(file: string, pattern: RegExp): Hex {
  const code = pattern.exec(readFileSync(file, "utf8"))?.[1];
  assert.ok(code !== undefined, `${file} has no bytecode`);
  return `0x${code}`;
}

let compiled: ReadonlyMap<string, string> | undefined;

/** Creation code of a contract of `contracts.sol`. The first use compiles, which takes two seconds. */
export function own(name: string, types = "", values: readonly unknown[] = []): Hex {
  compiled ??= compile();
  const code = compiled.get(name);
  assert.ok(code !== undefined && code !== "", `contracts.sol has no contract ${name}`);
  return withArguments(code, types, values);
}

function withArguments(code: string, types: string, values: readonly unknown[]): Hex {
  const body = code.startsWith("0x") ? code.slice(2) : code;
  if (types === "") return `0x${body}`;
  return `0x${body}${encodeAbiParameters(parseAbiParameters(types), values).slice(2)}`;
}

interface Compiler {
  compile(input: string, callbacks: { import(path: string): { contents: string } }): string;
}

interface Compiled {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly contracts: Readonly<
    Record<string, Record<string, { evm: { bytecode: { readonly object: string } } }>>
  >;
}

function compile(): ReadonlyMap<string, string> {
  const solc = createRequire(join(PACKAGES, "solc/package.json"))("solc") as Compiler;
  const content = readFileSync(join(import.meta.dirname, "contracts.sol"), "utf8");
  const input = {
    language: "Solidity",
    sources: { "contracts.sol": { content } },
    settings: {
      optimizer: { enabled: true, runs: 200 },
      outputSelection: { "contracts.sol": { "*": ["evm.bytecode.object"] } },
    },
  };
  const read = { import: (path: string) => ({ contents: readFileSync(join(PACKAGES, path), "utf8") }) };
  const output = JSON.parse(solc.compile(JSON.stringify(input), read)) as Compiled;
  const errors = (output.errors ?? []).filter((error) => error.severity === "error");
  assert.deepEqual(
    errors.map((error) => error.formattedMessage),
    [],
  );
  return new Map(
    Object.entries(output.contracts["contracts.sol"] ?? {}).map(([name, { evm }]) => [
      name,
      evm.bytecode.object,
    ]),
  );
}
