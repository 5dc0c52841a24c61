/** Finality providers: votes behind the durable guard, public randomness beside them, long histories. */
import { historyBlocks } from "./eots/history.ts";
import { randomnessBlocks } from "./eots/randomness.ts";
import { voteBlocks } from "./eots/votes.ts";
import type { BenchContext, Report } from "./section.ts";

export async function eotsSection(context: BenchContext): Promise<Report> {
  const votes = await voteBlocks(context);
  const randomness = await randomnessBlocks(context);
  const history = await historyBlocks(context);
  return {
    title: "Finality providers",
    blocks: [...votes, ...randomness.blocks, ...history],
    aims: randomness.aims,
  };
}
