import { createHash } from 'node:crypto'
import type { EpochMs, NewJob } from '../contract/job.js'
import type { FireTime } from '../contract/schedule.js'
import { GoschedsError } from '../errors.js'
import { decodeOptions } from '../job/record.js'
import { NominalTimes } from './nominal-times.js'
import { checkPolicy, DEFAULT_POLICY, type Policy } from './schedule-options.js'
import { checkTiming, type Timing } from './timing.js'

/** The version of the rule text that this release writes. Guarantee G19. */
const RULE_VERSION = 1

/** What the jobs of a schedule have in common. */
export type JobTemplate = Pick<NewJob, 'name' | 'payload' | 'options' | 'retention' | 'priority' | 'group'>

/** What a schedule does: all that a fire needs. */
export interface ScheduleRule {
  readonly timing: Timing
  readonly policy: Policy
  readonly job: JobTemplate
}

/** A rule that can be asked for its times. */
export interface ReadRule extends ScheduleRule {
  readonly times: NominalTimes
  /** By how much each of its fires is later than its nominal time. */
  readonly delayMs: number
}

/** Checks the expression and its zone, too. @throws InvalidArgumentError */
export function withTimes(id: string, rule: ScheduleRule): ReadRule {
  return { ...rule, times: new NominalTimes(rule.timing), delayMs: stableDelayMs(id, rule.policy.jitterMs) }
}

/** A nominal time with the jitter of the schedule. */
export function toFireTime({ delayMs }: ReadRule, fireAt: EpochMs | null): FireTime | null {
  return fireAt === null ? null : { fireAt, dueAt: fireAt + delayMs }
}

/** Equal rules have equal texts. What is at its default is left out. */
export function encodeRule({ timing, policy, job }: ScheduleRule): string {
  const names = Object.keys(DEFAULT_POLICY) as (keyof Policy)[]
  const changed = names.filter((name) => policy[name] !== DEFAULT_POLICY[name])
  return JSON.stringify({
    v: RULE_VERSION,
    ...timing,
    ...Object.fromEntries(changed.map((name) => [name, policy[name]])),
    job,
  })
}

/**
 * Reads the rule of a stored schedule.
 * @throws UNDECODABLE_RECORD, or UNSUPPORTED_RECORD for one of a newer release
 */
export function decodeRule(id: string, text: string): ReadRule {
  try {
    const stored = JSON.parse(text) as { v?: unknown; job?: unknown }
    if (typeof stored.v !== 'number') throw new Error('it has no version')
    if (stored.v > RULE_VERSION) throw new GoschedsError('UNSUPPORTED_RECORD', `it has the version ${stored.v}`)
    const fields = stored as Record<string, unknown>
    const timing = checkTiming({ ...fields, ...toDates(fields) })
    return withTimes(id, { timing, policy: checkPolicy(fields), job: checkTemplate(stored.job) })
  } catch (error) {
    throw unreadable(id, error as Error)
  }
}

function unreadable(id: string, cause: Error): GoschedsError {
  const isNewer = cause instanceof GoschedsError && cause.code === 'UNSUPPORTED_RECORD'
  const why = isNewer ? 'was written by a newer release; upgrade this process' : 'cannot be read; put it anew'
  const code = isNewer ? 'UNSUPPORTED_RECORD' : 'UNDECODABLE_RECORD'
  return new GoschedsError(code, `the schedule '${id}' ${why}: ${cause.message}`, { cause })
}

function toDates(fields: Record<string, unknown>): Record<string, unknown> {
  const instants = ['startAt', 'endAt'].filter((name) => typeof fields[name] === 'number')
  return Object.fromEntries(instants.map((name) => [name, new Date(fields[name] as number)]))
}

function checkTemplate(value: unknown): JobTemplate {
  const job = Object(value) as JobTemplate
  const isText = [job.name, job.payload, job.options].every((text) => typeof text === 'string')
  const { completedMs, deadMs } = Object(job.retention) as Partial<JobTemplate['retention']>
  if (!isText || typeof completedMs !== 'number' || typeof deadMs !== 'number') throw new Error('it has no job')
  decodeOptions(job.options)
  return job
}

/** Spreads ids evenly over 0 to below `jitterMs`, and the same one always to the same place. */
function stableDelayMs(id: string, jitterMs: number): number {
  if (jitterMs === 0) return 0
  const hash = createHash('sha256').update(id).digest().readUInt32BE(0)
  return Math.floor((hash / 2 ** 32) * jitterMs)
}
