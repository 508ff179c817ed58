import type { GroupLimits, NameLimits, RateLimit } from '../contract/limits.js'
import { InvalidArgumentError } from '../errors.js'
import { checkNumber, checkOptions, MAX_SPAN_MS, show } from '../job/checks.js'

/** How many jobs may begin: a token bucket that gains `limit` tokens in every `perMs`, evenly. */
export interface RateLimitOptions {
  /** A whole number, 1 to 1,000,000. */
  readonly limit: number
  /** Whole milliseconds, 1 or more. */
  readonly perMs: number
  /**
   * How many may begin at once after a time in which none did: 1 to 1,000,000. In any span of t ms at most
   * `burst + limit · t / perMs` jobs begin, by the store's clock. Default: `limit`. With 1 they
   * begin evenly, and every moment in which no worker is there for a token is lost.
   */
  readonly burst?: number | undefined
}

/** What each group of a name is held to. At least one of them. */
export interface GroupLimitsOptions {
  /** The most jobs of one group that run at a time. 1 to 1,000,000. */
  readonly concurrency?: number | undefined
  readonly rate?: RateLimitOptions | undefined
  /**
   * The jobs of a group run strictly in the order in which they became ready: one that is to be tried again keeps its
   * place, and the others of its group wait for it. Only with `concurrency: 1`. Default false.
   */
  readonly ordered?: boolean | undefined
}

/** What a name is held to, across all workers. At least one of them. */
export interface NameLimitsOptions {
  /** The most jobs of the name that run at a time, in all workers together. 1 to 1,000,000. */
  readonly concurrency?: number | undefined
  readonly rate?: RateLimitOptions | undefined
  /** For jobs that are pushed with a `group`; those without one are held by the name's limits only. */
  readonly perGroup?: GroupLimitsOptions | undefined
}

const MAX_LIMIT = 1_000_000

/** Checks limits and fills in defaults. @throws InvalidArgumentError naming the option */
export function checkLimits(value: unknown): NameLimits {
  const { concurrency, rate, perGroup } = checkOptions('limits', value, ['concurrency', 'rate', 'perGroup'])
  const limits: NameLimits = {
    ...checkBoth('', concurrency, rate),
    ...(perGroup !== undefined && { perGroup: checkPerGroup(perGroup) }),
  }
  if (Object.keys(limits).length > 0) return limits
  throw new InvalidArgumentError(
    'limits must have one of concurrency, rate, perGroup; null lifts what limits there are',
  )
}

function checkPerGroup(value: unknown): GroupLimits {
  const { concurrency, rate, ordered } = checkOptions('perGroup', value, ['concurrency', 'rate', 'ordered'])
  if (ordered !== undefined && typeof ordered !== 'boolean') {
    throw new InvalidArgumentError(`perGroup.ordered must be true or false, got ${show(ordered)}`)
  }
  const limits: GroupLimits = { ...checkBoth('perGroup.', concurrency, rate), ...(ordered === true && { ordered }) }
  if (limits.ordered === true && limits.concurrency !== 1) {
    throw new InvalidArgumentError(
      'perGroup.ordered needs perGroup.concurrency: 1; with more there is no order to keep',
    )
  }
  if (Object.keys(limits).length > 0) return limits
  throw new InvalidArgumentError('perGroup must have one of concurrency, rate, ordered; leave it out for no limit')
}

function checkBoth(prefix: string, concurrency: unknown, rate: unknown): Pick<NameLimits, 'concurrency' | 'rate'> {
  return {
    ...(concurrency !== undefined && { concurrency: checkLimit(`${prefix}concurrency`, concurrency) }),
    ...(rate !== undefined && { rate: checkRate(`${prefix}rate`, rate) }),
  }
}

function checkRate(what: string, value: unknown): RateLimit {
  const { limit, perMs, burst } = checkOptions(what, value, ['limit', 'perMs', 'burst'])
  const checked = checkLimit(`${what}.limit`, limit)
  return {
    limit: checked,
    perMs: checkNumber(`${what}.perMs`, perMs, { min: 1, max: MAX_SPAN_MS }),
    burst: burst === undefined ? checked : checkLimit(`${what}.burst`, burst),
  }
}

function checkLimit(what: string, value: unknown): number {
  if (typeof value === 'number' && value <= 0) {
    const advice = 'to let nothing run is a pause: inspector.pause(name)'
    throw new InvalidArgumentError(`${what} must be a whole number from 1 to ${MAX_LIMIT}, got ${value}; ${advice}`)
  }
  return checkNumber(what, value, { min: 1, max: MAX_LIMIT })
}
