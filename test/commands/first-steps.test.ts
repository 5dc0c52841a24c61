/** The first minutes with `npm start`: the line on the screen signs, a second start finds everything, mistakes are explained. */
import assert from "node:assert/strict";
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { childEnvironment } from "../../src/config/config.ts";
import { MAIN, temporary } from "./claviger.ts";

const parent = temporary("first-steps");
const dataDirectory = join(parent, "data");
const curl = await promisify(execFile)("curl", ["--version"]).then(
  () => false,
  () => "curl is not installed",
);

interface Started {
  readonly child: ChildProcess;
  /** Everything on stdout up to the ready line. */
  readonly screen: string;
  readonly ready: { readonly event: string; readonly url: string; readonly token: string };
  /** Status of /health/ready as soon as the ready line was read. */
  readonly health: number;
}

async function start(): Promise<Started> {
  const child = spawn(process.execPath, [MAIN, "serve", "--dev"], {
    stdio: ["ignore", "pipe", "inherit"],
    env: childEnvironment({
      CLAVIGER_STORAGE__DATA_DIR: dataDirectory,
      CLAVIGER_SERVER__PORT: "0",
      CLAVIGER_LOG__LEVEL: "warn",
    }),
  });
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (!line.startsWith("{")) continue;
    const ready = JSON.parse(line);
    return {
      child,
      screen: lines.join("\n"),
      ready,
      health: (await fetch(`${ready.url}/health/ready`)).status,
    };
  }
  throw new Error(`the service did not start: ${lines.join("\n")}`);
}

async function stop({ child }: Started, signal: NodeJS.Signals): Promise<void> {
  child.kill(signal);
  await once(child, "exit");
  assert.equal(child.exitCode, 0);
}

/** The command on the screen, as a shell would get it by paste. */
function commandOf(screen: string): string {
  const [command] = /^curl [\s\S]*?'$(?=\n\n)/m.exec(screen) ?? [];
  assert.ok(command, screen);
  return command;
}

async function paste(command: string): Promise<any> {
  const { stdout } = await promisify(execFile)("sh", ["-c", command]);
  return JSON.parse(stdout);
}

let first: Started;
before(async () => {
  first = await start();
});
after(async () => {
  first.child.kill("SIGKILL");
  rmSync(parent, { recursive: true });
});

async function answerTo(
  path: string,
  body: unknown,
  authorization = `Bearer ${first.ready.token}`,
): Promise<any> {
  const headers = { authorization, "content-type": "application/json" };
  const response = await fetch(first.ready.url + path, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
  return response.json();
}

describe("first steps: what the screen says is true", () => {
  test("the ready line comes last, with URL and token, and then the service is ready", () => {
    assert.equal(first.ready.event, "ready");
    assert.equal(first.health, 200);
    assert.match(first.screen, /DEVELOPMENT mode.*Never put real keys here/);
    assert.ok(first.screen.includes(first.ready.url) && first.screen.includes(first.ready.token));
  });

  test("the line to paste signs; with a larger value the policy refuses it", { skip: curl }, async () => {
    const command = commandOf(first.screen);
    const signed = await paste(command);
    assert.equal(signed.status, "signed", JSON.stringify(signed));
    const denied = await paste(command.replace('"1000000000000000"', '"1000000000000000001"'));
    assert.deepEqual([denied.code, denied.policyCode], ["policy.denied", "amount_over_limit"]);
  });

  test("the documentation is where it says", async () => {
    const page = await fetch(`${first.ready.url}/docs`);
    assert.equal(page.status, 200);
    assert.match(page.headers.get("content-type") ?? "", /^text\/html/);
  });

  test("what it made is for this user only", () => {
    for (const name of ["", "dev.passphrase", "dev.token", "ledger.sqlite"]) {
      assert.equal(statSync(join(dataDirectory, name)).mode & 0o077, 0, name);
    }
  });
});

describe("first steps: mistakes are explained", () => {
  test("a chain that does not exist: all that do are named", async () => {
    const problem = await answerTo("/v1/wallets/any/keys", { chain: "dogecoin" });
    assert.equal(
      problem.detail,
      'body /chain: must be one of ["ethereum","bitcoin","solana","starknet","ethereum-validator","babylon"]',
    );
  });

  test("a value of no allowed kind: each kind is named", async () => {
    const transaction = { chainId: 1, nonce: 0, gas: "21e3", gasPrice: 1 };
    const problem = await answerTo("/v1/keys/any/sign", { type: "ethereum.transaction", transaction });
    assert.match(problem.detail, /^body \/transaction\/gas: must be integer, or must match pattern/);
  });

  test("a wrong token", async () => {
    const problem = await answerTo("/v1/wallets", { name: "x" }, "Bearer wrong");
    assert.equal(problem.code, "auth.missing");
    assert.match(problem.detail, /Bearer TOKEN/);
  });

  test("a problem begins with RFC 9457's own members", async () => {
    const problem = await answerTo("/v1/wallets", {});
    assert.deepEqual(Object.keys(problem).slice(0, 4), ["type", "title", "status", "code"]);
  });
});

test("a second start has the same token and key, and Ctrl-C stops it with exit code 0", async () => {
  await stop(first, "SIGINT");
  const second = await start();
  try {
    assert.equal(second.ready.token, first.ready.token);
    const keyOf = (screen: string) => /keys\/(key_\w+)\/sign/.exec(screen)?.[1];
    assert.equal(keyOf(second.screen), keyOf(first.screen));
  } finally {
    await stop(second, "SIGTERM");
  }
});
