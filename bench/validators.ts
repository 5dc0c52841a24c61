/** Validators: the guard beside another one, a slot's burst over HTTP, long histories, many keystores. */
import type { BenchContext, Report } from "./section.ts";
import { burstBlocks } from "./validators/bursts.ts";
import { guardBlocks } from "./validators/guard.ts";
import { historyBlocks } from "./validators/history.ts";
import { keystoreBlocks } from "./validators/keystores.ts";

export async function validatorsSection(context: BenchContext): Promise<Report> {
  const guard = await guardBlocks(context);
  const bursts = await burstBlocks(context);
  const history = await historyBlocks(context);
  const keystores = await keystoreBlocks(context);
  return {
    title: "Validators",
    blocks: [...guard, ...bursts.blocks, ...history, ...keystores.blocks],
    aims: [...bursts.aims, ...keystores.aims],
  };
}
