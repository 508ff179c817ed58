import type { EpochMs } from '../contract/job.js'
import { InvalidArgumentError } from '../errors.js'
import { checkInstant, checkNumber, MAX_SPAN_MS } from '../job/checks.js'

/** When a schedule fires: by exactly one of `cron` and `everyMs`. */
export interface ScheduleTiming {
  /** An expression of 5 fields, or of 6 with the seconds first; `docs/schedules.md` has the syntax. */
  readonly cron?: string | undefined
  /** An IANA time zone, as `Europe/Paris`, by whose wall clock `cron` goes. Only with `cron`; default `'UTC'`. */
  readonly timeZone?: string | undefined
  /** It fires at each `phaseMs + n · everyMs` since the Unix epoch. Whole milliseconds, from 10. */
  readonly everyMs?: number | undefined
  /** Whole milliseconds, below `everyMs`. Only with `everyMs`; default 0. */
  readonly phaseMs?: number | undefined
  /** It fires at no time before this one. Default: none. */
  readonly startAt?: Date | undefined
  /** It fires at no time after this one. Default: none. */
  readonly endAt?: Date | undefined
}

/** The names of {@link ScheduleTiming}. */
export const TIMING_NAMES = ['cron', 'timeZone', 'everyMs', 'phaseMs', 'startAt', 'endAt'] as const

/** A checked timing, as it is stored: what is at its default is left out. */
export interface Timing {
  readonly cron?: string
  readonly timeZone?: string
  readonly everyMs?: number
  readonly phaseMs?: number
  readonly startAt?: EpochMs
  readonly endAt?: EpochMs
}

/** Checks all but the expression and its zone, which `NominalTimes` does. @throws InvalidArgumentError naming the option */
export function checkTiming(input: Record<string, unknown>): Timing {
  const { cron, timeZone, everyMs, phaseMs } = input
  if (cron === undefined && everyMs === undefined) throw new InvalidArgumentError('a schedule needs cron or everyMs')
  if (cron !== undefined && everyMs !== undefined) throw new InvalidArgumentError('give cron or everyMs, not both')
  if (cron === undefined && timeZone !== undefined) {
    throw new InvalidArgumentError('timeZone goes with cron: an interval has no wall clock, and phaseMs shifts it')
  }
  if (everyMs === undefined && phaseMs !== undefined) throw new InvalidArgumentError('phaseMs goes with everyMs')
  return {
    ...(everyMs === undefined ? { cron: cron as string, ...zone(timeZone) } : interval(everyMs, phaseMs)),
    ...bounds(input),
  }
}

function zone(timeZone: unknown): Pick<Timing, 'timeZone'> {
  return timeZone === undefined || timeZone === 'UTC' ? {} : { timeZone: timeZone as string }
}

function interval(everyMs: unknown, phaseMs: unknown): Timing {
  const every = checkNumber('everyMs', everyMs, { min: 10, max: MAX_SPAN_MS })
  const phase = phaseMs === undefined ? 0 : checkNumber('phaseMs', phaseMs, { min: 0, max: every - 1 })
  return { everyMs: every, ...(phase !== 0 && { phaseMs: phase }) }
}

function bounds(input: Record<string, unknown>): Pick<Timing, 'startAt' | 'endAt'> {
  const startAt = input['startAt'] === undefined ? undefined : checkInstant('startAt', input['startAt'])
  const endAt = input['endAt'] === undefined ? undefined : checkInstant('endAt', input['endAt'])
  if (startAt !== undefined && endAt !== undefined && endAt < startAt) {
    const [start, end] = [new Date(startAt).toISOString(), new Date(endAt).toISOString()]
    throw new InvalidArgumentError(`endAt must not be before startAt, got ${end}, which is before ${start}`)
  }
  return { ...(startAt !== undefined && { startAt }), ...(endAt !== undefined && { endAt }) }
}
