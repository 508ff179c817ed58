import type { EpochMs } from '../contract/job.js'
import type { Overlap, ScheduleFire } from '../contract/schedule.js'
import { InvalidArgumentError } from '../errors.js'
import { checkInstant, checkOptions } from '../job/checks.js'
import type { StoreCalls } from '../service/store-calls.js'
import { fireJob } from './fires.js'
import { FIRES_PER_CALL } from './firing.js'
import type { ReadRule } from './rule.js'
import { checkOverlap } from './schedule-options.js'

/** Which times `backfill` fires, and how. */
export interface BackfillOptions {
  /** The first time that may fire. */
  readonly from: Date
  /** The last one. What has not come yet by the store's clock is left to the schedule. */
  readonly to: Date
  /** In place of the schedule's own. Default `'bufferAll'`: one after another, with at most 1,000 of them waiting. */
  readonly overlap?: Overlap | undefined
}

/** What `backfill` did. `not-found`: there is no such schedule, or not any more. */
export interface BackfillResult {
  readonly status: 'done' | 'not-found'
  /** Jobs that are ready. */
  readonly fired: number
  /** Jobs that wait until those before them have ended. */
  readonly buffered: number
  /** Times that made no job, because of the overlap. */
  readonly skipped: number
  /** Times that had fired before, and whose job is still known. */
  readonly duplicates: number
}

const MAX_TIMES = 10_000
const OUTCOMES = { fired: 'fired', buffered: 'buffered', skipped: 'skipped', duplicate: 'duplicates' } as const

/** Nothing yet. */
export const NO_BACKFILL = { fired: 0, buffered: 0, skipped: 0, duplicates: 0 }

/** Checked options of a backfill. */
export interface BackfillRange {
  readonly from: EpochMs
  readonly to: EpochMs
  readonly overlap: Overlap
}

/** @throws InvalidArgumentError naming the option */
export function checkBackfill(options: unknown): BackfillRange {
  const { from, to, overlap = 'bufferAll' } = checkOptions('backfill options', options, ['from', 'to', 'overlap'])
  const range = { from: checkInstant('from', from), to: checkInstant('to', to), overlap: checkOverlap(overlap) }
  if (range.to >= range.from) return range
  throw new InvalidArgumentError('to must not be before from')
}

/** Makes the fires, in order and out of turn, a batch at a time. `goOn` is asked before each. */
export async function backfill(
  id: string,
  rule: ReadRule,
  { from, to, overlap, now }: BackfillRange & { readonly now: EpochMs },
  { calls, goOn }: { readonly calls: StoreCalls; readonly goOn: () => void },
): Promise<BackfillResult> {
  const times = rule.times.firstAfter(from - 1, MAX_TIMES + 1, Math.min(to, now - rule.delayMs))
  if (times.length > MAX_TIMES) {
    throw new InvalidArgumentError(`a backfill has at most ${MAX_TIMES} times, and this range has more; divide it`)
  }
  const result = { ...NO_BACKFILL }
  for (let done = 0; done < times.length; done += FIRES_PER_CALL) {
    goOn()
    const fires = times.slice(done, done + FIRES_PER_CALL).map((fireAt): ScheduleFire => {
      const job = fireJob(id, rule, { fireAt, executeAt: fireAt + rule.delayMs, overlap })
      return { id, overlap, run: { fireAt, job } }
    })
    for (const { status } of await calls.call('fireSchedule', (store) => store.fireSchedule({ fires }))) {
      if (status === 'not-found') return { status, ...result }
      if (status in OUTCOMES) result[OUTCOMES[status as keyof typeof OUTCOMES]]++
    }
  }
  return { status: 'done', ...result }
}
