/** The tour does what it promises: both outcomes on each chain, a verified log, and nothing left behind. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, rmdirSync } from "node:fs";
import { test } from "node:test";
import { isAddress } from "viem";
import { childEnvironment } from "../../src/config/config.ts";
import { claviger, MAIN, succeeded, temporary } from "./claviger.ts";

const CHAINS = ["ethereum", "bitcoin", "solana", "starknet"];

test("tour -o json: one JSON object and nothing else on stdout", async () => {
  const parent = temporary("tour");
  const answer = succeeded(await claviger(["tour", "-o", "json"], { TMPDIR: parent }));
  // How long it took is said, not judged: what else this machine does at the time decides that.
  assert.ok(answer.seconds > 0);
  assert.deepEqual(
    answer.chains.map((chain: { chain: string }) => chain.chain),
    CHAINS,
  );
  for (const { chain, allowed, denied } of answer.chains) {
    // A hash, or a signature: a Stark hash is a number without leading zeros.
    assert.match(
      allowed,
      chain === "solana" ? /^[1-9A-HJ-NP-Za-km-z]{80,}$/ : /^(?:0x)?[0-9a-f]{56,64}$/,
      chain,
    );
    assert.equal(denied, "amount_over_limit");
  }
  assert.deepEqual(
    answer.votes.map((vote: { chain: string; refused: string }) => [vote.chain, vote.refused]),
    [
      ["ethereum-validator", "guard.double_vote"],
      ["babylon", "guard.eots_conflict"],
    ],
  );
  assert.deepEqual(
    answer.votes.map((vote: { signed: string }) => vote.signed.length),
    [2 + 2 * 96, 2 + 2 * 32],
  );
  assert.equal(isAddress(answer.chains[0].address), true);
  // A request that is allowed leaves two entries, one that is denied leaves one.
  assert.ok(answer.auditEntries >= 3 * (CHAINS.length + answer.votes.length));
  assert.deepEqual(readdirSync(parent), []);
  rmdirSync(parent);
});

test("tour: for people, both outcomes of each chain and the verified log", async () => {
  const { code, stdout, stderr } = await claviger(["tour"]);
  assert.deepEqual([code, stderr], [0, ""]);
  for (const chain of CHAINS) assert.match(stdout, new RegExp(`^${chain} `, "m"));
  assert.equal(stdout.match(/^ {2}0\.5 .* signed /gm)?.length, CHAINS.length);
  assert.equal(stdout.match(/^ {2}2 .* denied .*amount_over_limit/gm)?.length, CHAINS.length);
  assert.equal(stdout.match(/^ {2}\w+ \d+ {2}signed /gm)?.length, 2);
  assert.match(stdout, /^ {2}epoch \d+ {2}refused {2}guard\.double_vote/m);
  assert.match(stdout, /^ {2}height \d+ {2}refused {2}guard\.eots_conflict/m);
  assert.match(stdout, /Audit log verified offline: \d+ entries/);
  assert.match(stdout, /npm start/);
});

test("tour interrupted by Ctrl-C: exit code 130, and nothing is left behind", async () => {
  const parent = temporary("tour");
  const child = spawn(process.execPath, [MAIN, "tour"], {
    stdio: ["ignore", "pipe", "inherit"],
    env: childEnvironment({ TMPDIR: parent }),
  });
  await once(child.stdout, "data");
  assert.equal(readdirSync(parent).length, 1);
  child.kill("SIGINT");
  await once(child, "exit");
  assert.equal(child.exitCode, 130);
  assert.deepEqual(readdirSync(parent), []);
  rmdirSync(parent);
});
