import { InvalidArgumentError } from '../errors.js'
import { checkNumber, checkOptions, checkSpan, show } from './checks.js'

/**
 * How long to wait before another attempt.
 * - `fixed`: `delayMs` each time.
 * - `exponential`: the first retry is immediate, then `delayMs`, and twice as long each further time, at most
 *   `capMs` (default one hour).
 *
 * `jitter` (0 to 1) takes away up to that share of each delay, at random, so that jobs that failed
 * together do not come back together. Default 0.5 for `exponential`, 0 for `fixed`.
 */
export type Backoff =
  | { readonly type: 'fixed'; readonly delayMs: number; readonly jitter?: number | undefined }
  | {
      readonly type: 'exponential'
      readonly delayMs: number
      readonly capMs?: number | undefined
      readonly jitter?: number | undefined
    }

/**
 * How long to wait before another attempt, as the user's own function: of the attempt that has failed, from 1, and of
 * what it threw. Milliseconds, 0 or more. It belongs to a definition or a handler, since it cannot travel with a job. What
 * it throws, or returns beside a span, is an `error` event, and the default back-off applies.
 */
export type BackoffFunction = (attempt: number, error: Error) => number

const HOUR_MS = 3_600_000

/** Retries at once, then after 1 s, 2 s, 4 s, … up to an hour, each with half of it jittered. */
export const defaultBackoff: Backoff = { type: 'exponential', delayMs: 1_000 }

/** Checks what a user gave as a back-off. @throws InvalidArgumentError naming the option. */
export function checkBackoff(value: unknown): Backoff {
  if (typeof value === 'function') {
    throw new InvalidArgumentError(
      'a backoff function cannot travel with a job: give it to defineJob or registerHandler',
    )
  }
  const { type, delayMs, capMs, jitter } = checkOptions('backoff', value, ['type', 'delayMs', 'capMs', 'jitter'])
  if (type !== 'fixed' && type !== 'exponential') {
    throw new InvalidArgumentError(`backoff.type must be 'fixed' or 'exponential', got ${show(type)}`)
  }
  if (type === 'fixed' && capMs !== undefined) throw new InvalidArgumentError('a fixed backoff has no option capMs')
  return {
    type,
    delayMs: checkSpan('backoff.delayMs', delayMs),
    ...(capMs !== undefined && { capMs: checkSpan('backoff.capMs', capMs) }),
    ...(jitter !== undefined && { jitter: checkNumber('backoff.jitter', jitter, { min: 0, max: 1, fraction: true }) }),
  }
}

/**
 * The delay before the next attempt in whole milliseconds.
 * @param failed how many attempts have failed, this one included: 1 or more
 * @param random a number from 0 (included) to 1 (excluded)
 */
export function retryDelayMs(backoff: Backoff, failed: number, random: number): number {
  const isExponential = backoff.type === 'exponential'
  const jitter = backoff.jitter ?? (isExponential ? 0.5 : 0)
  const full = isExponential ? exponentialMs(backoff.delayMs, backoff.capMs ?? HOUR_MS, failed) : backoff.delayMs
  return Math.round(full * (1 - jitter * random))
}

function exponentialMs(delayMs: number, capMs: number, failed: number): number {
  return failed <= 1 ? 0 : Math.min(capMs, delayMs * 2 ** (failed - 2))
}
