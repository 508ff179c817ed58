import type { FireTime, KeptFire, Overlap, StoredSchedule } from '../contract/schedule.js'
import type { JobGroup } from '../contract/limits.js'
import type { Retention } from '../contract/job.js'
import type { Backoff } from '../job/backoff.js'
import type { Codec } from '../job/codec.js'
import { decodeOptions, decodePayload, toGroup } from '../job/record.js'
import { decodeRule, type ReadRule, toFireTime } from './rule.js'
import type { CatchUp } from './schedule-options.js'

/** How many fires to come a view shows. */
const SHOWN_FIRES = 10

/** A fire to come. */
export interface FireTimeView {
  /** The nominal time. */
  readonly fireAt: Date
  /** When it happens: later by the schedule's jitter. */
  readonly dueAt: Date
}

/** A fire that happened. */
export interface FireView {
  /** The nominal time; of a `trigger`, when it was. */
  readonly fireAt: Date
  /** When it happened, by the store's clock. */
  readonly at: Date
  /** As in the event `fired`. */
  readonly outcome: 'fired' | 'buffered' | 'skipped'
  /** The job that it made. */
  readonly jobId?: string
}

/** What of a schedule's rule a view shows: as it was put, with every default filled in. */
export interface RuleView {
  readonly name: string
  readonly args: unknown
  readonly cron?: string
  /** Only with `cron`. */
  readonly timeZone?: string
  readonly everyMs?: number
  /** Only with `everyMs`. */
  readonly phaseMs?: number
  readonly startAt?: Date
  readonly endAt?: Date
  readonly overlap: Overlap
  readonly catchUp: CatchUp
  /** Absent with `catchUp: 'skip'`. */
  readonly catchUpWindowMs?: number
  readonly jitterMs: number
  readonly maxRuns?: number
  readonly pauseOnDead: boolean
  readonly maxAttempts: number
  readonly backoff: Backoff
  readonly priority: number
  readonly timeoutMs?: number
  readonly retain: Retention
  readonly metadata: Readonly<Record<string, unknown>>
  readonly group?: Required<JobGroup>
}

/** A schedule as `schedules.get` and `list` show it: a snapshot. */
export interface ScheduleView extends Partial<RuleView> {
  readonly id: string
  /** When it fires next, jitter included; `null` when it is paused, or fires no more. */
  readonly nextAt: Date | null
  /** The next fires, at most ten; none while it is paused. */
  readonly next: readonly FireTimeView[]
  /** The last fires, in turn or not, at most ten, the latest last; in place of older skipped ones, the last two that made a job. */
  readonly fires: readonly FireView[]
  /** Fires in turn that made a job. */
  readonly fired: number
  /** Times that were passed over because they came too late to be caught up. */
  readonly missed: number
  /** Fires in turn that made no job, because of the overlap. */
  readonly skipped: number
  /** Absent when it is not paused. */
  readonly paused?: { readonly note: string; readonly at: Date }
  readonly createdAt: Date
  /** When it was last created, changed, paused or resumed. */
  readonly updatedAt: Date
  /** Why its rule cannot be read; then what the rule says is left out. */
  readonly undecodable?: string
}

/** Decodes what a store shows. A rule that cannot be read comes out with the reason, never as an error. */
export function toScheduleView(stored: StoredSchedule, codec: Codec): ScheduleView {
  const { id, fires, fired, missed, skipped, pausedNote, pausedAt, createdAt, updatedAt } = stored
  const isPaused = pausedNote !== undefined
  const read = readRule(stored, codec)
  return {
    id,
    ...read.view,
    nextAt: nextAtOf(stored),
    next: isPaused ? [] : nextFires(stored, read.rule).map(toFireTimeView),
    fires: fires.map(toFireView),
    ...{ fired, missed, skipped },
    ...(isPaused && { paused: { note: pausedNote, at: new Date(pausedAt ?? updatedAt) } }),
    createdAt: new Date(createdAt),
    updatedAt: new Date(updatedAt),
    ...(read.undecodable !== undefined && { undecodable: read.undecodable }),
  }
}

/** When it fires next, jitter included; `null` when it is paused, or fires no more. */
export function nextAtOf({ next, pausedNote }: Pick<StoredSchedule, 'next' | 'pausedNote'>): Date | null {
  return next === null || pausedNote !== undefined ? null : new Date(next.dueAt)
}

/** The fires to come of a schedule from where it stands, no more than its `maxRuns` leaves. */
export function nextFires(
  { next, fired }: Pick<StoredSchedule, 'next' | 'fired'>,
  rule: ReadRule | undefined,
  atMost = SHOWN_FIRES,
): readonly FireTime[] {
  if (next === null) return []
  if (rule === undefined) return [next]
  const count = Math.min(atMost, (rule.policy.maxRuns ?? Infinity) - fired)
  const later = rule.times.firstAfter(next.fireAt, count - 1).map((fireAt) => toFireTime(rule, fireAt) ?? next)
  return [next, ...later].slice(0, Math.max(0, count))
}

function readRule(
  { id, rule: text }: StoredSchedule,
  codec: Codec,
): { readonly rule?: ReadRule; readonly view?: RuleView; readonly undecodable?: string } {
  try {
    const rule = decodeRule(id, text)
    return { rule, view: toRuleView(rule, codec) }
  } catch (error) {
    return { undecodable: (error as Error).message }
  }
}

function toRuleView({ timing, policy, job }: ReadRule, codec: Codec): RuleView {
  const { cron, timeZone = 'UTC', everyMs, phaseMs = 0, startAt, endAt } = timing
  const { overlap, catchUp, catchUpWindowMs, jitterMs, maxRuns, pauseOnDead } = policy
  const { maxAttempts, backoff, timeoutMs, metadata } = decodeOptions(job.options)
  const group = toGroup(job.group)
  return {
    ...{ name: job.name, args: decodePayload(job.payload, codec) },
    ...(cron !== undefined && { cron, timeZone }),
    ...(everyMs !== undefined && { everyMs, phaseMs }),
    ...(startAt !== undefined && { startAt: new Date(startAt) }),
    ...(endAt !== undefined && { endAt: new Date(endAt) }),
    ...{ overlap, catchUp, jitterMs, pauseOnDead },
    ...(catchUp !== 'skip' && { catchUpWindowMs }),
    ...(maxRuns !== undefined && { maxRuns }),
    ...{ maxAttempts, backoff, priority: job.priority ?? 0, retain: job.retention, metadata },
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(group !== undefined && { group }),
  }
}

function toFireTimeView({ fireAt, dueAt }: FireTime): FireTimeView {
  return { fireAt: new Date(fireAt), dueAt: new Date(dueAt) }
}

function toFireView({ fireAt, at, outcome, jobId }: KeptFire): FireView {
  return { fireAt: new Date(fireAt), at: new Date(at), outcome, ...(jobId !== undefined && { jobId }) }
}
