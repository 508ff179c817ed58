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
 * - `undecodable`: its stored record cannot be read.
 */
export type DeadReason = 'attempts' | 'non-retryable' | 'recoveries' | 'undecodable'

/**
 * What makes each claim of a job distinct. Ordered: first by `generation`, then by `claim`; a later
 * claim of a job is always the greater one, so a user's own database can refuse an older writer.
 */
export interface Fence {
  /**
   * Drawn from the store at enqueue, and anew at a reschedule; never drawn twice, so a reused id never repeats
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
  /** When it will next be due; only in state `scheduled`. Differs from `executeAt` after a retry. */
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
}
