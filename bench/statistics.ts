/** Order statistics of measured samples. A bench on a shared machine reports medians and the range, never a mean alone. */

/** Nearest-rank percentile: the smallest sample with at least `percent` per cent of all at or below it. */
export function percentile(samples: ArrayLike<number>, percent: number): number {
  if (samples.length === 0) return Number.NaN;
  const ordered = Float64Array.from(samples).toSorted();
  const rank = Math.max(1, Math.ceil((percent / 100) * ordered.length));
  return ordered[rank - 1] ?? Number.NaN;
}

/** Middle sample; of an even number, the mean of the two in the middle. */
export function median(samples: ArrayLike<number>): number {
  if (samples.length === 0) return Number.NaN;
  const ordered = Float64Array.from(samples).toSorted();
  const upper = Math.floor(ordered.length / 2);
  const high = ordered[upper] ?? Number.NaN;
  return ordered.length % 2 === 1 ? high : ((ordered[upper - 1] ?? Number.NaN) + high) / 2;
}

/** Largest ÷ smallest sample: 1 is a quiet machine. */
export function spread(samples: readonly number[]): number {
  return samples.length === 0 ? Number.NaN : Math.max(...samples) / Math.min(...samples);
}
