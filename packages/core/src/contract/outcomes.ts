import type { ClaimedJob, EpochMs, JobState, Lease, SettledDeadReason } from './job.js'
import type { DueSchedule } from './schedule.js'

/** What `enqueue` did with one job. */
export type EnqueueOutcome =
  | { readonly status: 'added'; readonly id: string }
  /**
   * Nothing was changed. Its id is held by a job in any state, a retained finished one included: `id` is that id. Or
   * its unique key is held: `id` is the job that holds it, or that is parked behind it already (`runAgain`).
   */
  | { readonly status: 'duplicate'; readonly id: string }
  /** It was added, and the waiting holder of its key, `replacedId`, was removed in the same step. */
  | { readonly status: 'replaced'; readonly id: string; readonly replacedId: string }
  /** It was not added; the waiting holder of its key, `id`, got its due time. */
  | { readonly status: 'rescheduled'; readonly id: string }
  /** It was added, parked behind the active holder of its key. */
  | { readonly status: 'queuedAgain'; readonly id: string }

/** What `promote` did, and when to call it again. */
export interface PromoteResult {
  /** Jobs moved to their work queues. Equal to the limit: there may be more, call again at once. */
  readonly promoted: number
  /**
   * How long until the earliest job still in the scheduled set, or the earliest schedule, is due, by the store's clock,
   * in milliseconds (fractions allowed, never negative; 0 when one is due already). `null`: there is none.
   */
  readonly nextDueInMs: number | null
  /**
   * The schedules whose time has come, up to `limit`, earliest `dueAt` first and among equals by id (code points), with
   * the store's clock. It ends before the one, other than the first, whose rule would make it more than
   * `MAX_DUE_RULE_BYTES`. Nothing has been done about them: `fireSchedule` does. Absent: there are none.
   */
  readonly due?: { readonly now: EpochMs; readonly schedules: readonly DueSchedule[] }
}

/** What became of one job whose lease had run out. */
export interface ReapedJob extends Lease {
  /** `parked`: it came back to find its unique key held, and is scheduled without a due time. */
  readonly outcome: 'ready' | 'parked' | 'dead' | 'cancelled'
  /** Its recoveries, this one included. */
  readonly recoveries: number
}

export interface ReapResult {
  /** Jobs whose leases had run out. `limit` of them: there may be more, call again at once. */
  readonly reaped: readonly ReapedJob[]
  /** Jobs that ended as dead because their `expiresAt` had come. `limit` of them: there may be more. */
  readonly expired: readonly { readonly id: string; readonly name: string }[]
  /** Jobs given back to their work queues that a vanished worker had popped and not yet leased. */
  readonly returned: number
}

export interface PruneResult {
  /** Records removed. Equal to the limit or above: there may be more, call again at once. */
  readonly pruned: number
}

/**
 * Why a name must not be claimed from now, whatever is ready:
 * - `paused`: it is, or the namespace;
 * - `hold`: a job of it was released with `holdNameMs`;
 * - `concurrency`: as many of its jobs are active as its limit allows;
 * - `rate`: its bucket has no token.
 */
export type HeldReason = 'paused' | 'hold' | 'concurrency' | 'rate'

export interface ClaimResult {
  /** In the order in which they left the work queue. */
  readonly jobs: readonly ClaimedJob[]
  /**
   * True when the store stopped before it had looked at the whole queue (bounded work per call), so an
   * answer below the limit does not mean that nothing is left. Claim again rather than wait.
   */
  readonly more: boolean
  /** Set when it is this, and not the end of the queue or the limit of the call, that kept the claim from more jobs. */
  readonly held?: HeldReason
  /**
   * How long until something that is held back now may be claimed, by the store's clock, in milliseconds (fractions
   * allowed): the name's hold or bucket, or the first of its groups. Absent where no time will do it.
   */
  readonly heldForMs?: number
  /**
   * Set when nothing of the name holds, fewer than `limit` jobs came, and groups with ready jobs are set aside: that was not
   * the end of the queue.
   */
  readonly setAside?: true
}

