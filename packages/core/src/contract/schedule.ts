import type { EpochMs, NewJob } from './job.js'

/** What a fire may do about those before it. */
export const overlaps = ['skip', 'bufferOne', 'bufferAll', 'cancelOther', 'allowAll'] as const

/**
 * One of {@link overlaps}: what a fire does when a job of an earlier one is still scheduled, ready or active:
 * - `skip`: makes no job;
 * - `bufferOne`: makes a job that is parked behind it, unless one is parked already: then as `skip`;
 * - `bufferAll`: makes a job that is parked behind it and those before; with {@link MAX_BUFFERED_FIRES} parked as `skip`;
 * - `cancelOther`: cancels every other one, a running one by a request, and makes a job, parked until that has ended;
 * - `allowAll`: makes a job.
 */
export type Overlap = (typeof overlaps)[number]

/** How many jobs of a schedule may be parked at a time. */
export const MAX_BUFFERED_FIRES = 1_000

/** How many bytes of rules (UTF-8) one `promote` shows at the most, but for a rule that is longer by itself: a mebibyte. */
export const MAX_DUE_RULE_BYTES = 1_048_576

/** How many fires are kept with a schedule: the last ones, among them always the last {@link KEPT_RUNS} that made a job. */
export const KEPT_FIRES = 10

/**
 * However many fires are skipped, so many that made a job stay kept: the job that goes on, and one that is parked behind it.
 * So a turn that looks for dead jobs finds them, however long they have been retried.
 */
export const KEPT_RUNS = 2

/** A time at which a schedule fires. */
export interface FireTime {
  /** The nominal time, by the rule: with the schedule's id it identifies the fire. */
  readonly fireAt: EpochMs
  /** When it is to happen: the nominal time, or later by the schedule's jitter. */
  readonly dueAt: EpochMs
}

/** A schedule as core hands it to `putSchedule`. */
export interface NewSchedule {
  /** Core has checked it, as an id. */
  readonly id: string
  /** Core's rule, and all that a fire needs: an opaque text. */
  readonly rule: string
  /** `null`: it fires no more. */
  readonly next: FireTime | null
  /** Set: it is kept and does not fire. An opaque text of why. */
  readonly pausedNote?: string
}

/** What became of a fire. */
export interface KeptFire {
  readonly fireAt: EpochMs
  /** The store's clock when it happened. */
  readonly at: EpochMs
  readonly outcome: 'fired' | 'buffered' | 'skipped'
  /** Of the job that it made. */
  readonly jobId?: string
}

/** A schedule as `listSchedules` shows it. */
export interface StoredSchedule extends NewSchedule {
  /** Drawn from the store at each put, and never drawn twice. Later ones are greater. */
  readonly revision: number
  readonly createdAt: EpochMs
  /** When it was last put. */
  readonly updatedAt: EpochMs
  /** When it was paused; only while it is. */
  readonly pausedAt?: EpochMs
  /** Fires in turn that made a job. */
  readonly fired: number
  /** Nominal times that were passed over. */
  readonly missed: number
  /** Fires in turn that made no job, because of the overlap. */
  readonly skipped: number
  /**
   * The last {@link KEPT_FIRES} fires, in turn or not, the latest last; but a fire beyond takes the place of the earliest
   * one that is not among the last {@link KEPT_RUNS} that made a job.
   */
  readonly fires: readonly KeptFire[]
}

/** A schedule whose time has come, as `promote` shows it. */
export interface DueSchedule extends FireTime {
  readonly id: string
  readonly rule: string
  readonly revision: number
  readonly fired: number
}

/** A fire in its turn, which moves the schedule on. Only one call can make it: the others find that it stands elsewhere. */
export interface FireTurn {
  /** The schedule must have this revision still. */
  readonly revision: number
  /** The schedule must stand at this nominal time, and its `dueAt` must have come by the store's clock. */
  readonly fireAt: EpochMs
  /** Where it stands from now. `null`: it fires no more. */
  readonly next: FireTime | null
  /** How many nominal times are passed over by this. */
  readonly missed: number
  /** It fires no more once so many fires in turn have made a job. */
  readonly maxRuns?: number
  /**
   * Set: if one of the kept fires that happened at or after the time when it was last put has made a job that is dead
   * now, the schedule is paused instead, with this note.
   */
  readonly pauseOnDead?: string
}

/** One fire of `fireSchedule`. */
export interface ScheduleFire {
  readonly id: string
  readonly overlap: Overlap
  /** Absent: out of turn, at any time, paused or not; it changes neither the counters nor where the schedule stands. */
  readonly turn?: FireTurn
  /** Absent: nothing fires, and the turn only passes over what was missed. */
  readonly run?: {
    /** The nominal time of the job. */
    readonly fireAt: EpochMs
    /**
     * Its `executeAt` is given and must have come by the store's clock. Unless the overlap is `allowAll`, it has a
     * unique key `until: 'finished'`: the holder of the key is the job that is still going on, and what is parked behind
     * it are those that are buffered. While the key is held for a time, every other overlap is as `skip`. No priority
     * together with a group.
     */
    readonly job: NewJob
  }
}

/** What `fireSchedule` did with one fire. Unless it says otherwise, the schedule has moved on with its turn. */
export type FireOutcome =
  /** The job was added, and is ready. */
  | { readonly status: 'fired'; readonly jobId: string }
  /** The job was added, and is parked. */
  | { readonly status: 'buffered'; readonly jobId: string }
  /** No job was made, because of the job `jobId`, which is going on. */
  | { readonly status: 'skipped'; readonly jobId: string }
  /** The id of the job is held: this very fire was made before, out of turn. Not counted, and not kept. */
  | { readonly status: 'duplicate'; readonly jobId: string }
  /** What was missed has been passed over. */
  | { readonly status: 'passed' }
  /** Its time has not come; nothing was changed. */
  | { readonly status: 'early' }
  /** The schedule stands elsewhere, or has been put anew: somebody else made this fire. Nothing was changed. */
  | { readonly status: 'moved' }
  /** It is paused, or was by this (`pauseOnDead`); nothing else was changed. */
  | { readonly status: 'paused' }
  | { readonly status: 'not-found' }

/** What `putSchedule` did. */
export type PutScheduleOutcome =
  | { readonly status: 'put'; readonly revision: number }
  /** The schedule is not as it was expected; nothing was changed. */
  | { readonly status: 'moved' }
