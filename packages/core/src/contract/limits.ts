/**
 * A token bucket: it holds `burst` tokens when full, gains `limit` of them in every `perMs`, evenly and without end, and
 * each job that a claim hands out takes one. In any span of t ms at most `burst + limit · t / perMs` jobs begin.
 */
export interface RateLimit {
  /** A whole number, 1 or more. */
  readonly limit: number
  /** Whole milliseconds, 1 or more. */
  readonly perMs: number
  /** A whole number, 1 or more. */
  readonly burst: number
}

/** What each group of a name is held to. */
export interface GroupLimits {
  /** The most jobs of one group that may be active at a time: 1 or more. */
  readonly concurrency?: number
  readonly rate?: RateLimit
  /**
   * Only with a `concurrency` of 1. The jobs of a group run strictly in the order in which they became ready: one that
   * comes back from a run goes to the head of its group, and while it waits for its time nothing else of the group is
   * claimed.
   */
  readonly ordered?: boolean
}

/** What a name is held to, across all workers. */
export interface NameLimits {
  /** The most jobs of the name that may be active at a time: 1 or more. */
  readonly concurrency?: number
  readonly rate?: RateLimit
  readonly perGroup?: GroupLimits
}

/** Whose job it is, among those of its name: the ready jobs of a name are served fairly across groups. Guarantee G11. */
export interface JobGroup {
  /** Core has checked it, as an id. Groups of different names have nothing to do with each other. */
  readonly key: string
  /** Its share against the other groups: 0.001 to 1,000. Of the jobs of one group, the one that became ready last counts. Absent: 1. */
  readonly weight?: number
}
