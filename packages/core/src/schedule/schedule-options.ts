import { type Overlap, overlaps } from '../contract/schedule.js'
import { InvalidArgumentError } from '../errors.js'
import { checkName, checkNumber, checkSpan, show } from '../job/checks.js'
import type { JobDefinition } from '../job/definition.js'
import type { GroupOptions, JobOptions } from '../job/options.js'
import { type ScheduleTiming, TIMING_NAMES } from './timing.js'

/**
 * What becomes of times that passed while no scheduler ran, or the store was away:
 * - `each`: every one within `catchUpWindowMs` fires, the oldest first, as if it had been on time;
 * - `latest`: only the last of them fires, if it is within `catchUpWindowMs`;
 * - `skip`: none fires.
 *
 * Whatever is passed over counts as missed. The last time always fires when it is at most a minute late: a scheduler that is
 * restarted misses nothing.
 */
export type CatchUp = 'each' | 'latest' | 'skip'

/** What a schedule is, beside its id and its job. */
export interface ScheduleOptions extends ScheduleTiming, JobOptions {
  /** What happens when a job of an earlier fire has not ended. Default `'skip'`. */
  readonly overlap?: Overlap | undefined
  /**
   * Default `'each'`: so each time of a healthy rule is exactly one fire. After an outage that is no flood, as with the
   * default overlap all fires behind the first are skipped until its job has ended; with `allowAll`
   * or `bufferAll`, ask yourself whether `'latest'` would do.
   */
  readonly catchUp?: CatchUp | undefined
  /**
   * How late a time may be and still fire, in milliseconds. Default 86,400,000, a day: so a nightly job survives a night
   * without schedulers, and no rule comes back with more than a day of fires. Not with `catchUp: 'skip'`.
   */
  readonly catchUpWindowMs?: number | undefined
  /**
   * Each fire happens later than its time by a span below this, in milliseconds, so that a thousand schedules of midnight do
   * not all fire at midnight. The span follows from the id alone: it is the same for every fire, and the fires keep their
   * distances. At most a day, and below `everyMs`. Default 0.
   */
  readonly jitterMs?: number | undefined
  /** After so many fires in turn that made a job it fires no more: 1 to 1,000,000,000. Default: no bound. */
  readonly maxRuns?: number | undefined
  /**
   * When a job of one of its last ten fires is dead, it pauses itself in place of the next fire. The last two that made a job are
   * among the ten, however many were skipped since. The dead job must be kept for that: not together with
   * `retain: { deadMs: 0 }`. Default false.
   */
  readonly pauseOnDead?: boolean | undefined
  /** The group of its jobs; not together with a priority. Default: none. */
  readonly group?: GroupOptions | undefined
}

/** What `schedules.put` takes. */
export type ScheduleInput<Args = unknown> = ScheduleOptions & {
  /** As the id of a job, and at most 200 characters: its jobs are called `<id>@<time>`. */
  readonly id: string
  /** The name of its jobs, or their definition. */
  readonly name: string | JobDefinition<Args, unknown, unknown>
} & (undefined extends Args ? { readonly args?: NoInfer<Args> } : { readonly args: NoInfer<Args> })

/** What of a schedule is neither its timing nor its job, with every default filled in. */
export interface Policy {
  readonly overlap: Overlap
  readonly catchUp: CatchUp
  readonly catchUpWindowMs: number
  readonly jitterMs: number
  readonly maxRuns: number | undefined
  readonly pauseOnDead: boolean
}

/** What holds when nobody says otherwise. */
export const DEFAULT_POLICY: Policy = {
  overlap: 'skip',
  catchUp: 'each',
  catchUpWindowMs: 86_400_000,
  jitterMs: 0,
  maxRuns: undefined,
  pauseOnDead: false,
}

/** The option names of a schedule that are not those of its jobs. */
export const SCHEDULE_OPTION_NAMES: readonly string[] = [...TIMING_NAMES, ...Object.keys(DEFAULT_POLICY)]

const MAX_ID_LENGTH = 200
const MAX_JITTER_MS = 86_400_000
const CATCH_UPS: readonly unknown[] = ['each', 'latest', 'skip'] satisfies CatchUp[]

/** The id of a schedule. Its jobs' ids, and the unique key of its jobs, are longer than it is. */
export function checkScheduleId(value: unknown): string {
  const id = checkName('id', value)
  if (id.length <= MAX_ID_LENGTH) return id
  throw new InvalidArgumentError(`the id of a schedule has at most ${MAX_ID_LENGTH} characters, got ${id.length}`)
}

/** @throws InvalidArgumentError naming those that there are */
export function checkOverlap(value: unknown): Overlap {
  if (overlaps.includes(value as Overlap)) return value as Overlap
  throw new InvalidArgumentError(`overlap must be one of ${overlaps.join(', ')}, got ${show(value)}`)
}

/** Checks a policy and fills in the defaults. @throws InvalidArgumentError naming the option */
export function checkPolicy(input: Record<string, unknown>): Policy {
  const { overlap, catchUp, catchUpWindowMs, jitterMs, maxRuns, pauseOnDead } = { ...DEFAULT_POLICY, ...given(input) }
  if (!CATCH_UPS.includes(catchUp)) {
    throw new InvalidArgumentError(`catchUp must be one of ${CATCH_UPS.join(', ')}, got ${show(catchUp)}`)
  }
  if (catchUp === 'skip' && input['catchUpWindowMs'] !== undefined) {
    throw new InvalidArgumentError("catchUpWindowMs does not go with catchUp: 'skip', which catches nothing up")
  }
  if (typeof pauseOnDead !== 'boolean') {
    throw new InvalidArgumentError(`pauseOnDead must be true or false, got ${show(pauseOnDead)}`)
  }
  return {
    overlap: checkOverlap(overlap),
    catchUp: catchUp as CatchUp,
    catchUpWindowMs: checkSpan('catchUpWindowMs', catchUpWindowMs),
    jitterMs: checkJitter(jitterMs, input['everyMs']),
    maxRuns: maxRuns === undefined ? undefined : checkNumber('maxRuns', maxRuns, { min: 1, max: 1_000_000_000 }),
    pauseOnDead,
  }
}

function given(input: Record<string, unknown>): Partial<Record<keyof Policy, unknown>> {
  const names = Object.keys(DEFAULT_POLICY).filter((name) => input[name] !== undefined)
  return Object.fromEntries(names.map((name) => [name, input[name]]))
}

function checkJitter(value: unknown, everyMs: unknown): number {
  const jitterMs = checkNumber('jitterMs', value, { min: 0, max: MAX_JITTER_MS })
  if (typeof everyMs !== 'number' || jitterMs < everyMs) return jitterMs
  throw new InvalidArgumentError(`jitterMs must be below everyMs (${everyMs}), got ${jitterMs}`)
}
