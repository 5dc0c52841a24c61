/**
 * A kept answer is given again while it is true. What its act brought about may have been undone since, by whoever may: a repeat
 * is then told so, and nothing is done. One rule for every act that keeps its answer.
 * @module
 */
import { SignerError, type ProblemMembers } from "../../domain/errors.ts";
import type { Brought, KeptAnswer } from "../../domain/requests.ts";
import { ask, readFact, type FactReaders } from "./facts.ts";

/** @throws SignerError `request.conflict` where what the act brought about is not so any more */
export function assertStands(
  facts: FactReaders,
  { namespace, brought }: Pick<KeptAnswer, "namespace" | "brought">,
): void {
  const undone = brought === null ? null : undoneOf(facts, namespace, brought);
  if (undone === null) return;
  const { what, members } = undone;
  throw new SignerError(
    "request.conflict",
    `Idempotency-Key: was used for an act that was undone since: ${what}; use a new key to do it again`,
    members,
  );
}

interface Undone {
  readonly what: string;
  readonly members: ProblemMembers;
}

/** What became of it; null where it is as the answer says. */
function undoneOf(facts: FactReaders, namespace: KeptAnswer["namespace"], brought: Brought): Undone | null {
  switch (brought.kind) {
    case "freeze": {
      const { id } = brought;
      const lifted = readFact(facts, ask("liftedFreeze", { id }));
      if (lifted === null) return null;
      return {
        what: `freeze ${id} was lifted at ${lifted.at}`,
        members: { freezeId: id, liftedAt: lifted.at },
      };
    }
    case "key": {
      const { id } = brought;
      const now = readFact(facts, ask("key", { namespace, id }))?.state ?? "deleted";
      return now === brought.state ? null : { what: `key ${id} is ${now} by now`, members: { keyId: id } };
    }
    case "principal": {
      const { id } = brought;
      const stored = readFact(facts, ask("principal", { namespace: brought.namespace, id }));
      return changed(`principal ${id}`, stored?.principal.version, brought.version);
    }
    case "binding": {
      const { id } = brought;
      const stored = readFact(facts, ask("binding", { namespace, id }));
      return changed(`binding ${id}`, stored?.version, brought.version);
    }
    case "descriptor": {
      const { id } = brought;
      const stored = readFact(facts, ask("descriptor", { namespace, id }));
      return stored !== null ? null : { what: `descriptor ${id} was deleted`, members: {} };
    }
  }
}

/** @param version as it was answered; null: only whether it is there is known */
function changed(what: string, now: number | undefined, version: number | null): Undone | null {
  if (now === undefined) return { what: `${what} was deleted`, members: {} };
  return version === null || now === version ? null : { what: `${what} was changed`, members: {} };
}
