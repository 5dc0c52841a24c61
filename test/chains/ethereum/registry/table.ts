/**
 * What becomes of every document and call of the registry, as docs/registry.md shows it. `npm run registry` writes the page;
 * test/chains/ethereum/registry/registry.test.ts fails when it is stale.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "prettier";
import { ethereumAdapter } from "../../../../src/chains/ethereum/adapter.ts";
import { SignerError } from "../../../../src/domain/errors.ts";
import type { Intent } from "../../../../src/domain/intent.ts";
import { KEY } from "../keys.ts";
import { CALLS } from "./calls.ts";
import { DOCUMENTS } from "./documents.ts";
import { callRequest, documentRequest, type SampleRequest } from "./sample.ts";

export const PAGE = join(import.meta.dirname, "../../../../docs/registry.md");

/** What the decoder makes of a request: `decoded: …`, `harmless: …`, `opaque: …` or `refused: …`. */
export function outcomeOf(request: SampleRequest): string {
  try {
    return judged(ethereumAdapter.decode(request, KEY).intent);
  } catch (error) {
    if (error instanceof SignerError) return `refused: ${error.code}`;
    throw error;
  }
}

function judged(intent: Intent): string {
  if (intent.opaque) return `opaque: ${intent.opaqueCauses.join(", ")}`;
  if (intent.harmless !== undefined) return `harmless: ${intent.harmless}`;
  const found = [
    counted(intent.transfers.length, "transfer"),
    counted(intent.allowances.length, "allowance"),
    ...new Set(intent.control.map(({ what }) => `control (${what})`)),
  ];
  return `decoded: ${found.filter((part) => part !== "").join(", ")}`;
}

function counted(count: number, noun: string): string {
  if (count === 0) return "";
  return count === 1 ? noun : `${count} ${noun}s`;
}

/** The page, formatted. */
export async function page(): Promise<string> {
  const documents = DOCUMENTS.map((entry) => {
    const outcome = outcomeOf(documentRequest(entry, KEY.address));
    return `| \`${shortened(entry.type)}\` | ${Object.keys(entry.domain).join(", ")} | ${entry.protocols} | ${outcome} |`;
  });
  const calls = CALLS.map((entry) => {
    return `| \`${shortened(entry.signature)}\` | ${entry.protocols} | ${outcomeOf(callRequest(entry))} |`;
  });
  const text = `# What becomes of the documents and calls of the ERC-7730 registry

The public registry of clear-signing descriptions (ethereum/clear-signing-erc7730-registry) names documents and calls that wallets show
to people. Claviger does not believe descriptions: it decodes what it knows by full type text or selector, and says \`opaque\` of the rest,
which is signed only where a policy answers \`allowOpaque\`. This page is written by \`npm run registry\` from one sample of each, and a test
fails when it is stale. [What Claviger understands](understood.md) says why.

## Documents

| type text | domain | named by | outcome |
| --- | --- | --- | --- |
${documents.join("\n")}

## Calls

| function | named by | outcome |
| --- | --- | --- |
${calls.join("\n")}
`;
  return format(text, { parser: "markdown", printWidth: 110 });
}

function shortened(text: string): string {
  return text.length <= 120 ? text : `${text.slice(0, 117)}…`;
}

if (import.meta.main) writeFileSync(PAGE, await page());
