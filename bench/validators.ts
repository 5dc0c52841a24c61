/** Validators: the guard beside another one, a slot's burst over HTTP, long histories, many keystores. */
import type { BenchContext, Report } from "./section.ts";
import { burstBlocks } from "./validators/bursts.ts";

export async function validatorsSection(context: BenchContext): Promise<Report> {
  const bursts = await burstBlocks(context);
  return { title: "Validators", blocks: [...bursts.blocks], aims: [...bursts.aims] };
}