/** What a wait brings that has claimed. */
export interface WaitedClaim extends ClaimResult {
  /**
   * How long after the call reached the store it claimed, by the store's clock, in milliseconds (fractions allowed): no longer
   * than it was. The worker counts its leases from then.
   */
  readonly waitedMs: number
}

/**
 * What `extend` says of one lease. `cancel-requested` is also held and extended; the worker should
 * abort the handler's signal.
 */
export type ExtendOutcome = 'held' | 'cancel-requested' | 'lost'

/**
 * How a worker ends a claim. `retentionMs`: how long to keep the finished job; 0 leaves no trace. `maxCount`: as in
 * `Retention`.
 */
export type Settlement =
  | { readonly type: 'completed'; readonly retentionMs: number; readonly maxCount?: number; readonly result?: string }
  /** Uses an attempt. At once to the tail of its work queue when `delayMs` is 0, else scheduled. */
  | { readonly type: 'retry'; readonly delayMs: number; readonly error: string }
  /** Uses an attempt, except with the reason `undecodable`, where no handler ran. */
  | {
      readonly type: 'dead'
      readonly reason: SettledDeadReason
      readonly error: string
      readonly retentionMs: number
      readonly maxCount?: number
    }
  /** Uses no attempt. At once to the tail of its work queue when `delayMs` is 0, else scheduled. */
  | {
      readonly type: 'released'
      readonly delayMs: number
      /** Nothing of its name is claimed for so long, whatever becomes of this job. A hold that ends later stays. */
      readonly holdNameMs?: number
    }
  | { readonly type: 'cancelled'; readonly retentionMs: number; readonly maxCount?: number }

/** What a running job reports of itself; what is absent stays as it is. All texts are opaque. */
export interface ReportEntry {
  readonly lease: Lease
  readonly progress?: string
  readonly checkpoint?: string
  /** Appended to its log. */
  readonly lines?: readonly string[]
}

/** `lost`: the lease is not current, and nothing was kept. */
export type ReportOutcome = 'reported' | 'lost'

export interface SettleEntry {
  readonly lease: Lease
  readonly settlement: Settlement
}

/**
 * What `settle` did with one entry. `lost`: the lease is not current (another worker has the job, or it
 * has ended, or this is the repeat of a call whose reply was lost); nothing was changed. Otherwise the
 * state the job went to, which is `cancelled` when a requested cancel overruled a retry or a release.
 */
export type SettleOutcome =
  { readonly status: 'settled'; readonly state: Exclude<JobState, 'active'> } | { readonly status: 'lost' }

export type CancelOutcome =
  /** It was waiting and is cancelled now. */
  | { readonly status: 'cancelled' }
  /** It is active: the request is kept, and its worker or the reaper will act on it. Repeatable. */
  | { readonly status: 'requested' }
  | { readonly status: 'finished'; readonly state: JobState }
  | { readonly status: 'not-found' }

export type RescheduleOutcome =
  | { readonly status: 'rescheduled'; readonly state: 'scheduled' | 'ready' }
  /** It is parked behind the holder of its unique key, and waits for that and for no time. Nothing was changed. */
  | { readonly status: 'parked' }
  | { readonly status: 'active' }
  | { readonly status: 'finished'; readonly state: JobState }
  | { readonly status: 'not-found' }

export type RemoveOutcome =
  | { readonly status: 'removed'; readonly state: JobState }
  /** An active job cannot be removed under its worker: cancel it first. */
  | { readonly status: 'active' }
  | { readonly status: 'not-found' }

export type RedriveOutcome =
  | { readonly status: 'redriven' }
  /** Its unique key is held by job `id`; it stays dead. */
  | { readonly status: 'duplicate'; readonly id: string }
  | { readonly status: 'not-dead'; readonly state: JobState }
  | { readonly status: 'not-found' }
