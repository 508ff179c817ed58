import type { ClaimedJob, DeadReason, JobState, Lease } from './job.js'

/** What `enqueue` did with one job. */
export type EnqueueOutcome =
  | { readonly status: 'added'; readonly id: string }
  /** The id is held by a job in any state, a retained finished one included; nothing was changed. */
  | { readonly status: 'duplicate'; readonly id: string }

/** What `promote` did, and when to call it again. */
export interface PromoteResult {
  /** Jobs moved to their work queues. Equal to the limit: there may be more, call again at once. */
  readonly promoted: number
  /**
   * How long until the earliest job still in the scheduled set is due, by the store's clock, in
   * milliseconds (fractions allowed, never negative; 0 when one is due already). `null`: the set is empty.
   */
  readonly nextDueInMs: number | null
}

/** What became of one job whose lease had run out. */
export interface ReapedJob extends Lease {
  readonly outcome: 'ready' | 'dead' | 'cancelled'
  /** Its recoveries, this one included. */
  readonly recoveries: number
}

export interface ReapResult {
  /** Jobs whose leases had run out. `limit` of them: there may be more, call again at once. */
  readonly reaped: readonly ReapedJob[]
  /** Jobs given back to their work queues that a vanished worker had popped and not yet leased. */
  readonly returned: number
}

export interface PruneResult {
  /** Records removed. Equal to the limit or above: there may be more, call again at once. */
  readonly pruned: number
}

export interface ClaimResult {
  /** In the order in which they left the work queue. */
  readonly jobs: readonly ClaimedJob[]
  /**
   * True when the store stopped before it had looked at the whole queue (bounded work per call), so an
   * answer below the limit does not mean that nothing is left. Claim again rather than wait.
   */
  readonly more: boolean
}

/**
 * What `extend` says of one lease. `cancel-requested` is also held and extended; the worker should
 * abort the handler's signal.
 */
export type ExtendOutcome = 'held' | 'cancel-requested' | 'lost'

/** How a worker ends a claim. `retentionMs`: how long to keep the finished job; 0 leaves no trace. */
export type Settlement =
  | { readonly type: 'completed'; readonly retentionMs: number; readonly result?: string }
  /** Uses an attempt. At once to the tail of its work queue when `delayMs` is 0, else scheduled. */
  | { readonly type: 'retry'; readonly delayMs: number; readonly error: string }
  /** Uses an attempt, except with the reason `undecodable`, where no handler ran. */
  | {
      readonly type: 'dead'
      readonly reason: Exclude<DeadReason, 'recoveries'>
      readonly error: string
      readonly retentionMs: number
    }
  /** Uses no attempt. At once to the tail of its work queue when `delayMs` is 0, else scheduled. */
  | { readonly type: 'released'; readonly delayMs: number }
  | { readonly type: 'cancelled'; readonly retentionMs: number }

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
  | { readonly status: 'not-dead'; readonly state: JobState }
  | { readonly status: 'not-found' }
