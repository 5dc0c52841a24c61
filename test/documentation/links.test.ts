/** Every relative link of a page leads to a file or folder that exists, and every #anchor to one of its headings. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, test } from "node:test";
import { pages, prose, ROOT, textOf } from "./markdown.ts";

/** Those of all pages, and of the changelog, whose links must lead somewhere too. */
const PAGES = [...pages(), "CHANGELOG.md", "bench/results.md"];

/** Names that GitHub gives to the headings of a page: lower case, no punctuation, dashes for spaces, -1 for a second one. */
function anchorsOf(page: string): ReadonlySet<string> {
  const seen = new Map<string, number>();
  const anchors = [...prose(page).matchAll(/^#{1,6} +(.+)$/gm)].map(([, heading = ""]) => {
    const text = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1");
    const name = text
      .trim()
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}\s_-]/gu, "")
      .replaceAll(" ", "-");
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    return count === 0 ? name : `${name}-${count}`;
  });
  return new Set(anchors);
}

/** Targets of links in running text, code apart; not those to other sites. */
function targets(page: string): readonly string[] {
  const running = prose(page).replaceAll(/`[^`\n]*`/g, "code");
  const inline = [...running.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
  const defined = [...running.matchAll(/^\[[^\]]+\]: +(\S+)$/gm)].map(([, target = ""]) => target);
  return [...new Set([...inline, ...defined])].filter((target) => !/^[a-z]+:/.test(target));
}

function assertLeads(page: string, target: string): void {
  const [path = "", anchor] = target.split("#");
  const file = path === "" ? page : normalize(join(dirname(page), path));
  assert.ok(!file.startsWith(".."), `${page}: ${target} leads out of the project`);
  assert.ok(existsSync(join(ROOT, file)), `${page}: ${target}: there is no ${file}`);
  if (anchor === undefined) return;
  const anchors = anchorsOf(file);
  assert.ok(anchors.has(anchor), `${page}: ${target}: ${file} has ${[...anchors].join(", ")}`);
}

describe("links", () => {
  for (const page of PAGES) {
    for (const target of targets(page)) test(`${page}: ${target}`, () => assertLeads(page, target));
  }

  test("there are some with and without an anchor", () => {
    const all = PAGES.flatMap(targets);
    assert.ok(all.length > 50 && all.some((target) => target.includes("#")), `${all.length} links`);
  });

  test("a link to nowhere is found", () => {
    assert.throws(() => assertLeads("README.md", "docs/nowhere.md"), /there is no/);
    assert.throws(() => assertLeads("README.md", "SECURITY.md#nowhere"), /SECURITY\.md has/);
  });
});

/** Members of a list stand together: a blank line between two of them makes Markdown draw all with gaps. */
test("changelog: lists of a section have no gaps, and each section stands once in a release", () => {
  const page = textOf("CHANGELOG.md");
  assert.doesNotMatch(page, /^(?:- .*|  \S.*)\n\n- /m);
  for (const release of page.split(/^## /m).slice(1)) {
    const sections = [...release.matchAll(/^### (.+)$/gm)].map(([, name]) => name);
    assert.deepEqual(sections, [...new Set(sections)]);
  }
});
