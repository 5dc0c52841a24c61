/** How often something can be done in a second: a few callers in a loop, a short warm-up, then the count. */

/** A part of the measured time that runs first, unmeasured. */
const WARM_UP_SHARE = 0.25;

/**
 * Keeps `underWay` calls of `work` under way for `milliseconds` and gives the completed ones per second. A number that
 * `work` returns is how many things it did; anything else counts as one.
 */
export async function perSecond(
  milliseconds: number,
  underWay: number,
  work: () => unknown,
): Promise<number> {
  const warm = performance.now() + milliseconds * WARM_UP_SHARE;
  const until = warm + milliseconds;
  let done = 0;
  const caller = async (): Promise<void> => {
    for (;;) {
      const result = await work();
      const now = performance.now();
      if (now >= until) return;
      if (now >= warm) done += typeof result === "number" ? result : 1;
    }
  };
  await Promise.all(Array.from({ length: underWay }, caller));
  return (done * 1000) / milliseconds;
}
