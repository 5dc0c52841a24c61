/**
 * docs/words.md, checked: names that one fact must not have beside its own, phrases that a reader has to decode, and how
 * long the subject of a commit may be. UNCLEAN names the folders that still have some; it only ever gets shorter.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";

const ROOT = join(import.meta.dirname, "..");
const SUBJECT_MAX = 72;

interface Rule {
  /** What it is about; names the rule in UNCLEAN. */
  readonly name: string;
  readonly text: RegExp;
  readonly instead: string;
  /** Names and phrases that the rule must see, where its text has grown by those that it missed. */
  readonly sees?: readonly string[];
  /** Where it is searched for: code without texts and comments, or all that a person reads. Default: both. */
  readonly only?: "code" | "prose";
  /** More sources in which it is searched for; src always is. */
  readonly also?: readonly string[];
  /** Files that hold a public name, or a word that means something else there. */
  readonly except?: RegExp;
}

const RULES: readonly Rule[] = [
  {
    name: "one",
    text: /\bone\b(?!-)/,
    instead: "the noun: key, vote, binding",
    only: "code",
    also: ["test/**/*.ts", "bench/**/*.ts", "policies/**/*.ts"],
    // A page in a text of many lines.
    except: /^test\/chains\/ethereum\/registry\/table\.ts$/,
  },
  {
    name: "bound",
    text: /\b(?:the|a|no|this|its|lifts?|signing) stop\b(?! of the service)|\bstops? (?:slot|epoch)s?\b|\bSigningStop\b|\bstopOf\b|\bstop\.(?:slot|epoch)\b/i,
    instead: "bound; only services and processes stop",
  },
  {
    name: "key state",
    text: /\bstanding(?:\b|Of)|\bstopped keys?\b|\bkeys? (?:that )?(?:is|are|was|were|has|have|stays?) (?:not )?stopped\b|\b(?:not|neither|stays?|imported or|that \w+ \w+) stopped\b|\bstops? (?:(?:a|the|these|those|one of these) )?keys?\b|\bstops? (?:them|one of these)\b|\bstop(?:All|Keys?)\b/i,
    instead: "disabled, deleted, frozen",
    sees: [
      "standingOf(key)",
      "stopAll(parts)",
      "stopKeys(ids)",
      "Stop keys, then give their history",
      "an act that stops one of these",
      "a key has stopped before",
      "the keys stay stopped",
      "it is neither stopped nor shown",
      "it was imported or stopped",
      "one that an export stopped",
      "--disable-keys stops them",
    ],
    // Each stops a thread, a process or a store, and no key.
    except: /^docs\/metrics\.md$/,
  },
  {
    name: "guard",
    text: /(?<!slashing[-_ ])\bprotection\b|\bprotector\b/i,
    instead: "guard (the rule and its check) or history (what was signed)",
  },
  {
    name: "watermark",
    text: /\blow-water mark\b|\bhigh(?:-| )?watermarks?\b/i,
    instead: "watermark, or bound",
    only: "prose",
    except: /^src\/http\/routes\/web3signer\.ts$/,
  },
  {
    name: "under way",
    text: /in[- _]?flight(?!s)/i,
    instead: "under way",
    sees: ["requests in flight", "in-flight", "#inFlight", "batchesInFlight"],
  },
  { name: "namespace", text: /\btenants?\b/i, instead: "namespace" },
  { name: "is", text: /\bstands?\b(?! for\b)|\blies?\b/i, instead: "is, are, has", only: "prose" },
  { name: "allows", text: /\blets? (?:\w+ ){0,3}pass\b|\blet pass\b/i, instead: "allows", only: "prose" },
  {
    name: "is not",
    text: /\bis no (?:\w+ )?(?:file|document|number|list|object|text|key|address|transaction|message|member)\b/,
    instead: "is not a …, with what it must be",
    only: "prose",
  },
];

/** Texts of intents and verdicts: policies read them and receipts hold them, so that they stay as they were. */
const FROZEN = [
  "leaves what stands in it",
  "lamports that already stand on",
  "lies outside of memory",
  "lie outside of memory",
];

/** Folders of src, and documents, that still have what the rule refuses. */
const UNCLEAN: Readonly<Record<string, readonly string[]>> = {};

const DOCUMENTS = globSync(["*.md", "docs/**/*.md", "src/**/*.md"], { cwd: ROOT });
/** A released migration never changes, not even its comments. */
const SOURCES = globSync("src/**/*.ts", { cwd: ROOT });
/** Says the refused words. */
const GLOSSARY = "docs/words.md";

