import type { JobGroup } from './limits.js'

/** An instant as milliseconds since the Unix epoch, always an integer. Judged by the store's clock. */
export type EpochMs = number

/** The six states of a job; `docs/state-machine.md` draws the arrows between them. */
export const jobStates = ['scheduled', 'ready', 'active', 'completed', 'dead', 'cancelled'] as const

/** One of {@link jobStates}. */
export type JobState = (typeof jobStates)[number]

/** The states a job ends in. Only `redrive` leads out of one, and only out of `dead`. */
export type FinishedState = Extract<JobState, 'completed' | 'dead' | 'cancelled'>

/**
 * Why a job is dead:
 * - `attempts`: its last attempt failed;
 * - `non-retryable`: its handler said that another attempt is pointless;
 * - `recoveries`: its worker vanished more often than `maxRecoveries` allows;
 * - `undecodable`: its stored record cannot be read;
 * - `expired`: its `expiresAt` had come before it was claimed for the first time.
 */
export type DeadReason = 'attempts' | 'non-retryable' | 'recoveries' | 'undecodable' | 'expired'

/**
 * Why a worker ends a job as dead. The other two reasons are the store's: the reaper's `recoveries`, and
 * `expired`.
 */
export type SettledDeadReason = Exclude<DeadReason, 'recoveries' | 'expired'>

/**
 * What makes each claim of a job distinct. Ordered: first by `generation`, then by `claim`; a later
 * claim of a job is always the greater one, so a user's own database can refuse an older writer.
 */
export interface Fence {
  /**
   * Drawn from the store at enqueue, and anew at a reschedule, or at a redrive before any claim; never drawn twice, so a reused id never repeats
   * a fence. Later ones are greater.
   */
  readonly generation: number
  /** 1 at the first claim of the job, and one more at each further claim. */
  readonly claim: number
}

/** The right to run one attempt. Every write about a running job carries it. */
export interface Lease {
  readonly id: string
  readonly name: string
  readonly fence: Fence
}

/** How long a finished job is kept, by its end. All spans in milliseconds; 0 leaves no trace. */
export interface Retention {
  /** For jobs that end as `completed` or `cancelled`. */
  readonly completedMs: number
  /** For jobs that end as `dead`. */
  readonly deadMs: number
  /**
   * When a job that has this ends and is kept, those of its name and finished state whose retention ends first, and
   * among equals the lower generations, are removed until no more than so many are left: 1 or more. Softly: a store
   * may remove 100 at a time. Absent: no bound.
   */
  readonly maxCount?: number
}

/**
 * For how long a job holds its unique key:
 * - `finished`: while it is scheduled, ready or active;
 * - `started`: while it is scheduled or ready. One that comes back from a run takes the key again;
 * - a span in milliseconds, from its enqueue on, whatever becomes of the job.
 */
export type UniqueUntil = 'finished' | 'started' | { readonly ttlMs: number }

/**
 * What `enqueue` does with a job whose unique key is held:
 * - `ignore`: nothing; the answer names the holder;
 * - `replace`: a waiting holder is removed and the new job takes its place and the key;
 * - `reschedule`: a waiting holder gets the new job's due time (a debounce), as by `reschedule`; nothing else changes;
 * - `runAgain`: behind an active holder the new job is parked, and runs when the key frees. One is enough: while one
 *   is parked, and while the holder waits, the answer is as with `ignore`. Only with `finished`.
 *
 * As `ignore` whenever the holder does not wait in that sense: it is active (`replace`, `reschedule`), has finished or
 * is gone and the key is held for a time only, or holds it for a time and the new job asks `runAgain`. Nor does a job
 * that asks for a time to live replace a holder that has none.
 */
export type UniqueConflict = 'ignore' | 'replace' | 'reschedule' | 'runAgain'

/** A key that at most one job of a name holds at a time, after every transition. Guarantee G12. */
export interface UniqueKey {
  /** Core has checked it, as an id. Keys of different names have nothing to do with each other. */
  readonly key: string
  readonly until: UniqueUntil
  readonly onConflict: UniqueConflict
}

/**
 * A job as core hands it to `enqueue`. The store keeps `payload` and `options` as they are and never
 * looks inside: they are opaque texts that only core writes and reads.
 */
