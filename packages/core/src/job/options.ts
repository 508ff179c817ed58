import type { Retention } from '../contract/job.js'
import { InvalidArgumentError } from '../errors.js'
import { type Backoff, checkBackoff } from './backoff.js'
import { checkInstant, checkName, checkNumber, checkOptions, checkSpan, checkTimer } from './checks.js'
import { encodeWith, jsonCodec } from './codec.js'

/** Options that a definition can set for all jobs of its name, and a push for one. */
export interface JobOptions {
  /** How often the handler may be tried, the first time included. 1 to 10,000; default 10. */
  readonly maxAttempts?: number | undefined
  /** Default: at once, then 1 s · 2ⁿ, jittered, at most an hour. */
  readonly backoff?: Backoff | undefined
  /**
   * The time one attempt may take, in milliseconds. Then its signal aborts with `JOB_TIMED_OUT` and the
   * attempt has failed. At most 24.8 days; default: none, the lease is renewed for as long as the handler runs.
   */
  readonly timeoutMs?: number | undefined
  /** How long to keep the job once it has ended. Default: `{ completedMs: 0, deadMs: 30 days }`. */
  readonly retain?: Partial<Retention> | undefined
  /** Facts for people and tools (a trace id, a tenant); travels with the job, at most 16 KiB as JSON. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
}

/** Options of one push. */
export interface PushOptions extends JobOptions {
  /**
   * The job's id: 1 to 256 characters, no control characters, no braces. While a job with this id is
   * known, another push of it answers `duplicate`. Default: a new time-ordered id of 22 characters.
   */
  readonly id?: string | undefined
}

/** When a job is due: at an instant, or after a span. */
export type DueTime =
  { readonly executeAt: Date; readonly delayMs?: never } | { readonly delayMs: number; readonly executeAt?: never }

/** How often a handler may be tried when nobody says otherwise. */
export const DEFAULT_MAX_ATTEMPTS = 10
/** What is kept when nobody says otherwise: no trace of completed jobs, dead ones for 30 days. */
export const DEFAULT_RETENTION: Retention = { completedMs: 0, deadMs: 30 * 86_400_000 }

const MAX_METADATA_BYTES = 16 * 1024
const JOB_OPTION_NAMES = ['maxAttempts', 'backoff', 'timeoutMs', 'retain', 'metadata'] as const
/** The option names that a definition takes. */
export const DEFINITION_OPTION_NAMES: readonly string[] = JOB_OPTION_NAMES

const PUSH_OPTION_NAMES: readonly string[] = ['id', ...JOB_OPTION_NAMES]
/** The option names that `pushScheduled` takes. */
export const SCHEDULED_OPTION_NAMES: readonly string[] = [...PUSH_OPTION_NAMES, 'executeAt', 'delayMs']

/** Checks the options that a definition and a push share. @throws InvalidArgumentError naming the option. */
export function checkJobOptions(options: Record<string, unknown>): JobOptions {
  const { maxAttempts, backoff, timeoutMs, retain, metadata } = options
  return {
    ...(maxAttempts !== undefined && {
      maxAttempts: checkNumber('maxAttempts', maxAttempts, { min: 1, max: 10_000 }),
    }),
    ...(backoff !== undefined && { backoff: checkBackoff(backoff) }),
    ...(timeoutMs !== undefined && { timeoutMs: checkTimer('timeoutMs', timeoutMs, 1) }),
    ...(retain !== undefined && { retain: checkRetain(retain) }),
    ...(metadata !== undefined && { metadata: checkMetadata(metadata) }),
  }
}

/** Checks a job's own id, if one was given. @throws InvalidArgumentError */
export function checkId(id: unknown): string | undefined {
  return id === undefined ? undefined : checkName('id', id)
}

/** Checks when a job is due; neither option means now. @throws InvalidArgumentError */
export function checkDueTime(options: Record<string, unknown>): { executeAt?: number; delayMs?: number } {
  const { executeAt, delayMs } = options
  if (executeAt !== undefined && delayMs !== undefined) {
    throw new InvalidArgumentError('give executeAt or delayMs, not both')
  }
  if (executeAt !== undefined) return { executeAt: checkInstant('executeAt', executeAt) }
  return delayMs === undefined ? {} : { delayMs: checkSpan('delayMs', delayMs) }
}

function checkRetain(value: unknown): Partial<Retention> {
  const { completedMs, deadMs } = checkOptions('retain', value, ['completedMs', 'deadMs'])
  return {
    ...(completedMs !== undefined && { completedMs: checkSpan('retain.completedMs', completedMs) }),
    ...(deadMs !== undefined && { deadMs: checkSpan('retain.deadMs', deadMs) }),
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
