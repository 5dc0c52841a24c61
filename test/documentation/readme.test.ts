/** The README's shell blocks, pasted as they are: each is run by a shell in a checkout, against a real service. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, describe, test } from "node:test";
import { childEnvironment } from "../../src/config/config.ts";
import { RunningService, TOKEN } from "../running/service.ts";
import { blocks, ROOT } from "./markdown.ts";

const folder = mkdtempSync(join(tmpdir(), "claviger-readme-"));
for (const name of ["package.json", "src", "policies", "node_modules"]) {
  symlinkSync(join(ROOT, name), join(folder, name));
}
after(() => rmSync(folder, { recursive: true }));

const shell = await hasPrograms(["bash", "curl", "npm", "sed", "base64"]);

async function hasPrograms(names: readonly string[]): Promise<string | false> {
  for (const name of names) {
    const { code } = await paste(`command -v ${name}`, {}).catch(() => ({ code: 1 }));
    if (code !== 0) return `${name} is not installed`;
  }
  return false;
}

interface Pasted {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script as a shell does that stops at the first error. */
async function paste(script: string, variables: Readonly<Record<string, string>>): Promise<Pasted> {
  const child = spawn("bash", ["-c", `set -eo pipefail\n${script}`], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    env: childEnvironment(variables),
  });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code: child.exitCode, stdout, stderr };
}

/** The README's one block that has `mark` in it. */
function block(mark: string): string {
  const found = blocks("README.md").filter((candidate) => candidate.text.includes(mark));
  assert.equal(found.length, 1, `${found.length} blocks have ${mark}`);
  return found[0]?.text ?? "";
}

test("every block is pasted here, or is what the gate and other tests run", () => {
  const marks = [
    "npm ci",
    "npm run tour",
    "/v1/wallets",
    "slashing import",
    "eots import",
    "-- init",
    "-- serve",
  ];
  for (const { text: lines, language } of blocks("README.md")) {
    assert.equal(language, "sh");
    assert.doesNotMatch(lines, /…|\bjq\b/);
    assert.equal(marks.filter((mark) => lines.includes(mark)).length, 1, lines);
  }
});

describe("README", { skip: shell }, () => {
  test("the main job: wallet, key, policy, dry run, signature", async () => {
    const service = await RunningService.start();
    try {
      const here = block("/v1/wallets").replaceAll("http://127.0.0.1:9000", service.url);
      const { code, stdout, stderr } = await paste(here, { TOKEN });
      assert.equal(code, 0, stderr);
      assert.match(stdout, /"decision":"allow"/);
      assert.match(stdout, /"status":"signed".*"signedTransaction":"0x02/);
    } finally {
      assert.equal(await service.stop(), 0);
    }
  });

  test("for real: a passphrase, init, doctor; then history of validators and of finality providers", async () => {
    const { code, stdout, stderr } = await paste(block("-- init"), {});
    assert.equal(code, 0, stderr + stdout);
    assert.match(stdout, /administrator's token, shown once/);
    assert.match(stdout, /checks, none failed/);

    const data = { CLAVIGER_STORAGE__DATA_DIR: join(folder, "custody") };
    const genesis_validators_root = "0x4b363db94e286120d76eb905340fdd4e54bfe9f06bf33ff6cf5ad27f511bfe95";
    const metadata = { interchange_format_version: "5", genesis_validators_root };
    writeFileSync(join(folder, "history.json"), JSON.stringify({ metadata, data: [] }));
    const slashing = await paste(block("slashing import"), data);
    assert.equal(slashing.code, 0, slashing.stderr);

    const publicKey = "9a2f".repeat(16);
    const lines = [
      { format: "claviger.eots-history", version: 1 },
      { publicKey, chainId: "bbn-1", floor: "5" },
    ];
    writeFileSync(
      join(folder, "eots.db"),
      lines
        .map(
          (line) => `${JSON.stringify(line)}
`,
        )
        .join(""),
    );
    const eots = await paste(block("eots import"), data);
    assert.equal(eots.code, 0, eots.stderr);
  });
});
