/** The pages that users read, taken apart: fenced blocks by language, and code spans of the running text. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "../..");

export interface Block {
  readonly page: string;
  /** The word after the fence, empty without one. */
  readonly language: string;
  readonly text: string;
}

/** README, docs and the other pages at the top; not the changelog, whose past releases may name what is gone. */
export function pages(): readonly string[] {
  const top = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md"];
  return [...top, ...globSync("docs/**/*.md", { cwd: ROOT }).toSorted()];
}

export function textOf(page: string): string {
  return readFileSync(join(ROOT, page), "utf8");
}

/** Fenced blocks, also in lists, without their indentation. */
export function blocks(page: string): readonly Block[] {
  const found = textOf(page).matchAll(/^( *)```(\w*)\n([\s\S]*?)\n\1```$/gm);
  return [...found].map(([, indentation = "", language = "", text = ""]) => {
    const lines = text.split("\n").map((line) => line.slice(indentation.length));
    return { page, language, text: lines.join("\n") };
  });
}

/** A page without its fenced blocks. */
export function prose(page: string): string {
  return textOf(page).replaceAll(/^( *)```[\s\S]*?\n\1```$/gm, "");
}

/** Code spans outside of fenced blocks. */
export function spans(page: string): readonly string[] {
  return [...prose(page).matchAll(/`([^`\n]+(?:\n[^`\n]+)?)`/g)].map(([, span = ""]) =>
    span.replaceAll("\n", " "),
  );
}
