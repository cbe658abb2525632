/** Samples become figures: percentiles of one round, medians of several. Pure. */

/** One round of the same work, repeated for some seconds. */
export interface Round {
  /** Operations that ended within the round. */
  readonly operations: number
  /** Length of the round, s. */
  readonly seconds: number
  /** ms of one operation. */
  readonly p50: number
  readonly p99: number
}

export interface Summary {
  /** Operations a second. */
  readonly perSecond: number
  /** ms. */
  readonly p50: number
  readonly p99: number
}

/**
 * Nearest rank: the smallest value that at least this share of all values do not exceed.
 *
 * @param sorted - ascending, at least one.
 * @param share - 0 < share ≤ 1.
 */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  const rank = Math.max(1, Math.ceil(share * sorted.length))
  const value = sorted[rank - 1]
  if (value === undefined) throw new RangeError('no values, no percentile')
  return value
}

/** The middle value; of an even count the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)]
  const lower = sorted[Math.ceil(sorted.length / 2) - 1]
  if (upper === undefined || lower === undefined) throw new RangeError('no values, no median')
  return (upper + lower) / 2
}

/**
 * What one round showed.
 *
 * @param latencies - ms of each operation, in any order; at least one.
 */
export function roundOf(latencies: Float64Array, seconds: number): Round {
  const sorted = latencies.toSorted()
  return {
    operations: sorted.length,
    seconds,
    p50: percentile(sorted, 0.5),
    p99: percentile(sorted, 0.99),
  }
}

/** Of rounds of the same work, the median of each figure: one slow round moves nothing. */
export function summarise(rounds: readonly Round[]): Summary {
  return {
    perSecond: median(rounds.map((round) => round.operations / round.seconds)),
    p50: median(rounds.map((round) => round.p50)),
    p99: median(rounds.map((round) => round.p99)),
  }
}
