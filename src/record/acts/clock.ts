/**
 * A clock that was ahead came back, and the log's time follows it again. Nothing here can tell such a clock from one that was set
 * back. Under that one, spends would be dated before their time, and leave their windows as soon as it is set right. So whoever
 * accepts a clock says what time it is, and the clock must agree.
 * @module
 */
import { CLOCK_STEP } from "../../domain/audit-log.ts";
import { SignerError } from "../../domain/errors.ts";
import { actOf } from "./act.ts";
import { ask } from "./facts.ts";

/** Milliseconds between the stated time and the clock: for somebody who reads a watch and types. */
const DIFFERENCE_MAX = 120_000;

/** Spends keep their dates, so that no window gets room by it. */
export const acceptClock = actOf<"acceptClock">()({
  permission: "installation",
  facts: () => ({ times: ask("times", {}) }),
  judge({ stated }, { times: { clock, newest } }) {
    const difference = Date.parse(clock) - Date.parse(stated);
    // Of something that is no date too.
    if (!(Math.abs(difference) <= DIFFERENCE_MAX)) throw otherTime(clock, stated, difference);
    // The later of the two: a clock that is a little behind dates nothing before the time that was stated.
    const to = difference < 0 ? stated : clock;
    if (newest === null || to >= newest) return { reply: null };
    return {
      reply: { from: newest, to },
      leaves: [{ action: CLOCK_STEP, from: newest }],
      dated: to,
    };
  },
});

function otherTime(clock: string, stated: string, difference: number): SignerError {
  const seconds = Math.round(Math.abs(difference) / 1000);
  return new SignerError(
    "request.conflict",
    `the clock says ${clock}, which is ${seconds} s ${difference < 0 ? "before" : "after"} the stated time ${stated}; set the ` +
      "clock if it is wrong, then call again and state the time as another clock than this machine's has it",
  );
}
