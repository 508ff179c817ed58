import type { EpochMs, NewJob } from '../contract/job.js'
import type { DueSchedule, Overlap, ScheduleFire } from '../contract/schedule.js'
import { withOrigin } from '../job/origin.js'
import { type ReadRule, toFireTime } from './rule.js'

/** How late the last time may always be: a restart of a scheduler, or a store that was away for a moment, is no outage. */
const ON_TIME_MS = 60_000

const DEAD_NOTE = 'a job of this schedule is dead'

/** The id of the job of a fire: what makes it the same fire, whoever makes it. */
export function fireJobId(scheduleId: string, fireAt: EpochMs): string {
  return `${scheduleId}@${new Date(fireAt).toISOString()}`
}

/** The job of a fire. It shares a unique key with the others of its schedule, by which the store sees that they overlap. */
export function fireJob(
  scheduleId: string,
  rule: ReadRule,
  fire: { readonly fireAt: EpochMs; readonly executeAt: EpochMs; readonly overlap: Overlap; readonly jobId?: string },
): NewJob {
  const { fireAt, executeAt, overlap, jobId = fireJobId(scheduleId, fireAt) } = fire
  const { job } = rule
  return {
    ...{ ...job, id: jobId, options: withOrigin(job.options, { id: scheduleId, at: fireAt }), executeAt },
    ...(overlap !== 'allowAll' && {
      unique: { key: `schedule:${scheduleId}`, until: 'finished', onConflict: 'ignore' },
    }),
  }
}

/**
 * The fires in turn of a schedule that is due, the first ones of what it has to catch up. At least one: it moves the
 * schedule on, even where nothing is to run.
 * @param now the store's clock
 */
export function firesInTurn(due: DueSchedule, rule: ReadRule, now: EpochMs, atMost: number): readonly ScheduleFire[] {
  const { times, delayMs } = rule
  const { overlap, maxRuns, pauseOnDead } = rule.policy
  const { id, revision } = due
  // Nominal times up to here have come.
  const until = now - delayMs
  const last = times.last(due.fireAt, until)
  let run = firstToRun(due.fireAt, last, until, rule)
  if (run === undefined) {
    const missed = times.count(due.fireAt, last) + 1
    const next = toFireTime(rule, times.after(last))
    return [{ id, overlap, turn: { revision, fireAt: due.fireAt, next, missed } }]
  }
  const fires: ScheduleFire[] = []
  let missed = times.count(due.fireAt, run)
  for (let stands = due.fireAt; fires.length < atMost; missed = 0) {
    const next = times.after(run)
    fires.push({
      ...{ id, overlap },
      turn: {
        ...{ revision, fireAt: stands, next: toFireTime(rule, next), missed },
        ...(maxRuns !== undefined && { maxRuns }),
        ...(pauseOnDead && { pauseOnDead: DEAD_NOTE }),
      },
      run: {
        fireAt: run,
        job: fireJob(id, rule, { fireAt: run, executeAt: Math.min(run + delayMs, now), overlap }),
      },
    })
    if (next === null || next > last) break
    stands = run = next
  }
  return fires
}

/** The first nominal time from `from` to `last` that is not passed over; `undefined`: all are. */
function firstToRun(from: EpochMs, last: EpochMs, until: EpochMs, { policy, times }: ReadRule): EpochMs | undefined {
  const windowMs = policy.catchUp === 'skip' ? 0 : policy.catchUpWindowMs
  const opensAt = until - windowMs
  if (policy.catchUp === 'each' && last >= opensAt) return from >= opensAt ? from : (times.after(opensAt - 1) ?? last)
  return last >= Math.min(opensAt, until - ON_TIME_MS) ? last : undefined
}
