import type { Retention, UniqueConflict, UniqueKey, UniqueUntil } from '../contract/job.js'
import type { JobGroup } from '../contract/limits.js'
import { InvalidArgumentError } from '../errors.js'
import { type Backoff, checkBackoff } from './backoff.js'
import { checkInstant, checkName, checkNumber, checkOptions, checkSpan, checkTimer, show } from './checks.js'
import { encodeWith, jsonCodec } from './codec.js'

/** Options that a definition can set for all jobs of its name, and a push for one. */
export interface JobOptions {
  /** How often the handler may be tried, the first time included. 1 to 10,000; default 10. */
  readonly maxAttempts?: number | undefined
  /** Default: at once, then 1 s · 2ⁿ, jittered, at most an hour. A function that the worker has been given wins over it. */
  readonly backoff?: Backoff | undefined
  /**
   * The job of a name with the lowest priority runs first, and among equals the one that became ready first. −1000 to
   * 1000; default 0. So that none starves, every 16th job that leaves a queue with several priorities comes from the next of
   * them in turn.
   */
  readonly priority?: number | undefined
  /**
   * The time one attempt may take, in milliseconds. Then its signal aborts with `JOB_TIMED_OUT` and the
   * attempt has failed. At most 24.8 days; default: none, the lease is renewed for as long as the handler runs.
   */
  readonly timeoutMs?: number | undefined
  /**
   * How long to keep the job once it has ended, and how many of its name and end at the most (`maxCount`, 1 to
   * 1,000,000). Default: `{ completedMs: 0, deadMs: 30 days }`, any number.
   */
  readonly retain?: { readonly [Key in keyof Retention]?: Retention[Key] | undefined } | undefined
  /** Facts for people and tools (a trace id, a tenant); travels with the job, at most 16 KiB as JSON. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
}

/** Options of one push. */
export interface PushOptions extends JobOptions {
  /**
   * The job's id: 1 to 256 characters, no control characters, no braces. While a job with this id is
   * known, another push of it answers `duplicate`. Default: a new time-ordered id of 14 characters.
   */
  readonly id?: string | undefined
  /**
   * A job that no worker has claimed by this instant, by the store's clock, ends as dead with the reason `expired` and
   * runs no handler. Default: never.
   */
  readonly expiresAt?: Date | undefined
  /** At most one job of its name holds a key at a time. Default: no key. */
  readonly unique?: UniqueOptions | undefined
  /**
   * Whose job it is (a tenant, an account): the ready jobs of a name are served fairly across its groups, and
   * `inspector.setLimits` may hold each of them to a limit. Not together with a priority. Default: no group; all such jobs
   * are served like one group of weight 1.
   */
  readonly group?: GroupOptions | undefined
}

/** The group of a job, see `docs/capabilities.md`. */
export interface GroupOptions {
  /** As an id: 1 to 256 characters, no control characters, no braces. */
  readonly key: string
  /**
   * Its share against the other groups of the name: with 2 it is served twice as often as one with 1. 0.001 to 1,000;
   * default 1. Where the jobs of a group differ, the one counts that became ready last.
   */
  readonly weight?: number | undefined
}

/** A unique key, and what to do when another job of the name holds it; see `docs/capabilities.md`. */
export interface UniqueOptions {
  /** As an id: 1 to 256 characters, no control characters, no braces. */
  readonly key: string
  /** For how long the job holds it. Default `'finished'`. */
  readonly until?: UniqueUntil | undefined
  /** Default `'ignore'`. */
  readonly onConflict?: UniqueConflict | undefined
}

/** When a job is due: at an instant, or after a span. */
export type DueTime =
  { readonly executeAt: Date; readonly delayMs?: never } | { readonly delayMs: number; readonly executeAt?: never }

/** How often a handler may be tried when nobody says otherwise. */
export const DEFAULT_MAX_ATTEMPTS = 10
/** What is kept when nobody says otherwise: no trace of completed jobs, dead ones for 30 days. */
export const DEFAULT_RETENTION: Retention = { completedMs: 0, deadMs: 30 * 86_400_000 }

const CONFLICTS: readonly UniqueConflict[] = ['ignore', 'replace', 'reschedule', 'runAgain']
const MAX_METADATA_BYTES = 16 * 1024
const JOB_OPTION_NAMES = ['maxAttempts', 'backoff', 'priority', 'timeoutMs', 'retain', 'metadata'] as const
/** The option names that a definition takes. */
export const DEFINITION_OPTION_NAMES: readonly string[] = JOB_OPTION_NAMES

const PUSH_OPTION_NAMES: readonly string[] = ['id', 'expiresAt', 'unique', 'group', ...JOB_OPTION_NAMES]
/** The option names that `pushScheduled` takes. */
export const SCHEDULED_OPTION_NAMES: readonly string[] = [...PUSH_OPTION_NAMES, 'executeAt', 'delayMs']

/** No options at all: one object, so that the many jobs that have none are told by it. */
export const NO_OPTIONS: JobOptions = Object.freeze({})

/** Checks the options that a definition and a push share. @throws InvalidArgumentError naming the option. */
export function checkJobOptions(options: Record<string, unknown>): JobOptions {
  const { maxAttempts, backoff, priority, timeoutMs, retain, metadata } = options
  const hasAny =
    maxAttempts !== undefined ||
    backoff !== undefined ||
    priority !== undefined ||
    timeoutMs !== undefined ||
    retain !== undefined ||
    metadata !== undefined
  if (!hasAny) return NO_OPTIONS
  return {
    ...(maxAttempts !== undefined && {
      maxAttempts: checkNumber('maxAttempts', maxAttempts, { min: 1, max: 10_000 }),
    }),
    ...(backoff !== undefined && { backoff: checkBackoff(backoff) }),
    ...(priority !== undefined && { priority: checkNumber('priority', priority, { min: -1_000, max: 1_000 }) }),
    ...(timeoutMs !== undefined && { timeoutMs: checkTimer('timeoutMs', timeoutMs, 1) }),
    ...(retain !== undefined && { retain: checkRetain(retain) }),
    ...(metadata !== undefined && { metadata: checkMetadata(metadata) }),
  }
}

/** Checks a job's own id, if one was given. @throws InvalidArgumentError */
export function checkId(id: unknown): string | undefined {
  return id === undefined ? undefined : checkName('id', id)
}

const DUE_NOW = Object.freeze({})

/** Checks when a job is due; neither option means now. @throws InvalidArgumentError */
export function checkDueTime(options: Record<string, unknown>): { executeAt?: number; delayMs?: number } {
  const { executeAt, delayMs } = options
  if (executeAt !== undefined && delayMs !== undefined) {
    throw new InvalidArgumentError('give executeAt or delayMs, not both')
  }
  if (executeAt !== undefined) return { executeAt: checkInstant('executeAt', executeAt) }
  return delayMs === undefined ? DUE_NOW : { delayMs: checkSpan('delayMs', delayMs) }
}

/** Checks when a job expires, if it does. @throws InvalidArgumentError when that is not after its `executeAt` */
export function checkExpiresAt(expiresAt: unknown, executeAt: number | undefined): number | undefined {
  if (expiresAt === undefined) return undefined
  const instant = checkInstant('expiresAt', expiresAt)
  if (executeAt !== undefined && instant <= executeAt) {
    const [expires, executes] = [new Date(instant).toISOString(), new Date(executeAt).toISOString()]
    throw new InvalidArgumentError(`expiresAt must be after executeAt, got ${expires}, which is not after ${executes}`)
  }
  return instant
}

/** Checks a unique key and fills in its defaults. @throws InvalidArgumentError naming the option */
export function checkUnique(value: unknown): UniqueKey | undefined {
  if (value === undefined) return undefined
  const {
    key,
    until = 'finished',
    onConflict = 'ignore',
  } = checkOptions('unique', value, ['key', 'until', 'onConflict'])
  const checked = { key: checkName('unique.key', key), until: checkUntil(until) }
  if (!CONFLICTS.includes(onConflict as UniqueConflict)) {
    throw new InvalidArgumentError(`unique.onConflict must be one of ${CONFLICTS.join(', ')}, got ${show(onConflict)}`)
  }
  if (onConflict === 'runAgain' && checked.until !== 'finished') {
    throw new InvalidArgumentError(
      "unique.onConflict 'runAgain' needs until: 'finished', or no key is held to wait for",
    )
  }
  return { ...checked, onConflict: onConflict as UniqueConflict }
}

/** Checks the group of a job that has this priority. @throws InvalidArgumentError naming the option */
export function checkGroup(value: unknown, priority: number): JobGroup | undefined {
  if (value === undefined) return undefined
  const { key, weight = 1 } = checkOptions('group', value, ['key', 'weight'])
  const checked = {
    key: checkName('group.key', key),
    weight: checkNumber('group.weight', weight, { min: 0.001, max: 1_000, fraction: true }),
  }
  if (priority !== 0) {
    const why = 'among groups it is their turns that decide which job comes first'
    const advice = 'leave out one of them, or set priority: 0 where the definition has another'
    throw new InvalidArgumentError(`a job has a group or a priority (${priority}), not both: ${why}; ${advice}`)
  }
  return checked.weight === 1 ? { key: checked.key } : checked
}

function checkUntil(until: unknown): UniqueUntil {
  if (until === 'finished' || until === 'started') return until
  if (typeof until !== 'object' || until === null) {
    throw new InvalidArgumentError(`unique.until must be 'finished', 'started' or { ttlMs }, got ${show(until)}`)
  }
  const { ttlMs } = checkOptions('unique.until', until, ['ttlMs'])
  return { ttlMs: checkSpan('unique.until.ttlMs', ttlMs, 1) }
}

function checkRetain(value: unknown): Partial<Retention> {
  const { completedMs, deadMs, maxCount } = checkOptions('retain', value, ['completedMs', 'deadMs', 'maxCount'])
  return {
    ...(completedMs !== undefined && { completedMs: checkSpan('retain.completedMs', completedMs) }),
    ...(deadMs !== undefined && { deadMs: checkSpan('retain.deadMs', deadMs) }),
    ...(maxCount !== undefined && { maxCount: checkNumber('retain.maxCount', maxCount, { min: 1, max: 1_000_000 }) }),
  }
}

function checkMetadata(value: unknown): Record<string, unknown> {
  const metadata = checkOptions('metadata', value, Object.keys(Object(value) as object))
  encodeWith(jsonCodec, metadata, {
    what: 'metadata',
    maxBytes: MAX_METADATA_BYTES,
    notSerializable: 'INVALID_ARGUMENT',
    tooLarge: 'INVALID_ARGUMENT',
  })
  return metadata
}
