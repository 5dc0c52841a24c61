/** Check-and-record per second: ours durable with decision and audit leaf, beside a validator client's own guard. */
import { withInstallation } from "../in-process.ts";
import { perSecond } from "../rate.ts";
import type { BenchContext } from "../section.ts";
import { median } from "../statistics.ts";
import { figure, headed, markdownTable } from "../table.ts";
import { decideVote, recordedVote, Votes } from "./duties-alone.ts";
import { FIRST_EPOCH } from "./duty.ts";
import { lodestarInstalled, openLodestar } from "./lodestar.ts";

const UNDER_WAY = [1, 32, 128] as const;
const KEYS = 1000;
const SHARE_OF_ROUND = 0.5;

interface Guard {
  readonly name: string;
  vote(): Promise<void>;
  close(): Promise<void>;
}

export async function guardBlocks(context: BenchContext): Promise<string[]> {
  return withInstallation(async (installation) => {
    const { ledger } = installation.foundation;
    const decision = await recordedVote(installation);
    const votes = new Votes(KEYS, FIRST_EPOCH + 1);
    const guards: Guard[] = [
      {
        name: "Claviger, durable",
        vote: () => decideVote(ledger, decision, votes.nextPayload()),
        close: async () => undefined,
      },
    ];
    if (lodestarInstalled()) {
      guards.push(
        await lodestar("Lodestar on LevelDB, sync", true),
        await lodestar("Lodestar on LevelDB", false),
      );
    } else context.progress("Lodestar is left out: install it with npm ci in test/lodestar");
    try {
      const rates = await measure(context, guards);
      return [
        `Votes of ${KEYS} validators, each checked and recorded. Ours is in one transaction with decision, audit leaf ` +
          `and ${decision.evidence.length} characters of evidence, on disk before it is answered. Lodestar records the vote ` +
          `alone and does not ask for a sync; both ways are here, from genesis on, because a key's first vote at a late epoch ` +
          `writes a record for each epoch before it.`,
        markdownTable(
          headed("Check-and-record, per second", ...UNDER_WAY.map((underWay) => `${underWay} under way`)),
          guards.map(({ name }) => [
            name,
            ...UNDER_WAY.map((underWay) => figure(median(rates.get(`${name} ${underWay}`) ?? []))),
          ]),
        ),
        ...(guards.length > 1 ? [] : ["Lodestar's packages were not installed, so there is no peer here."]),
      ];
    } finally {
      for (const guard of guards) await guard.close();
    }
  });
}

async function lodestar(name: string, sync: boolean): Promise<Guard> {
  const peer = await openLodestar(sync);
  // From genesis on: a key's first vote writes one record for each epoch before it.
  const votes = new Votes(KEYS, 1);
  return {
    name,
    vote() {
      const { publicKey, epoch, signingRoot } = votes.next();
      return peer.vote(publicKey, epoch, signingRoot);
    },
    close: () => peer.close(),
  };
}

/** Rounds of all guards in turn, so that a noisy minute hits them alike. */
async function measure(
  context: BenchContext,
  guards: readonly Guard[],
): Promise<ReadonlyMap<string, readonly number[]>> {
  const { rounds, roundMs } = context.pace;
  const rates = new Map<string, number[]>();
  for (const underWay of UNDER_WAY) {
    for (let round = 0; round < rounds; round += 1) {
      for (const guard of guards) {
        const rate = await perSecond(roundMs * SHARE_OF_ROUND, underWay, () => guard.vote());
        const name = `${guard.name} ${underWay}`;
        rates.set(name, [...(rates.get(name) ?? []), rate]);
        context.progress(`${guard.name}, ${underWay} under way: ${figure(rate)}/s`);
      }
    }
  }
  return rates;
}
