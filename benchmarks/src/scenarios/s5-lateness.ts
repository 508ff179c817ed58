import { benchJob } from '../payload.js'
import type { Scenario } from '../scenario.js'
import { percentile } from '../statistics.js'
import { fineWallClock } from '../wall-clock.js'
import { expectRemaining } from './drain.js'

/** Between two due times, so that 500 jobs are due over 2.5 seconds. */
const SPACING_MS = 5

/** The same for those that warm up. */
const WARM_UP_SPACING_MS = 1

/** Until the first is due: long enough to push them all. */
const LEAD_MS = 1_000

/** How many come first and are not measured: the code of a process that runs for days has been compiled. */
const WARM_UP = 500

/** How long after its time a scheduled job starts, and that none starts before it. */
export const s5Lateness: Scenario = {
  id: 'S5',
  title: 'Lateness of scheduled jobs, one due every 5 ms',
  metrics: [
    { key: 'p50', label: 'p50 ms', digits: 2 },
    { key: 'p99', label: 'p99 ms', digits: 2 },
    { key: 'max', label: 'max ms', digits: 2 },
    { key: 'early', label: 'early', digits: 0 },
  ],
  targets: [
    { metric: 'p50', store: 'redis', bound: 'at most', value: 1 },
    { metric: 'p99', store: 'redis', bound: 'at most', value: 3 },
  ],
  jobs: 500 + WARM_UP,
  quickJobs: 200,

  async run({ subject, tally, jobs }) {
    const wallClock = fineWallClock()
    const lateness: number[] = []
    const warmUp = Math.min(WARM_UP, Math.floor(jobs / 3))
    const firstDue = Date.now() + LEAD_MS
    const dueAt = (n: number): number =>
      firstDue + Math.min(n, warmUp) * WARM_UP_SPACING_MS + Math.max(0, n - warmUp) * SPACING_MS
    const stop = await subject.process({
      onJob: ({ n }) => {
        const lateMs = wallClock() - dueAt(n)
        // Whole milliseconds are how due times are given, and cannot be off by the fraction that the fine clock may be.
        if (Date.now() < dueAt(n)) tally.fail(new Error(`job ${String(n)} ran ${String(-lateMs)} ms before its time`))
        if (n >= warmUp) lateness.push(Math.max(0, lateMs))
        tally.handled(n)
      },
      onSettled: () => tally.settled(),
    })
    await subject.pushMany(Array.from({ length: jobs }, (_, n) => benchJob(n, new Date(dueAt(n)))))
    if (Date.now() >= firstDue) throw new Error(`pushing took longer than ${String(LEAD_MS)} ms: no job was scheduled`)
    await tally.finished()
    await stop()
    await expectRemaining(subject, 0)
    tally.verify()
    return { p50: percentile(lateness, 50), p99: percentile(lateness, 99), max: percentile(lateness, 100), early: 0 }
  },
}
