import type { StoredSchedule } from '../contract/schedule.js'
import type { EpochMs, NewJob } from '../contract/job.js'
import { GoschedsError, InvalidArgumentError } from '../errors.js'
import { checkOptions } from '../job/checks.js'
import { DEFINITION_OPTION_NAMES } from '../job/options.js'
import { prepareJob } from '../scheduler/prepare-job.js'
import type { ServiceSettings } from '../service/settings.js'
import { decodeRule, type JobTemplate, type ReadRule, withTimes } from './rule.js'
import { checkPolicy, checkScheduleId, SCHEDULE_OPTION_NAMES, type ScheduleInput } from './schedule-options.js'
import { checkTiming } from './timing.js'

/** The most bytes that the args of a schedule may have when encoded: they travel with each of its fires. */
const MAX_ARGS_BYTES = 64 * 1024

const JOB_NAMES: readonly string[] = [...DEFINITION_OPTION_NAMES, 'group']
const INPUT_NAMES: readonly string[] = ['id', 'name', 'args', ...SCHEDULE_OPTION_NAMES, ...JOB_NAMES]

/** Makes a rule of what a user gave. @throws GoschedsError naming what is wrong, or what the store does not carry out */
export async function newRule(input: unknown, settings: ServiceSettings): Promise<{ id: string; rule: ReadRule }> {
  const checked = checkOptions('a schedule', input, INPUT_NAMES)
  const { name, args } = input as ScheduleInput
  const id = checkScheduleId(checked['id'])
  const [timing, policy] = [checkTiming(checked), checkPolicy(checked)]
  const jobOptions = JOB_NAMES.filter((each) => checked[each] !== undefined)
  const options = Object.fromEntries(jobOptions.map((each) => [each, checked[each]]))
  const job = toTemplate(await prepareJob(settings, name, args, options))
  if (policy.pauseOnDead && job.retention.deadMs === 0) {
    throw new InvalidArgumentError('pauseOnDead needs dead jobs to look at: not together with retain.deadMs 0')
  }
  return { id, rule: withTimes(id, { timing, policy, job }) }
}

/** Makes of a timing, or of all that `put` takes, a rule without a job, for its times. @throws InvalidArgumentError */
export function timesOf(input: unknown): ReadRule {
  const checked = checkOptions('a rule', input, INPUT_NAMES)
  return withTimes('', { timing: checkTiming(checked), policy: checkPolicy(checked), job: NO_JOB })
}

const NO_JOB: JobTemplate = { name: '', payload: '', options: '', retention: { completedMs: 0, deadMs: 0 } }

/**
 * From when on a new rule fires, in place of the stored one, exclusive. One that changes no time goes on where the
 * schedule stands, so that what is due and has not fired is not lost. Any other begins anew, after now, and
 * after whatever has fired.
 * @throws UNSUPPORTED_RECORD when a newer release wrote the stored one
 */
export function beginsAfter(rule: ReadRule, stored: StoredSchedule | undefined, now: EpochMs): EpochMs {
  if (stored === undefined) return now
  const before = readUnlessDamaged(stored)
  if (stored.next !== null && before !== undefined && hasSameTimes(before, rule)) return stored.next.fireAt - 1
  return Math.max(now, ...stored.fires.map(({ fireAt }) => fireAt))
}

/** Whether the schedule has made all the jobs that it may. */
export function isUsedUp({ policy }: Pick<ReadRule, 'policy'>, fired: number): boolean {
  return policy.maxRuns !== undefined && fired >= policy.maxRuns
}

function hasSameTimes(a: ReadRule, b: ReadRule): boolean {
  return JSON.stringify(a.timing) === JSON.stringify(b.timing)
}

/** Damage is mended by a put; what a newer release wrote is not to be destroyed. */
function readUnlessDamaged({ id, rule }: StoredSchedule): ReadRule | undefined {
  try {
    return decodeRule(id, rule)
  } catch (error) {
    if (error instanceof GoschedsError && error.code === 'UNSUPPORTED_RECORD') throw error
    return undefined
  }
}

function toTemplate({ name, payload, options, retention, priority, group }: NewJob): JobTemplate {
  const bytes = Buffer.byteLength(payload)
  if (bytes > MAX_ARGS_BYTES) {
    const message = `the args of a schedule have ${bytes} bytes when encoded; at most ${MAX_ARGS_BYTES} are allowed`
    throw new GoschedsError('ARGS_TOO_LARGE', message)
  }
  return {
    ...{ name, payload, options, retention },
    ...(priority !== undefined && { priority }),
    ...(group !== undefined && { group }),
  }
}
