/**
 * The smallest value that at least `percent` of the values do not exceed (nearest rank): always one that was measured.
 *
 * @throws RangeError when there are no values.
 */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = ascending(values)
  const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length))
  return sorted[rank - 1] ?? Number.NaN
}

/** The middle value; the mean of the two middle ones when their number is even. @throws RangeError when there are none. */
export function median(values: readonly number[]): number {
  const sorted = ascending(values)
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN
  return (lower + upper) / 2
}

/** The median of some runs, with the least and the greatest of them. */
export interface Summary {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** Sums up what several runs measured. @throws RangeError when there are none. */
export function summarise(values: readonly number[]): Summary {
  return { median: median(values), min: percentile(values, 0), max: percentile(values, 100) }
}

function ascending(values: readonly number[]): Float64Array {
  if (values.length === 0) throw new RangeError('there is no value to take a statistic of')
  return Float64Array.from(values).sort()
}
