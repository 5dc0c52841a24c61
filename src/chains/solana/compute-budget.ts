/** The Compute Budget program: how much a transaction may compute and what it bids for it. */
import {
  getRequestHeapFrameDiscriminatorBytes,
  getRequestHeapFrameInstructionDataEncoder,
  getSetComputeUnitLimitDiscriminatorBytes,
  getSetComputeUnitLimitInstructionDataEncoder,
  getSetComputeUnitPriceDiscriminatorBytes,
  getSetComputeUnitPriceInstructionDataEncoder,
  getSetLoadedAccountsDataSizeLimitDiscriminatorBytes,
  getSetLoadedAccountsDataSizeLimitInstructionDataEncoder,
  parseRequestHeapFrameInstruction,
  parseSetComputeUnitLimitInstruction,
  parseSetComputeUnitPriceInstruction,
  parseSetLoadedAccountsDataSizeLimitInstruction,
} from "@solana-program/compute-budget";
import { nothing } from "./effects.ts";
import { exactly, known, programReader } from "./program-reader.ts";

const bounds = nothing("compute budgets bound this transaction alone; what they cost is in the fee");

const layouts = [
  known(
    "requestHeapFrame",
    getRequestHeapFrameDiscriminatorBytes(),
    exactly(parseRequestHeapFrameInstruction, getRequestHeapFrameInstructionDataEncoder()),
    () => bounds,
  ),
  known(
    "setComputeUnitLimit",
    getSetComputeUnitLimitDiscriminatorBytes(),
    exactly(parseSetComputeUnitLimitInstruction, getSetComputeUnitLimitInstructionDataEncoder()),
    ({ data }) => ({ ...bounds, budget: { unitLimit: data.units } }),
  ),
  known(
    "setComputeUnitPrice",
    getSetComputeUnitPriceDiscriminatorBytes(),
    exactly(parseSetComputeUnitPriceInstruction, getSetComputeUnitPriceInstructionDataEncoder()),
    ({ data }) => ({ ...bounds, budget: { unitPrice: data.microLamports } }),
  ),
  known(
    "setLoadedAccountsDataSizeLimit",
    getSetLoadedAccountsDataSizeLimitDiscriminatorBytes(),
    exactly(
      parseSetLoadedAccountsDataSizeLimitInstruction,
      getSetLoadedAccountsDataSizeLimitInstructionDataEncoder(),
    ),
    () => bounds,
  ),
];

/** RequestUnits, which the runtime has given up, is not known, hence opaque. */
export const computeBudgetProgram = programReader("computeBudget", layouts, () => 1);
