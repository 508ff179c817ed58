import { benchJob } from '../payload.js'
import type { Scenario } from '../scenario.js'
import { atLeastTimes } from '../target.js'
import { warmUpRuns } from '../warm-up.js'
import { expectRemaining } from './drain.js'
import { pushInChunks } from './push-in-chunks.js'

/** Until they are due, for each job and in all: long enough for the slowest of the libraries to have stored them. */
const LEAD_MS_PER_JOB = 0.06
const LEAD_MS = 500

/** Midnight: everybody's jobs are due at once, and the workers are idle until then. */
export const s7DueAtOnce: Scenario = {
  id: 'S7',
  title: 'Jobs that are all due at one instant, until all have run',
  metrics: [{ key: 'jobsPerSecond', label: 'jobs/s', digits: 0 }],
  targets: [atLeastTimes(4, 'bullmq', 'jobsPerSecond')],
  jobs: 10_000,
  jobsWith: { redis: 20_000, memory: 20_000 },
  quickJobs: 2_000,
  warmUp: warmUpRuns,

  async run({ subject, tally, jobs, bestConcurrency }) {
    const dueAt = Date.now() + Math.ceil(LEAD_MS + jobs * LEAD_MS_PER_JOB)
    await pushInChunks(subject, jobs, (n) => benchJob(n, new Date(dueAt)))
    const stop = await subject.process({
      concurrency: bestConcurrency,
      onJob: ({ n }) => {
        if (Date.now() < dueAt) tally.fail(new Error(`job ${String(n)} ran before its time`))
        tally.handled(n)
      },
      onSettled: () => tally.settled(),
    })
    if (Date.now() >= dueAt) throw new Error('pushing took so long that jobs were due before all were stored')
    await tally.finished()
    const elapsedMs = Date.now() - dueAt
    await stop()
    await expectRemaining(subject, 0)
    tally.verify()
    return { jobsPerSecond: jobs / (elapsedMs / 1_000) }
  },
}
