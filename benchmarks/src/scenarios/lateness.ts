import type { Subject } from '../adapters/adapter.js'
import { benchJob } from '../payload.js'
import { percentile } from '../statistics.js'
import type { Tally } from '../tally.js'
import { fineWallClock } from '../wall-clock.js'
import { expectRemaining } from './drain.js'

/** Between two due times, so that 500 jobs are due over 2.5 seconds. */
const SPACING_MS = 5

/** The same for those that warm up. */
const WARM_UP_SPACING_MS = 1

/** Until the first is due: long enough to push them all. */
const LEAD_MS = 1_000

/** How many come first and are not measured: the code of a process that runs for days has been compiled. */
export const WARM_UP = 500

/** What to measure. */
export interface LatenessOptions {
  readonly subject: Subject
  readonly tally: Tally
  readonly jobs: number
  /** The name of the jobs. Default: none of their own. */
  readonly name?: string
}

/**
 * Schedules jobs and runs them as they come due: how long after its time each starts, in milliseconds, but for those that
 * warm up. None may start before it, and in the end each has run exactly once.
 */
export async function lateness(options: LatenessOptions): Promise<Record<'p50' | 'p99' | 'max', number>> {
  const { subject, tally, jobs } = options
  const named = options.name === undefined ? {} : { name: options.name }
  const wallClock = fineWallClock()
  const late: number[] = []
  const warmUp = Math.min(WARM_UP, Math.floor(jobs / 3))
  const firstDue = Date.now() + LEAD_MS
  const dueAt = (n: number): number =>
    firstDue + Math.min(n, warmUp) * WARM_UP_SPACING_MS + Math.max(0, n - warmUp) * SPACING_MS
  const stop = await subject.process({
    ...named,
    onJob: ({ n }) => {
      const lateMs = wallClock() - dueAt(n)
      // Whole milliseconds are how due times are given, and cannot be off by the fraction that the fine clock may be.
      if (Date.now() < dueAt(n)) tally.fail(new Error(`job ${String(n)} ran ${String(-lateMs)} ms before its time`))
      if (n >= warmUp) late.push(Math.max(0, lateMs))
      tally.handled(n)
    },
    onSettled: () => tally.settled(),
  })
  await subject.pushMany(Array.from({ length: jobs }, (_, n) => ({ ...benchJob(n, new Date(dueAt(n))), ...named })))
  if (Date.now() >= firstDue) throw new Error(`pushing took longer than ${String(LEAD_MS)} ms: no job was scheduled`)
  await tally.finished()
  await stop()
  await expectRemaining(subject, 0, options.name)
  tally.verify()
  return { p50: percentile(late, 50), p99: percentile(late, 99), max: percentile(late, 100) }
}
