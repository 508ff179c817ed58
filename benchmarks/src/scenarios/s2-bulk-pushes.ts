import type { Scenario } from '../scenario.js'
import { atLeastTimes } from '../target.js'
import { warmUpPushMany } from '../warm-up.js'
import { drain, expectRemaining } from './drain.js'
import { pushInChunks } from './push-in-chunks.js'

const DRAIN_CONCURRENCY = 100

/** What an import does: a thousand jobs per call, one call after the other. */
export const s2BulkPushes: Scenario = {
  id: 'S2',
  title: 'Bulk pushes of 1,000, one after the other',
  metrics: [{ key: 'jobsPerSecond', label: 'jobs/s', digits: 0 }],
  targets: [atLeastTimes(6, 'bullmq', 'jobsPerSecond'), atLeastTimes(1.7, 'bee-queue', 'jobsPerSecond')],
  jobs: 15_000,
  jobsWith: { redis: 60_000, memory: 60_000, 'bee-queue': 30_000 },
  quickJobs: 5_000,
  warmUp: warmUpPushMany,

  async run(context) {
    const { subject, jobs } = context
    const start = performance.now()
    await pushInChunks(subject, jobs)
    const seconds = (performance.now() - start) / 1_000
    await expectRemaining(subject, jobs)
    await drain(context, DRAIN_CONCURRENCY)
    return { jobsPerSecond: jobs / seconds }
  },
}
