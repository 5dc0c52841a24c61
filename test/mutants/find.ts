/**
 * Statements of effect in the decoders' sources, each as a mutant: the same file without that one statement. What states an
 * effect is a call of a collector or of a maker of effects, or a member that lists effects.
 */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "../..");

export interface Area {
  readonly name: string;
  readonly sources: string;
  readonly tests: readonly string[];
}

/** Whose tests must notice what is taken out of whose sources. */
export const AREAS: readonly Area[] = [
  {
    name: "ethereum",
    sources: "src/chains/ethereum/**/*.ts",
    tests: [
      "test/chains/ethereum/{adapter,calls,functions,message,nested-calls,safe,typed-data-effects,user-operation*}.test.ts",
      "test/chains/ethereum/documents/*.test.ts",
    ],
  },
  {
    name: "solana",
    sources: "src/chains/solana/*.ts",
    tests: ["test/chains/solana/*{intent,control,effects,lookup-tables}.test.ts"],
  },
  { name: "starknet", sources: "src/chains/starknet/**/*.ts", tests: ["test/chains/starknet/**/*.test.ts"] },
];

/** `text` from `start` to `end` becomes `instead`. */
export interface Mutant {
  readonly area: string;
  readonly file: string;
  readonly line: number;
  readonly start: number;
  readonly end: number;
  readonly instead: string;
  readonly text: string;
}

/** Collectors: the call is a statement, or the value that an effect returns and nobody reads. */
const COLLECTED =
  /\beffects\.(?:transfer|allow|controls|opaque|nothing)\(|\b(?:payOthers|permittedTransfer)\(/g;
/** Makers: the call gives an object of effects. */
const MADE = /(?<!function )\b(?:lamports|movement|control|authorities|remainder|forGood|leave|nothing)\(/g;
/** Members of what a decoder returns. */
const LISTED = /\b(?:transfers|allowances|control|opacity):\s*(?=\S)/g;

export function mutants(): readonly Mutant[] {
  return AREAS.flatMap((area) =>
    globSync(area.sources, { cwd: ROOT })
      .toSorted()
      .flatMap((file) => inFile(area, file, readFileSync(join(ROOT, file), "utf8"))),
  );
}

function inFile({ name: area }: Area, file: string, source: string): Mutant[] {
  const found: Mutant[] = [];
  const add = (start: number, end: number, instead: string): void => {
    const line = source.slice(0, start).split("\n").length;
    found.push({ area, file, line, start, end, instead, text: source.slice(start, end) });
  };
  const code = withoutComments(source);
  for (const { index, 0: head } of code.matchAll(COLLECTED)) {
    if (!/function $|import .*$/.test(code.slice(Math.max(0, index - 9), index)))
      add(index, closing(code, index + head.length - 1) + 1, "undefined");
  }
  if (area === "solana") {
    for (const { index, 0: head } of code.matchAll(MADE))
      add(index, closing(code, index + head.length - 1) + 1, "{}");
  }
  if (area === "starknet") {
    for (const { index, 0: head } of code.matchAll(LISTED)) {
      if (code[index + head.length] === "[") {
        const from = index + head.length;
        add(from, closing(code, from) + 1, "[]");
      }
    }
  }
  return found;
}

/** Comments, which start lines here, as spaces: so places stay what they are. */
function withoutComments(source: string): string {
  return source.replace(/^[ \t]*\/\*[\s\S]*?\*\/|^[ \t]*\/\/.*$/gm, (text) => text.replace(/[^\n]/g, " "));
}

/** Where the bracket at `open` closes; brackets in texts do not count. */
function closing(code: string, open: number): number {
  let depth = 0;
  for (let at = open; at < code.length; at++) {
    const character = code[at] ?? "";
    if (`"'\``.includes(character)) at = textEnd(code, at);
    else if ("([{".includes(character)) depth++;
    else if (")]}".includes(character) && --depth === 0) return at;
  }
  throw new Error(`a bracket at ${open} does not close`);
}

function textEnd(code: string, start: number): number {
  for (let at = start + 1; at < code.length; at++) {
    if (code[at] === "\\") at++;
    else if (code[at] === code[start]) return at;
  }
  throw new Error(`a text at ${start} does not end`);
}
