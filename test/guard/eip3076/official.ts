/** The official EIP-3076 interchange cases (v5.3.0), run in one mode, each with an export into an empty store. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { randomBytes } from "node:crypto";
import type { DutyClaim } from "../../../src/domain/guard.ts";
import { readVectors, skipWithout, vectorsFolder } from "../../vectors.ts";
import { Guard, type Implementation, type Interchange } from "./guard.ts";

interface Attempt {
  readonly pubkey: string;
  readonly slot?: string;
  readonly source_epoch?: string;
  readonly target_epoch?: string;
  readonly signing_root?: string;
  readonly should_succeed: boolean;
  readonly should_succeed_complete: boolean;
}
interface Step {
  readonly should_succeed: boolean;
  readonly contains_slashable_data: boolean;
  readonly interchange: Interchange;
  readonly blocks: readonly Attempt[];
  readonly attestations: readonly Attempt[];
}
export interface OfficialCase {
  readonly name: string;
  readonly genesis_validators_root: string;
  readonly steps: readonly Step[];
}

/** Its complete column lets slots between two imports be signed, which EIP-3076 itself calls unsafe. */
export const MESSAGE_GAP = "multiple_interchanges_single_validator_single_message_gap";

export function officialCases(): OfficialCase[] {
  if (skipWithout("eip3076") !== false) return [];
  return readdirSync(`${vectorsFolder("eip3076")}/generated`)
    .toSorted()
    .map((file) => readVectors("eip3076", `generated/${file}`) as OfficialCase);
}

function bytes(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex.slice(2), "hex"));
}

/** A missing root is unknown: a random one equals nothing either. */
function claimOf(attempt: Attempt, genesis: Uint8Array): DutyClaim {
  const common = {
    publicKey: bytes(attempt.pubkey),
    genesisValidatorsRoot: genesis,
    signingRoot:
      attempt.signing_root === undefined ? new Uint8Array(randomBytes(32)) : bytes(attempt.signing_root),
  };
  return attempt.slot === undefined
    ? {
        ...common,
        kind: "eip3076.attestation",
        sourceEpoch: BigInt(attempt.source_epoch ?? ""),
        targetEpoch: BigInt(attempt.target_epoch ?? ""),
      }
    : { ...common, kind: "eip3076.block", slot: BigInt(attempt.slot) };
}

export interface Difference {
  readonly claim: DutyClaim;
  readonly here: string;
  readonly there: string;
}

/**
 * Imports and signs all steps; asserts each verdict. Then asks every claim of the case again, here and in an empty store
 * that imported our export: the answers that differ.
 */
export async function runOfficial(
  code: Implementation,
  example: OfficialCase,
  mode: "complete" | "minimal",
): Promise<Difference[]> {
  const genesis = bytes(example.genesis_validators_root);
  const store = new Guard(code);
  store.configure({ mode });
  const claims: DutyClaim[] = [];
  for (const [index, step] of example.steps.entries()) {
    const document = JSON.stringify(step.interchange);
    if (!step.should_succeed) {
      await assert.rejects(store.import(document, genesis), { code: "guard.genesis_root" });
      return [];
    }
    const report = await store.import(document, genesis);
    if (mode === "complete" && !step.contains_slashable_data) {
      assert.deepEqual(
        report.flatMap((key) => key.conflicts),
        [],
        `step ${index}: conflicts`,
      );
    }
    for (const attempt of [...step.blocks, ...step.attestations]) {
      const claim = claimOf(attempt, genesis);
      claims.push(claim);
      const complete = mode === "complete" && example.name !== MESSAGE_GAP;
      const expected = complete ? attempt.should_succeed_complete : attempt.should_succeed;
      const verdict = store.sign(claim);
      assert.equal(verdict.verdict !== "refused", expected, `step ${index}: ${JSON.stringify(attempt)}`);
    }
  }
  return compareAfterMove(code, store, genesis, mode, claims);
}

async function compareAfterMove(
  code: Implementation,
  store: Guard,
  genesis: Uint8Array,
  mode: "complete" | "minimal",
  claims: readonly DutyClaim[],
): Promise<Difference[]> {
  const exported = store.export();
  const other = new Guard(code);
  other.configure({ mode });
  await other.import(exported, genesis);
  assert.equal(other.export(), exported, "exported again: the same bytes");
  const differences: Difference[] = [];
  for (const claim of claims) {
    const here = store.sign(claim).verdict;
    const there = other.sign(claim).verdict;
    if (here !== there) differences.push({ claim, here, there });
  }
  return differences;
}
