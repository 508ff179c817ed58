/** What a metric of goscheds has to reach, in every run. */
export interface Target {
  /** The key of the metric. */
  readonly metric: string
  /** The store that has to reach it. */
  readonly store: 'redis' | 'memory'
  /** In this variant. Default: each one's best. */
  readonly variant?: string
  readonly bound: 'at least' | 'at most'
  /** In the unit of the metric, or how many times what the peer, or the other variant, measured in the same round. */
  readonly value: number
  /** The name of the peer. Default: none, and `value` is absolute. */
  readonly peer?: 'bullmq' | 'bee-queue'
  /** Another variant of the same store, to which this one is compared. Default: none. */
  readonly than?: string
}

/** At least so many times the peer's figure. */
export function atLeastTimes(value: number, peer: 'bullmq' | 'bee-queue', metric: string): Target {
  return { metric, store: 'redis', bound: 'at least', value, peer }
}

/** At most this share of the peer's figure. */
export function atMostTimes(value: number, peer: 'bullmq' | 'bee-queue', metric: string): Target {
  return { metric, store: 'redis', bound: 'at most', value, peer }
}
