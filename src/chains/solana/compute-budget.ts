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
import { exactly, known, programReader } from "./program-reader.ts";

const layouts = [
  known(
    "requestHeapFrame",
    getRequestHeapFrameDiscriminatorBytes(),
    exactly(parseRequestHeapFrameInstruction, getRequestHeapFrameInstructionDataEncoder()),
  ),
  known(
    "setComputeUnitLimit",
    getSetComputeUnitLimitDiscriminatorBytes(),
    exactly(parseSetComputeUnitLimitInstruction, getSetComputeUnitLimitInstructionDataEncoder()),
    ({ data }) => ({ budget: { unitLimit: data.units } }),
  ),
  known(
    "setComputeUnitPrice",
    getSetComputeUnitPriceDiscriminatorBytes(),
    exactly(parseSetComputeUnitPriceInstruction, getSetComputeUnitPriceInstructionDataEncoder()),
    ({ data }) => ({ budget: { unitPrice: data.microLamports } }),
  ),
  known(
    "setLoadedAccountsDataSizeLimit",
    getSetLoadedAccountsDataSizeLimitDiscriminatorBytes(),
    exactly(
      parseSetLoadedAccountsDataSizeLimitInstruction,
      getSetLoadedAccountsDataSizeLimitInstructionDataEncoder(),
    ),
  ),
];

/** RequestUnits, which the runtime has given up, is not known, hence opaque. */
export const computeBudgetProgram = programReader("computeBudget", layouts, () => 1);
