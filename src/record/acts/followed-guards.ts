/** What rows make of the facts about guards. What needs a validator's records or row is read again. */
import { equalBytes } from "../../domain/bytes.ts";
import type { EotsTrack } from "../../domain/eots.ts";
import type { ValidatorFact } from "./facts.ts";
import { UNKNOWN, type Follows, type Unknown } from "./follow.ts";
import type { EotsFactName } from "./eots-store.ts";
import type { ImportFactName } from "./import-store.ts";
import type { Row } from "./rows.ts";
import type { ValidatorFactName } from "./validator-store.ts";
import { higher } from "../../domain/heights.ts";

export const guardsFollowed: Follows<ValidatorFactName | ImportFactName | EotsFactName> = {
  validators: (is, _, row) => unlessNamed(is, row),
  floors: (is, _, row) => unlessNamed(is, row),
  highestSigned: () => UNKNOWN,
  validatorCount: () => UNKNOWN,
  isImportMerging: () => UNKNOWN,
  guardedChain: (is, _, { row, values }) => (row === "guardedChainChanged" ? { ...is, ...values } : is),
  stagedEots: () => UNKNOWN,
  superfluousEots: () => UNKNOWN,
  stagedImport: () => UNKNOWN,
  eotsKeys: (is, _, { row, values }) =>
    row === "eotsKeyChanged"
      ? is.map((key) => (equalBytes(key.publicKey, values.publicKey) ? { ...key, ...values } : key))
      : is,
  eotsFloors: (is, { tracks }, { row, values }) =>
    row === "eotsFloorRaised"
      ? is.map((floor, index) => (isOf(tracks[index], values) ? higher(floor, values.height) : floor))
      : is,
};

function unlessNamed<Fact extends ValidatorFact>(
  facts: readonly Fact[],
  { row, values }: Row,
): readonly Fact[] | Unknown {
  if (row !== "validatorChanged") return facts;
  return facts.some(({ publicKey }) => equalBytes(publicKey, values.publicKey)) ? UNKNOWN : facts;
}

function isOf(track: EotsTrack | undefined, { publicKey, chainId }: EotsTrack): boolean {
  return track !== undefined && equalBytes(track.publicKey, publicKey) && equalBytes(track.chainId, chainId);
}