function read(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

/** Texts give way to "": what is left of a template are its values. */
function codeOf(line: string): string {
  return line
    .replaceAll(/\/(?![/*\s])(?:[^/\\\n]|\\.)+\/[gimsuy]*(?=[.,;)\]\s])/g, "//")
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, '""')
    .replaceAll(/'(?:[^'\\]|\\.)*'/g, "''")
    .replaceAll(/`[^`]*`?/g, (text) =>
      [...text.matchAll(/\$\{([^}]*)\}/g)].map(([, value]) => value).join(" "),
    )
    .replace(/(?:^\s*(?:\/\*\*?|\*)\s|\s?\/\/\s|^\s*\/\/).*$/, "");
}

/** What a person reads: of a document all but code spans and blocks. */
function linesOf(file: string, only: Rule["only"]): readonly string[] {
  const text = read(file);
  if (!file.endsWith(".md")) return text.split("\n").map((line) => (only === "code" ? codeOf(line) : line));
  if (only === "code") return [];
  const blank = (span: string): string => span.replaceAll(/[^\n]/g, "");
  return text
    .replaceAll(/^( *)```[\s\S]*?\n\1```$/gm, blank)
    .replaceAll(/`[^`\n]*`|\]\([^)]*\)/g, "")
    .split("\n");
}

/** `file:line: words` of all that breaks the rule. */
function findings({
  text,
  only,
  also = [],
  except,
}: Rule): readonly { readonly place: string; readonly found: string }[] {
  return [...SOURCES, ...globSync(also, { cwd: ROOT, exclude: ["**/node_modules"] }), ...DOCUMENTS]
    .filter((file) => file !== GLOSSARY && except?.test(file) !== true)
    .flatMap((file) =>
      linesOf(file, only).flatMap((line, index) => {
        const [found] = text.exec(FROZEN.reduce((rest, words) => rest.replace(words, ""), line)) ?? [];
        const place = file.endsWith(".md") ? file : dirname(file);
        return found === undefined ? [] : [{ place, found: `${file}:${index + 1}: ${found}` }];
      }),
    );
}

for (const rule of RULES) {
  test(`words: ${rule.name}`, () => {
    const unclean = UNCLEAN[rule.name] ?? [];
    const found = findings(rule);
    const places = new Set(found.map(({ place }) => place));
    assert.deepEqual(
      found.filter(({ place }) => !unclean.includes(place)).map((finding) => finding.found),
      [],
      `write instead: ${rule.instead}`,
    );
    assert.deepEqual(
      unclean.filter((place) => !places.has(place)),
      [],
      "clean by now: take it from the list",
    );
  });
}

test("a rule sees its examples", () => {
  for (const { name, text, sees = [] } of RULES)
    for (const example of sees) assert.match(example, text, `${name}: ${example}`);
});

const TYPE = /^export (?:interface|type|(?:abstract )?class) (\w+)/gm;

test("what domain names, no other room names", () => {
  const typesOf = (file: string): string[] => [...read(file).matchAll(TYPE)].map(([, name = ""]) => name);
  const [own, others] = [true, false].map((inside) =>
    SOURCES.filter((file) => file.startsWith("src/domain/") === inside).flatMap(typesOf),
  );
  assert.deepEqual(
    own?.filter((name) => others?.includes(name)),
    [],
  );
});

/** Subjects since the commit that brought this test; undefined where there is no history to read. */
function subjects(): readonly string[] | undefined {
  if (!existsSync(join(ROOT, ".git"))) return undefined;
  const git = (...words: string[]): string =>
    execFileSync("git", words, { cwd: ROOT, encoding: "utf8" }).trim();
  try {
    if (git("rev-parse", "--is-shallow-repository") === "true") return undefined;
    const [first] = git("log", "--diff-filter=A", "--format=%H", "--", "test/words.test.ts")
      .split("\n")
      .slice(-1);
    return git("log", "--no-merges", "--format=%s", `${first}..HEAD`).split("\n");
  } catch {
    return undefined;
  }
}

const since = subjects();
test(
  `commit subjects have at most ${SUBJECT_MAX} characters`,
  { skip: since === undefined && "there is no git, or not the whole history" },
  () => {
    assert.deepEqual(
      since?.filter((subject) => subject.length > SUBJECT_MAX),
      [],
    );
  },
);
