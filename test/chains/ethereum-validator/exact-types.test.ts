/** The exact containers have the roots of the originals wherever those do not round, and other sizes on minimal. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ssz } from "@lodestar/types";
import { exactType, type SszType } from "../../../src/chains/ethereum-validator/exact-types.ts";
import { readValue } from "../../../src/chains/ethereum-validator/read-json.ts";

const root = join(import.meta.dirname, "../../..");

const CONTAINERS: readonly (readonly [name: string, type: SszType])[] = [
  ["phase0.BeaconBlock", ssz.phase0.BeaconBlock],
  ["altair.BeaconBlock", ssz.altair.BeaconBlock],
  ["electra.BeaconBlock", ssz.electra.BeaconBlock],
  ["gloas.BeaconBlock", ssz.gloas.BeaconBlock],
  ["phase0.AggregateAndProof", ssz.phase0.AggregateAndProof],
  ["electra.AggregateAndProof", ssz.electra.AggregateAndProof],
  ["gloas.AggregateAndProof", ssz.gloas.AggregateAndProof],
  ["altair.ContributionAndProof", ssz.altair.ContributionAndProof],
  ["gloas.ExecutionPayloadBid", ssz.gloas.ExecutionPayloadBid],
  ["gloas.ExecutionPayloadEnvelope", ssz.gloas.ExecutionPayloadEnvelope],
  ["heze.InclusionList", ssz.heze.InclusionList],
];

describe("exact types", () => {
  for (const [name, type] of CONTAINERS) {
    test(`${name}: same JSON, same root`, () => {
      const value = type.defaultValue();
      const exact = exactType(type);
      const read = readValue(exact, type.toJson(value), "");
      assert.deepEqual(exact.hashTreeRoot(read), type.hashTreeRoot(value));
      assert.deepEqual(exact.serialize(read), type.serialize(value));
      assert.equal(exactType(type), exact);
    });
  }

  test("minimal preset: the roots that Lodestar computes under LODESTAR_PRESET=minimal", () => {
    const program = `
      import { ssz } from "@lodestar/types";
      for (const type of [ssz.altair.BeaconBlock, ssz.electra.AggregateAndProof, ssz.altair.ContributionAndProof])
        console.log(Buffer.from(type.hashTreeRoot(type.defaultValue())).toString("hex"));`;
    const output = execFileSync(process.execPath, ["--input-type=module", "--eval", program], {
      cwd: root,
      env: { LODESTAR_PRESET: "minimal" },
      encoding: "utf8",
    });
    const types = [ssz.altair.BeaconBlock, ssz.electra.AggregateAndProof, ssz.altair.ContributionAndProof];
    const roots = types.map((type) => {
      const exact = exactType(type, "minimal");
      return Buffer.from(exact.hashTreeRoot(exact.defaultValue())).toString("hex");
    });
    assert.deepEqual(roots, output.trim().split("\n"));
  });

  test("LODESTAR_PRESET in the environment is refused: it would change every root", () => {
    const program = `await import(${JSON.stringify(join(root, "src/chains/ethereum-validator/adapter.ts"))})`;
    assert.throws(
      () =>
        execFileSync(process.execPath, ["--input-type=module", "--eval", program], {
          cwd: root,
          env: { LODESTAR_PRESET: "minimal" },
          stdio: "pipe",
        }),
      /unset LODESTAR_PRESET/,
    );
  });
});
