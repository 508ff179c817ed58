import { setTimeout as sleep } from 'node:timers/promises'
import { benchJob } from '../payload.js'
import type { Scenario } from '../scenario.js'
import { atMostTimes } from '../target.js'
import { percentile } from '../statistics.js'
import { warmUpRuns } from '../warm-up.js'
import { expectRemaining } from './drain.js'

/** Long enough for the worker to have settled the job before and to be back in its wait. */
const PAUSE_MS = 5

/** The share of jobs at the start that are run but not counted: connections and scripts warm up. */
const WARM_UP = 0.1

/** How soon a job starts when nothing else is going on. */
export const s4IdleLatency: Scenario = {
  id: 'S4',
  title: 'Idle worker: push until handler start, one job at a time',
  metrics: [
    { key: 'p50', label: 'p50 ms', digits: 2 },
    { key: 'p99', label: 'p99 ms', digits: 2 },
  ],
  targets: [
    atMostTimes(1 / 2, 'bullmq', 'p50'),
    atMostTimes(1, 'bee-queue', 'p50'),
    atMostTimes(1, 'bee-queue', 'p99'),
  ],
  jobs: 300,
  quickJobs: 100,
  warmUp: warmUpRuns,

  async run({ subject, tally, jobs }) {
    const startedAt = new Float64Array(jobs)
    let onStarted: () => void = () => undefined
    const stop = await subject.process({
      onJob: ({ n }) => {
        startedAt[n] = performance.now()
        tally.handled(n)
        onStarted()
      },
      onSettled: () => tally.settled(),
    })
    const latencies: number[] = []
    for (let n = 0; n < jobs; n++) {
      await sleep(PAUSE_MS)
      const started = new Promise<void>((resolve) => (onStarted = resolve))
      const pushedAt = performance.now()
      await Promise.all([subject.push(benchJob(n)), started])
      latencies.push((startedAt[n] ?? Number.NaN) - pushedAt)
    }
    await tally.finished()
    await stop()
    await expectRemaining(subject, 0)
    tally.verify()
    const counted = latencies.slice(Math.floor(jobs * WARM_UP))
    return { p50: percentile(counted, 50), p99: percentile(counted, 99) }
  },
}
