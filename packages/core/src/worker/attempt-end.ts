import type { Retention } from '../contract/job.js'
import type { Settlement } from '../contract/outcomes.js'
import type { GoschedsError } from '../errors.js'
import { type Backoff, defaultBackoff, retryDelayMs } from '../job/backoff.js'
import { checkSpan } from '../job/checks.js'
import { encodeWith } from '../job/codec.js'
import { isNonRetryable, toError, toFailure } from '../job/failure.js'
import { DEFAULT_RETENTION } from '../job/options.js'
import type { ResolvedOptions } from '../job/record.js'
import { parseWith } from '../job/standard-schema.js'
import { type AbortCode, abortReason } from './abort-reason.js'
import type { Release } from './attempt-context.js'
import type { AttemptEnvironment, Registration } from './attempt-environment.js'

/** The most bytes that a retained result may have when encoded: 256 KiB. */
const MAX_RESULT_BYTES = 256 * 1024

/** A newer release's job is left to newer workers: this one looks away for so long. */
const UNSUPPORTED_DELAY_MS = 60_000

/** How an attempt ended: what to tell the store, and what to tell listeners. */
export interface AttemptEnd {
  readonly settlement: Settlement
  /** The handler's result, or what it threw. */
  readonly value: unknown
  /** A fault that does not change the outcome but should be heard of. */
  readonly fault?: Error
}

/** What a handler came to. */
export type HandlerEnd =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: unknown }

/** What the end of an attempt depends on, beside what its handler came to. */
export interface Circumstances {
  readonly options: ResolvedOptions
  readonly registration: Registration
  readonly environment: AttemptEnvironment
  /** Attempts used before this one. */
  readonly attempts: number
  /** Why its signal was aborted before the handler had ended, if it was. */
  readonly abortCode: AbortCode | undefined
  /** How the job goes back, if what the handler threw is a snooze or that it is rate limited. */
  goneBackBy(thrown: unknown): Release | undefined
}

/**
 * Decides how a claim ends whose handler has ended, or was not called because the attempt was aborted before. A promise
 * only where a schema has to be asked; it never rejects.
 */
export function endOf(end: HandlerEnd, given: Circumstances): AttemptEnd | Promise<AttemptEnd> {
  const hasTimedOut = given.abortCode === 'JOB_TIMED_OUT'
  if (end.ok && !hasTimedOut) return endCompleted(end.value, given)
  const isOwnError = !end.ok && (!hasTimedOut || isNonRetryable(end.error))
  return endFailed(isOwnError ? end.error : abortReason('JOB_TIMED_OUT'), given)
}

/** Of a job whose record could not be read. */
export function endUnread(fault: GoschedsError): AttemptEnd {
  if (fault.code === 'UNSUPPORTED_RECORD') {
    return { settlement: { type: 'released', delayMs: UNSUPPORTED_DELAY_MS }, value: fault, fault }
  }
  const error = JSON.stringify(toFailure(fault))
  const settlement = { type: 'dead', reason: 'undecodable', error, retentionMs: DEFAULT_RETENTION.deadMs } as const
  return { settlement, value: fault, fault }
}

/** A result that does not fit is a fault and no failure: the work is done, and would be done again. */
function endCompleted(returned: unknown, given: Circumstances): AttemptEnd | Promise<AttemptEnd> {
  const { resultSchema } = given.registration
  if (resultSchema === undefined) return endWithResult(returned, given)
  return parseWith(resultSchema, returned, 'result').then(
    (value) => endWithResult(value, given),
    (error: unknown) => ({ settlement: completed(given), value: returned, fault: toError(error) }),
  )
}

function endWithResult(value: unknown, given: Circumstances): AttemptEnd {
  const settlement = completed(given)
  if (settlement.retentionMs === 0 || value === undefined) return { settlement, value }
  try {
    const result = encodeWith(given.environment.codec, value, {
      what: 'result',
      maxBytes: MAX_RESULT_BYTES,
      notSerializable: 'RESULT_NOT_SERIALIZABLE',
      tooLarge: 'RESULT_TOO_LARGE',
    })
    return { settlement: { ...settlement, result }, value }
  } catch (error) {
    return { settlement, value, fault: toError(error) }
  }
}

function completed({ options: { retention } }: Circumstances): Extract<Settlement, { type: 'completed' }> {
  const { completedMs: retentionMs, maxCount } = retention
  return maxCount === undefined ? { type: 'completed', retentionMs } : { type: 'completed', retentionMs, maxCount }
}

function endFailed(thrown: unknown, given: Circumstances): AttemptEnd {
  const { retention, maxAttempts, backoff } = given.options
  const { abortCode } = given
  // Who says that another attempt is pointless is believed, whatever else was asked of the job meanwhile.
  const isFinal = isNonRetryable(thrown)
  const release = given.goneBackBy(thrown)
  // A job that is to hold its name back does, and the store, which has the request, ends it as cancelled all the same.
  if (abortCode === 'CANCELLED' && !isFinal && release?.holdNameMs === undefined) {
    return { settlement: { type: 'cancelled', ...kept(retention, retention.completedMs) }, value: thrown }
  }
  const goesBack = release !== undefined || abortCode === 'WORKER_STOPPING' || abortCode === 'LEASE_LOST'
  if (goesBack && !isFinal) {
    return { settlement: { type: 'released', ...(release ?? { delayMs: 0 }) }, value: thrown }
  }
  const error = JSON.stringify(toFailure(thrown))
  const failed = given.attempts + 1
  if (isFinal || failed >= maxAttempts) {
    const reason = isFinal ? 'non-retryable' : 'attempts'
    return { settlement: { type: 'dead', reason, error, ...kept(retention, retention.deadMs) }, value: thrown }
  }
  const delayMs = delayBeforeRetry(backoff, failed, thrown, given)
  return { settlement: { type: 'retry', delayMs, error }, value: thrown }
}

function delayBeforeRetry(backoff: Backoff, failed: number, thrown: unknown, given: Circumstances): number {
  const own = given.registration.backoff
  const { runtime, onFault } = given.environment
  if (own === undefined) return retryDelayMs(backoff, failed, runtime.random())
  try {
    const delayMs: unknown = own(failed, toError(thrown))
    // An async one is refused below; that it rejects as well must not end the process.
    if (delayMs instanceof Promise) delayMs.catch(() => {})
    return checkSpan('the delay that the backoff function returns', delayMs)
  } catch (error) {
    onFault(error)
    return retryDelayMs(defaultBackoff, failed, runtime.random())
  }
}

function kept({ maxCount }: Retention, retentionMs: number): { retentionMs: number; maxCount?: number } {
  return maxCount === undefined ? { retentionMs } : { retentionMs, maxCount }
}