export interface NewJob {
  /** Core has checked it: 1 to 256 characters, no control characters, no braces. */
  readonly id: string
  /** As `id`. */
  readonly name: string
  /** The codec's output for the user's args. May be any text, of any characters. */
  readonly payload: string
  /** Core's options as JSON; the empty text when all are at their defaults. */
  readonly options: string
  readonly retention: Retention
  /** Due at this instant. Neither this nor `delayMs`: due now. At most one of the two is given. */
  readonly executeAt?: EpochMs
  /** Due this long after the store accepts it; a whole number of milliseconds, 0 or more. */
  readonly delayMs?: number
  /** -1000 to 1000; the lower runs first. Absent: 0. */
  readonly priority?: number
  /** If it has not been claimed by this instant, it ends as dead with the reason `expired`. Absent: never. */
  readonly expiresAt?: EpochMs
  readonly unique?: UniqueKey
  /** Never together with a priority. */
  readonly group?: JobGroup
}

/** What a claim hands to a worker: the job, its lease, and what earlier attempts left. */
export interface ClaimedJob extends Lease {
  readonly payload: string
  readonly options: string
  /** The instant from which the job was due, as last set by push or reschedule. */
  readonly executeAt: EpochMs
  /** When the store accepted the job. */
  readonly enqueuedAt: EpochMs
  /** The store's clock at this claim. */
  readonly claimedAt: EpochMs
  /** Attempts used so far: runs that failed or timed out. Not recoveries, not releases. */
  readonly attempts: number
  /** How many times a lease of this job ran out and the reaper put it back. */
  readonly recoveries: number
  /** The opaque text of the last checkpoint that an earlier run of it reported. */
  readonly checkpoint?: string
  readonly group?: JobGroup
  /**
   * Set when the store could not decode its own record; then `payload` is what was found and the other
   * fields hold what is known. Core ends such a job as dead (`undecodable`).
   */
  readonly damage?: string
  /**
   * Set when a later release of the store wrote the record, and this one must leave it alone: says which. Core
   * releases such a job for a while, for a newer worker to run.
   */
  readonly unsupported?: string
}

/** One failed attempt, as it is kept with the job. */
export interface FailedAttempt {
  /** Which attempt it was, from 1. */
  readonly attempt: number
  /** The store's clock when it was settled. */
  readonly at: EpochMs
  /** The opaque text that `settle` brought. */
  readonly error: string
}

/** How many failed attempts are kept with a job: the last ones. */
export const KEPT_FAILURES = 10

/** How many lines of a job's log are kept: the last ones. */
export const KEPT_LOG_LINES = 100

/** A job as `get` and `list` show it. A snapshot: it may have moved by the time it is read. */
export interface StoredJob {
  readonly id: string
  readonly name: string
  readonly state: JobState
  readonly payload: string
  readonly options: string
  readonly executeAt: EpochMs
  readonly enqueuedAt: EpochMs
  readonly generation: number
  /** How many times it has been claimed. */
  readonly claims: number
  readonly attempts: number
  readonly recoveries: number
  /** As given at enqueue; absent when it is 0. */
  readonly priority?: number
  readonly expiresAt?: EpochMs
  readonly unique?: UniqueKey
  readonly group?: JobGroup
  /**
   * When it will next be due; only in state `scheduled`. Differs from `executeAt` after a retry. Absent while it is
   * parked behind another holder of its unique key: then it is due when the key frees.
   */
  readonly dueAt?: EpochMs
  /** When its lease runs out; only in state `active`. */
  readonly leaseUntil?: EpochMs
  /** A cancel was asked for while it is active. */
  readonly cancelRequested?: boolean
  /** When it ended; only in a finished state. */
  readonly finishedAt?: EpochMs
  /** Only in state `dead`. */
  readonly deadReason?: DeadReason
  /** The last failed attempt's error, the opaque text that `settle` brought. */
  readonly error?: string
  /** The opaque text of the handler's result; only in state `completed`. */
  readonly result?: string
  /** The last progress reported, an opaque text. */
  readonly progress?: string
  /** The last checkpoint reported, an opaque text. */
  readonly checkpoint?: string
  /** The last {@link KEPT_FAILURES} failed attempts, the latest last; absent when there are none. Only from `get`. */
  readonly failures?: readonly FailedAttempt[]
  /** The last {@link KEPT_LOG_LINES} lines of its log, the latest last; absent when there are none. Only from `get`. */
  readonly log?: readonly string[]
}
